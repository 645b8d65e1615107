"""A real Prometheus scrapes our page and evaluates the shipped rules, and every panel of the boards
finds something in it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from boards.reading import Prometheus, Written, boards
from tests.acceptance.program import until
from tests.asked import not_joined, still_silent
from tests.interop.test_promtool import page
from tests.scraping import answers, scraping

ROOT = Path(__file__).parents[2]
# Recorded last of all, out of what was recorded before.
LAST = "city:xueliang_key_locations_covered:burn_avg3d"
# Four groups that read one another, evaluated every two seconds; patience for a busy machine.
SETTLED_S = 60.0


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
def prometheus(target: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with scraping(target, tmp_path_factory.mktemp("prometheus")) as asked:
        until(lambda: moved(asked) or None, 120, "the counters move and all rules are evaluated")
        yield asked


def moved(prometheus: Prometheus) -> bool:
    """Whether two scrapes have shown a counter move, and the rules have been evaluated to the end,
    those over our own looks too."""
    wanted = (
        "increase(xueliang_probe_failures_total[1m]) > 0",
        "stage:xueliang_probe_stage_seconds:p99_rate5m >= 0",
        "city:xueliang_probe_failures_own:ratio_rate15m",
        LAST,
        'scrape_duration_seconds{job="prometheus"}',
    )
    return all(answers(prometheus, query) for query in wanted)


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.name)
def test_every_query_of_a_board_finds_something(prometheus: Prometheus, board: Written) -> None:
    assert still_silent(prometheus, board, SETTLED_S) == []


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.name)
def test_rows_of_several_queries_can_be_joined(prometheus: Prometheus, board: Written) -> None:
    assert not_joined(prometheus, board) == set()


def test_the_documents_questions_can_be_asked(prometheus: Prometheus) -> None:
    document = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    examples = [part.partition("```")[0].strip() for part in document.split("```promql\n")[1:]]
    assert examples
    for example in examples:
        prometheus.now(example)
