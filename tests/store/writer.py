"""Takes in round after round until it is killed; run as `python -m tests.store.writer URL`."""

from __future__ import annotations

import asyncio
import sys

from camera_registry.credentials import Vault
from camera_registry.database import open_database
from camera_registry.store import health
from tests.store.conftest import KEY
from tests.store.looks import ROUND, round_at, scripted, settle


async def write(url: str) -> None:
    database = open_database(url, vault=Vault([KEY]))
    states = await health.load_states(database)
    ids = sorted(states)
    last = max(
        (state.last_look_at for state in states.values() if state.last_look_at), default=None
    )
    number = 0 if last is None else (last - round_at(0)) // ROUND + 1
    while True:
        looks = scripted(ids, number)
        moved, transitions = settle(states, looks)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        await health.take_in(database, looks, states=moved, transitions=transitions)
        states |= {state.camera_id: state for state in moved}
        number += 1


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1]))
