"""Platforms' lists as they come, and what they say of a point over time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from camera_registry.access import access_of
from camera_registry.archive.report import ArchiveError, Why
from camera_registry.fields import fields
from camera_registry.intervals import check_history
from camera_registry.platform.catalogue import parse_catalogue
from camera_registry.platform.history import lapse, reported_intervals, standing
from camera_registry.platform.importing import match_points
from camera_registry.platform.listing import ListedPoint
from camera_registry.platform.sheet import read_list_sheet
from camera_registry.platform.vocabulary import PlatformReport, Reported
from camera_registry.store.platform import KnownPoint
from camera_registry.vocabulary import Access, Status, UpstreamKind

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
HOLD = timedelta(hours=30)
ONE, TWO = "34088100001327000001", "34088100001327000002"
GROUP, RECORDER = "34088100002157000001", "34088100001187000001"


def item(code: str, status: str | None, name: str = "村口枪机") -> str:
    told = "" if status is None else f"<Status>{status}</Status>"
    return (
        f"<Item><DeviceID>{code}</DeviceID><Name>{name}</Name><Manufacturer>甲</Manufacturer>"
        f"<Parental>0</Parental>{told}<Longitude>117.0</Longitude></Item>"
    )


def catalogue(*items: str, announced: int | None = None, encoding: str = "GB2312") -> str:
    number = len(items) if announced is None else announced
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\r\n<Response><CmdType>Catalog</CmdType>'
        f"<SN>17</SN><DeviceID>34088100002000000001</DeviceID><SumNum>{number}</SumNum>"
        f'<DeviceList Num="{len(items)}">{"".join(items)}</DeviceList></Response>'
    )


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        ("GB2312", "gb2312"),
        ("gbk", "gbk"),
        ("GB18030", "gb18030"),
        ("UTF-8", "utf-8"),
        # What is declared is often not what is sent.
        ("GB2312", "utf-8"),
        ("UTF-8", "gb18030"),
        ("UTF-16", "utf-16"),
    ],
)
def test_catalogues_in_every_encoding(declared: str, sent: str) -> None:
    text = catalogue(item(ONE, "ON"), item(TWO, "OFF"), encoding=declared)
    listed = parse_catalogue(text.encode(sent), "list.xml")
    assert [(one.code, one.status, one.name) for one in listed.points] == [
        (ONE, Status.ONLINE, "村口枪机"),
        (TWO, Status.OFFLINE, "村口枪机"),
    ]
    assert listed.announced == 2


def test_groups_and_recorders_are_passed_over() -> None:
    text = catalogue(item("340881", None), item(GROUP, None), item(RECORDER, "ON"), item(ONE, "ON"))
    listed = parse_catalogue(text.encode("gb18030"), "x")
    assert ([one.code for one in listed.points], listed.ignored) == ([ONE], 3)


def test_a_catalogue_in_several_documents() -> None:
    parts = catalogue(item(ONE, "ON"), announced=2) + catalogue(item(TWO, "OFF"), announced=2)
    listed = parse_catalogue(parts.encode("gb18030"), "x")
    assert ([one.code for one in listed.points], listed.announced) == ([ONE, TWO], 2)


def test_a_namespace_and_comments_change_nothing() -> None:
    text = catalogue(item(ONE, "ON")).replace("<Response>", '<Response xmlns="urn:x"><!-- c -->')
    assert [one.code for one in parse_catalogue(text.encode("gb18030"), "x").points] == [ONE]


def test_bad_entries_are_rejected_one_by_one() -> None:
    text = catalogue(item(ONE, "MAYBE"), item("", "ON"), item(TWO, None), item(TWO, "ON"))
    listed = parse_catalogue(text.encode("gb18030"), "x")
    assert [(one.row, one.column, one.reason) for one in listed.rejections] == [
        (1, "Status", Why.NOT_A_CHOICE),
        (2, "DeviceID", Why.MISSING),
        (3, "Status", Why.MISSING),
    ]
    assert [one.code for one in listed.points] == [TWO]


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    "<Response><CmdType>&b;</CmdType></Response>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><Response>&f;</Response>'


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"no xml", "empty"),
        (b"<Response>", "not XML at line 1"),
        (catalogue(item(ONE, "ON")).encode()[:-20], "not XML at line"),
        (BOMB.encode(), "holds a document type"),
        (OUTSIDE.encode(), "holds a document type"),
        (b"<Response>&unknown;</Response>", "not XML"),
        (b"<html><body/></html>", "html is no answer to a Catalog query"),
        (b"<Response><CmdType>DeviceInfo</CmdType></Response>", "Response DeviceInfo is no"),
        (b"<a>" * 400 + b"</a>" * 400, "not XML"),
        (b"\xff\xff\x80\x81", "neither UTF-8 nor GB 18030"),
    ],
)
def test_what_is_no_catalogue(content: bytes, why: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        parse_catalogue(content, "list.xml")
    assert str(caught.value).startswith("list.xml: ")
    assert why in str(caught.value)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        parse_catalogue(content, "x")
    except ArchiveError:
        return


@given(st.text(max_size=200))
def test_any_text_within_a_catalogue_is_read_or_refused(text: str) -> None:
    try:
        parse_catalogue(catalogue(item(ONE, text)).encode("utf-8", "replace"), "x")
    except ArchiveError:
        return


@pytest.mark.parametrize("word", ["ON", "在线", "online", "1", "正常", "是"])
@pytest.mark.parametrize("heading", ["设备编码", "国标编码", "DeviceID"])
def test_sheets(tmp_path: Path, heading: str, word: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        f"平台点位,,\n{heading},名称,在线状态\n{ONE},甲,{word}\n{TWO},乙,离线\n", "gb18030"
    )
    listed = read_list_sheet(path)
    assert [(one.row, one.code, one.status) for one in listed.points] == [
        (3, ONE, Status.ONLINE),
        (4, TWO, Status.OFFLINE),
    ]


def test_a_workbook_with_bad_rows(tmp_path: Path) -> None:
    book = Workbook()
    for row in (
        ["国标编码", "状态"],
        [ONE, "ON"],
        [34088100001327000001, "ON"],
        ["x", "ON"],
        [TWO, "?"],
        ["", "ON"],
    ):
        book.worksheets[0].append(row)
    path = tmp_path / "list.xlsx"
    book.save(path)
    listed = read_list_sheet(path)
    assert [one.code for one in listed.points] == [ONE]
    assert [(one.row, one.column, one.reason) for one in listed.rejections] == [
        (3, "国标编码", Why.DIGITS_LOST),
        (4, "国标编码", Why.NOT_A_CODE),
        (5, "状态", Why.NOT_A_CHOICE),
        (6, "国标编码", Why.MISSING),
    ]


def test_a_sheet_without_statuses_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"设备编码,名称\n{ONE},甲\n", "utf-8")
    with pytest.raises(ArchiveError, match="no column for the status"):
        read_list_sheet(path)


def test_points_are_matched() -> None:
    known = {
        ONE: KnownPoint(id=1, label=ONE, access=Access.PLATFORM),
        TWO: KnownPoint(id=2, label=TWO, access=Access.DIRECT),
    }
    lines = (
        ListedPoint(row=1, code=ONE, status=Status.ONLINE),
        ListedPoint(row=2, code=ONE, status=Status.ONLINE),
        ListedPoint(row=3, code=ONE, status=Status.OFFLINE),
        ListedPoint(row=4, code=TWO, status=Status.ONLINE),
        ListedPoint(row=5, code="34088100001327000009", status=Status.ONLINE),
    )
    matched = match_points(lines, known)
    assert matched.statuses == {1: Status.ONLINE}
    assert (matched.others, matched.unknown) == ([TWO], ["34088100001327000009"])
    assert [(one.row, one.reason) for one in matched.rejections] == [(3, Why.CONTRADICTION)]


def report(hours: float, status: Status = Status.ONLINE) -> PlatformReport:
    return PlatformReport(camera_id=1, at=NOON + timedelta(hours=hours), status=status)


def told(*reports: PlatformReport, until: float) -> list[tuple[float, float, str]]:
    """Intervals as hours after noon."""
    intervals = reported_intervals(reports, HOLD, NOON + timedelta(hours=until))
    return [
        (
            (one.start - NOON) / timedelta(hours=1),
            ((one.end or NOON) - NOON) / timedelta(hours=1),
            one.status.value,
        )
        for one in intervals
    ]


@pytest.mark.parametrize(
    ("reports", "until", "expected"),
    [
        ((), 10, []),
        ((report(0),), 24, [(0, 24, "online")]),
        ((report(0),), 48, [(0, 30, "online"), (30, 48, "unknown")]),
        ((report(0), report(24)), 48, [(0, 48, "online")]),
        # In any order, and twice.
        ((report(24), report(0), report(24)), 48, [(0, 48, "online")]),
        (
            (report(0), report(24, Status.OFFLINE), report(48)),
            60,
            [(0, 24, "online"), (24, 48, "offline"), (48, 60, "online")],
        ),
        # A list that did not come: nobody knows from the end of the hold on.
        (
            (report(0), report(48)),
            60,
            [(0, 30, "online"), (30, 48, "unknown"), (48, 60, "online")],
        ),
        # One that lies past the end does not count.
        ((report(0), report(24, Status.OFFLINE)), 12, [(0, 12, "online")]),
    ],
)
def test_intervals(
    reports: tuple[PlatformReport, ...], until: float, expected: list[tuple[float, float, str]]
) -> None:
    assert told(*reports, until=until) == expected


@given(
    st.lists(st.tuples(st.integers(0, 500), st.sampled_from([Status.ONLINE, Status.OFFLINE]))),
    st.integers(1, 600),
)
def test_intervals_have_no_gap_and_say_what_the_last_list_said(
    listed: list[tuple[int, Status]], until: int
) -> None:
    reports = {hours: report(hours, status) for hours, status in listed}
    intervals = reported_intervals(reports.values(), HOLD, NOON + timedelta(hours=until))
    if intervals:
        # They end with the window instead of staying open.
        check_history([*intervals[:-1], replace(intervals[-1], end=None)])
    for hour in range(until):
        moment = NOON + timedelta(hours=hour, minutes=30)
        before = [one for one in reports.values() if one.at <= moment]
        last = max(before, key=lambda one: one.at, default=None)
        fresh = last is not None and moment < last.at + HOLD
        expected = None if last is None else (last.status if fresh else Status.UNKNOWN)
        holding = [one.status for one in intervals if one.start <= moment < (one.end or moment)]
        assert holding == ([] if expected is None else [expected])


def test_what_stands_and_lapses() -> None:
    reports = [report(0), report(24)]
    stands = standing(reports, HOLD, NOON + timedelta(hours=26))
    assert stands == Reported(status=Status.ONLINE, since=NOON, at=NOON + timedelta(hours=24))
    assert lapse(stands, HOLD, NOON + timedelta(hours=53)) == stands
    gone = lapse(stands, HOLD, NOON + timedelta(hours=54))
    assert (gone.status, gone.since, gone.at) == (
        Status.UNKNOWN,
        NOON + timedelta(hours=54),
        stands.at,
    )
    assert standing(reports, HOLD, NOON + timedelta(hours=60)) == gone
    assert standing([report(0, Status.OFFLINE)], HOLD, NOON).status is Status.OFFLINE
    assert standing([], HOLD, NOON) == lapse(Reported(), HOLD, NOON) == Reported()


@pytest.mark.parametrize(
    ("record", "kind", "access"),
    [
        ({}, None, Access.DIRECT),
        ({"connection_protocol": "ONVIF"}, UpstreamKind.SWITCH, Access.DIRECT),
        ({}, UpstreamKind.RECORDER, Access.RECORDER),
        ({"parent_device": RECORDER}, UpstreamKind.SWITCH, Access.RECORDER),
        ({"parent_device": GROUP}, None, Access.DIRECT),
        ({"connection_protocol": "平台"}, UpstreamKind.RECORDER, Access.PLATFORM),
        ({"connection_protocol": "平台", "stream_url": "rtsp://h/1"}, None, Access.PLATFORM),
        ({"connection_protocol": "GB/T 28181"}, None, Access.PLATFORM),
        ({"connection_protocol": "GB/T 28181", "stream_url": "rtsp://h/1"}, None, Access.DIRECT),
    ],
)
def test_access(record: dict[str, str], kind: UpstreamKind | None, access: Access) -> None:
    assert access_of({**dict.fromkeys(fields()), **record}, kind) is access
