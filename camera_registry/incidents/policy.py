"""The rules of incidents as an operator sets them. Data; the reading of it is the program's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from camera_registry.incidents.vocabulary import Cause, RepairClass, Trouble
from camera_registry.vocabulary import Category, KeyLocationKind

# The most urgent kind of key location in front; a point of none comes last.
URGENCY: tuple[KeyLocationKind | None, ...] = (
    KeyLocationKind.JUNCTION,
    KeyLocationKind.CROWDED_PLACE,
    KeyLocationKind.BACK_STREET,
    None,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One row of the table that gives an incident its class; an empty column fits everything."""

    repair_class: str
    cause: Cause | None = None
    trouble: Trouble | None = None
    category: Category | None = None
    kind: KeyLocationKind | None = None

    def fits(
        self,
        cause: Cause,
        trouble: Trouble,
        category: Category | None,
        kind: KeyLocationKind | None,
    ) -> bool:
        return (
            self.cause in (None, cause)
            and self.trouble in (None, trouble)
            and self.category in (None, category)
            and self.kind in (None, kind)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainingPolicy:
    """When an upstream explains its cameras.

    `together`: outages that begin no further apart may be one. `nearly_all`: so many of the
    cameras below must be silent. `settle`: how long after its beginning a single outage waits, at
    the most, for its neighbours to be looked at (a sweep, and the looks that confirm its silence).
    The fewest cameras: of a known upstream, pole or host, of a /24, of a town.
    """

    together: timedelta = timedelta(minutes=10)
    nearly_all: float = 0.9
    settle: timedelta = timedelta(minutes=7)
    min_cameras: int = 2
    min_subnet: int = 4
    min_town: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPolicy:
    """All of the rules.

    `recover_after`: what has been well again for so long is over (it is dated from when it was
    well). `reopen_within`: what comes back sooner after its end is the same incident. `flap_start`
    and `flap_stop` are shares of weighted changes. `escalations`: how often nobody's answer is
    told one level up. The first assignment that fits gives the class.
    """

    classes: dict[str, RepairClass]
    assignments: tuple[Assignment, ...]
    explaining: ExplainingPolicy = ExplainingPolicy()
    recover_after: timedelta = timedelta(minutes=10)
    reopen_within: timedelta = timedelta(hours=1)
    flap_start: float = 0.35
    flap_stop: float = 0.15
    escalations: int = 2

    def class_of(
        self,
        cause: Cause,
        trouble: Trouble,
        category: Category | None,
        kind: KeyLocationKind | None,
    ) -> RepairClass:
        """The class of an incident.

        Raises:
            LookupError: no row fits; `check_policy` finds that beforehand.
        """
        for row in self.assignments:
            if row.fits(cause, trouble, category, kind):
                return self.classes[row.repair_class]
        raise LookupError(f"no repair class for {cause}, {trouble}, {category}, {kind}")


def check_policy(policy: IncidentPolicy) -> list[str]:
    """What is wrong with the rules, in English: names of no class, and incidents without one."""
    wrong = [
        f"assign: no class is called {row.repair_class}"
        for row in policy.assignments
        if row.repair_class not in policy.classes
    ]
    last = policy.assignments[-1] if policy.assignments else None
    if last is None or last != Assignment(repair_class=last.repair_class):
        wrong.append("assign: the last row must fit everything, so that no incident is forgotten")
    if not 0 < policy.flap_stop < policy.flap_start <= 1:
        wrong.append("flapping: 0 < stop < start <= 1 is needed")
    if not 0.5 < policy.explaining.nearly_all <= 1:
        wrong.append("explaining: nearly_all is a share above one half")
    return wrong
