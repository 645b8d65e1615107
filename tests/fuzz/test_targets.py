"""Every target of the fuzzer, over its seeds and small mutations of them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import TARGETS

MODULES: dict[str, Any] = {name: import_module(f"tests.fuzz.{name}") for name in TARGETS}


@pytest.mark.parametrize("name", TARGETS)
def test_seeds(name: str) -> None:
    for seed in [*MODULES[name].SEEDS, b"", b"\0", b"\xff" * 64]:
        MODULES[name].check(seed)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=60, deadline=None)
@given(drawn=st.data())
def test_mutated_seeds(name: str, drawn: st.DataObject) -> None:
    """Two seeds spliced, with a piece of anything put in between."""
    seeds = st.sampled_from(MODULES[name].SEEDS)
    first, second = drawn.draw(seeds), drawn.draw(seeds)
    head = first[: drawn.draw(st.integers(0, len(first)))]
    tail = second[drawn.draw(st.integers(0, len(second))) :]
    MODULES[name].check(head + drawn.draw(st.binary(max_size=8)) + tail)
