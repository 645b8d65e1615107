"""Takes in looks that come in no order, again and again from the first, until it is killed; run
as `python -m tests.store.late_writer URL`."""

from __future__ import annotations

import asyncio
import random
import sys
from datetime import timedelta

from camera_registry.credentials import Vault
from camera_registry.database import open_database
from camera_registry.store import health, late
from camera_registry.vocabulary import HealthPolicy
from probes.vocabulary import ProbeResult
from tests.store.city import NOON
from tests.store.conftest import KEY
from tests.store.looks import SCRIPT

POLICY = HealthPolicy()
LOOKS = 40


def scrambled(camera_id: int) -> list[ProbeResult]:
    """A camera's looks, one each five minutes, as they come in."""
    looks = [
        SCRIPT[(camera_id * 3 + number * number) % len(SCRIPT)](
            camera_id, NOON + timedelta(minutes=5 * number + 5)
        )
        for number in range(LOOKS)
    ]
    random.Random(camera_id).shuffle(looks)
    return looks


async def write(url: str) -> None:
    database = open_database(url, vault=Vault([KEY]))
    ids = sorted(await health.load_states(database))
    while True:
        for looks in zip(*map(scrambled, ids), strict=True):
            for look in looks:
                sys.stdout.write(f"{look.started_at}\n")
                sys.stdout.flush()
                await late.take_in_late(database, int(look.camera_id), [look], POLICY, until=NOON)


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1]))
