"""Runs one target under atheris: `python -m tests.fuzz.one TARGET [libFuzzer options]`."""

from __future__ import annotations

import sys
from importlib import import_module

import atheris

from tests.fuzz import TARGETS


def main() -> None:
    """The target's modules are loaded with their branches counted."""
    _, name, *options = sys.argv
    if name not in TARGETS:
        sys.exit(f"no target {name!r}; there are {', '.join(TARGETS)}")
    with atheris.instrument_imports(include=["probes"]):
        target = import_module(f"tests.fuzz.{name}")
    atheris.Setup([name, *options], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
