"""Days of a city replayed with a known truth, by the program's own rules: whoever was owed a page
got it in time, and hardly anybody was called out for nothing. `python -m benchmarks.replay` is the
same for 6,980 points and thirty days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from benchmarks.replay.city import BEGAN, city_of
from benchmarks.replay.play import Played, play
from benchmarks.replay.report import lines
from benchmarks.replay.truth import Kind, truth_of

POINTS, DAYS, SEED = 1_000, 5, 1


@pytest.fixture(scope="module")
def played() -> Played:
    return play(POINTS, DAYS, SEED)


def test_every_incident_longer_than_its_limit_was_paged_in_time(played: Played) -> None:
    assert len(played.score.cases) > 50
    assert {case.trouble.kind for case in played.score.cases} == {
        Kind.OUTAGE,
        Kind.PICTURE,
        Kind.UPSTREAM,
        Kind.FLAPPING,
    }
    assert played.score.missed == ()
    assert played.score.late == ()


def test_at_most_one_false_page_in_a_thousand_camera_days(played: Played) -> None:
    assert played.score.false_per_1000_camera_days <= 1


def test_blips_and_our_own_outages_page_nobody(played: Played) -> None:
    """Hundreds of blips and hours without a network lead to no more false pages than that."""
    assert played.score.blips > 400
    assert any(one.kind is Kind.OWN_NETWORK for one in played.truth)
    assert len(played.score.false_pages) <= 2


def test_a_dead_upstream_is_one_page_and_so_is_a_flapping_camera(played: Played) -> None:
    assert played.score.pages_of_upstreams
    assert max(played.score.pages_of_upstreams) == 1
    assert max(played.score.pages_of_flapping) == 1


def test_the_time_to_page_is_told_by_class(played: Played) -> None:
    text = "\n".join(lines(played))
    for name in played.score.minutes_to_page():
        assert f"  {name}: " in text
    for _, median, high, longest in played.score.minutes_to_page().values():
        assert 0 < median <= high <= longest


def test_looks_that_change_nothing_may_be_left_out() -> None:
    """The same pages come of all looks and of those few that the replay makes."""
    few, all_looks = (play(150, 2, 5, sleep=sleep) for sleep in (True, False))
    assert all_looks.outcomes.looks > 10 * few.outcomes.looks
    pages = [
        [(page.at, page.incident.id, page.crew) for page in one.outcomes.pages]
        for one in (few, all_looks)
    ]
    assert pages[0] == pages[1]
    assert pages[0]


def test_the_truth_is_drawn_from_its_seed_alone() -> None:
    city, wiring = city_of(150, 3)
    days = timedelta(days=4)
    truth = truth_of(city, wiring, BEGAN, 4, 3)
    assert truth == truth_of(city, wiring, BEGAN, 4, 3)
    assert truth != truth_of(city, wiring, BEGAN, 4, 4)
    assert all(BEGAN < one.start < one.end < BEGAN + days for one in truth)
