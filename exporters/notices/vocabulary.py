"""The words of notices: who may be told, and what one message says. Frozen data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum

from camera_registry.incidents.vocabulary import Happening
from camera_registry.vocabulary import KeyLocationKind

# What a page is: somebody should act. All else (reminders, recoveries) informs.
PAGES = frozenset({Happening.PAGED, Happening.ESCALATED, Happening.OVERDUE, Happening.REOPENED})


class OwnTroubleKind(StrEnum):
    """What can be wrong with the monitor itself. (That it died, or cannot reach its database, it
    cannot tell by itself: that is what the heartbeat is for.)"""

    NETWORK_GONE = "network_gone"
    SWEEP_LATE = "sweep_late"
    CLOCK_WRONG = "clock_wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTrouble:
    """The monitor's own trouble; `until` None while it lasts. `unknown` is how many cameras nobody
    can judge meanwhile."""

    kind: OwnTroubleKind
    since: datetime
    until: datetime | None = None
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PointFacts:
    """What the registry knows of a camera and a crew wants to read. Names are as archived."""

    name: str
    label: str
    town: str
    village: str = ""
    upstream: str = ""
    key_location: str = ""
    kind: KeyLocationKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a message needs beside the incident: its cameras, in the order to be named (the most
    urgent kinds first), how many key locations nobody sees because of it, and the console page."""

    points: tuple[PointFacts, ...] = ()
    blind: tuple[str, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From `start` to `end`, local time; over midnight where `end` is the earlier. `passing` are
    the repair classes whose pages come through."""

    start: time
    end: time
    passing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a crew is reached: a name for logs and metrics, and the Apprise URL, which holds a
    token and is shown to nobody."""

    name: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Who repairs, or is told when nobody does.

    `towns` empty: every town that no other crew of the same level names. Level 1 is told first;
    an escalation goes one level up. `digest_classes` are collected until `digest_at`, local time.
    `per_hour` bounds the messages to each target; pages get as many again.
    """

    name: str
    towns: frozenset[str] = frozenset()
    level: int = 1
    languages: tuple[str, ...] = ("zh_CN",)
    monitor: bool = False
    quiet: QuietHours | None = None
    digest_at: time = time(8, 30)
    digest_classes: frozenset[str] = frozenset()
    group_wait: timedelta = timedelta(seconds=30)
    per_hour: int = 20
    targets: tuple[Target, ...] = ()
