"""One replay from its three numbers: how many points, how many days, which seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from benchmarks.replay.city import BEGAN, City, city_of
from benchmarks.replay.run import Outcomes, Run
from benchmarks.replay.score import Score, score
from benchmarks.replay.truth import Trouble, truth_of
from camera_registry.incidents.policy import Assignment, IncidentPolicy
from camera_registry.incidents.vocabulary import Cause, RepairClass
from camera_registry.vocabulary import KeyLocationKind
from exporters.notices.vocabulary import Crew


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A replay with all that is asked of it afterwards."""

    city: City
    truth: list[Trouble]
    outcomes: Outcomes
    score: Score
    days: int


def play(points: int, days: int, seed: int, *, sleep: bool = True) -> Played:
    """Plays so many days of a city."""
    city, wiring = city_of(points, seed)
    truth = truth_of(city, wiring, BEGAN, days, seed)
    policy = shipped_policy()
    run = Run(city, truth, BEGAN, incidents=policy, crews=crews_of(city), seed=seed, sleep=sleep)
    outcomes = run.until(BEGAN + timedelta(days=days))
    return Played(
        city=city,
        truth=truth,
        outcomes=outcomes,
        score=score(city, truth, outcomes, policy, days),
        days=days,
    )


def crews_of(city: City) -> tuple[Crew, ...]:
    """A crew for each town, and an office above them."""
    towns = sorted({camera.town for camera in city.cameras.values()})
    # Bounded as shipped: a storm is told in digests, and its pages count as told with them.
    return (
        *(Crew(name=f"{town}班", towns=frozenset({town})) for town in towns[1:]),
        Crew(name="机动班", monitor=True),
        Crew(name="科长", level=2),
    )


def shipped_policy() -> IncidentPolicy:
    def repair(name: str, page: int, hours: int) -> RepairClass:
        return RepairClass(
            name=name,
            page_after=timedelta(minutes=page),
            escalate_after=timedelta(minutes=6 * page),
            remind_every=timedelta(hours=hours / 6),
            repair_within=timedelta(hours=hours),
        )

    return IncidentPolicy(
        classes={
            "24h": repair("24h", 5, 24),
            "48h": repair("48h", 10, 48),
            "72h": repair("72h", 30, 72),
        },
        assignments=(
            Assignment(repair_class="24h", cause=Cause.TOWN_UPLINK),
            Assignment(repair_class="24h", kind=KeyLocationKind.JUNCTION),
            Assignment(repair_class="48h", kind=KeyLocationKind.CROWDED_PLACE),
            Assignment(repair_class="72h"),
        ),
    )
