"""A Prometheus on data of the past: blocks from metrics, then blocks of what the recording rules
would have recorded."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.boards.day import Day
from boards.reading import Prometheus
from tests.scraping import RULES, Running, serving

_RECORDED = re.compile(r"[a-z_]+:[\w:]+(\[\w+\])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A Prometheus with a day of data: whom to ask, its process, the day's ends in Unix time."""

    prometheus: Prometheus
    pid: int
    begin: float
    end: float


@contextmanager
def served(points: int, hours: int) -> Iterator[Served]:
    """The day of a city, in a Prometheus of its own. Needs `prometheus` and `promtool`."""
    day = Day(points, hours)
    # The last scrape.
    begin, end = day.begin.timestamp(), day.end.timestamp() - 60
    with tempfile.TemporaryDirectory(prefix="xueliang-bench-") as name:
        folder = Path(name)
        blocks = folder / "tsdb"
        for file in day.write(folder):
            _promtool("create-blocks-from", "openmetrics", file, blocks)
            file.unlink()
        rules = folder / "rules.yml"
        rules.write_text(yaml.safe_dump(_whole(RULES)), "utf-8")
        with _serving(folder) as found:
            span = ["--start", f"{begin:.0f}", "--end", f"{end:.0f}", "--output-dir", blocks]
            _promtool("create-blocks-from", "rules", "--url", found.address, *span, rules)
        with _serving(folder) as found:
            yield Served(prometheus=found.prometheus, pid=found.pid, begin=begin, end=end)


def _promtool(*arguments: object) -> None:
    command = ["promtool", "tsdb", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def _serving(folder: Path) -> AbstractContextManager[Running]:
    return serving(folder, lambda _: "scrape_configs: []\n", "--storage.tsdb.retention.time=10y")


def _whole(folder: Path) -> dict[str, object]:
    """The recording rules, each said in scraped metrics alone. Backfilling evaluates rules one by
    one, so one that reads another's record would find nothing."""
    said: dict[str, str] = {}
    for path in (folder / "targets.yml", folder / "recording.yml"):
        for group in yaml.safe_load(path.read_text("utf-8"))["groups"]:
            said |= {rule["record"]: rule["expr"] for rule in group["rules"] if "record" in rule}

    def spelt_out(found: re.Match[str]) -> str:
        window = found[1] or ""
        name = found[0].removesuffix(window)
        if name not in said:
            return found[0]
        inner = f"({_RECORDED.sub(spelt_out, said[name])})"
        return f"{inner}[{window[1:-1]}:1m]" if window else inner

    rules = [
        {"record": name, "expr": _RECORDED.sub(spelt_out, expr)} for name, expr in said.items()
    ]
    return {"groups": [{"name": "recorded", "interval": "60s", "rules": rules}]}
