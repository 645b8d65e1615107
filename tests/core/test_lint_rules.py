"""Each rule of the archive check by a table of cases, and the rules' own file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from camera_registry.fields import fields
from camera_registry.lint import (
    Archive,
    DeviceFacts,
    Entry,
    Finding,
    Grade,
    Kind,
    LintRulesError,
    Place,
    PlaceKind,
    lint,
    load_rules,
    summarise,
)
from camera_registry.lint.codes import parse_code
from camera_registry.lint.facts import resolution_of, vendor_of
from camera_registry.lint.rules import parse_rules
from camera_registry.vocabulary import Access, Category
from probes.vocabulary import OnvifFacts, OnvifProfile
from tests.archives import TOWN_CODES

RULES = load_rules()
TODAY = date(2026, 6, 1)
WHOLE: Mapping[str, Any] = {
    "device_code": "34088100001320000001",
    "device_name": "孔城镇桃园村村口枪机001",
    "division_code": "340881100",
    "monitor_point_type": "3",
    "construction_unit": "孔城镇人民政府",
    "management_unit": "孔城镇人民政府",
    "maintain_unit": "某运维公司",
    "device_vendor": "海康威视",
    "device_model": "DS-2CD2T25D-I5",
    "camera_type": "3",
    "installation_address": "桐城市孔城镇桃园村村口",
    "longitude": 117.065,
    "latitude": 31.01,
    "access_network": "0",
    "ipv4": "10.1.2.3",
    "mac_address": "02:58:4C:00:00:01",
    "device_status": "1",
    "town": "孔城镇",
    "village": "桃园村",
    "build_source": "village",
    "image_resolution": "1920*1080",
}


def entry(number: int = 1, access: Access = Access.DIRECT, **changes: Any) -> Entry:
    values = {**dict.fromkeys(fields()), **WHOLE, **changes}
    return Entry(id=number, access=access, values=values)


def found(
    *entries: Entry, facts: OnvifFacts | None = None, places: tuple[Place, ...] = ()
) -> tuple[Finding, ...]:
    archive = Archive(
        entries=entries,
        town_codes=TOWN_CODES,
        places=places,
        facts={1: DeviceFacts(onvif=facts)} if facts else {},
    )
    return lint(archive, RULES, TODAY).findings


def kinds(*entries: Entry, **more: Any) -> set[Kind]:
    return {one.kind for one in found(*entries, **more)}


def test_a_whole_record_has_no_finding() -> None:
    assert found(entry()) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"device_name": None}, {Kind.MISSING}),
        ({"ipv4": None, "ipv6": "fd00::1"}, set()),
        ({"ipv4": None}, {Kind.MISSING}),
        ({"device_code": "3408810000132000001"}, {Kind.CODE_STRUCTURE}),
        ({"device_code": "34080000001320000001"}, set()),
        ({"device_code": "34082200001320000001"}, {Kind.CODE_REGION}),
        ({"device_code": "34088100991320000001"}, {Kind.CODE_INDUSTRY}),
        ({"device_code": "34088100001990000001"}, {Kind.CODE_TYPE}),
        ({"device_code": "34088100001180000001"}, {Kind.CODE_NOT_CAMERA}),
        ({"device_code": "34088100001310000001"}, set()),
        ({"device_code": "34088100001220000001"}, {Kind.CODE_CAMERA_TYPE}),
        ({"device_code": "34088100001220000001", "camera_type": "6"}, set()),
        # One point tells nothing of how the 14th digit is used.
        ({"device_code": "34088100001325000001"}, set()),
        ({"parent_device": "34088100001180000001"}, set()),
        ({"parent_device": "34088100001320000001"}, {Kind.CODE_PARENT}),
        ({"parent_device": "34088100001320000002"}, {Kind.CODE_PARENT}),
        ({"division_code": "34"}, set()),
        ({"division_code": "3408"}, set()),
        ({"division_code": "340881"}, set()),
        ({"division_code": "34088101"}, set()),
        ({"division_code": "340881100201"}, set()),
        ({"division_code": "340822"}, {Kind.DIVISION_REGION}),
        ({"division_code": "340881101"}, {Kind.DIVISION_TOWN}),
        ({"division_code": "340881400"}, {Kind.DIVISION_TOWN}),
        ({"installation_address": "桐城市新渡镇"}, {Kind.ADDRESS_TOWN}),
        ({"installation_address": "孔城镇与新渡镇交界"}, set()),
        ({"installation_address": "桃园村"}, set()),
        ({"ipv4": "0.0.0.0"}, {Kind.ADDRESS_USELESS}),
        ({"ipv4": "239.255.255.250"}, {Kind.ADDRESS_USELESS}),
        ({"mac_address": "FF:FF:FF:FF:FF:FF"}, {Kind.MAC_USELESS}),
        ({"mac_address": "01:00:5E:00:00:01"}, {Kind.MAC_USELESS}),
        ({"scrapped_time": date(2025, 1, 1)}, {Kind.DATES}),
        ({"scrapped_time": date(2031, 1, 1)}, set()),
        ({"scrapped_time": date(2025, 1, 1), "device_status": "2"}, set()),
        ({"enabled_time": date(2027, 1, 1)}, {Kind.DATES}),
        (
            {"enabled_time": date(2024, 1, 1), "scrapped_time": date(2023, 1, 1)},
            {Kind.DATES},
        ),
        ({"longitude": 31.01, "latitude": 117.065}, {Kind.SWAPPED}),
        ({"longitude": 117.9}, {Kind.OUTSIDE_COUNTY}),
        ({"longitude": 0.0, "latitude": 0.0}, {Kind.OUTSIDE_COUNTY}),
        ({"longitude": 31.01, "latitude": 121.5}, {Kind.SWAPPED}),
        ({"longitude": None}, {Kind.MISSING}),
        ({"coordinate_system": "GCJ-02"}, {Kind.DATUM_UNCONVERTED}),
        # A retired record is history.
        ({"device_status": "3", "device_name": None, "longitude": 0.0}, set()),
    ],
)
def test_one_record(changes: Mapping[str, Any], expected: set[Kind]) -> None:
    assert kinds(entry(**changes)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("孔城镇桃园村村口枪机001", set()),
        ("孔城老街(东)-球机2", set()),
        ("临时停车场入口枪机", set()),
        ("测试路与学府路路口球机", set()),
        ("Camera 01", {Kind.NAME_GENERIC}),
        ("IPCamera_12", {Kind.NAME_GENERIC}),
        ("IPC", {Kind.NAME_GENERIC}),
        ("通道12", {Kind.NAME_GENERIC}),
        ("摄像机 3 号", {Kind.NAME_GENERIC}),
        ("点位7", {Kind.NAME_GENERIC}),
        ("测试", {Kind.NAME_GENERIC}),
        ("未命名", {Kind.NAME_GENERIC}),
        ("192.168.1.64", {Kind.NAME_GENERIC}),
        ("IPC 192.168.1.64", {Kind.NAME_GENERIC}),
        ("34088100001320000001", {Kind.NAME_GENERIC}),
        ("孔城??枪机", {Kind.NAME_CHARACTERS}),
        ("孔城�枪机", {Kind.NAME_CHARACTERS}),
        ("孔城|枪机01", {Kind.NAME_CHARACTERS}),
        ("A栋-101", {Kind.NAME_CHARACTERS}),
        ("村口东", {Kind.NAME_LENGTH}),
        ("新渡镇老街枪机001", {Kind.NAME_PLACE}),
    ],
)
def test_names(name: str, expected: set[Kind]) -> None:
    assert kinds(entry(device_name=name)) == expected


def named(number: int, name: str) -> Entry:
    host = f"10.1.{number // 250}.{number % 250 + 1}"
    return entry(
        number,
        device_code=f"3408810000132{number:07d}",
        device_name=name,
        ipv4=host,
        mac_address=None,
        longitude=117.05 + number * 1e-4,
    )


def test_a_custom_of_names_is_learnt_and_only_then_asked_for() -> None:
    custom = [named(number, f"孔城镇桃园村{number}组路口") for number in range(1, 40)]
    odd = named(40, "大桥东侧高空瞭望")
    assert [one.label for one in found(*custom, odd)] == [odd.label]
    free = [named(number, f"大桥{number}号桥墩东侧") for number in range(1, 40)]
    assert found(*free, odd) == ()


def numbered(number: int, digit: str, network: str) -> Entry:
    values = {**named(number, f"孔城镇桃园村{number}组路口").values}
    values |= {"device_code": f"3408810000132{digit}{number:06d}", "access_network": network}
    return Entry(id=number, access=Access.DIRECT, values=values)


def test_the_network_digit_is_compared_where_an_archive_uses_it() -> None:
    using = [numbered(number, "670"[number % 3], "670"[number % 3]) for number in range(1, 31)]
    odd = numbered(31, "5", "6")
    (finding,) = found(*using, odd)
    assert (finding.kind, finding.label) == (Kind.CODE_NETWORK, odd.label)
    assert finding.proposal == {"access_network": "5"}
    # 0 and 1 are two codes of the same network.
    assert found(*using, numbered(32, "1", "0")) == ()
    # Seven digits of serial: the digit is 0 whatever the network is.
    serial = [numbered(number, "0", "670"[number % 3]) for number in range(1, 31)]
    assert found(*serial) == ()


def test_an_access_unit_of_one_town_is_learnt() -> None:
    def of_town(number: int, town: str, unit: str) -> Entry:
        values = {**named(number, f"{town}桃园村{number}组路口").values}
        values |= {
            "device_code": f"340881{unit}00132{number:07d}",
            "town": town,
            "division_code": TOWN_CODES[town],
            "installation_address": f"{town}桃园村",
        }
        return Entry(id=number, access=Access.DIRECT, values=values)

    entries = [of_town(number, "孔城镇", "07") for number in range(1, 31)]
    entries += [of_town(number, "新渡镇", "00") for number in range(31, 51)]
    assert found(*entries) == ()
    (finding,) = found(*entries, of_town(51, "新渡镇", "07"))
    assert (finding.kind, finding.details["town"]) == (Kind.CODE_TOWN, "孔城镇")


def other(number: int, **changes: Any) -> Entry:
    """A record that shares nothing with the first but what is told."""
    fresh = {**named(number, f"孔城镇桃园村{number}组路口").values, **changes}
    return Entry(id=number, access=Access.DIRECT, values=fresh)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({}, {"device_code": WHOLE["device_code"]}, {Kind.DUPLICATE_CODE}),
        (
            {"channel_number": 3},
            {"ipv4": "10.1.2.3", "channel_number": 3},
            {Kind.DUPLICATE_ADDRESS},
        ),
        ({}, {"ipv4": "10.1.2.3", "channel_number": 1}, {Kind.DUPLICATE_ADDRESS}),
        ({"channel_number": 1}, {"ipv4": "10.1.2.3", "channel_number": 2}, set()),
        # One address, two ports of one protocol: a port mapping.
        (
            {"access_port": 554, "connection_protocol": "RTSP"},
            {"ipv4": "10.1.2.3", "access_port": 8554, "connection_protocol": "RTSP"},
            set(),
        ),
        (
            {"access_port": 80, "connection_protocol": "ONVIF"},
            {"ipv4": "10.1.2.3", "access_port": 554, "connection_protocol": "RTSP"},
            {Kind.DUPLICATE_ADDRESS},
        ),
        ({"stream_url": "rtsp://h/1"}, {"stream_url": "rtsp://h/1"}, {Kind.DUPLICATE_STREAM}),
        ({}, {"mac_address": WHOLE["mac_address"]}, {Kind.DUPLICATE_MAC}),
        (
            {"channel_number": 1},
            {"mac_address": WHOLE["mac_address"], "ipv4": "10.1.2.3", "channel_number": 2},
            set(),
        ),
        (
            {},
            {"longitude": 117.065, "installation_address": "孔城镇别处"},
            {Kind.DUPLICATE_COORDINATES},
        ),
        (
            {"pole_number": "LG1"},
            {"longitude": 117.065, "installation_address": "孔城镇别处", "pole_number": "LG1"},
            set(),
        ),
        ({}, {"longitude": 117.065}, set()),
        ({}, {"device_name": "孔城镇桃园村村口 枪机001"}, {Kind.DUPLICATE_NAME}),
        ({}, {"device_name": "孔城镇桃园村村口枪机001", "village": "新桥村"}, set()),
    ],
)
def test_two_records(
    first: Mapping[str, Any], second: Mapping[str, Any], expected: set[Kind]
) -> None:
    assert kinds(entry(**first), other(2, **second)) == expected
    retired = other(2, **{**second, "device_status": "3"})
    assert kinds(entry(**first), retired) == set()


def test_of_two_at_one_address_the_one_is_kept_whose_stream_is_there() -> None:
    right = entry(1, stream_url="rtsp://10.1.2.3/1")
    wrong = other(2, ipv4="10.1.2.3", stream_url="rtsp://10.9.9.9/1")
    (finding,) = found(wrong, right)
    assert (finding.label, finding.keep) == (wrong.label, right.label)
    assert finding.details["reason"] == "agrees"
    (finding,) = found(entry(1), other(2, ipv4="10.1.2.3", device_model=None))
    assert (finding.camera_id, finding.keep) == (2, entry(1).label)


def test_a_points_platform_is_asked_for_less_than_a_camera() -> None:
    assert kinds(entry(access=Access.PLATFORM, ipv4=None)) == set()
    both = (
        entry(1, access=Access.PLATFORM),
        replace(other(2, ipv4="10.1.2.3"), access=Access.PLATFORM),
    )
    assert kinds(*both) == set()


FACTS = OnvifFacts(
    manufacturer="HIKVISION",
    model="DS-2CD2T25D-I5(4mm)",
    mac="02:58:4C:00:00:01",
    profiles=(
        OnvifProfile(token="1", name="main", codec="H264", width=1920, height=1080),
        OnvifProfile(token="2", name="sub", codec="H264", width=640, height=360),
    ),
)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (FACTS, set()),
        (OnvifFacts(), set()),
        (replace(FACTS, manufacturer="General"), set()),
        (replace(FACTS, manufacturer="Dahua"), {Kind.FACTS_VENDOR}),
        (replace(FACTS, model="IPC"), set()),
        (replace(FACTS, model="DS-2CD3T47"), {Kind.FACTS_MODEL}),
        (replace(FACTS, mac="02:58:4C:00:00:02"), {Kind.FACTS_MAC}),
        (replace(FACTS, profiles=FACTS.profiles[1:]), {Kind.FACTS_RESOLUTION}),
        (replace(FACTS, profiles=()), set()),
    ],
)
def test_what_devices_say(facts: OnvifFacts, expected: set[Kind]) -> None:
    assert kinds(entry(), facts=facts) == expected


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1920*1080", (1920, 1080)),
        ("2560×1440", (2560, 1440)),
        ("1080P", (1920, 1080)),
        ("D1", (704, 576)),
        ("200万", None),
        ("", None),
    ],
)
def test_resolutions(text: str, size: tuple[int, int] | None) -> None:
    assert resolution_of(text) == size


def test_vendors() -> None:
    assert vendor_of("杭州海康威视数字技术", RULES.vendors) == "Hikvision"
    assert vendor_of("DAHUA", RULES.vendors) == "Dahua"
    assert vendor_of("不知名", RULES.vendors) == ""


def test_places_without_a_camera() -> None:
    places = (
        Place(kind=PlaceKind.KEY_LOCATION, town="孔城镇", name="老街口", cameras=0),
        Place(kind=PlaceKind.VILLAGE, town="孔城镇", name="桃园村", cameras=1),
        Place(kind=PlaceKind.GRID, town="孔城镇", name="03", cameras=0, village="桃园村"),
    )
    one, two = found(entry(), places=places)
    assert (one.kind, one.label, one.grade) == (
        Kind.KEY_LOCATION_WITHOUT_CAMERA,
        "老街口",
        Grade.WARNING,
    )
    assert (two.kind, two.label, two.village) == (Kind.GRID_WITHOUT_CAMERA, "03", "桃园村")


def test_the_rate_and_the_summary() -> None:
    archive = Archive(
        entries=[entry(), other(2, device_name=None, ipv4="0.0.0.0"), other(3, device_name="IPC")],
        town_codes=TOWN_CODES,
    )
    report = lint(archive, RULES, TODAY)
    ((key, ratio),) = report.qualified.items()
    assert (key, ratio.part, ratio.whole) == (("孔城镇", Category.VILLAGE), 2, 3)
    counted = summarise(report.findings)
    assert (counted.total, counted.grades[Grade.ERROR], counted.points[Grade.ERROR]) == (3, 2, 1)
    assert counted.kinds == {Kind.MISSING: 1, Kind.ADDRESS_USELESS: 1, Kind.NAME_GENERIC: 1}
    assert counted.towns["孔城镇"][Grade.WARNING] == 1
    filled = {one.field: one for one in report.fullness}
    assert (filled["device_name"].filled, filled["device_name"].records) == (2, 3)
    assert "device_password" not in filled


def test_no_credential_is_told() -> None:
    url = "rtsp://10.1.2.3/secret-path"
    first = entry(stream_url=url, device_password="hunter2")
    findings = found(first, other(2, stream_url=url, device_password="hunter2"))
    assert "hunter2" not in repr(findings) + repr(first)
    assert "secret-path" not in repr(findings) + repr(first)


@pytest.mark.parametrize(
    "code", ["", "1234", "3408810000132000000x", "３４０８８１０００１３２０００００１"]
)
def test_what_is_no_code(code: str) -> None:
    assert parse_code(code) is None


CONFIG = files("config")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[towns]", "[towns", "lint.toml: "),
        ("[names]", "[names]\ncolour = 1", "lint.toml: unknown key names.colour"),
        ("min_han = 2\n", "", "lint.toml: names.min_han is missing"),
        ("min_han = 2", 'min_han = "two"', "lint.toml: names.min_han is no int"),
        ("min_han = 2", "min_han = true", "lint.toml: names.min_han is no int"),
        ('missing = "error"', 'missing = "fatal"', "grades.missing: 'fatal' is no grade"),
        ('dates = "warning"', 'dates = "error"', "grades.dates: at most a warning"),
        ("bounds = [116.65,", "bounds = [120.0,", "county.bounds is not west, east, south, north"),
        ('  "[0-9a-z _.#:-]+",', '  "[0-9",', "names.generic: '[0-9'"),
    ],
)
def test_bad_rules_name_the_key(old: str, new: str, message: str) -> None:
    text = CONFIG.joinpath("lint.toml").read_text("utf-8")
    assert old in text
    tables = {name: CONFIG.joinpath(f"{name}.csv").read_text("utf-8") for name in ("vendors",)}
    with pytest.raises(LintRulesError) as caught:
        parse_rules(
            text.replace(old, new, 1),
            codes=CONFIG.joinpath("device_codes.csv").read_text("utf-8"),
            **tables,
        )
    assert message in str(caught.value)
