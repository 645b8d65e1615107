"""Runs targets one after another: `python -m tests.fuzz [--seconds N] [TARGET ...]`.

Exit status 1 where one crashed, took longer than `INPUT_S` for an input, or more memory than
`MEMORY_MB`; the input that did it is kept in `.cache/fuzz/TARGET/`, and running the target there
again begins with it.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from hashlib import sha256
from importlib import import_module
from pathlib import Path

from tests.fuzz import TARGETS

# Longer inputs are rarely tried, and nothing here depends on more than a few packets.
INPUT_BYTES = 8192
# The longest of them takes a few milliseconds, ten times as much while branches are counted.
INPUT_S = 5
# Python and the libraries take 100 MB, the inputs found to be interesting a few.
MEMORY_MB = 512
_ROOT = Path(__file__).parents[2]
_RUNS = re.compile(rb"stat::number_of_executed_units:\s*(\d+)")


def fuzz(name: str, seconds: int) -> bool:
    """Whether the target stood `seconds` of fuzzing."""
    home = _ROOT / ".cache" / "fuzz" / name
    corpus = home / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in import_module(f"tests.fuzz.{name}").SEEDS:
        (corpus / sha256(seed).hexdigest()[:16]).write_bytes(seed)
    # What failed before is tried first.
    for found in home.glob("*-*"):
        (corpus / found.name).write_bytes(found.read_bytes())
    options = {
        "max_total_time": seconds,
        "timeout": INPUT_S,
        "rss_limit_mb": MEMORY_MB,
        "max_len": INPUT_BYTES,
        "artifact_prefix": f"{home}/",
        "print_final_stats": 1,
        "verbosity": 0,
    }
    command = [sys.executable, "-m", "tests.fuzz.one", name]
    command += [f"-{option}={value}" for option, value in options.items()]
    begun = time.monotonic()
    log = home / "log"
    with log.open("wb") as written:
        done = subprocess.run(
            [*command, corpus],
            cwd=_ROOT,
            stdout=written,
            stderr=subprocess.STDOUT,
            timeout=seconds + 120,
            check=False,
        )
    said = log.read_bytes()
    runs = _RUNS.search(said)
    told = f"{int(runs[1])} inputs" if runs else "no figures"
    print(
        f"{name:16} {told} in {time.monotonic() - begun:.0f} s, exit {done.returncode}", flush=True
    )
    if done.returncode:
        print(said[-3000:].decode(errors="replace"), flush=True)
    return done.returncode == 0


def main() -> None:
    """All targets, or those named."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", default=list(TARGETS), metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (60)")
    asked = parser.parse_args()
    unknown = set(asked.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    stood = [fuzz(name, asked.seconds) for name in asked.targets]
    sys.exit(0 if all(stood) else 1)


if __name__ == "__main__":
    main()
