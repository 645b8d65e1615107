"""The words that the city's truth uses are words of the product's table."""

from __future__ import annotations

import pytest

from probes.reasons import REASONS
from probes.vocabulary import Stage
from tests.fleet.faults import FAULTS, SCRIPTED, Expected


def _outcomes() -> list[Expected]:
    found = []
    for fault in FAULTS.values():
        found += [fault.by_stream, *([fault.by_onvif] if fault.by_onvif else [])]
    return found


@pytest.mark.parametrize("outcome", _outcomes())
def test_outcome_stands_in_the_table(outcome: Expected) -> None:
    if outcome.verdict == "ok":
        assert (outcome.stage, outcome.reason) == ("", "")
    else:
        assert REASONS[Stage(outcome.stage), outcome.reason].verdict == outcome.verdict


def test_all_named_faults_are_dealt_out() -> None:
    assert set(SCRIPTED) == {
        "refused",
        "silent",
        "wrong_password",
        "not_found",
        "busy_453",
        "busy_503",
        "no_video",
        "play_nothing",
        "half_key_frame",
        "garbage",
        "trickle",
        "wrong_clock",
        "black",
        "blue",
        "dark",
        "overexposed",
        "blurred",
        "frozen",
    }
