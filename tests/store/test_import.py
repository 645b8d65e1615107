"""Importing an archive: the good rows go in once, the bad ones are told, nothing half-way."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from camera_registry.archive import ArchiveError, Why, import_archive, import_upstreams
from camera_registry.database import Database
from camera_registry.store import cameras, changes, places
from camera_registry.tables.inventory import cameras as table
from camera_registry.tables.inventory import change_log
from camera_registry.vocabulary import KeyLocationKind, UpstreamKind
from probes.vocabulary import Credentials
from tests.store.city import NOON, import_rows, row, write_csv

LATER = NOON + timedelta(hours=1)


def counts(report: object) -> tuple[int, int, int, int]:
    return (
        report.created,  # type: ignore[attr-defined]
        report.updated,  # type: ignore[attr-defined]
        report.unchanged,  # type: ignore[attr-defined]
        report.rejected_rows,  # type: ignore[attr-defined]
    )


async def test_good_rows_go_in_and_bad_ones_are_told(database: Database, tmp_path: Path) -> None:
    report = await import_rows(
        database,
        tmp_path,
        [row(1), row(2, 设备编码="3408810000132", 端口="70000"), row(3), row(4, 乡镇街道="孔城")],
    )
    assert counts(report) == (3, 0, 0, 1)
    assert [(one.row, one.column, one.value, one.reason) for one in report.rejected] == [
        (3, "设备编码", "3408810000132", Why.NOT_A_CODE),
        (3, "端口", "70000", Why.OUT_OF_BOUNDS),
    ]
    assert report.document()["rejected"][0] == {
        "row": 3,
        "column": "设备编码",
        "value": "3408810000132",
        "why": "is not a device code: it has 13 digits, not 20",
        "reason": "not_a_code",
    }
    found = await cameras.load_all(database)
    assert [(one.name, one.town) for one in found] == [
        ("点位1", "文昌街道"),
        ("点位3", "文昌街道"),
        ("点位4", "孔城镇"),
    ]


async def test_the_same_file_again_writes_nothing(database: Database, tmp_path: Path) -> None:
    address = "rtsp://u:p%40@127.1.0.4/x"
    rows = [
        row(1),
        row(2, 设备编码=""),
        row(3, 取流地址=address, 用户名="", 口令=""),
    ]
    assert counts(await import_rows(database, tmp_path, rows)) == (3, 0, 0, 0)
    revision = await changes.revision(database)
    again = await import_rows(database, tmp_path, rows, now=LATER)
    assert counts(again) == (0, 0, 3, 0)
    assert await changes.revision(database) == revision
    async with database.read() as connection:
        latest = await connection.execute(select(func.max(table.c.updated_at)))
        assert latest.scalar_one() == NOON
    third = (await cameras.load_all(database))[2]
    assert third.credentials == Credentials(username="u", password="p@")
    assert third.stream_url == "rtsp://127.1.0.4/x"


async def test_a_dry_run_judges_and_writes_nothing(database: Database, tmp_path: Path) -> None:
    report = await import_rows(database, tmp_path, [row(1), row(2, IPv4地址="x")], dry_run=True)
    assert counts(report) == (1, 0, 0, 1)
    assert await cameras.load_all(database) == ()
    async with database.read() as connection:
        logged = await connection.execute(select(func.count()).select_from(change_log))
        assert logged.scalar_one() == 0


async def test_changed_fields_are_written_and_others_stay(
    database: Database, tmp_path: Path
) -> None:
    await import_rows(database, tmp_path, [row(1), row(2)])
    (before, _) = await cameras.load_all(database)
    narrow = [{"国标编码": "34088100001320000001", "点位名称": "新名", "密码": ""}]
    report = await import_rows(database, tmp_path, narrow, now=LATER)
    assert counts(report) == (0, 1, 0, 0)
    (after, _) = await cameras.load_all(database)
    assert after.name == "新名"
    # A column that the sheet lacks, and an empty password, leave what is stored.
    assert (after.stream_url, after.credentials, after.created_at) == (
        before.stream_url,
        before.credentials,
        before.created_at,
    )


async def test_empty_cells_empty_their_fields(database: Database, tmp_path: Path) -> None:
    await import_rows(database, tmp_path, [row(1)])
    gone = ("取流地址", "用户名", "口令", "重点部位", "重点部位类别", "上联设备", "村社区")
    emptied = row(1, **dict.fromkeys(gone, ""))
    assert counts(await import_rows(database, tmp_path, [emptied])) == (0, 1, 0, 0)
    (camera,) = await cameras.load_all(database)
    assert camera.stream_url is None
    assert camera.credentials is None
    assert (camera.key_location_id, camera.kind, camera.upstream_id) == (None, None, None)
    # The password went with its user.
    named = await import_rows(database, tmp_path, [row(1, 口令="")])
    assert named.updated == 1
    (camera,) = await cameras.load_all(database)
    assert camera.credentials == Credentials(username="admin", password="")


async def test_without_a_code_address_and_channel_tell_the_camera(
    database: Database, tmp_path: Path
) -> None:
    rows = [row(1, 设备编码="", 通道号="1"), row(1, 设备编码="", 通道号="2")]
    assert counts(await import_rows(database, tmp_path, rows)) == (2, 0, 0, 0)
    renamed = [{**rows[1], "设备名称": "二号"}]
    assert counts(await import_rows(database, tmp_path, renamed)) == (0, 1, 0, 0)
    assert [one.name for one in await cameras.load_all(database)] == ["点位1", "二号"]
    # Given a code, it stays the same camera; then a row without one does not take it away.
    coded = [{**renamed[0], "设备编码": "34088100001320000009"}]
    assert counts(await import_rows(database, tmp_path, coded)) == (0, 1, 0, 0)
    assert counts(await import_rows(database, tmp_path, renamed)) == (0, 0, 1, 0)
    assert (await cameras.load_all(database))[1].label == "34088100001320000009"


async def test_duplicates_in_a_file_name_the_first_row(database: Database, tmp_path: Path) -> None:
    report = await import_rows(
        database,
        tmp_path,
        [
            row(1),
            row(1, IPv4地址="127.9.9.9"),
            row(2, 设备编码=""),
            row(2, 设备编码=""),
            row(2),
            row(1, 设备编码=""),
        ],
    )
    assert counts(report) == (2, 0, 0, 4)
    assert {one.reason for one in report.rejected} == {Why.DUPLICATE}
    assert [(one.row, one.why.split(" is ")[0]) for one in report.rejected] == [
        (3, "row 2"),
        (5, "row 4"),
        (6, "row 4"),
        (7, "row 2"),
    ]


async def test_coded_cameras_may_share_an_address(database: Database, tmp_path: Path) -> None:
    shared = [row(1), row(2, IPv4地址="127.1.0.2")]
    assert counts(await import_rows(database, tmp_path, shared)) == (2, 0, 0, 0)
    ambiguous = await import_rows(database, tmp_path, [row(1, 设备编码="")])
    (rejection,) = ambiguous.rejected
    assert (rejection.reason, rejection.column) == (Why.CONTRADICTION, "IPv4地址")


async def test_a_key_location_has_one_kind(database: Database, tmp_path: Path) -> None:
    report = await import_rows(
        database,
        tmp_path,
        [
            row(1, 重点部位="广场", 重点部位类别=""),
            row(2, 重点部位="广场", 重点部位类别="人员密集场所"),
            row(3, 重点部位="广场", 重点部位类别="背街小巷"),
            row(4, 重点部位="车站", 重点部位类别=""),
            row(5, 重点部位="", 重点部位类别="主要路口"),
            row(6, 重点部位="广场", 乡镇街道="孔城镇"),
        ],
    )
    assert [(one.row, one.column, one.reason) for one in report.rejected] == [
        (4, "重点部位类别", Why.CONTRADICTION),
        (5, "重点部位类别", Why.MISSING),
        (6, "重点部位", Why.MISSING),
    ]
    assert "row 3 says that 广场 is 人员密集场所" in report.rejected[0].why
    found = await places.load_key_locations(database)
    assert {(one.town, one.name, one.kind) for one in found} == {
        ("文昌街道", "广场", KeyLocationKind.CROWDED_PLACE),
        ("孔城镇", "广场", KeyLocationKind.JUNCTION),
    }


async def test_a_key_locations_kind_can_be_corrected(database: Database, tmp_path: Path) -> None:
    await import_rows(database, tmp_path, [row(1), row(2)])
    corrected = [row(1, 重点部位类别="背街小巷"), row(2, 重点部位类别="背街小巷")]
    assert counts(await import_rows(database, tmp_path, corrected)) == (0, 2, 0, 0)
    (location,) = await places.load_key_locations(database)
    assert location.kind is KeyLocationKind.BACK_STREET
    assert {one.kind for one in await cameras.load_all(database)} == {KeyLocationKind.BACK_STREET}
    assert counts(await import_rows(database, tmp_path, corrected)) == (0, 0, 2, 0)
    log = await changes.history(database, "key_location", location.id)
    assert [(one.old, one.new) for one in log] == [("junction", "back_street")]


async def test_what_a_new_camera_needs(database: Database, tmp_path: Path) -> None:
    report = await import_rows(
        database, tmp_path, [row(1, 乡镇街道=""), row(2, 建设类别=""), row(3, 设备名称="")]
    )
    assert counts(report) == (1, 0, 0, 2)
    assert [(one.row, one.column, one.value) for one in report.rejected] == [
        (2, "乡镇街道", ""),
        (3, "建设类别", ""),
    ]


async def test_grids_repeat_between_villages(database: Database, tmp_path: Path) -> None:
    rows = [row(1), row(2, 村社区="东郊社区"), row(3, 村社区=""), row(4)]
    assert counts(await import_rows(database, tmp_path, rows)) == (4, 0, 0, 0)
    found = await cameras.load_all(database)
    assert [(one.village, one.grid) for one in found] == [
        ("同安社区", "001"),
        ("东郊社区", "001"),
        ("", "001"),
        ("同安社区", "001"),
    ]
    async with database.read() as connection:
        ids = (await connection.execute(select(table.c.grid_id).order_by(table.c.id))).scalars()
        assert len(set(ids)) == 3


async def test_upstream_kinds_are_guessed_and_then_told(database: Database, tmp_path: Path) -> None:
    rows = [
        row(1, 上联设备="A录像机"),
        row(2, 上联设备="东街交换机"),
        row(3, 上联设备="文昌镇上联"),
        row(4, 上联设备="机柜3"),
    ]
    await import_rows(database, tmp_path, rows)
    assert [one.kind for one in await places.load_upstreams(database)] == [
        UpstreamKind.RECORDER,
        UpstreamKind.SWITCH,
        UpstreamKind.TOWN_UPLINK,
        UpstreamKind.SWITCH,
    ]
    tree = write_csv(
        tmp_path / "upstreams.csv",
        [
            {"名称": "机柜3", "类型": "录像机", "上级": "东街交换机", "乡镇街道": "文昌"},
            {"名称": "东街交换机", "类型": "", "上级": "文昌镇上联", "乡镇街道": "文昌街道"},
            {"名称": "核心", "类型": "交换机", "上级": "", "乡镇街道": ""},
            {"名称": "文昌镇上联", "类型": "镇上联", "上级": "核心", "乡镇街道": "文昌街道"},
            {"名称": "甲", "类型": "", "上级": "乙", "乡镇街道": ""},
            {"名称": "乙", "类型": "", "上级": "甲", "乡镇街道": ""},
            {"名称": "丙", "类型": "路由器", "上级": "", "乡镇街道": ""},
            {"名称": "丁", "类型": "", "上级": "没有", "乡镇街道": ""},
            {"名称": "核心", "类型": "", "上级": "", "乡镇街道": ""},
            {"名称": "戊", "类型": "", "上级": "", "乡镇街道": "桐城经济开发区"},
            {"名称": "", "类型": "交换机", "上级": "", "乡镇街道": ""},
        ],
    )
    dry = await import_upstreams(database, tree, who="x", now=LATER, dry_run=True)
    assert counts(dry) == (1, 3, 0, 7)
    report = await import_upstreams(database, tree, who="x", now=LATER)
    assert counts(report) == (1, 3, 0, 7)
    assert [(one.row, one.column, one.reason) for one in report.rejected] == [
        (6, "上级", Why.UNKNOWN_PARENT),
        (7, "上级", Why.UNKNOWN_PARENT),
        (8, "类型", Why.NOT_A_CHOICE),
        (9, "上级", Why.UNKNOWN_PARENT),
        (10, "名称", Why.DUPLICATE),
        (11, "乡镇街道", Why.UNKNOWN_TOWN),
        (12, "名称", Why.MISSING),
    ]
    assert counts(await import_upstreams(database, tree, who="x", now=LATER)) == (0, 0, 4, 7)
    found = {one.name: one for one in await places.load_upstreams(database)}
    way = ["机柜3"]
    while (parent := found[way[-1]].parent_id) is not None:
        way.append(next(one.name for one in found.values() if one.id == parent))
    assert way == ["机柜3", "东街交换机", "文昌镇上联", "核心"]
    assert found["机柜3"].kind is UpstreamKind.RECORDER


async def test_a_file_that_fails_leaves_everything_as_it_was(
    database: Database, tmp_path: Path
) -> None:
    await import_rows(database, tmp_path, [row(1)])
    path = tmp_path / "bad.csv"
    path.write_text("名字,地方\n甲,乙\n", encoding="utf-8")
    with pytest.raises(ArchiveError, match=r"bad\.csv: no known heading .*名字, 地方"):
        await import_archive(database, path, who="x", now=LATER)
    assert len(await cameras.load_all(database)) == 1


async def test_headings_that_are_not_understood_are_warned_of(
    database: Database, tmp_path: Path
) -> None:
    report = await import_rows(database, tmp_path, [row(1, 备注="x")])
    assert report.warnings == ("column '备注' is not understood and not read",)
    assert report.created == 1
