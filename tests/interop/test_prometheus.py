"""A real Prometheus scrapes our page, and every panel of the dashboards finds something in it."""

from __future__ import annotations

import json
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.interop.processes import await_ready, free_port, running
from tests.interop.test_deployment import dashboards, queries
from tests.interop.test_promtool import page

CONFIGURATION = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: xueliang
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


class _Page(BaseHTTPRequestHandler):
    """Answers each scrape with one look more, so that counters move."""

    looks = 0

    def do_GET(self) -> None:
        type(self).looks += 1
        body = page(self.looks).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Scrapes are no news."""


@pytest.fixture(scope="module")
def target() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def prometheus(target: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("prometheus")
    configuration = folder / "prometheus.yml"
    configuration.write_text(CONFIGURATION.format(port=target))
    log, port = folder / "prometheus.log", free_port()
    address = f"http://127.0.0.1:{port}"
    command = [
        "prometheus",
        f"--config.file={configuration}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    command += [f"--storage.tsdb.path={folder / 'data'}"]
    with running(command, log) as process:
        await_ready(process, lambda: moved(address), log)
        yield address


def ask(address: str, query: str) -> list[dict[str, object]]:
    url = f"{address}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        result: list[dict[str, object]] = json.load(answer)["data"]["result"]
    return result


def moved(address: str) -> bool:
    """Whether two scrapes have shown a counter move."""
    try:
        return bool(ask(address, "increase(xueliang_probe_failures_total[1m]) > 0"))
    except OSError:
        return False


@pytest.mark.parametrize("dashboard", dashboards(), ids=lambda path: path.stem)
def test_every_panel_finds_something(prometheus: str, dashboard: Path) -> None:
    empty = [query for query in queries(dashboard) if not ask(prometheus, query)]
    assert empty == []


def test_the_documents_questions_can_be_asked(prometheus: str) -> None:
    document = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text("utf-8")
    examples = [part.partition("```")[0].strip() for part in document.split("```promql\n")[1:]]
    assert examples
    for example in examples:
        ask(prometheus, example)
