"""A real Prometheus with the shipped rules, quicker than in real life, or with data of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from boards.reading import Prometheus
from tests.interop.processes import await_ready, free_port, running

RULES = Path(__file__).parents[1] / "config" / "prometheus" / "rules"
_CONFIGURATION = """
global:
  scrape_interval: 2s
  scrape_timeout: 2s
  evaluation_interval: 2s
  external_labels: {{console: http://127.0.0.1:9464}}
rule_files: ["{rules}/*.yml"]
scrape_configs:
  - job_name: xueliang
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
  - job_name: prometheus
    static_configs: [{{targets: ["127.0.0.1:{own}"]}}]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A Prometheus that answers, its address and its process."""

    prometheus: Prometheus
    address: str
    pid: int


@contextmanager
def scraping(port: int, folder: Path) -> Iterator[Prometheus]:
    """One that scrapes the service on this port of 127.0.0.1, and itself."""

    def configure(own: int) -> str:
        return _CONFIGURATION.format(port=port, own=own, rules=RULES)

    with serving(folder, configure) as found:
        yield found.prometheus


@contextmanager
def serving(folder: Path, configure: Callable[[int], str], *options: str) -> Iterator[Running]:
    """One with this configuration, which is given its own port, and its data in `folder`/tsdb."""
    port, log = free_port(), folder / "prometheus.log"
    configuration = folder / "prometheus.yml"
    configuration.write_text(configure(port))
    command = [
        "prometheus",
        f"--config.file={configuration}",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        *options,
    ]
    address = f"http://127.0.0.1:{port}"
    prometheus = Prometheus(address)
    with running(command, log) as process:
        await_ready(process, lambda: answers(prometheus, "vector(1)"), log)
        yield Running(prometheus=prometheus, address=address, pid=process.pid)


def answers(prometheus: Prometheus, query: str) -> bool:
    """Whether there is anything; not yet, where nobody answers."""
    try:
        return bool(prometheus.now(query))
    except OSError:
        return False
