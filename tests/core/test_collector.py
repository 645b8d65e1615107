"""The garbage collector is told when to look, and what it is shown is left alone after."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from xueliang import collector


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


class Ring:
    """An object that holds itself."""

    def __init__(self) -> None:
        self.own = self


def test_cycles_are_found_when_told() -> None:
    collector.relax()
    gone = ref(Ring())
    collector.settle()
    assert gone() is None


def test_what_was_there_is_not_looked_through_again() -> None:
    before = gc.get_freeze_count()
    kept = [[number] for number in range(1000)]
    collector.settle()
    assert gc.get_freeze_count() >= before + len(kept)
    assert not any(one is kept for one in gc.get_objects())
