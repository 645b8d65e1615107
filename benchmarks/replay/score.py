"""Holds what crews were told against what really happened.

A trouble is *owed* a page when it could be seen for longer than its class's limit: the class's
`page_after`, from the first look that could find it, and never less than the time for which a
single outage waits for its neighbours. It is *paged* when a page of an incident with one of its
cameras came while it lasted (or one that began before is still open). A page is *false* when none
of its incident's cameras was in trouble, by the truth, at any time since the look before the page.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from benchmarks.replay.city import City
from benchmarks.replay.run import CADENCE, TURN, Outcomes, Page
from benchmarks.replay.truth import Kind, Trouble
from camera_registry.flapping import LOOKS
from camera_registry.health import PATIENT
from camera_registry.incidents.desk import common_category, most_urgent
from camera_registry.incidents.policy import IncidentPolicy
from camera_registry.incidents.vocabulary import RepairClass
from camera_registry.incidents.vocabulary import Trouble as Shown
from camera_registry.vocabulary import HealthPolicy
from probes.vocabulary import Stage

# From one look to the next, and the two more that confirm it in a village.
_SEEN_AFTER = CADENCE.sweep_every + 2 * CADENCE.recheck + timedelta(seconds=15)
_HEALTH = HealthPolicy()
# A crew's messages are grouped for so long, and the run's clock ticks.
_SENT_AFTER = timedelta(seconds=30) + 2 * TURN
_OWED = frozenset({Kind.OUTAGE, Kind.PICTURE, Kind.UPSTREAM, Kind.FLAPPING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A trouble that was owed a page, and when it came, if it did: both from when it could be
    seen, which is later than its start where our own outage or its upstream's hid it."""

    trouble: Trouble
    repair_class: str
    limit: timedelta
    paged_after: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a run amounts to."""

    cases: tuple[Case, ...]
    false_pages: tuple[Page, ...]
    pages: int
    camera_days: float
    pages_of_upstreams: tuple[int, ...]
    pages_of_unregistered: tuple[int, ...]
    pages_of_flapping: tuple[int, ...]
    blips: int

    @property
    def missed(self) -> tuple[Case, ...]:
        return tuple(case for case in self.cases if case.paged_after is None)

    @property
    def late(self) -> tuple[Case, ...]:
        return tuple(
            case
            for case in self.cases
            if case.paged_after is not None and case.paged_after > case.limit
        )

    @property
    def false_per_1000_camera_days(self) -> float:
        return 1000 * len(self.false_pages) / self.camera_days

    def minutes_to_page(self) -> dict[str, tuple[int, float, float, float]]:
        """By class: how many, and the median, the 95th percentile and the longest, in minutes."""
        found: dict[str, list[float]] = defaultdict(list)
        for case in self.cases:
            if case.paged_after is not None:
                found[case.repair_class].append(case.paged_after / timedelta(minutes=1))
        return {
            name: (
                len(times),
                statistics.median(times),
                sorted(times)[math.ceil(0.95 * len(times)) - 1],
                max(times),
            )
            for name, times in sorted(found.items())
        }


class _Spans:
    """Intervals, asked for what overlaps."""

    def __init__(self, spans: Iterable[tuple[datetime, datetime]]) -> None:
        self._spans = sorted(spans)

    def overlap(self, start: datetime, end: datetime) -> bool:
        return any(one < end and start < other for one, other in self._spans)

    def seen(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The stretches of [start, end) that none of them covers."""
        stretches = []
        for one, other in self._spans:
            if other <= start or one >= end:
                continue
            if one > start:
                stretches.append((start, one))
            start = max(start, other)
        return [*stretches, (start, end)] if start < end else stretches


def score(
    city: City, truth: Sequence[Trouble], outcomes: Outcomes, policy: IncidentPolicy, days: float
) -> Score:
    """Holds a run against its truth."""
    book = _Pages(outcomes)
    hidden = _hidden(truth)
    cases = []
    for trouble in truth:
        if trouble.kind not in _OWED:
            continue
        service = _class_of(city, trouble, policy)
        limit = _limit(trouble, service, policy)
        owed_from = _owed_from(trouble, hidden, limit, policy)
        if owed_from is None:
            continue
        paged_at = book.first(trouble)
        cases.append(
            Case(
                trouble=trouble,
                repair_class=service.name,
                limit=limit,
                paged_after=max(timedelta(0), paged_at - owed_from) if paged_at else None,
            )
        )
    real = _real(truth)
    return Score(
        cases=tuple(cases),
        false_pages=tuple(page for page in outcomes.pages if not _is_true(page, outcomes, real)),
        pages=len(outcomes.pages),
        camera_days=len(city.cameras) * days,
        pages_of_upstreams=tuple(
            book.count(_known(case.trouble, city))
            for case in cases
            if case.trouble.kind is Kind.UPSTREAM
        ),
        pages_of_unregistered=tuple(
            book.count(case.trouble) - book.count(_known(case.trouble, city))
            for case in cases
            if case.trouble.kind is Kind.UPSTREAM
        ),
        pages_of_flapping=tuple(
            book.count(case.trouble) for case in cases if case.trouble.kind is Kind.FLAPPING
        ),
        blips=sum(one.kind is Kind.BLIP for one in truth),
    )


