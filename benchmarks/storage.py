"""What keeping one sweep's looks costs, on SQLite and on PostgreSQL.

`python -m benchmarks.storage URL FOLDER ROWS` does it on a new database and prints CPU
milliseconds of the client, all threads.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import made_up
from benchmarks.lines import Line, Sizes
from benchmarks.measured import ask
from camera_registry.archive import import_archive
from camera_registry.credentials import Vault
from camera_registry.database import Database, open_database
from camera_registry.migrations import upgrade
from camera_registry.store import cameras as camera_store
from camera_registry.store import health as health_store
from camera_registry.store.results import write_results
from camera_registry.vocabulary import HealthPolicy
from probes.vocabulary import ProbeResult
from tests.postgres import running_postgres
from xueliang import collector
from xueliang.fleet import settle_results

SECTION = "storage"
BEGIN = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)
ROUNDS = 3
# As many as the service takes in at once on two cores: a quarter of a second's looks.
TOGETHER = 20


def lines(sizes: Sizes) -> Iterator[Line]:
    """CPU milliseconds for a sweep's rows, alone and with all that hangs on them."""
    with (
        tempfile.TemporaryDirectory(prefix="xueliang-bench-") as name,
        running_postgres() as server,
    ):
        urls = {"SQLite": f"sqlite:///{name}/r.db", "PostgreSQL": f"{server}/postgres"}
        for database, url in urls.items():
            found = ask("benchmarks.storage", url, name, sizes.rows)
            for key, what in (
                ("rows", "in one transaction, the looks alone"),
                ("all", f"{TOGETHER} at a time, with health step, states and intervals"),
            ):
                yield Line(
                    section=SECTION,
                    what=f"{database}: {sizes.rows:,} looks, {what}",
                    measured=f"{found[key]:.0f} ms",
                )


async def _keep(url: str, folder: Path, wanted: int) -> dict[str, float]:
    collector.relax()
    archive = folder / "archive.csv"
    made_up.write_archive(archive, wanted)
    await upgrade(url)
    database = open_database(url, vault=Vault.from_file(folder / "key"))
    try:
        await import_archive(database, archive, who="benchmark", now=BEGIN)
        ids = [camera.id for camera in await camera_store.load_all(database)]
        collector.settle()
        found: dict[str, list[float]] = {"rows": [], "all": []}
        for number in range(ROUNDS):
            at = BEGIN + timedelta(minutes=10 * (number + 1))
            looks = list(made_up.results(ids, at, number))
            found["rows"].append(await _rows(database, looks))
            later = at + timedelta(minutes=5)
            looks = list(made_up.results(ids, later, number))
            found["all"].append(await _all(database, looks))
    finally:
        await database.close()
    return {key: min(values) for key, values in found.items()}


async def _rows(database: Database, looks: list[ProbeResult]) -> float:
    begun_s = time.process_time()
    async with database.write() as connection:
        await write_results(connection, database.dialect, looks)
    return (time.process_time() - begun_s) * 1000


async def _all(database: Database, looks: list[ProbeResult]) -> float:
    states = await health_store.load_states(database)
    begun_s = time.process_time()
    for first in range(0, len(looks), TOGETHER):
        portion = looks[first : first + TOGETHER]
        settled = settle_results(states, portion, HealthPolicy())
        await health_store.take_in(
            database, portion, states=settled.states, transitions=settled.transitions
        )
        states.update((state.camera_id, state) for state in settled.states)
    return (time.process_time() - begun_s) * 1000


def main() -> None:
    url, folder, rows = sys.argv[1:]
    print(json.dumps(asyncio.run(_keep(url, Path(folder), int(rows)))))


if __name__ == "__main__":
    main()
