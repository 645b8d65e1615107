"""The nightly round that reads overlay text: which looks bring their strips along, the process that
reads them, and what its findings make of the looks to come.

Strips wait in memory, a few at a time; the reading process lives only while there are some.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from camera_registry.database import Database
from camera_registry.pictures.overlay import (
    OverlayFound,
    OverlayPolicy,
    OverlayRecord,
    is_due,
    taken_in,
    with_overlay,
)
from camera_registry.pictures.vocabulary import ReadingOutcome
from camera_registry.store import overlays as overlay_store
from probes.osd.process import AT_ONCE, OverlayProcess
from probes.osd.vocabulary import CLOCK_LIMIT, Capture, Expected, OverlayReading
from probes.vocabulary import FaultKind, ProbeResult
from xueliang.own_clock import OwnClock
from xueliang.settings import LOCAL_ZONE

# Strips that wait, 60 kB each: enough that the reader, which takes a fifth of a second for one,
# never waits for a look.
MAX_WAITING = 64
# A look that was to bring strips and has not after this long brings none.
ASKED_FOR = timedelta(minutes=2)
# How often there is a turn.
OVERLAYS_S = 5
# One turn reads so many, so that a stopping service need not wait for more.
PER_TURN = 16
# The process ends when nothing has come for it in this long.
IDLE = timedelta(minutes=2)
# What cannot be told while our own clock is off.
_BY_CLOCK = frozenset({FaultKind.CLOCK_DRIFT})


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayRules:
    """The round begins at `at` (the city's time) and takes at most `lasts`; without `read` there
    is none. `clock_limit` is how far a shown clock may be off."""

    read: bool = True
    at: time = time(1, 0)
    lasts: timedelta = timedelta(hours=4)
    clock_limit: timedelta = CLOCK_LIMIT
    policy: OverlayPolicy = field(default_factory=OverlayPolicy)

    def is_night(self, now: datetime) -> bool:
        """Whether the round may go on at this time."""
        local = now.astimezone(LOCAL_ZONE)
        began = local.replace(hour=self.at.hour, minute=self.at.minute, second=0, microsecond=0)
        if began > local:
            began -= timedelta(days=1)
        return self.read and local - began < self.lasts


class Overlays:
    """The overlay duty of a service. `clock` is what is known of our own;
    `outcomes` counts the readings."""

    def __init__(
        self,
        database: Database,
        rules: OverlayRules,
        process: OverlayProcess | None = None,
        clock: OwnClock | None = None,
    ) -> None:
        self.outcomes: Counter[ReadingOutcome] = Counter()
        self._database = database
        self._rules = rules
        self._clock = clock or OwnClock(rules.clock_limit)
        self._process = process or OverlayProcess()
        self._places: dict[int, str] = {}
        self._records: dict[int, OverlayRecord] = {}
        self._changed: dict[int, OverlayRecord] = {}
        self._asked: dict[int, datetime] = {}
        self._waiting: deque[Capture] = deque()
        self._idle_since: datetime | None = None
        self._most = MAX_WAITING
        self._at_once = False

    async def load(self) -> None:
        """Reads what was kept."""
        self._records = await overlay_store.load_records(self._database)
        await self.refresh()

    async def refresh(self) -> None:
        """Takes over the archive's OSD names."""
        self._places = await overlay_store.load_places(self._database)

    def read_now(self, most: int) -> None:
        """Reads whatever is due, at any time, and lets so many strips wait. Somebody waits for it,
        so nothing else goes first."""
        self._at_once, self._most = True, most
        self._process = OverlayProcess(AT_ONCE)

    @property
    def waiting(self) -> int:
        """Strips that wait to be read."""
        return len(self._waiting)

    def wanted(self, camera_id: int, now: datetime) -> bool:
        """Whether the look to come at the camera is to bring its strips; if so they are counted
        on. Of a camera without an OSD name in the archive nothing is expected."""
        place = self._places.get(camera_id)
        if place is None or not (self._at_once or self._rules.is_night(now)):
            return False
        if not is_due(self._records.get(camera_id), place, self._rules.policy, now):
            return False
        self._asked = {one: at for one, at in self._asked.items() if now - at < ASKED_FOR}
        if camera_id in self._asked or len(self._asked) + len(self._waiting) >= self._most:
            return False
        self._asked[camera_id] = now
        return True

    def judged(self, result: ProbeResult) -> ProbeResult:
        """The look with what is known of its camera's overlay; its strips are set aside."""
        camera_id = int(result.camera_id)
        self._set_aside(camera_id, result)
        return with_overlay(result, self._records.get(camera_id), self._rules.policy)

    def _set_aside(self, camera_id: int, result: ProbeResult) -> None:
        strips = result.figures.overlay_jpeg if result.figures else None
        if self._asked.pop(camera_id, None) is None or strips is None or result.sketch is None:
            return
        expected = Expected(
            place=self._places.get(camera_id, ""),
            at=result.sketch.captured_at.astimezone(LOCAL_ZONE),
            clock_limit=self._rules.clock_limit,
        )
        self._waiting.append(Capture(camera_id=camera_id, strips_jpeg=strips, expected=expected))

    async def turn(self, clock: Callable[[], datetime], most: int = PER_TURN) -> None:
        """Reads some of what waits, and writes down what was found.

        Raises:
            DatabaseUnreachableError: what was not written waits for the next turn.
        """
        now = clock()
        if not self._waiting:
            if self._idle_since is not None and now - self._idle_since >= IDLE:
                await self.close()
            await self._write()
            return
        self._idle_since = now
        for _ in range(min(len(self._waiting), most)):
            capture = self._waiting.popleft()
            reading = await self._process.read(capture)
            told = ReadingOutcome.FAILED if reading is None else self._take_in(reading)
            self.outcomes[told] += 1
        await self._write()

    def _take_in(self, reading: OverlayReading) -> ReadingOutcome:
        offset = reading.overlay.clock_offset
        faults = frozenset(fault.kind for fault in reading.picture.faults)
        unknown = frozenset(reading.picture.not_checkable)
        if offset is not None and self._clock.is_ours(
            reading.camera_id, reading.captured_at, offset
        ):
            offset = None
            faults, unknown = faults - _BY_CLOCK, unknown | _BY_CLOCK
        found = OverlayFound(
            camera_id=reading.camera_id,
            captured_at=reading.captured_at,
            expected_place=reading.expected_place,
            shown_place=reading.overlay.place,
            offset_s=None if offset is None else offset.total_seconds(),
            faults=faults,
            not_checkable=unknown,
        )
        record = taken_in(self._records.get(reading.camera_id), found)
        self._records[reading.camera_id] = self._changed[reading.camera_id] = record
        if faults:
            return ReadingOutcome.FAULT
        return ReadingOutcome.UNSURE if unknown else ReadingOutcome.RIGHT

    async def _write(self) -> None:
        changed = dict(self._changed)
        await overlay_store.write_records(self._database, changed.values())
        for camera_id, record in changed.items():
            if self._changed.get(camera_id) is record:
                del self._changed[camera_id]

    async def close(self) -> None:
        """Ends the reading process."""
        self._idle_since = None
        await self._process.close()
