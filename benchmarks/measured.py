"""CPU and memory of a tree of processes, and how a measuring process tells what it found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpu:
    """CPU seconds, user and system: of this process, and of those it started."""

    own_s: float
    children_s: float

    @property
    def all_s(self) -> float:
        return self.own_s + self.children_s

    def __sub__(self, other: Cpu) -> Cpu:
        return Cpu(own_s=self.own_s - other.own_s, children_s=self.children_s - other.children_s)


def cpu() -> Cpu:
    """What this process has used so far; children that have ended and children that live."""
    times = os.times()
    own = times.user + times.system
    ended = times.children_user + times.children_system
    living = (pid for pid in tree(os.getpid()) if pid != os.getpid())
    return Cpu(own_s=own, children_s=ended + sum(map(cpu_of, living)))


def cpu_of(pid: int) -> float:
    """CPU seconds of one process so far, 0 where it has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    # The name in brackets may hold spaces; after it come the state and 10 more, then utime, stime.
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """Seconds that processes ran, and seconds that they could have but had no core."""

    ran_s: float
    waited_s: float

    def __sub__(self, other: Scheduled) -> Scheduled:
        return Scheduled(ran_s=self.ran_s - other.ran_s, waited_s=self.waited_s - other.waited_s)


def scheduled(pids: Iterable[int]) -> Scheduled:
    """The sum over all threads of these processes."""
    ran = waited = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            on_core, no_core, _ = (task / "schedstat").read_text().split()
            ran, waited = ran + int(on_core), waited + int(no_core)
    return Scheduled(ran_s=ran / 1e9, waited_s=waited / 1e9)


def ask(module: str, *arguments: object) -> dict[str, Any]:
    """Runs `python -m MODULE ARGUMENTS`, which prints one JSON document, and gives that.

    Raises:
        RuntimeError: it failed.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


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
