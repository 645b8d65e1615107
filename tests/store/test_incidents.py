"""Incidents in the database: as they were recorded, read by whom they concern, taken on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from camera_registry.database import Database
from camera_registry.incidents.book import Acknowledgement, NotOpenError
from camera_registry.incidents.figures import Grouping
from camera_registry.incidents.vocabulary import Cause, Event, Happening, Incident, Trouble
from camera_registry.store import cameras as camera_store
from camera_registry.store import incidents as store
from camera_registry.store import outbox
from camera_registry.store.health import take_in
from camera_registry.store.incident_looks import failing_look, keep_looks
from camera_registry.store.prune import prune_raw
from camera_registry.store.results import last_failing
from camera_registry.vocabulary import Category, HealthState, KeyLocationKind, Status
from probes.clock import SystemClock
from probes.reasons import failure
from probes.vocabulary import ProbeResult, Stage, Verdict
from tests.made_incidents import incident
from tests.store.city import NOON, import_rows, row
from xueliang.duty import Duty
from xueliang.incident_rules import load_rules
from xueliang.settings import Settings

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TIMEOUT = failure(Stage.CONNECT, "timeout", "no SYN-ACK in 5.0 s")
FULL = replace(
    incident(1, NOON),
    id="20260501-0123456789ab",
    cause=Cause.SWITCH,
    trouble=Trouble.FLAPPING,
    camera_id=None,
    inferred="10.20.3.0/24",
    subject="文昌-交换机-01",
    category=Category.VILLAGE,
    kind=KeyLocationKind.JUNCTION,
    members=(3, 1, 2),
    failure=TIMEOUT,
    acknowledged_at=NOON,
    acknowledged_by="王工",
    escalated_at=NOON - MINUTE,
    reopened=2,
    again_at=NOON - HOUR,
    timeline=(
        Event(number=1, at=NOON - HOUR, what=Happening.OPENED, cameras=(3, 1, 2)),
        Event(number=2, at=NOON, what=Happening.ACKNOWLEDGED, by="王工", note="光缆断了"),
    ),
)


async def keep(database: Database, *incidents: Incident) -> None:
    lines = [(one.id, event) for one in incidents for event in one.timeline]
    await store.record(database, incidents, lines)


def ids(found: Sequence[Incident]) -> list[str]:
    return [one.id for one in found]


async def test_all_of_an_incident_comes_back(database: Database) -> None:
    await keep(database, FULL)
    assert await store.find(database, FULL.id) == FULL
    assert await store.find(database, "20260501-000000000000") is None
    # A turn done again records the same again, and lines that are there stay as they are.
    await keep(database, FULL)
    changed = replace(FULL, members=(1,), resolved_at=NOON, failure=None)
    await store.record(database, [changed], [(FULL.id, replace(FULL.timeline[0], note="x"))])
    assert await store.find(database, FULL.id) == changed


def over(number: int, began: float, ended: float, **fields: object) -> Incident:
    """One that lasted from so many to so many hours before noon."""
    return incident(
        number, NOON, opened_at=NOON - began * HOUR, resolved_at=NOON - ended * HOUR, **fields
    )


async def test_who_reads_which(database: Database) -> None:
    young, old = incident(1, NOON), incident(2, NOON - HOUR)
    lately, long_ago = over(3, 5, 1), over(4, 30, 26)
    merged = over(5, 9, 8, merged_into=young.id)
    apart = over(6, 29, 28, merged_into=long_ago.id)
    await keep(database, young, old, lately, long_ago, merged, apart)
    bare = replace(lately, timeline=())
    assert await store.load_open(database) == (old, young)
    assert ids(await store.load_book(database, NOON - 2 * HOUR)) == ids(
        (merged, lately, old, young)
    )
    assert bare in await store.overlapping(database, NOON - 2 * HOUR, NOON)
    assert ids(await store.overlapping(database, NOON - 28 * HOUR, NOON - 4 * HOUR)) == ids(
        (long_ago, merged, lately)
    )
    assert ids(await store.lately_resolved(database, 3)) == ids((lately, merged, long_ago))


async def test_the_incidents_of_a_camera_are_its_own_and_its_upstreams(
    database: Database,
) -> None:
    own, old, another = over(3, 5, 1), over(3, 50, 40), over(4, 5, 1)
    shared = over(8, 5, 2, camera_id=None, upstream_id=1, members=(3, 9))
    elsewhere = over(9, 5, 2, camera_id=None, upstream_id=2, members=(9,))
    await keep(database, *(replace(one, id=f"{at}") for at, one in enumerate((own, old))))
    await keep(database, another, shared, elsewhere)
    found = await store.of_camera(database, 3, NOON - 10 * HOUR, NOON)
    assert {one.id for one in found} == {"0", shared.id}


async def test_unread_lines_are_those_past_the_cursor(database: Database) -> None:
    one = incident(1, NOON)
    await keep(database, one, FULL)
    assert set(ids(await store.unread(database))) == {one.id, FULL.id}
    await outbox.add(database, (), {one.id: 1, FULL.id: 1}, NOON)
    assert await store.unread(database) == (FULL,)
    await outbox.add(database, (), {FULL.id: 2}, NOON)
    assert await store.unread(database) == ()


# Taking one on


def taking(incident_id: str, by: str = "王工") -> Acknowledgement:
    return Acknowledgement(incident_id=incident_id, at=NOON, by=by, note="在路上")


async def test_only_what_is_open_is_taken_on(database: Database) -> None:
    ended, part = over(3, 5, 1), over(5, 9, 8, merged_into=FULL.id)
    await keep(database, FULL, ended, part)
    for known in (ended, part):
        with pytest.raises(NotOpenError) as refused:
            await store.acknowledge(database, taking(known.id))
        assert refused.value.found == replace(known, timeline=())
    with pytest.raises(NotOpenError) as refused:
        await store.acknowledge(database, taking("nothing"))
    assert refused.value.found is None
    assert await store.asked(database) == ()
    await store.acknowledge(database, taking(FULL.id))
    await store.acknowledge(database, taking(FULL.id, "李工"))
    first, second = await store.asked(database)
    assert (first.acknowledgement, second.acknowledgement.by) == (taking(FULL.id), "李工")
    await store.record(database, (), (), [first])
    assert await store.asked(database) == (second,)


async def test_the_service_takes_it_into_the_timeline(database: Database, tmp_path: Path) -> None:
    await import_rows(database, tmp_path, [row(1), row(2)])
    cameras = await camera_store.load_all(database)
    one = incident(1, NOON, timeline=(Event(number=1, at=NOON, what=Happening.OPENED),))
    await keep(database, one)
    await store.acknowledge(database, taking(one.id))
    duty = Duty(database, load_rules(Settings()).incidents)
    await duty.adopt(cameras, NOON)
    down = HealthState(camera_id=1, status=Status.OFFLINE, since=one.opened_at, failure=TIMEOUT)
    await duty.turn({1: down}, NOON + MINUTE)
    found = await store.find(database, one.id)
    assert found is not None
    assert (found.acknowledged_by, found.acknowledged_at) == ("王工", NOON + MINUTE)
    taken = [line for line in found.timeline if line.what is Happening.ACKNOWLEDGED]
    assert [(line.by, line.note) for line in taken] == [("王工", "在路上")]
    assert await store.asked(database) == ()
    await duty.turn({1: down}, NOON + 2 * MINUTE)
    again = await store.find(database, one.id)
    assert again is not None
    assert again.timeline == found.timeline


# What the pages show beside


def look(at: float, verdict: Verdict, stage: Stage, reason: str) -> ProbeResult:
    return ProbeResult(
        camera_id="1",
        started_at=NOON + at * MINUTE,
        verdict=verdict,
        failure=failure(stage, reason),
        stages={Stage.RESOLVE: 0.0004, stage: 5.0},
    )


async def test_the_last_failing_look_of_an_incident(database: Database, tmp_path: Path) -> None:
    await import_rows(database, tmp_path, [row(1)])
    looks = [
        look(0, Verdict.DOWN, Stage.CONNECT, "timeout"),
        look(5, Verdict.DOWN, Stage.CONNECT, "refused"),
        look(10, Verdict.DEGRADED, Stage.PICTURE, "blur"),
        look(15, Verdict.UNKNOWN, Stage.PROBER, "internal_error"),
        look(30, Verdict.DOWN, Stage.CONNECT, "unreachable"),
    ]
    await take_in(database, looks)
    until = NOON + 20 * MINUTE
    found = await last_failing(database, 1, NOON, until, Verdict.DOWN)
    assert found == looks[1]
    assert await last_failing(database, 1, NOON, until, Verdict.DEGRADED) == looks[2]
    assert await last_failing(database, 1, NOON, until, Verdict.UNKNOWN) is None
    assert await last_failing(database, 2, NOON, until, Verdict.DOWN) is None
    assert await last_failing(database, 1, NOON - HOUR, NOON - MINUTE, Verdict.DOWN) is None


async def test_an_incident_keeps_its_last_failing_look(database: Database, tmp_path: Path) -> None:
    await import_rows(database, tmp_path, [row(1), row(2)])
    first, last = (look(at, Verdict.DOWN, Stage.CONNECT, "timeout") for at in (0, 5))
    other = replace(first, camera_id="2")
    after = look(90, Verdict.DOWN, Stage.CONNECT, "refused")
    await take_in(database, [first, last, other, after])
    own = incident(1, NOON, opened_at=NOON, resolved_at=NOON + HOUR)
    switch = replace(FULL, opened_at=NOON, trouble=Trouble.DOWN, members=(1, 2, 3))
    await keep(database, own, switch)
    later = NOON + 2 * HOUR
    assert await keep_looks(database, NOON) == 0
    assert await prune_raw(database, later, portion=1) == 4
    assert await prune_raw(database, later) == 0
    assert await failing_look(database, 1, own, later) == last
    assert await failing_look(database, 1, switch, later) == after
    assert await failing_look(database, 2, switch, later) == other
    assert await failing_look(database, 3, switch, later) is None
    # What is looked at since is newer than what was kept.
    newer = look(150, Verdict.DOWN, Stage.CONNECT, "unreachable")
    await take_in(database, [newer])
    assert await failing_look(database, 1, switch, NOON + 3 * HOUR) == newer
    assert await keep_looks(database, NOON + 3 * HOUR) == 1


async def test_repairs_of_thirty_days_are_summed_up(database: Database, tmp_path: Path) -> None:
    await import_rows(database, tmp_path, [row(1), row(2, 维护单位="铁塔公司")])
    cameras = await camera_store.load_all(database)
    found = await camera_store.load_some(database, [1, 99])
    assert [one.id for one in found] == [1]
    await keep(database, over(1, 5, 1), over(2, 24 * 40, 24 * 39), incident(2, NOON, id="open"))
    duty = Duty(database, load_rules(Settings()).incidents)
    assert duty.desk(SystemClock()).figures().city.cameras == 0
    await duty.adopt(cameras, NOON)
    await duty.sum_up(NOON)
    figures = duty.desk(SystemClock()).figures()
    assert (figures.city.repairs.count, figures.city.failures.failures) == (1, 2)
    assert figures.city.repairs.mean == 4 * HOUR
    assert {one.name for one in figures.groups[Grouping.MAINTAINER]} == {"", "铁塔公司"}
