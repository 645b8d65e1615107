"""The words of incidents: one thing to repair, from its opening to its resolution. Frozen data.

An incident has one subject: a camera, or the upstream that explains its cameras' silence. `members`
are the cameras it takes down. A service level (`RepairClass`) gives its times; what happened to it
is its timeline, and whoever tells people reads the timeline only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from camera_registry.vocabulary import Category, KeyLocationKind
from probes.vocabulary import Failure


class Cause(StrEnum):
    """What is to be repaired (the `cause` label)."""

    CAMERA = "camera"
    RECORDER = "recorder"
    SWITCH = "switch"
    TOWN_UPLINK = "town_uplink"


class Trouble(StrEnum):
    """How it shows: no stream, a faulty picture, or going to and fro."""

    DOWN = "down"
    PICTURE = "picture"
    FLAPPING = "flapping"


class Happening(StrEnum):
    """What can happen to an incident, in its timeline.

    `OPENED` stands again for each time that it comes back; `REOPENED` is the page of one that
    comes back after people were told of it. `MERGED`: an upstream explains it now, so it goes on
    as a part of that one's incident, and nobody is told that it is over.
    """

    OPENED = "opened"
    JOINED = "joined"
    LEFT = "left"
    PAGED = "paged"
    ACKNOWLEDGED = "acknowledged"
    ESCALATED = "escalated"
    REMINDED = "reminded"
    OVERDUE = "overdue"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    MERGED = "merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairClass:
    """A service level: when to tell, and by when it is to be repaired.

    `page_after` counts from `Incident.opened_at`; `escalate_after` from the page while nobody has
    acknowledged; `remind_every` from the last notice while it is open; `repair_within` from
    `opened_at` (24, 48 or 72 h).
    """

    name: str
    page_after: timedelta
    escalate_after: timedelta
    remind_every: timedelta
    repair_within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of an incident's timeline. `number` counts up from 1 within the incident, so
    (incident id, number) is one event for ever. `by` is a person's name where one acted."""

    number: int
    at: datetime
    what: Happening
    by: str = ""
    note: str = ""
    cameras: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One thing to repair.

    `id` is made from the subject and the opening, so the same looks lead to the same id. Exactly
    one of `camera_id` (cause camera), `upstream_id` (a known upstream) and `inferred` (what an
    unknown one was inferred from, such as "10.20.3.0/24") is set. `subject` is its name as
    archived. `kind` is the most urgent kind of key location among its cameras, `category` that of
    its camera (None for several). `opened_at` is when the trouble began by the looks;
    `noticed_at` when the rules could tell. `failure` is the last one seen of its subject or, for an
    upstream, the one most members show. `members` stay while the incident is open, those that
    deliver again among them. `paged_at` is the last page. `again_at`: when it came back, reopened.
    """

    id: str
    cause: Cause
    trouble: Trouble
    camera_id: int | None = None
    upstream_id: int | None = None
    inferred: str = ""
    subject: str
    town: str
    category: Category | None = None
    kind: KeyLocationKind | None = None
    repair_class: str
    opened_at: datetime
    noticed_at: datetime
    members: tuple[int, ...]
    failure: Failure | None = None
    paged_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    escalated_at: datetime | None = None
    due_at: datetime
    resolved_at: datetime | None = None
    reopened: int = 0
    again_at: datetime | None = None
    merged_into: str = ""
    timeline: tuple[Event, ...] = ()

    @property
    def open(self) -> bool:
        return self.resolved_at is None
