"""A process killed while it writes leaves a sound database, and the next one goes on."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from camera_registry.database import Database
from camera_registry.intervals import fold
from camera_registry.store import health, intervals
from camera_registry.tables.health import probe_results
from camera_registry.vocabulary import HealthState, Transition
from tests.store.city import NOON, import_rows, row
from tests.store.looks import ROUND, round_at, scripted, settle

CAMERAS = 150


def write_until(url: str, rounds: int) -> None:
    """Starts the writer, and kills it while it takes in its last round."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.writer", url], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        for _ in range(rounds):
            assert writer.stdout.readline()
        writer.kill()


async def test_killed_in_the_middle(url: str, database: Database, tmp_path: Path) -> None:
    await import_rows(database, tmp_path, [row(serial) for serial in range(CAMERAS)])
    for rounds in (1, 2, 5, 3, 4):
        write_until(url, rounds)
        await check_sound(database)
    states = await health.load_states(database)
    # Each process but a killed one's last round adds at least these.
    assert max(state.last_look_at for state in states.values() if state.last_look_at) >= round_at(9)


async def check_sound(database: Database) -> None:
    states = await health.load_states(database)
    looked = {state.last_look_at for state in states.values()}
    # All of a round's states were kept, or none.
    assert len(looked) == 1
    last = looked.pop()
    rounds = 0 if last is None else (last - round_at(0)) // ROUND + 1
    async with database.read() as connection:
        looks = await connection.execute(select(func.count()).select_from(probe_results))
        assert looks.scalar_one() == rounds * CAMERAS
    # The history is to the microsecond what an undisturbed process would have written.
    expected, changes = undisturbed(sorted(states), rounds)
    assert states == expected
    found = await intervals.overlapping(database, NOON, NOON + timedelta(days=9))
    assert found == {
        one: fold(one, NOON, [change for change in changes if change.camera_id == one])
        for one in states
    }


def undisturbed(ids: list[int], rounds: int) -> tuple[dict[int, HealthState], list[Transition]]:
    states = {one: HealthState(camera_id=one, since=NOON) for one in ids}
    changes: list[Transition] = []
    for number in range(rounds):
        moved, transitions = settle(states, scripted(ids, number))
        states |= {state.camera_id: state for state in moved}
        changes += transitions
    return states, changes
