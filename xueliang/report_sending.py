"""Reports to their readers: each that was made is sent until its address takes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from exporters.reports.due import Made
from exporters.reports.files import listed
from exporters.reports.mailing import send_report
from exporters.reports.metrics import ReportMetrics
from exporters.reports.owed import owe, owed, settle
from exporters.words import Words
from probes.clock import Clock
from xueliang.settings import ReportSettings

log = logging.getLogger(__name__)

# One that was not taken is sent again after this long.
AGAIN = timedelta(minutes=30)
# What its address has not taken for this long is old news; it stays on the console.
GIVE_UP = timedelta(days=7)


class ReportSending:
    """Knows by the reports' folder what is to be sent, so that a restart forgets nothing."""

    def __init__(self, settings: ReportSettings, metrics: ReportMetrics, clock: Clock) -> None:
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        # When each report that was not taken is sent again.
        self._again: dict[Made, datetime] = {}

    async def owe(self, report: Made) -> None:
        """Notes, before a report is made, that it is to be sent, where there is an address."""
        if self._settings.target_file is None:
            return
        try:
            await asyncio.to_thread(owe, self._settings.folder, report, self._clock.now())
        except OSError as error:
            log.error("the folder of reports cannot be written to: %s", error.strerror)

    async def settle(self, report: Made) -> None:
        """Notes that there is nothing to send."""
        if self._settings.target_file is None:
            return
        await asyncio.to_thread(settle, self._settings.folder, report)

    async def send(self, unfinished: Sequence[Made]) -> None:
        """Sends what is to be sent and is not among the `unfinished`."""
        target_file, folder = self._settings.target_file, self._settings.folder
        if target_file is None:
            return
        now = self._clock.now()
        files: dict[Made, list[Path]] = {}
        for one in await asyncio.to_thread(listed, folder):
            files.setdefault((one.kind, one.first), []).append(folder / one.name)
        for report, since in (await asyncio.to_thread(owed, folder)).items():
            if report in unfinished or now < self._again.get(report, now):
                continue
            if report not in files or await self._sent(report, files[report], target_file):
                await self.settle(report)
                continue
            self._metrics.failed("send")
            self._again[report] = now + AGAIN
            log.error("the report %s %s was not sent", *report)
            if now - since > GIVE_UP:
                log.error("the report %s %s is not sent any more", *report)
                await self.settle(report)

    async def _sent(self, report: Made, files: Sequence[Path], target_file: Path) -> bool:
        kind, first = report
        words = Words.load(self._settings.languages[0])
        title = words[f"report.title.{kind}"].format(city=self._settings.city)
        body = words["report.mail"].format(files=", ".join(path.name for path in files))
        try:
            url = (await asyncio.to_thread(target_file.read_text, "utf-8")).strip()
            return await asyncio.to_thread(send_report, url, f"{title} {first}", body, files)
        except OSError as error:
            log.error("the report's address or its files cannot be read: %s", error.strerror)
            return False
