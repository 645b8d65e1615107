"""What a month's report of a city costs, in every format."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.lines import Line, Sizes
from camera_registry.archive import import_archive
from camera_registry.migrations import upgrade
from tests.fleet import files
from tests.fleet.plan import plan_city
from tests.histories import write_months
from xueliang.registry import open_registry
from xueliang.settings import DatabaseSettings

SECTION = "report"
CPU_LIMIT_S = 30.0
MEMORY_LIMIT_MB = 500.0


def lines(sizes: Sizes) -> Iterator[Line]:
    """CPU seconds and the largest memory of `xueliang report`, reading to writing."""
    points = max(60, sizes.rows)
    with tempfile.TemporaryDirectory(prefix="xueliang-bench-") as name:
        folder = Path(name)
        asyncio.run(_city(folder, points))
        cpu_s, peak_mb = _report(folder)
    what = f"a month of {points} points as XLSX, PDF, HTML, CSV and JSON"
    yield Line(
        section=SECTION,
        what=what,
        measured=f"{cpu_s:.1f} s of CPU",
        goal=f"under {CPU_LIMIT_S:.0f} s",
        met=cpu_s < CPU_LIMIT_S,
    )
    yield Line(
        section=SECTION,
        what="the most memory that it held",
        measured=f"{peak_mb:.0f} MB",
        goal=f"under {MEMORY_LIMIT_MB:.0f} MB",
        met=peak_mb < MEMORY_LIMIT_MB,
    )


async def _city(folder: Path, points: int) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{folder}/r.db", key_file=folder / "key")
    await upgrade(settings.url)
    files.write_city(folder, plan_city(points, seed=1), [], rtsp_port=8554, onvif_port=8080)
    async with open_registry(settings) as database:
        now = datetime.now(UTC)
        await import_archive(database, folder / "archive.csv", who="benchmark", now=now)
        await write_months(database, date(2026, 9, 1), date(2026, 10, 31))


def _report(folder: Path) -> tuple[float, float]:
    environment = {
        **os.environ,
        "XUELIANG_DATABASE_URL": f"sqlite:///{folder}/r.db",
        "XUELIANG_DATABASE_KEY_FILE": str(folder / "key"),
    }
    command = [sys.executable, "-m", "xueliang", "report", "--period", "month"]
    command += ["--date", "2026-10-15", "--out", str(folder / "out")]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"the report ended with {os.waitstatus_to_exitcode(status)}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
