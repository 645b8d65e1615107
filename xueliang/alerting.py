"""The built-in way of telling crews: from timelines to notices, to messages, to targets.

Each turn reads on where the last one stopped, in this process or one before it; see
`camera_registry.store.outbox` for why nothing is lost and nothing is sent twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from camera_registry.database import Database
from camera_registry.incidents.vocabulary import Incident
from camera_registry.outbox import Backlog, Message, MessageState, Notice
from camera_registry.read_model import FleetView
from camera_registry.store import outbox
from camera_registry.vocabulary import Status
from exporters.notices.delivery import DEADLINE_S, WORKERS, Delivery, Ending, Sender
from exporters.notices.facts import Directory
from exporters.notices.grouping import compose_draft, marked_repeated
from exporters.notices.metrics import NoticeMetrics
from exporters.notices.own_trouble import OwnTroubles
from exporters.notices.reading import OWN_CLASS, own_id, own_notices, read_on
from exporters.notices.retry import after_attempt
from exporters.notices.rules import HOUR, Draft, Sent, draft, message_id, sort_out
from exporters.notices.vocabulary import Crew, OwnTrouble, OwnTroubleKind
from exporters.words import Words
from probes.clock import Clock

log = logging.getLogger(__name__)

# A claim outlives the longest send; what is claimed longer was claimed by a process that died.
LEASE = timedelta(seconds=2 * DEADLINE_S)
KEPT = timedelta(days=90)

Incidents = Callable[[], Awaitable[Sequence[Incident]]]
Signs = Callable[[], Mapping[OwnTroubleKind, bool]]


class Alerting:
    """Turns what happened to incidents into messages, and sends them. `incidents` gives those
    whose timelines go on past what was read of them."""

    def __init__(
        self,
        *,
        database: Database,
        crews: Sequence[Crew],
        incidents: Incidents,
        view: Callable[[], FleetView | None],
        signs: Signs,
        sender: Sender,
        metrics: NoticeMetrics,
        clock: Clock,
        public_url: str = "",
        lease: timedelta = LEASE,
    ) -> None:
        self._database = database
        self._crews = tuple(crews)
        self._incidents = incidents
        self._view = view
        self._signs = signs
        self._sender = sender
        self._metrics = metrics
        self._clock = clock
        self._public_url = public_url
        self._lease = lease
        self._directory: tuple[FleetView | None, Directory] | None = None
        self._own: OwnTroubles | None = None
        self.backlog = Backlog()

    async def turn(self) -> None:
        """Reads on, and makes messages of what is due.

        Raises:
            DatabaseUnreachableError: what was not kept is done again by the next turn.
        """
        await self.read_on()
        await self.look_at_ourselves()
        await self.make_messages()
        self.backlog = await outbox.backlog(self._database, self._clock.now())
        self._metrics.show(self.backlog)

    async def read_on(self) -> None:
        """Makes notices of the events that nobody was told of yet."""
        news = await self._incidents()
        if not news:
            return
        ids = [incident.id for incident in news]
        now = self._clock.now()
        reading = read_on(
            news,
            await outbox.cursors(self._database, ids),
            await outbox.knowing(self._database, ids),
            self._crews,
            self._facts().facts_of,
            now,
        )
        if reading.read_up_to:
            await outbox.add(self._database, reading.notices, reading.read_up_to, now)
        if reading.unaddressed:
            self._metrics.count("unaddressed", reading.unaddressed)
            log.error("%d pages have no crew to go to", reading.unaddressed)

    async def look_at_ourselves(self) -> None:
        """Tells the monitor's own trouble, and its end."""
        if self._own is None:
            known = await outbox.open_own(self._database, OWN_CLASS)
            self._own = OwnTroubles([_own_trouble(incident_id) for incident_id in known])
        view = self._view()
        unknown = (
            sum(1 for camera in view.cameras if camera.status is Status.UNKNOWN) if view else 0
        )
        now = self._clock.now()
        changed = self._own.step(self._signs(), unknown, now)
        link = self._facts().link()
        notices = [one for each in changed for one in own_notices(each, self._crews, now, link)]
        if notices:
            marks = {own_id(each): 2 if each.until else 1 for each in changed}
            await outbox.add(self._database, notices, marks, now)

    async def make_messages(self) -> None:
        """Puts the notices that are due into messages, crew by crew."""
        by_crew: dict[str, list[Notice]] = {}
        for notice in await outbox.waiting(self._database):
            by_crew.setdefault(notice.crew, []).append(notice)
        if not by_crew:
            return
        now = self._clock.now()
        sent = await outbox.sent_since(self._database, now - HOUR)
        crews = {crew.name: crew for crew in self._crews}
        for name, waiting in by_crew.items():
            crew = crews.get(name)
            if crew is None:
                keys = [one.key for one in waiting]
                log.warning("%d notices are for crew %s, which is gone", len(keys), name)
                await outbox.put(self._database, (), moot=keys, now=now)
                continue
            counts = Sent(pages=sent.get((name, True), 0), others=sent.get((name, False), 0))
            await self._make_for(crew, waiting, counts, now)

    async def _make_for(
        self, crew: Crew, waiting: Sequence[Notice], sent: Sent, now: datetime
    ) -> None:
        told = await outbox.told_of(self._database, crew.name, {one.incident_id for one in waiting})
        kept, moot = sort_out(waiting, told)
        made = draft(crew, kept, sent, now)
        if made is None and not moot:
            return
        messages = self._messages(made, now) if made else []
        await outbox.put(
            self._database,
            messages,
            told=[one.key for one in made.notices] if made else (),
            moot=[one.key for one in moot],
            now=now,
        )
        self._metrics.count("moot", len(moot))

    def _messages(self, made: Draft, now: datetime) -> list[Message]:
        messages = []
        for target in made.crew.targets:
            number = message_id(made.notices, target.name)
            text = compose_draft(made, number, link=self._facts().link())
            messages.append(
                Message(
                    id=number,
                    crew=made.crew.name,
                    target=target.name,
                    page=made.page,
                    title=text.title,
                    body=text.body,
                    created_at=now,
                    next_at=now,
                )
            )
        return messages

    async def send_due(self) -> None:
        """Sends messages that are due; each is claimed before and noted after."""
        claimed = await outbox.claim(
            self._database, self._clock.now(), lease=self._lease, limit=WORKERS
        )
        async with asyncio.TaskGroup() as group:
            for message in claimed:
                group.create_task(self._send(message))

    async def _send(self, message: Message) -> None:
        crew = next((crew for crew in self._crews if crew.name == message.crew), None)
        target = next(
            (one for one in (crew.targets if crew else ()) if one.name == message.target), None
        )
        if crew is None or target is None:
            delivery = Delivery(ending=Ending.PERMANENT, why="target_gone")
        else:
            delivery = await self._sender.send(target.url, _as_sent(message, crew))
        after = after_attempt(message, delivery, self._clock.now())
        await outbox.settle(self._database, after)
        self._note(after)

    def _note(self, after: Message) -> None:
        where = f"message {after.id} to {after.crew}, {after.target}"
        if after.state is MessageState.SENT:
            self._metrics.count("sent")
            log.info("%s: sent", where)
        elif after.state is MessageState.GIVEN_UP:
            self._metrics.count("given_up")
            log.error("%s: given up: %s", where, after.failure)
        else:
            self._metrics.count("retried")
            log.warning("%s: to be tried again: %s", where, after.failure)

    async def prune(self) -> None:
        """Lets go of what was told long ago."""
        await outbox.prune(self._database, self._clock.now() - KEPT)

    def _facts(self) -> Directory:
        view = self._view()
        if self._directory is None or self._directory[0] is not view:
            self._directory = (view, Directory(view, self._public_url))
        return self._directory[1]


def _as_sent(message: Message, crew: Crew) -> Message:
    if not message.doubtful:
        return message
    return replace(message, body=marked_repeated(message.body, Words.load(crew.languages[0])))


def _own_trouble(incident_id: str) -> OwnTrouble:
    _, kind, since = incident_id.split("-")
    return OwnTrouble(kind=OwnTroubleKind(kind), since=datetime.strptime(since, "%Y%m%dT%H%M%S%z"))
