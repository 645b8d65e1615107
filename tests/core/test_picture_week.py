"""Days of healthy cameras raise no false fault, and planted ones are found: the short form of
`python -m benchmarks pictures_week`."""

from __future__ import annotations

import pytest

from probes.vocabulary import FaultKind, Light
from tests.pictures.plants import PLANTS
from tests.pictures.week import Outcome, run_town


@pytest.fixture(scope="module")
def days() -> Outcome:
    return run_town(1, 12, 2, PLANTS)


def test_healthy_cameras_raise_no_false_fault(days: Outcome) -> None:
    assert days.looks > 250
    assert days.false == []


def test_planted_faults_are_found_within_two_looks_by_day_and_by_night(days: Outcome) -> None:
    found = dict.fromkeys(Light, 0)
    planted = dict(found)
    kinds = set()
    for (kind, light), counts in days.found.items():
        found[light] += counts[1] + counts[2]
        planted[light] += counts.total()
        kinds.add(kind)
    assert kinds == set(PLANTS), "every kind that a picture tells was planted"
    for light in (Light.DAY, Light.NIGHT):
        assert planted[light] >= 40
        assert found[light] >= 0.9 * planted[light], light
    for kind in (FaultKind.NO_SIGNAL, FaultKind.FROZEN, FaultKind.TOO_DARK, FaultKind.NOISE):
        for light in (Light.DAY, Light.NIGHT):
            counts = days.found.get((kind, light))
            assert counts is None or counts[2] >= counts.total() - 1, (kind, light)
