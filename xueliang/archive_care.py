"""Archive care in the running service: the check is made again where the archive has changed."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from camera_registry.database import Database
from camera_registry.rollups import day_of
from camera_registry.store import changes as change_store
from camera_registry.store.archive_care import check_archive
from exporters.archive_api import ArchiveCheck
from probes.clock import Clock

log = logging.getLogger(__name__)

# How often the registry is asked whether it changed, and how old a check may become otherwise:
# what devices say of themselves comes in without a change of the archive.
CARE_S = 20
OLDEST = timedelta(hours=6)


class ArchiveCare:
    """The newest check of the archive."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._revision: int | None = None
        self.check: ArchiveCheck | None = None

    async def refresh(self) -> None:
        """Checks anew where there is a reason to."""
        now = self._clock.now()
        revision = await change_store.revision(self._database)
        if revision == self._revision and not self._is_old(now):
            return
        report, _ = await check_archive(self._database, day_of(now))
        self.check = ArchiveCheck(report=report, checked_at=now)
        self._revision = revision
        log.info("%d findings in the archive", len(report.findings))

    def _is_old(self, now: datetime) -> bool:
        return self.check is None or now - self.check.checked_at > OLDEST