def _known(trouble: Trouble, city: City) -> Trouble:
    """The same for those of its cameras that the registry hangs on anything."""
    cameras = tuple(one for one in trouble.cameras if city.cameras[one].upstream_id is not None)
    return replace(trouble, cameras=cameras)


def _class_of(city: City, trouble: Trouble, policy: IncidentPolicy) -> RepairClass:
    cameras = [city.cameras[one] for one in trouble.cameras]
    shown = {Kind.PICTURE: Shown.PICTURE, Kind.FLAPPING: Shown.FLAPPING}.get(
        trouble.kind, Shown.DOWN
    )
    category = common_category(cameras)
    kind = most_urgent(camera.kind for camera in cameras)
    return policy.class_of(trouble.cause, shown, category, kind)


def _limit(trouble: Trouble, service: RepairClass, policy: IncidentPolicy) -> timedelta:
    limit = _SEEN_AFTER + max(service.page_after, policy.explaining.settle) + _SENT_AFTER
    if trouble.kind is Kind.FLAPPING:
        # It is told by the changes among the last looks; all of them may be needed.
        limit += LOOKS * CADENCE.sweep_every
    if trouble.kind is Kind.PICTURE and trouble.found and trouble.found.reason in PATIENT:
        limit += _HEALTH.patience
    return limit


def _hidden(truth: Sequence[Trouble]) -> Mapping[int, list[tuple[datetime, datetime, Trouble]]]:
    """What hides other troubles of a camera, by camera; 0 for what hides all."""
    hidden: dict[int, list[tuple[datetime, datetime, Trouble]]] = defaultdict(list)
    for one in truth:
        if not one.cameras:
            # Statuses are unknown until the next looks, and what was pending begins anew.
            hidden[0].append((one.start, one.end + _HEALTH.hold, one))
        elif one.kind is not Kind.BLIP and one.found and one.found.stage is not Stage.PICTURE:
            for camera in one.cameras:
                hidden[camera].append((one.start, one.end, one))
    return hidden


def _owed_from(
    trouble: Trouble,
    hidden: Mapping[int, list[tuple[datetime, datetime, Trouble]]],
    limit: timedelta,
    policy: IncidentPolicy,
) -> datetime | None:
    """The start of the first stretch in which it could be seen for longer than its limit."""
    after = policy.recover_after + policy.explaining.together
    others = [
        (start, end + (after if one.cameras else timedelta(0)))
        for camera in (0, *trouble.cameras)
        for start, end, one in hidden.get(camera, ())
        if one is not trouble and (camera == 0 or len(trouble.cameras) == 1)
    ]
    for start, end in _Spans(others).seen(trouble.start, trouble.end):
        if end - start > limit:
            return start
    return None


class _Pages:
    """The pages, found by camera."""

    def __init__(self, outcomes: Outcomes) -> None:
        self._outcomes = outcomes
        self._of: dict[tuple[int, bool], list[Page]] = defaultdict(list)
        for page in outcomes.pages:
            picture = page.incident.trouble is Shown.PICTURE
            for camera in outcomes.members[page.incident.id]:
                self._of[camera, picture].append(page)

    def first(self, trouble: Trouble) -> datetime | None:
        """When a crew was first told of it: a page while it lasts, or one before of an incident
        that was not over when it began."""
        found = []
        picture = trouble.kind is Kind.PICTURE
        for camera in trouble.cameras:
            for page in self._of[camera, picture]:
                over = self._outcomes.incidents[page.incident.id].resolved_at
                if page.at < trouble.end and (over is None or over > trouble.start):
                    found.append(page.at)
        return min(found, default=None)

    def count(self, trouble: Trouble) -> int:
        """How many different incidents of its cameras alone were paged while it lasted, from the
        look that first could find it."""
        ids = set()
        for camera in trouble.cameras:
            for page in self._of[camera, False]:
                opened = page.incident.again_at or page.incident.opened_at
                if trouble.start <= opened < trouble.end and page.at <= trouble.end:
                    ids.add((page.incident.id, page.at))
        return len(ids)


def _real(truth: Sequence[Trouble]) -> Mapping[int, list[tuple[datetime, datetime]]]:
    real: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for one in truth:
        if one.kind in _OWED:
            for camera in one.cameras:
                real[camera].append((one.start, one.end))
    return real


def _is_true(
    page: Page, outcomes: Outcomes, real: Mapping[int, list[tuple[datetime, datetime]]]
) -> bool:
    since = page.at - _SEEN_AFTER
    return any(
        start < page.at and since < end
        for camera in outcomes.members[page.incident.id]
        for start, end in real.get(camera, ())
    )


def kinds(cases: Iterable[Case]) -> Counter[Kind]:
    """How many cases there are of each kind."""
    return Counter(case.trouble.kind for case in cases)
