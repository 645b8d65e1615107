"""What the whole service holds, sweep after sweep: `xueliang serve` with its decoders."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import linear_regression

from benchmarks.cities import free_port, serving
from benchmarks.lines import Line, Sizes
from benchmarks.measured import pss_mib, tree
from tests.fleet.plan import Point

SECTION = "memory"
CONCURRENCY = 256
LIMIT_MIB = 400e6 / 2**20
# Often enough to see each sweep at its fullest.
SAMPLE_S = 0.5
# One sweep after the other: a period shorter than any sweep, and no pauses within it.
EVERY_S = 5
# The first sweeps fill caches and the allocator's arenas.
SETTLING_SWEEPS = 3
# Of a city that was never read all is due at once: the reader is busy all the time.
READING_SWEEPS = 3
# Growth by less than this share in all the sweeps is the allocator's play.
STEADY = 0.03
# A full city's sweep takes two to three minutes of both cores; this is a machine that hangs.
SWEEP_TIMEOUT_S = 900.0
_COMPLETED = b"xueliang_sweep_last_completed_timestamp_seconds "
_BARS = "▁▂▃▄▅▆▇█"


def lines(sizes: Sizes) -> Iterator[Line]:
    """The peak of each sweep, and its trend; then with overlay text read besides, as for some
    hours of the night."""
    with serving(sizes.sweep_cameras, _plain, gop_wait_s=0.2) as folder:
        with _service(folder, OVERLAY_READ="false") as served:
            peaks = list(_peaks(*served, sizes.sweeps))
        with _service(folder, OVERLAY_HOURS="24") as served:
            reading = list(_peaks(*served, min(READING_SWEEPS, sizes.sweeps)))
    sweeps_of = (
        f"sweeps of {sizes.sweep_cameras} cameras, {CONCURRENCY} at a time, MiB "
        "(PSS, decoders included)"
    )
    for found, what in ((peaks, sweeps_of), (reading, f"{sweeps_of}, overlay text read besides")):
        yield Line(
            section=SECTION,
            what=f"peak of each of {len(found)} {what}",
            measured=f"{sparkline(found)} {' '.join(f'{peak:.0f}' for peak in found)}",
            goal=f"under {LIMIT_MIB:.0f} (400 MB)",
            met=max(found) < LIMIT_MIB,
        )
    settled = peaks[SETTLING_SWEEPS:] if len(peaks) > 2 * SETTLING_SWEEPS else peaks
    slope = linear_regression(range(len(settled)), settled).slope
    grown = slope * len(settled) / (sum(settled) / len(settled))
    yield Line(
        section=SECTION,
        what=f"growth from sweep {len(peaks) - len(settled) + 1} on, by a straight line",
        measured=f"{slope:+.2f} MiB a sweep, {grown:+.1%} in all",
        goal=f"none (under {STEADY:.0%})",
        met=grown < STEADY,
    )


def sparkline(values: Sequence[float]) -> str:
    """A bar for each value, from nothing to the greatest."""
    top = max(values)
    return "".join(_BARS[round(value / top * (len(_BARS) - 1))] for value in values)


def _plain(point: Point) -> Point:
    return replace(point, administrative="在用")


@contextmanager
def _service(folder: Path, **settings: str) -> Iterator[tuple[int, int]]:
    """Process number and port of a service over the city's archive."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="xueliang-bench-") as name:
        environment = {
            **os.environ,
            "XUELIANG_DATABASE_URL": f"sqlite:///{name}/registry.db",
            "XUELIANG_DATABASE_KEY_FILE": f"{name}/key",
            "XUELIANG_PROBE_CONCURRENCY": str(CONCURRENCY),
            "XUELIANG_SCHEDULE_SWEEP_EVERY_S": str(EVERY_S),
            "XUELIANG_SCHEDULE_SPREAD": "0",
            "XUELIANG_HTTP_PORT": str(port),
            "XUELIANG_LOG_LEVEL": "error",
            **{f"XUELIANG_{name}": value for name, value in settings.items()},
        }
        program = [sys.executable, "-m", "xueliang"]
        for command in (["db", "upgrade"], ["import", str(folder / "archive.csv")]):
            subprocess.run(
                [*program, *command], env=environment, stdout=subprocess.DEVNULL, check=True
            )
        process = subprocess.Popen([*program, "serve"], env=environment)
        try:
            yield process.pid, port
        finally:
            process.terminate()
            process.wait(60)


def _peaks(pid: int, port: int, sweeps: int) -> Iterator[float]:
    last = None
    for _ in range(sweeps):
        peak, give_up_s = 0.0, time.monotonic() + SWEEP_TIMEOUT_S
        while True:
            time.sleep(SAMPLE_S)
            peak = max(peak, sum(map(pss_mib, tree(pid))))
            completed = _completed(port)
            if completed not in (last, None):
                break
            if time.monotonic() > give_up_s:
                raise RuntimeError(f"no sweep was complete within {SWEEP_TIMEOUT_S:g} s")
        last = completed
        yield peak


def _completed(port: int) -> bytes | None:
    """When the last sweep was complete, as the service's own metrics tell."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            text = answer.read()
    except OSError:
        return None
    found = [line for line in text.splitlines() if line.startswith(_COMPLETED)]
    return found[0] if found else None
