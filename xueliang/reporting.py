"""Reports in the running service: made when they are due, by a process of their own.

Drawing a month of a city takes some hundred megabytes and a core for seconds; in a process of its
own neither the looks nor the service's memory notice it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from camera_registry.database import DatabaseUnreachableError
from exporters.reports.due import Due, Made, due_reports
from exporters.reports.files import FORMATS, listed, prune
from exporters.reports.metrics import ReportMetrics
from probes.clock import Clock
from xueliang.report_sending import ReportSending
from xueliang.settings import LOCAL_ZONE, ReportSettings

log = logging.getLogger(__name__)

# How often it is asked what is due.
DUE_S = 60
# A month of a city takes 30 s; on a machine that does much else, ten times that.
MAKING_S = 900.0
# One that could not be made is tried again after this long.
AGAIN = timedelta(minutes=30)
# The longest of the process's own errors that is worth a log line.
_MAX_ERROR = 2000


class Reporting:
    """Makes what is due, one at a time.

    `program` is how this program is called with its configuration, without a command; `history`
    asks when what is known of the points begins, None where nothing is; it may raise
    `DatabaseUnreachableError`.
    """

    def __init__(
        self,
        settings: ReportSettings,
        program: Sequence[str],
        metrics: ReportMetrics,
        clock: Clock,
        history: Callable[[], Awaitable[datetime | None]],
    ) -> None:
        self._settings = settings
        self._program = tuple(program)
        self.metrics = metrics
        self._clock = clock
        self._history = history
        self._began: datetime | None = None
        self._sending = ReportSending(settings, metrics, clock)
        # When each report that could not be made is tried again.
        self._again: dict[Due, datetime] = {}
        # Periods that nothing is known of: the monitor was away for the whole of them.
        self._empty: set[Due] = set()

    async def make_due(self) -> None:
        """Makes every report that is due and not in the folder, and sends those that are to be
        sent; old ones go. One that cannot be made holds no other up."""
        now = self._clock.now()
        for due in await self._due(now):
            if due in self._empty or now < self._again.get(due, now):
                continue
            report = due.kind.value, due.first
            await self._sending.owe(report)
            files = await self._made(due, late=due.late(now))
            if files is None:
                self.metrics.failed("make")
                self._again[due] = now + AGAIN
            elif not files:
                self._empty.add(due)
                await self._sending.settle(report)
            else:
                self._again.pop(due, None)
                self.metrics.made(due.kind, self._clock.now())
        await self._sending.send([(due.kind.value, due.first) for due in self._again])
        oldest = now.astimezone(LOCAL_ZONE).date() - timedelta(days=self._settings.keep_days)
        await asyncio.to_thread(prune, self._settings.folder, oldest)

    async def _due(self, now: datetime) -> list[Due]:
        """What is due; nothing before there is a history."""
        # Asked until there is one: where nothing is known, asking costs nothing.
        if self._began is None:
            try:
                self._began = await self._history()
            except DatabaseUnreachableError as error:
                log.warning("reports are left for later: %s", error)
        if self._began is None:
            return []
        made = await asyncio.to_thread(self._have)
        settings = self._settings
        return due_reports(now, settings.at, LOCAL_ZONE, settings.periods, made, self._began)

    def _have(self) -> set[Made]:
        """The reports that are made: each of their files is there."""
        wanted = len(self._settings.languages) * len(self._settings.formats)
        have: dict[Made, int] = {}
        for one in listed(self._settings.folder):
            if one.language in self._settings.languages and _is_wanted(one.format, self._settings):
                have[one.kind, one.first] = have.get((one.kind, one.first), 0) + 1
        return {key for key, files in have.items() if files >= wanted}

    async def _made(self, due: Due, *, late: bool) -> list[Path] | None:
        """The files of a report; empty where nothing is known of its period, None where it could
        not be made."""
        files: list[Path] = []
        for language in self._settings.languages:
            found = await self._run(
                "report",
                "--json",
                *("--date", due.first.isoformat(), "--period", due.kind.value),
                *("--out", str(self._settings.folder)),
                *("--format", ",".join(self._settings.formats)),
                *("--lang", {"zh_CN": "zh", "en": "en"}[language]),
                *(("--late",) if late else ()),
            )
            if not found:
                return found
            files += found
        return files

    async def _run(self, *arguments: str) -> list[Path] | None:
        process = await asyncio.create_subprocess_exec(
            *self._program,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(MAKING_S):
                out, errors = await process.communicate()
        except TimeoutError:
            log.error("a report was not made within %g s", MAKING_S)
            return None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode and not out:
            text = errors.decode("utf-8", "replace")[-_MAX_ERROR:].strip()
            log.error("a report could not be made (%d): %s", process.returncode, text)
            return None
        document = json.loads(out)
        if not document["files"]:
            log.info("nothing is known of the %s from %s", document["period"], document["first"])
            return []
        log.info("made the report %s", ", ".join(document["files"]))
        return [Path(name) for name in document["files"]]


def _is_wanted(ending: str, settings: ReportSettings) -> bool:
    return ending in {FORMATS[one] for one in settings.formats}
