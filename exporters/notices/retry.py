"""What becomes of a message after an attempt. Pure.

A passing failure is tried again, first soon and then less and less often, for a day: a mail server
under repair at night still gets its messages in the morning. A permanent one is given up at once,
and both kinds of giving up are counted and shown.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from camera_registry.outbox import Message, MessageState
from exporters.notices.delivery import Delivery, Ending

FIRST_RETRY = timedelta(seconds=15)
LAST_RETRY = timedelta(minutes=30)
GIVE_UP_AFTER = timedelta(hours=24)


def after_attempt(message: Message, delivery: Delivery, now: datetime) -> Message:
    """The message as it stands after an attempt that ended at `now`."""
    if delivery.ending is Ending.SENT:
        return replace(message, state=MessageState.SENT, settled_at=now, failure="")
    doubtful = message.doubtful or delivery.doubtful
    if delivery.ending is Ending.PERMANENT:
        return _given_up(message, delivery.why, doubtful, now)
    next_at = now + min(FIRST_RETRY * 2 ** min(message.attempts - 1, 10), LAST_RETRY)
    if next_at > message.created_at + GIVE_UP_AFTER:
        return _given_up(message, delivery.why, doubtful, now)
    return replace(
        message,
        state=MessageState.WAITING,
        next_at=next_at,
        failure=delivery.why,
        doubtful=doubtful,
    )


def _given_up(message: Message, why: str, doubtful: bool, now: datetime) -> Message:
    return replace(
        message, state=MessageState.GIVEN_UP, settled_at=now, failure=why, doubtful=doubtful
    )
