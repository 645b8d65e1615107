"""Reports from the database: the same figures from SQLite and from PostgreSQL; corrections."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from camera_registry.archive import import_archive
from camera_registry.assessment.corrections import Correction, Judgement, Target
from camera_registry.assessment.document import figures_text
from camera_registry.assessment.periods import period_of
from camera_registry.assessment.reckoning import reckon
from camera_registry.assessment.vocabulary import Indicator, PeriodKind, Scope
from camera_registry.credentials import Vault
from camera_registry.database import Database, open_database
from camera_registry.store.assessment import (
    add_correction,
    load_corrections,
    read_material,
    remove_correction,
)
from tests.fleet import files
from tests.fleet.plan import plan_city
from tests.histories import write_months
from tests.store.conftest import KEY, Postgres, Sqlite
from xueliang.scheme import load_scheme

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SCHEME = load_scheme(None)


def correction(**fields: object) -> Correction:
    base: dict[str, object] = {
        "id": 0,
        "target": Target.TOWN,
        "town": "孔城镇",
        "subject": "孔城镇",
        "start": datetime(2026, 10, 4, 20, tzinfo=UTC),
        "end": datetime(2026, 10, 5, 8, tzinfo=UTC),
        "judgement": Judgement.EXCLUDE,
        "reason": "停电",
        "by": "王工",
        "at": NOW,
    }
    return Correction(**(base | fields))  # type: ignore[arg-type]


async def figures(database: Database, kind: PeriodKind) -> str:
    period = period_of(kind, date(2026, 10, 5), NOW)
    material = await read_material(
        database, period, clock_limit_s=SCHEME.clock_limit_s, platform_hold=timedelta(hours=30)
    )
    report = reckon(material, SCHEME, period)
    city = report.group(Scope.CITY)
    assert city is not None
    assert city.figures[Indicator.ONLINE].corrected.denominator > 0
    assert city.figures[Indicator.PICTURE].corrected.denominator > 0
    assert city.figures[Indicator.CLOCK].corrected.denominator > 0
    return figures_text(report)


@pytest.fixture
def urls(sqlite: Sqlite, postgres: Postgres) -> tuple[str, str]:
    return sqlite.migrated(), postgres.migrated()


async def test_the_same_figures_from_both_databases(urls: tuple[str, str], tmp_path: Path) -> None:
    files.write_city(tmp_path, plan_city(60, seed=3), [], rtsp_port=8554, onvif_port=8080)
    found = [await _all_figures(url, tmp_path) for url in urls]
    assert found[0] == found[1]


async def _all_figures(url: str, folder: Path) -> list[str]:
    database = open_database(url, vault=Vault([KEY]))
    try:
        await import_archive(database, folder / "archive.csv", who="x", now=NOW)
        await write_months(database, date(2026, 9, 27), date(2026, 10, 12))
        await add_correction(database, correction())
        found = [await figures(database, kind) for kind in (PeriodKind.DAY, PeriodKind.WEEK)]
        # Reckoned again, the same to the byte.
        assert await figures(database, PeriodKind.DAY) == found[0]
        return found
    finally:
        await database.close()


async def test_corrections_are_kept_with_who_and_why(database: Database) -> None:
    added = await add_correction(database, correction())
    assert added.id > 0
    assert await load_corrections(database) == (added,)
    assert await load_corrections(database, added.end, added.end + timedelta(days=1)) == ()
    later = NOW + timedelta(hours=1)
    removed = await remove_correction(database, added.id, by="李工", reason="误填", at=later)
    assert removed
    assert not await remove_correction(database, added.id, by="x", reason="x", at=later)
    [kept] = await load_corrections(database)
    assert (kept.removed_by, kept.removed_reason, kept.removed_at) == ("李工", "误填", later)
    assert kept.reason == "停电"


async def test_a_city_without_history_has_no_figures(database: Database) -> None:
    period = period_of(PeriodKind.DAY, date(2026, 10, 1), NOW)
    material = await read_material(
        database, period, clock_limit_s=60, platform_hold=timedelta(hours=30)
    )
    assert reckon(material, SCHEME, period).groups == ()
