"""Runs a command and measures the whole tree of its processes: CPU and peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Often enough to see each decoder at its fullest, seldom enough to cost little itself.
SAMPLE_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """CPU seconds (user and system, children included), peak of the proportional set size of the
    process tree in MiB, and what the command printed."""

    cpu_s: float
    peak_mib: float
    answer: dict[str, Any]


def run(command: list[str]) -> Measured:
    """Runs a Python command that prints one JSON document.

    Raises:
        RuntimeError: it failed.
    """
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE)
    stopped = threading.Event()
    peaks = [0.0]
    sampler = threading.Thread(target=_sample, args=(process.pid, stopped, peaks), daemon=True)
    sampler.start()
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    stopped.set()
    sampler.join()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return Measured(
        cpu_s=usage.ru_utime + usage.ru_stime, peak_mib=peaks[0], answer=json.loads(output)
    )


def _sample(pid: int, stopped: threading.Event, peaks: list[float]) -> None:
    while not stopped.wait(SAMPLE_S):
        peaks[0] = max(peaks[0], sum(map(pss_mib, tree(pid))))


def tree(pid: int) -> Iterator[int]:
    """The process and all that descend from it."""
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [child for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield from tree(int(child))


def pss_mib(pid: int) -> float:
    """Proportional set size (shared pages divided among their users), 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
