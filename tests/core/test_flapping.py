"""Going to and fro: what the last 21 looks come to."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camera_registry.flapping import (
    LOOKS,
    NO_LOOKS,
    changed_places,
    flapping_share,
    is_flapping,
    remember,
)

START, STOP = 0.35, 0.15


def seen(looks: str) -> int:
    """Looks from the oldest on: `x` found the camera down."""
    bits = NO_LOOKS
    for look in looks:
        bits = remember(bits, down=look == "x")
    return bits


@pytest.mark.parametrize(
    ("looks", "flaps"),
    [
        ("", False),
        ("x", False),
        ("." * 21, False),
        ("x" * 21, False),
        ("." * 10 + "x" + "." * 10, False),
        (".." + "x..." * 2 + "." * 11, False),
        (".x" * 10 + ".", True),
        (".xx" * 7, True),
        ("..xx" * 5 + ".", True),
    ],
)
def test_blips_do_not_flap_and_going_to_and_fro_does(looks: str, flaps: bool) -> None:
    assert is_flapping(seen(looks), was=False, start=START, stop=STOP) is flaps


def test_newer_changes_weigh_half_as_much_again() -> None:
    newest, oldest = seen("." * 20 + "x"), seen("x" + "." * 20)
    assert flapping_share(newest) / flapping_share(oldest) == pytest.approx(1.5)


def test_it_stops_below_a_lower_threshold_than_it_starts_above() -> None:
    between = seen("." * 13 + "x.x.x" + "...")
    assert STOP < flapping_share(between) < START
    assert is_flapping(between, was=True, start=START, stop=STOP)
    assert not is_flapping(between, was=False, start=START, stop=STOP)


@given(st.lists(st.booleans(), max_size=60))
def test_only_the_last_looks_count(downs: list[bool]) -> None:
    bits, last = NO_LOOKS, NO_LOOKS
    for down in downs:
        bits = remember(bits, down=down)
    for down in downs[-LOOKS:]:
        last = remember(last, down=down)
    assert bits == last
    tail = downs[-LOOKS:]
    assert changed_places(bits).bit_count() == sum(one is not two for one, two in pairwise(tail))
    assert 0 <= flapping_share(bits) <= 1 + 1e-9
