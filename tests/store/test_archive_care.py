"""Archive care on a registry: from findings to a sheet, by import to a clean archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from openpyxl import load_workbook

from camera_registry.archive import export_archive, import_archive
from camera_registry.database import Database
from camera_registry.datum import distance_m, wgs84_to_gcj02
from camera_registry.fields import fields
from camera_registry.lint import Grade, Kind
from camera_registry.migrations import downgrade, upgrade
from camera_registry.store import cameras
from camera_registry.store.archive_care import check_archive
from camera_registry.store.health import take_in
from camera_registry.store.records import load_records
from exporters.lint_sheet import lint_workbook
from exporters.words import Words
from probes.vocabulary import OnvifFacts, ProbeResult, Verdict
from tests.archives import city_rows
from tests.store.city import NOON, import_rows, row

TODAY = date(2026, 6, 1)
WORDS = Words.load("zh_CN")


async def kinds(database: Database) -> set[Kind]:
    report, _ = await check_archive(database, TODAY)
    return {one.kind for one in report.findings}


async def positions(database: Database) -> dict[str, tuple[float, float, str, str]]:
    async with database.read() as connection:
        records = await load_records(connection, database.vault)
    names = ("longitude", "latitude", "coordinate_system", "source_coordinate_system")
    return {
        record.values["device_code"]: tuple(record.values[name] for name in names)
        for record in records
    }


async def test_lint_to_sheet_to_import_to_clean(database: Database, tmp_path: Path) -> None:
    """All that can be proposed, and the empty cells filled in by a person."""
    rows = [one for one in city_rows(240, 4) if one["设备编码"]]
    for one in rows:
        for heading, filled in (
            ("维护单位", "甲公司"),
            ("管理单位", "乙单位"),
            ("安装地址", one["村社区"]),
        ):
            one[heading] = one[heading] or filled
    used = [one for one in rows if "拆除" not in one["设备状态"] and one["取流地址"]]
    used[0]["经度"], used[0]["纬度"] = used[0]["纬度"], used[0]["经度"]
    used[1]["行政区划编码"] = "340822"
    used[2]["行政区划编码"] = next(
        one["行政区划编码"] for one in rows if one["乡镇街道"] != used[2]["乡镇街道"]
    )
    used[3]["设备名称"] = "IPCamera 01"
    used[4]["维护单位"] = ""
    used[5]["MAC地址"] = "00:00:00:00:00:00"
    used[6]["接入网络"] = "8 专线"
    used[7]["行政区划编码"] = ""
    assert (await import_rows(database, tmp_path, rows)).rejected == ()
    report, entries = await check_archive(database, TODAY)
    assert {one.kind for one in report.findings} == {
        Kind.SWAPPED,
        Kind.DIVISION_REGION,
        Kind.DIVISION_TOWN,
        Kind.NAME_GENERIC,
        Kind.MISSING,
        Kind.MAC_USELESS,
        Kind.CODE_NETWORK,
    }
    complete = {one.id: one.archive_complete for one in await cameras.load_all(database)}
    wrong = {one.camera_id for one in report.findings if one.grade is Grade.ERROR}
    assert {number for number, whole in complete.items() if not whole} == wrong

    sheet = tmp_path / "corrections.xlsx"
    sheet.write_bytes(lint_workbook(report, entries, WORDS))
    book = load_workbook(sheet)
    assert book.sheetnames == ["更正", "全部问题", "合格率", "字段完整率"]
    page = book["更正"]
    headings = [cell.value for cell in page[1]]
    for line in page.iter_rows(min_row=2):
        cell = line[headings.index(fields()["maintain_unit"].heading)]
        cell.value = cell.value or "甲公司"
    book.save(sheet)

    later = NOON + timedelta(hours=1)
    done = await import_archive(database, sheet, who="王工", now=later)
    assert (done.rejected, done.warnings, done.created) == ((), (), 0)
    assert await kinds(database) == set()
    assert all(one.archive_complete for one in await cameras.load_all(database))


async def test_a_sheet_imported_untouched_only_does_what_it_proposes(
    database: Database, tmp_path: Path
) -> None:
    await import_rows(database, tmp_path, [row(1), row(2, 经度="117.065", 纬度="31.01")])
    report, entries = await check_archive(database, TODAY)
    sheet = tmp_path / "corrections.xlsx"
    sheet.write_bytes(lint_workbook(report, entries, WORDS))
    done = await import_archive(database, sheet, who="王工", now=NOON + timedelta(hours=1))
    assert (done.rejected, done.created) == ((), 0)
    after, _ = await check_archive(database, TODAY)
    # The division code is the town's; everything else is for a person to fill in.
    gone = [one for one in report.findings if one not in after.findings]
    assert {(one.kind, one.field) for one in gone} == {(Kind.MISSING, "division_code")}


async def test_coordinates_become_wgs84_at_import(database: Database, tmp_path: Path) -> None:
    place = (116.95, 31.04)
    moved = wgs84_to_gcj02(*place)
    rows = [
        row(1, 经度=f"{moved[0]:.6f}", 纬度=f"{moved[1]:.6f}", 坐标系="GCJ-02"),
        row(2, 经度="116.95", 纬度="31.04", 坐标系="WGS-84"),
        row(3, 经度="116.95", 纬度="31.04", 坐标系="CGCS2000"),
        row(4, 经度="116.95", 纬度="31.04"),
        row(5, 经度="", 纬度="", 坐标系="BD-09"),
        row(6, 经度="31.04", 纬度="116.95", 坐标系="GCJ-02"),
    ]
    assert (await import_rows(database, tmp_path, rows)).rejected == ()
    found = list((await positions(database)).values())
    assert distance_m(found[0][:2], place) < 0.2
    assert [one[2:] for one in found] == [
        ("WGS-84", "GCJ-02"),
        ("WGS-84", "WGS-84"),
        ("WGS-84", "CGCS2000"),
        (None, None),
        (None, None),
        # Swapped numbers lie nowhere that a map service moves: they wait for their correction.
        ("GCJ-02", None),
    ]
    # The same file again, and the export, change nothing.
    assert (await import_rows(database, tmp_path, rows)).unchanged == 6
    sheet = tmp_path / "export.csv"
    await export_archive(database, sheet)
    assert (await import_archive(database, sheet, who="x", now=NOON)).unchanged == 6


async def test_a_latitude_that_is_no_swap_is_refused(database: Database, tmp_path: Path) -> None:
    rows = [
        row(1, 经度="117.0", 纬度="131.0"),
        row(2, 经度="", 纬度="131.0"),
        row(3, 经度="31.0", 纬度="117.0"),
    ]
    report = await import_rows(database, tmp_path, rows)
    assert [(one.row, one.column) for one in report.rejected] == [(2, "纬度"), (3, "纬度")]
    assert Kind.SWAPPED in await kinds(database)


async def test_an_upgrade_converts_what_was_kept_as_given(
    url: str, database: Database, tmp_path: Path
) -> None:
    await import_rows(database, tmp_path, [row(1), row(2), row(3)])
    await database.close()
    await downgrade(url, "0005")
    async with database.write() as connection:
        await connection.exec_driver_sql(
            "UPDATE cameras SET longitude = 116.955, latitude = 31.038,"
            " coordinate_system = 'GCJ-02' WHERE id = 1"
        )
        await connection.exec_driver_sql(
            "UPDATE cameras SET longitude = 116.955, latitude = 31.038 WHERE id = 2"
        )
    await database.close()
    await upgrade(url)
    first, second, third = (await positions(database)).values()
    assert distance_m(wgs84_to_gcj02(*first[:2]), (116.955, 31.038)) < 0.2
    assert first[2:] == ("WGS-84", "GCJ-02")
    assert second == (116.955, 31.038, None, None)
    assert third == (None, None, None, None)
    await database.close()


async def test_the_newest_facts_of_a_device_are_kept(database: Database, tmp_path: Path) -> None:
    await import_rows(database, tmp_path, [row(1, 厂商="海康威视")])
    (camera,) = await cameras.load_all(database)
    look = ProbeResult(
        camera_id=str(camera.id),
        started_at=NOON + timedelta(hours=2),
        verdict=Verdict.OK,
        onvif=OnvifFacts(manufacturer="Dahua", model="X-1000"),
    )
    await take_in(database, [look])
    assert Kind.FACTS_VENDOR in await kinds(database)
    older = replace(look, started_at=NOON, onvif=OnvifFacts(manufacturer="HIKVISION"))
    await take_in(database, [older])
    assert Kind.FACTS_VENDOR in await kinds(database)
    newer = replace(older, started_at=NOON + timedelta(hours=3))
    await take_in(
        database, [newer, replace(newer, onvif=None, started_at=NOON + timedelta(hours=4))]
    )
    assert Kind.FACTS_VENDOR not in await kinds(database)


async def test_places_that_only_a_retired_camera_saw(database: Database, tmp_path: Path) -> None:
    rows = [
        row(1),
        row(2, 村社区="新桥村", 网格编号="007", 重点部位="新桥路口", 设备状态="3 拆除"),
    ]
    await import_rows(database, tmp_path, rows)
    report, _ = await check_archive(database, TODAY)
    assert {(one.kind, one.label) for one in report.findings if one.camera_id is None} == {
        (Kind.KEY_LOCATION_WITHOUT_CAMERA, "新桥路口"),
        (Kind.VILLAGE_WITHOUT_CAMERA, "新桥村"),
        (Kind.GRID_WITHOUT_CAMERA, "007"),
    }
