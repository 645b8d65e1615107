"""What the running service knows of cameras' pictures: their histories, the weather over the towns,
private areas, and the evidence to keep.

Histories live in memory and are written in turns; a process killed in between learns some minutes
anew. Nothing here looks at pixels: a look brings its figures along.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from camera_registry.database import Database
from camera_registry.evidence_folder import EvidenceFolder, to_let_go
from camera_registry.pictures.history import (
    HistoryPolicy,
    PictureHistory,
    SlotHistory,
    accept,
    take_in,
)
from camera_registry.pictures.sun import light_at
from camera_registry.pictures.vocabulary import EvidenceFrame, EvidenceKind
from camera_registry.pictures.weather import Weather, excused
from camera_registry.store import evidence as evidence_store
from camera_registry.store import pictures as picture_store
from camera_registry.vocabulary import Camera, HealthState
from probes.vocabulary import (
    FaultKind,
    Light,
    PictureContext,
    PictureSlot,
    Polygon,
    ProbeResult,
    Verdict,
)
from xueliang.bursts import BurstBook, BurstPolicy
from xueliang.evidence import EvidenceDesk
from xueliang.overlays import OverlayRules, Overlays
from xueliang.own_clock import OwnClock

log = logging.getLogger(__name__)

# Pictures that wait for the disk: 15 kB each. More than these at once is a fault of the whole
# city's; what is beyond them is not kept, and counted.
MAX_WAITING = 500
# Slots written in one turn: a transaction of some tenths of a second.
MAX_WRITTEN = 2_000
# A view's tones move by a step with each look that is learnt; they are written so often.
VIEWS_EVERY = 8
# A reference is taken anew so often, to follow the season.
REFERENCE_EVERY = timedelta(days=30)
_SLOTS_BY: Mapping[Light, frozenset[PictureSlot]] = {
    Light.DAY: frozenset({PictureSlot.DAY}),
    Light.NIGHT: frozenset({PictureSlot.NIGHT, PictureSlot.INFRA_RED}),
    Light.TWILIGHT: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRules:
    """`learn` false: pictures are judged alone. The place is that of the city, for the sun.
    Evidence is kept for `evidence_days` in at most `evidence_bytes`; views of it are told for
    `views_days`."""

    learn: bool = True
    latitude: float = 31.05
    longitude: float = 116.95
    evidence_days: int = 30
    evidence_bytes: int = 1024**3
    views_days: int = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    frame: EvidenceFrame
    jpeg: bytes


class Pictures:
    """The picture duty of the running service; without a folder no evidence is kept."""

    def __init__(
        self,
        database: Database,
        rules: PictureRules,
        folder: EvidenceFolder | None = None,
        policy: HistoryPolicy | None = None,
        bursts: BurstPolicy | None = None,
        overlays: OverlayRules | None = None,
    ) -> None:
        self.bursts = BurstBook(bursts or BurstPolicy())
        overlay_rules = overlays or OverlayRules(read=False)
        self.clock = OwnClock(overlay_rules.clock_limit)
        self.overlays = Overlays(database, overlay_rules, clock=self.clock)
        self._database = database
        self._rules = rules
        self._folder = folder
        self._policy = policy or HistoryPolicy()
        self._histories: dict[int, PictureHistory] = {}
        self._masks: dict[int, tuple[Polygon, ...]] = {}
        self._weather = Weather()
        self._changed: dict[tuple[int, PictureSlot], SlotHistory] = {}
        self._new_views: set[tuple[int, PictureSlot]] = set()
        self._references: dict[tuple[int, PictureSlot], datetime] = {}
        self._waiting: deque[_Waiting] = deque()
        self.dropped = 0
        self.totals: Mapping[EvidenceKind, tuple[int, int]] = dict.fromkeys(EvidenceKind, (0, 0))

    @property
    def desk(self) -> EvidenceDesk | None:
        """The evidence as pages read it; None where none is kept."""
        return EvidenceDesk(self._database, self._folder) if self._folder is not None else None

    @property
    def learnt_slots(self) -> Mapping[PictureSlot, int]:
        """How many cameras have each slot learnt. Any thread may ask."""
        counts = dict.fromkeys(PictureSlot, 0)
        # A copy in one step: looks come in meanwhile.
        for history in list(self._histories.values()):
            for slot in history.slots:
                counts[slot.slot] += slot.learnt
        return counts

    async def load(self) -> None:
        """Reads what was kept."""
        self._histories = await picture_store.load_histories(self._database)
        for frame in await evidence_store.all_frames(self._database):
            if frame.what is EvidenceKind.REFERENCE and frame.slot is not None:
                self._references[frame.camera_id, frame.slot] = frame.captured_at
        await self.overlays.load()
        await self.refresh()
        self.totals = await evidence_store.totals(self._database)

    async def refresh(self) -> None:
        """Takes over what people have changed: private areas, views that they accepted, names."""
        await self.overlays.refresh()
        self._masks = await picture_store.load_masks(self._database)
        for camera_id, at in (await picture_store.load_acceptances(self._database)).items():
            known = self._histories.get(camera_id)
            if known is None or known.accepted_at != at:
                self._forget(camera_id, at)

    def _forget(self, camera_id: int, at: datetime) -> None:
        self._histories[camera_id] = accept(camera_id, at)
        for slot in PictureSlot:
            self._changed.pop((camera_id, slot), None)
            self._references.pop((camera_id, slot), None)

    def context(self, camera: Camera, now: datetime) -> PictureContext:
        """What a look at the camera needs to know."""
        light = light_at(now, self._rules.latitude, self._rules.longitude)
        masks = self._masks.get(camera.id, ())
        history = self._histories.get(camera.id)
        want_overlay = self.overlays.wanted(camera.id, now)
        if history is None or not self._rules.learn:
            return PictureContext(
                light=light, movable=camera.movable, masks=masks, want_overlay=want_overlay
            )
        return PictureContext(
            light=light,
            baselines=history.baselines(),
            movable=camera.movable,
            accepted=history.accepted_at is not None,
            masks=masks,
            want_evidence=self._lacks_reference(history, light, now),
            want_overlay=want_overlay,
        )

    def _lacks_reference(self, history: PictureHistory, light: Light, now: datetime) -> bool:
        if self._folder is None:
            return False
        return any(
            slot.learnt and slot.slot in _SLOTS_BY[light] and self._is_due(history, slot, now)
            for slot in history.slots
        )

    def _is_due(self, history: PictureHistory, slot: SlotHistory, now: datetime) -> bool:
        taken_at = self._references.get((history.camera_id, slot.slot))
        return taken_at is None or now - taken_at >= REFERENCE_EVERY

    def judged(
        self,
        results: Iterable[ProbeResult],
        cameras: Mapping[int, Camera],
        states: Mapping[int, HealthState],
    ) -> list[ProbeResult]:
        """The results without what the weather over a town may have caused, with what is known of
        the cameras' overlay texts, and without times that our own clock spoilt."""
        self.clock.know(cameras)
        judged = []
        for result in results:
            camera = cameras[int(result.camera_id)]
            self._weather.add(result, camera.town, _standing(states.get(camera.id)))
            if self._weather.over(camera.town, result.started_at):
                result = excused(result)
            judged.append(self.overlays.judged(self.clock.judged(result)))
        return judged

    def taken_in(
        self,
        results: Iterable[ProbeResult],
        before: Mapping[int, HealthState | None],
        after: Mapping[int, HealthState],
    ) -> None:
        """Learns from looks that were taken in, and sets aside the pictures to be kept."""
        looks = list(results)
        self.bursts.taken_in(looks)
        for result in looks:
            camera_id = int(result.camera_id)
            state = after.get(camera_id)
            if state is None or result.figures is None:
                continue
            self._keep(result, _standing(state) - _standing(before.get(camera_id)))
            if self._rules.learn:
                self._learn(camera_id, result, state)

    def _learn(self, camera_id: int, result: ProbeResult, state: HealthState) -> None:
        known = self._histories.get(camera_id) or PictureHistory(camera_id=camera_id)
        learnt = take_in(known, result, state, self._policy)
        if learnt is known:
            return
        self._histories[camera_id] = learnt
        for slot in learnt.slots:
            earlier = known.slot(slot.slot)
            if earlier is slot:
                continue
            self._changed[camera_id, slot.slot] = slot
            renewed = earlier is None or earlier.view_at != slot.view_at
            if renewed or slot.looks % VIEWS_EVERY == 0:
                self._new_views.add((camera_id, slot.slot))

    def _keep(self, result: ProbeResult, begun: frozenset[FaultKind]) -> None:
        """Sets the look's picture aside, where it shows a fault that has just come to stand, or
        is the reference that was asked for."""
        figures = result.figures
        if self._folder is None or figures is None or figures.evidence_jpeg is None:
            return
        camera_id = int(result.camera_id)
        is_reference = result.verdict is Verdict.OK and figures.slot is not None
        if not begun and not (is_reference and self._wanted(camera_id, figures.slot, result)):
            return
        if len(self._waiting) >= MAX_WAITING:
            self.dropped += 1
            return
        frame = EvidenceFrame(
            camera_id=camera_id,
            what=EvidenceKind.FAULT if begun else EvidenceKind.REFERENCE,
            slot=figures.slot,
            faults=tuple(kind for kind in FaultKind if kind in begun),
            captured_at=result.started_at,
            size_bytes=len(figures.evidence_jpeg),
        )
        self._waiting.append(_Waiting(frame=frame, jpeg=figures.evidence_jpeg))

    def _wanted(self, camera_id: int, slot: PictureSlot | None, result: ProbeResult) -> bool:
        history = self._histories.get(camera_id)
        known = history.slot(slot) if history is not None and slot is not None else None
        if history is None or known is None or not known.learnt:
            return False
        if not self._is_due(history, known, result.started_at):
            return False
        self._references[camera_id, known.slot] = result.started_at
        return True

    async def keep(self) -> None:
        """Writes what was learnt and the pictures that wait.

        Raises:
            DatabaseUnreachableError: what was not written waits for the next turn.
        """
        await self._write_slots()
        await self._write_evidence()

    async def _write_slots(self) -> None:
        changed = dict(islice(self._changed.items(), MAX_WRITTEN))
        for views in (True, False):
            portion = {
                key: slot for key, slot in changed.items() if (key in self._new_views) is views
            }
            await picture_store.write_slots(
                self._database, ((key[0], slot) for key, slot in portion.items()), views=views
            )
            for key, slot in portion.items():
                if self._changed.get(key) is slot:
                    del self._changed[key]
                    self._new_views.discard(key)

    async def _write_evidence(self) -> None:
        if self._folder is None or not self._waiting:
            return
        waiting = list(self._waiting)
        frames = await evidence_store.add(self._database, (one.frame for one in waiting))
        for _ in waiting:
            self._waiting.popleft()
        pictures = [(frame.id, one.jpeg) for frame, one in zip(frames, waiting, strict=True)]
        lost = await asyncio.to_thread(_write_files, self._folder, pictures)
        if lost:
            self.dropped += len(lost)
            await evidence_store.remove(self._database, lost)
        self.totals = await evidence_store.totals(self._database)

    async def let_go(self, now: datetime) -> None:
        """Deletes evidence that is older, or more, than is to be kept, and what is left over of
        a process that was killed between a file and its row."""
        if self._folder is None:
            return
        frames = await evidence_store.all_frames(self._database)
        gone = to_let_go(
            frames,
            before=now - timedelta(days=self._rules.evidence_days),
            max_bytes=self._rules.evidence_bytes,
        )
        numbers = [frame.id for frame in gone]
        known = frozenset(frame.id for frame in frames)
        await asyncio.to_thread(_delete_files, self._folder, numbers, known)
        await evidence_store.remove(self._database, numbers)
        await evidence_store.forget_views(
            self._database, now - timedelta(days=self._rules.views_days)
        )
        self.totals = await evidence_store.totals(self._database)
        log.info("let go of %d pictures", len(numbers))


def _standing(state: HealthState | None) -> frozenset[FaultKind]:
    if state is None:
        return frozenset()
    return frozenset(fault.kind for fault in state.faults if fault.since is not None)


def _write_files(folder: EvidenceFolder, pictures: Sequence[tuple[int, bytes]]) -> list[int]:
    """The numbers of those that could not be written."""
    lost = []
    for number, jpeg in pictures:
        try:
            folder.write(number, jpeg)
        except (OSError, ValueError) as error:
            log.warning("picture %d is not kept: %s", number, error)
            lost.append(number)
    return lost


def _delete_files(folder: EvidenceFolder, numbers: Sequence[int], known: frozenset[int]) -> None:
    folder.remove(numbers)
    folder.remove(tuple(folder.strays(known)))
