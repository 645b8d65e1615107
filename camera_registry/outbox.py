"""The words of the outbox: what is to be told to whom (`Notice`), and the messages that carry it
(`Message`). Frozen data.

A notice is one event told to one crew; the message that carries it may carry others, and goes to
one target. So a crew with two targets has two messages, and one target's failure sends the other
nothing twice.

    notice:   waiting -> told (it is in a message)  |  moot (over before anybody was told)
    message:  waiting -> sending -> sent | given_up
                  ^---------'  (a passing failure: later again)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from camera_registry.incidents.vocabulary import Happening


class NoticeState(StrEnum):
    """Whether a notice has gone into a message."""

    WAITING = "waiting"
    TOLD = "told"
    MOOT = "moot"


class MessageState(StrEnum):
    """How far a message is. `SENDING` is written before the first byte leaves."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One thing told: a short title, one line for a digest, and the whole in plain text."""

    title: str
    line: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One event told to one crew, by (`incident_id`, `event_number`, `crew`) once for ever.

    `texts` are in the crew's languages, in its order. `release_at` is when it may go out at the
    earliest. `page`: somebody should act.
    """

    incident_id: str
    event_number: int
    crew: str
    what: Happening
    page: bool
    town: str
    repair_class: str
    at: datetime
    release_at: datetime
    texts: tuple[Text, ...]

    @property
    def key(self) -> tuple[str, int, str]:
        return self.incident_id, self.event_number, self.crew


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one target is sent. `id` is made from its notices and its target, so that the same
    notices lead to the same id. `failure` is a word for why the last attempt did not succeed.
    `doubtful`: an attempt was cut off, so it may have been delivered all the same."""

    id: str
    crew: str
    target: str
    page: bool
    title: str
    body: str
    created_at: datetime
    next_at: datetime
    state: MessageState = MessageState.WAITING
    attempts: int = 0
    claimed_at: datetime | None = None
    settled_at: datetime | None = None
    failure: str = ""
    doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What the outbox holds, for metrics: notices not in a message yet, messages not delivered,
    messages given up in the last day, and since when the oldest undelivered one waits."""

    notices: int = 0
    messages: int = 0
    given_up: int = 0
    oldest_at: datetime | None = None
