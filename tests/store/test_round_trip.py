"""An exported archive imports as unchanged, whatever the records hold."""

from __future__ import annotations

import asyncio
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from camera_registry.archive import ArchiveError, export_archive, import_archive, import_upstreams
from camera_registry.credentials import Vault
from camera_registry.database import Database, open_database
from camera_registry.fields import Field, FieldType, fields
from camera_registry.store import cameras
from probes.vocabulary import Credentials
from tests.store.city import NOON, import_rows, row, write_csv
from tests.store.conftest import KEY, Postgres, Sqlite

LATER = NOON + timedelta(hours=1)

words = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=("Cc", "Cs", "Cn")), max_size=12),
    st.text(alphabet="=+-@'\" ,;中０＝", max_size=6),
    st.sampled_from(["", "=1+1", "'=1", "''@x", "-5", "007", "1e5", "TRUE", "_x0041_", "#N/A"]),
)


def choices(field: Field) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *(choice.shown for choice in field.choices.values())])


def cells(field: Field) -> st.SearchStrategy[str]:
    """Cells that can be read; what a spreadsheet could take for something else among them."""
    simple: dict[FieldType, st.SearchStrategy[str]] = {
        FieldType.NUMBER: st.floats(-90, 90).map(repr) | st.just(""),
        FieldType.INTEGER: st.integers(1, 9_999).map(str) | st.just(""),
        FieldType.DATE: st.dates(date(1990, 1, 1), date(2050, 1, 1)).map(str) | st.just(""),
        FieldType.DIGITS: st.sampled_from(["", "340881", "340881001", "34"]),
        FieldType.DEVICE_CODE: st.sampled_from(["", "34088100001310000001"]),
        FieldType.IPV6: st.ip_addresses(v=6).map(str) | st.just(""),
        FieldType.MAC: st.sampled_from(["", "02-58-4c-01-02-03"]),
        FieldType.STREAM_URL: st.sampled_from(
            ["", "rtsp://127.0.0.1/=x?y=@1", "RTSPS://[::1]:99/海/1"]
        ),
        FieldType.ENUM: choices(field),
        FieldType.CHOICE: choices(field) | words,
    }
    return simple.get(field.type, words)


KEPT = ("device_code", "ipv4", "town", "build_source", "key_location", "key_location_kind")
rows = st.lists(
    st.fixed_dictionaries(
        {one.heading: cells(one) for one in fields().values() if one.name not in KEPT}
    ),
    min_size=1,
    max_size=4,
)


async def check_round_trip(url: str, folder: Path, drawn: list[dict[str, str]]) -> None:
    database = open_database(url, vault=Vault([KEY]))
    try:
        given_rows = [{**row(serial), **changes} for serial, changes in enumerate(drawn)]
        first = await import_rows(database, folder, given_rows)
        assert (first.created, first.rejected) == (len(drawn), ())
        before = await cameras.load_all(database)
        for name in ("out.csv", "out.xlsx"):
            assert await export_archive(database, folder / name) == len(drawn)
            report = await import_archive(database, folder / name, who="x", now=LATER)
            assert (report.unchanged, report.rejected) == (len(drawn), ())
            assert report.upstreams is None or report.upstreams.updated == 0
        assert await cameras.load_all(database) == before
    finally:
        await database.close()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=rows)
def test_import_of_export_changes_nothing(
    engines: Sqlite | Postgres, tmp_path: Path, drawn: list[dict[str, str]]
) -> None:
    asyncio.run(check_round_trip(engines.migrated(), tmp_path, drawn))


async def test_a_workbooks_tree_comes_along(database: Database, tmp_path: Path) -> None:
    await import_rows(database, tmp_path, [row(1), row(2, 设备编码="")])
    tree = write_csv(
        tmp_path / "upstreams.csv",
        [
            {"名称": "核心", "类型": "镇上联", "上级": "", "乡镇街道": ""},
            {"名称": "文昌-NVR-01", "类型": "录像机", "上级": "核心", "乡镇街道": "文昌街道"},
        ],
    )
    await import_upstreams(database, tree, who="x", now=NOON)
    path = tmp_path / "out.xlsx"
    await export_archive(database, path)
    report = await import_archive(database, path, who="x", now=LATER)
    assert report.unchanged == 2
    assert report.upstreams is not None
    assert (report.upstreams.unchanged, report.upstreams.rejected) == (2, ())


async def test_into_an_empty_registry_only_the_passwords_are_missing(
    database: Database, vault: Vault, engines: Sqlite | Postgres, tmp_path: Path
) -> None:
    await import_rows(database, tmp_path, [row(1), row(2, 设备名称="=cmd|' /C calc'!A0")])
    bare, full = tmp_path / "bare.csv", tmp_path / "full.xlsx"
    await export_archive(database, bare)
    await export_archive(database, full, with_passwords=True)
    assert "s3cret" not in bare.read_text("utf-8-sig")
    assert "口令" not in bare.read_text("utf-8-sig")
    assert {path.stat().st_mode & 0o777 for path in (bare, full)} == {0o600}
    url = await asyncio.to_thread(engines.migrated)
    other = open_database(url, vault=vault)
    await import_archive(other, bare, who="x", now=NOON)
    without = [one.credentials for one in await cameras.load_all(other)]
    assert without == [Credentials(username="admin", password="")] * 2
    await import_archive(other, full, who="x", now=NOON)
    assert await cameras.load_all(other) == await cameras.load_all(database)
    await other.close()


async def test_no_cell_of_an_export_is_a_formula(database: Database, tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://127.0.0.1")'
    texts = row(1, 设备名称=evil, 安装地址="@x", 管理员电话="+86 1")
    await import_rows(database, tmp_path, [texts])
    csv_path, xlsx_path = tmp_path / "out.csv", tmp_path / "out.xlsx"
    await export_archive(database, csv_path)
    text = csv_path.read_text("utf-8-sig")
    assert ",'@x," in text
    assert ",'+86 1," in text
    await export_archive(database, xlsx_path)
    sheet = load_workbook(xlsx_path).worksheets[0]
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n"}
    codes = [cell for line in sheet.iter_rows() for cell in line if cell.value == evil]
    assert [(cell.data_type, cell.number_format) for cell in codes] == [("s", "@")]
    with zipfile.ZipFile(xlsx_path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


async def test_an_export_that_fails_leaves_what_is_there(
    database: Database, tmp_path: Path
) -> None:
    with pytest.raises(ArchiveError, match="neither"):
        await export_archive(database, tmp_path / "x.xls")
    with pytest.raises(ArchiveError, match="No such file"):
        await export_archive(database, tmp_path / "none" / "x.csv")
    folder = tmp_path / "x.csv"
    folder.mkdir()
    with pytest.raises(ArchiveError, match="Is a directory"):
        await export_archive(database, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
