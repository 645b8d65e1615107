"""One replay from its three numbers: how many points, how many days, which seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from benchmarks.replay.city import BEGAN, City, city_of
from benchmarks.replay.run import Outcomes, Run
from benchmarks.replay.score import Score, score
from benchmarks.replay.truth import Trouble, truth_of
from exporters.notices.vocabulary import Crew
from xueliang.incident_rules import load_rules
from xueliang.settings import Settings


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
    # As shipped: config/incidents.toml, and the settings' defaults.
    rules = load_rules(Settings())
    run = Run(city, truth, BEGAN, rules=rules, crews=crews_of(city), seed=seed, sleep=sleep)
    outcomes = run.until(BEGAN + timedelta(days=days))
    return Played(
        city=city,
        truth=truth,
        outcomes=outcomes,
        score=score(city, truth, outcomes, rules.incidents, days),
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
