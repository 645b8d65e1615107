"""Picture histories, private areas and evidence on both databases, and the service's duty."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from camera_registry.database import Database
from camera_registry.evidence_folder import EvidenceFolder, to_let_go
from camera_registry.pictures.history import PictureHistory, SlotHistory, accept
from camera_registry.pictures.vocabulary import (
    EvidenceFrame,
    EvidenceKind,
    EvidenceView,
    Masks,
)
from camera_registry.store import cameras, changes, evidence, pictures
from camera_registry.vocabulary import FaultCount, HealthState, Status
from probes.vocabulary import (
    FIGURES,
    FaultKind,
    Picture,
    PictureFault,
    PictureFigures,
    PictureSlot,
    ProbeResult,
    Verdict,
)
from tests.store.city import NOON, import_rows, row
from xueliang.evidence import EvidenceDesk
from xueliang.pictures import PictureRules, Pictures

SLOT = SlotHistory(
    slot=PictureSlot.DAY,
    looks=12,
    first_at=NOON,
    last_at=NOON + timedelta(hours=6),
    means=tuple(None if name == "noise" else 0.5 for name in FIGURES),
    spreads=(0.25,) * len(FIGURES),
    anchors=(0.5,) * len(FIGURES),
    view=b"v" * 1624,
    view_at=NOON,
    view_range=180.0,
)
FRAME = EvidenceFrame(
    camera_id=1,
    what=EvidenceKind.FAULT,
    slot=PictureSlot.DAY,
    faults=(FaultKind.BLUR,),
    captured_at=NOON,
    size_bytes=3,
)
AREA = ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5))


@pytest.fixture
async def city(database: Database, tmp_path: Path) -> Database:
    await import_rows(database, tmp_path, [row(1), row(2)])
    return database


async def test_a_history_is_read_as_it_was_written(city: Database) -> None:
    await pictures.write_slots(city, [(1, SLOT)], views=True)
    assert await pictures.load_histories(city) == {1: PictureHistory(camera_id=1, slots=(SLOT,))}
    later = replace(SLOT, looks=13, view=b"w" * 1624)
    await pictures.write_slots(city, [(1, later), (99, later)], views=False)
    known = (await pictures.load_histories(city))[1]
    assert known.slots == (replace(SLOT, looks=13),)


async def test_an_accepted_view_is_forgotten_and_not_written_again(city: Database) -> None:
    await pictures.write_slots(city, [(1, SLOT)], views=True)
    at = NOON + timedelta(hours=7)
    await pictures.accept_view(city, 1, "wang", at)
    # What the service had in hand of before comes late.
    await pictures.write_slots(city, [(1, SLOT)], views=True)
    assert await pictures.load_histories(city) == {1: accept(1, at)}
    told = await changes.history(city, "camera", 1)
    assert (told[0].who, told[0].field, told[0].new) == ("wang", "picture_view", "accepted")


async def test_private_areas_are_kept_and_lifted(city: Database) -> None:
    await pictures.set_masks(city, Masks(camera_id=2, polygons=(AREA,)), "wang", NOON)
    assert await pictures.load_masks(city) == {2: (AREA,)}
    await pictures.set_masks(city, Masks(camera_id=2, polygons=()), "wang", NOON)
    assert await pictures.load_masks(city) == {}


async def test_evidence_is_kept_and_who_looked(city: Database, tmp_path: Path) -> None:
    reference = replace(FRAME, what=EvidenceKind.REFERENCE, faults=(), size_bytes=5)
    kept = await evidence.add(city, [FRAME, reference])
    assert [frame.id for frame in kept] == [1, 2]
    assert await evidence.find(city, 1) == kept[0]
    assert await evidence.find(city, 3) is None
    assert await evidence.totals(city) == {
        EvidenceKind.FAULT: (1, 3),
        EvidenceKind.REFERENCE: (1, 5),
    }
    folder = EvidenceFolder(tmp_path / "evidence")
    folder.write(1, b"jpg")
    desk = EvidenceDesk(city, folder)
    assert await desk.show(1, "wang", NOON) == b"jpg"
    assert await desk.show(2, "wang", NOON) is None, "its file is gone"
    assert await desk.show(3, "wang", NOON) is None
    assert await desk.views(1) == (
        EvidenceView(evidence_id=1, camera_id=1, viewer="wang", at=NOON),
    )
    await evidence.forget_views(city, NOON + timedelta(days=1))
    assert await evidence.views(city) == ()


# The folder and its retention


def test_the_folder_keeps_files_by_number_alone(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path)
    folder.write(12_345, b"one")
    assert (tmp_path / "12" / "12345.jpg").read_bytes() == b"one"
    assert (tmp_path / "12" / "12345.jpg").stat().st_mode & 0o077 == 0
    assert folder.read(12_345) == b"one"
    assert folder.read(12_346) is None
    assert list(folder.strays(frozenset())) == [12_345]
    folder.remove([12_345, 12_346])
    assert folder.read(12_345) is None
    with pytest.raises(ValueError, match="0 is no number"):
        folder.path(0)
    with pytest.raises(ValueError, match="200000 bytes"):
        folder.write(1, bytes(200_000))


def test_old_faults_and_outdated_references_go_first() -> None:
    day = timedelta(days=1)
    reference = replace(FRAME, what=EvidenceKind.REFERENCE, faults=())
    frames = [
        replace(reference, id=1, captured_at=NOON - 90 * day),
        replace(FRAME, id=2, captured_at=NOON - 40 * day),
        replace(reference, id=3, captured_at=NOON - 20 * day),
        replace(FRAME, id=4, captured_at=NOON - 10 * day),
        replace(FRAME, id=5, captured_at=NOON),
    ]
    gone = to_let_go(frames, before=NOON - 30 * day, max_bytes=1000)
    assert {frame.id for frame in gone} == {1, 2}
    gone = to_let_go(frames, before=NOON - 30 * day, max_bytes=6)
    assert {frame.id for frame in gone} == {1, 2, 4}
    gone = to_let_go(frames, before=NOON - 30 * day, max_bytes=0)
    assert [frame.id for frame in gone][-1] == 3, "a reference goes last"


# The service's duty


def looked(at_hours: float, *, fault: bool = False, jpeg: bytes | None = None) -> ProbeResult:
    return ProbeResult(
        camera_id="1",
        started_at=NOON + timedelta(hours=at_hours),
        verdict=Verdict.DEGRADED if fault else Verdict.OK,
        picture=Picture(faults=(PictureFault(kind=FaultKind.BLUR, score=0.9),) if fault else ()),
        figures=PictureFigures(
            slot=PictureSlot.DAY,
            values=(0.5,) * len(FIGURES),
            view=bytes(1624),
            evidence_jpeg=jpeg,
        ),
    )


WELL = HealthState(camera_id=1, status=Status.ONLINE, since=NOON)


async def test_the_duty_learns_asks_for_a_reference_and_keeps_it(
    city: Database, tmp_path: Path
) -> None:
    camera = await cameras.find(city, "1")
    assert camera is not None
    duty = Pictures(city, PictureRules(), EvidenceFolder(tmp_path / "evidence"))
    await duty.load()
    for number in range(12):
        duty.taken_in([looked(number / 2)], {1: WELL}, {1: WELL})
    noon = NOON.replace(hour=4)
    assert duty.context(camera, noon).want_evidence
    duty.taken_in([looked(12, jpeg=b"reference")], {1: WELL}, {1: WELL})
    assert not duty.context(camera, noon).want_evidence
    await duty.keep()
    frames = await evidence.of_camera(city, 1)
    assert [frame.what for frame in frames] == [EvidenceKind.REFERENCE]
    assert duty.totals[EvidenceKind.REFERENCE] == (1, 9)
    assert duty.learnt_slots[PictureSlot.DAY] == 1

    after = Pictures(city, PictureRules(), EvidenceFolder(tmp_path / "evidence"))
    await after.load()
    assert after.context(camera, noon).baselines[0].learnt
    assert not after.context(camera, noon).want_evidence


async def test_a_fault_that_comes_to_stand_is_kept_and_let_go(
    city: Database, tmp_path: Path
) -> None:
    folder = EvidenceFolder(tmp_path / "evidence")
    duty = Pictures(city, PictureRules(evidence_days=30), folder)
    await duty.load()
    standing = replace(WELL, faults=(FaultCount(kind=FaultKind.BLUR, seen=2, since=NOON),))
    duty.taken_in([looked(0, fault=True, jpeg=b"first")], {1: WELL}, {1: WELL})
    duty.taken_in([looked(1, fault=True, jpeg=b"second")], {1: WELL}, {1: standing})
    duty.taken_in([looked(2, fault=True, jpeg=b"third")], {1: standing}, {1: standing})
    await duty.keep()
    (frame,) = await evidence.of_camera(city, 1)
    assert (frame.what, frame.faults) == (EvidenceKind.FAULT, (FaultKind.BLUR,))
    assert folder.read(frame.id) == b"second"
    folder.write(77, b"stray")
    await duty.let_go(NOON + timedelta(days=60))
    assert await evidence.of_camera(city, 1) == ()
    assert folder.read(frame.id) is None
    assert folder.read(77) is None


async def test_people_are_heard_while_it_runs(city: Database) -> None:
    camera = await cameras.find(city, "1")
    assert camera is not None
    await pictures.write_slots(city, [(1, SLOT)], views=True)
    duty = Pictures(city, PictureRules())
    await duty.load()
    assert duty.context(camera, NOON).baselines
    await pictures.accept_view(city, 1, "wang", NOON + timedelta(days=1))
    await pictures.set_masks(
        city, Masks(camera_id=1, polygons=(AREA,)), "wang", NOON + timedelta(days=1)
    )
    await duty.refresh()
    context = duty.context(camera, NOON)
    assert (context.baselines, context.accepted, context.masks) == ((), True, (AREA,))
