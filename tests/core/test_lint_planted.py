"""Faults of every kind planted on random rows of random cities: each is found, at its row and by
its name, and nothing is found at the rows that were left alone but what they lacked before."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest

from camera_registry.datum import (
    bd09_to_wgs84,
    distance_m,
    gcj02_to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from camera_registry.fields import fields
from camera_registry.lint import Finding, Kind, lint, load_rules
from tests.archives import archive_of, city_rows
from tests.fleet.places import TOWNS

TODAY = date(2026, 6, 1)
RULES = load_rules()
POINTS = 900
Row = dict[str, str]
MIDDLES = {town.name: (town.longitude, town.latitude) for town in TOWNS}
TOWN_CODES = {town.name: town.code for town in TOWNS}


@dataclass
class City:
    """A city's rows, and what a planter may use of them."""

    rows: list[Row]
    chance: random.Random
    free: list[int] = field(default_factory=list)

    def take(self) -> int:
        """A row that nothing was planted on."""
        return self.free.pop()

    def another(self, row: Row, test: Callable[[Row], bool]) -> Row:
        found = [one for one in self.rows if one is not row and test(one)]
        return self.chance.choice(found)


def place_of(row: Row) -> tuple[float, float]:
    return float(row["经度"]), float(row["纬度"])


def put(row: Row, place: tuple[float, float]) -> None:
    row["经度"], row["纬度"] = f"{place[0]:.6f}", f"{place[1]:.6f}"


def code_with(row: Row, start: int, digits: str) -> str:
    code = row["设备编码"]
    return code[:start] + digits + code[start + len(digits) :]


Planter = Callable[[City, Row], None]


def missing(city: City, row: Row) -> None:
    required = [one.heading for one in fields().values() if one.required]
    row[city.chance.choice([one for one in required if one not in ("乡镇街道", "建设类别")])] = ""
    if not row["设备编码"] and not row["IPv4地址"]:
        row["设备编码"] = "34088100001320999999"


def code_region(city: City, row: Row) -> None:
    row["设备编码"] = code_with(
        row, 0, city.chance.choice(("340882", "340111", "110101", "000000"))
    )


def code_industry(city: City, row: Row) -> None:
    row["设备编码"] = code_with(row, 8, city.chance.choice(("17", "39", "50", "99")))


def code_type(city: City, row: Row) -> None:
    row["设备编码"] = code_with(row, 10, city.chance.choice(("199", "333", "999")))


def code_not_camera(city: City, row: Row) -> None:
    row["设备编码"] = code_with(row, 10, city.chance.choice(("111", "118", "130", "215", "200")))


def code_camera_type(city: City, row: Row) -> None:
    row["设备编码"] = code_with(row, 10, "122")


def code_network(city: City, row: Row) -> None:
    now = row["设备编码"][13]
    row["设备编码"] = code_with(row, 13, city.chance.choice([d for d in "245678" if d != now]))


def network_field(city: City, row: Row) -> None:
    row["接入网络"] = city.chance.choice(["2 行业专网", "8 专线", "5 公安信息网"])


def code_parent(city: City, row: Row) -> None:
    row["父设备"] = city.chance.choice([row["设备编码"], "34088100001320000077"])


def division_region(city: City, row: Row) -> None:
    row["行政区划编码"] = city.chance.choice(("340882", "340111", "110101001"))


def division_town(city: City, row: Row) -> None:
    other = city.another(row, lambda one: one["乡镇街道"] != row["乡镇街道"])
    row["行政区划编码"] = city.chance.choice((other["行政区划编码"], "340881400", "340881999"))


def town_field(city: City, row: Row) -> None:
    row["乡镇街道"] = city.another(row, lambda one: one["乡镇街道"] != row["乡镇街道"])["乡镇街道"]


def address_town(city: City, row: Row) -> None:
    other = city.another(row, lambda one: one["乡镇街道"] != row["乡镇街道"])
    row["安装地址"] = f"桐城市{other['乡镇街道']}{other['村社区']}"


def address_useless(city: City, row: Row) -> None:
    row["IPv4地址"] = city.chance.choice(
        ("0.0.0.0", "255.255.255.255", f"239.1.2.{city.take() % 250}")
    )


def mac_useless(city: City, row: Row) -> None:
    row["MAC地址"] = city.chance.choice(
        ("00:00:00:00:00:00", "FF-FF-FF-FF-FF-FF", "01:00:5e:00:00:01")
    )


def dates(city: City, row: Row) -> None:
    name, value = city.chance.choice(
        (("启用时间", "2031-01-01"), ("报废时间", "2025-01-01"), ("报废时间", "2001-01-01"))
    )
    row[name] = value


def duplicate_address(city: City, row: Row) -> None:
    donor = city.another(row, lambda one: bool(one["取流地址"]) and bool(row["取流地址"]))
    row["IPv4地址"], row["通道号"] = donor["IPv4地址"], donor["通道号"]


def duplicate_row(city: City, row: Row) -> None:
    donor = city.another(row, lambda one: bool(one["设备编码"]))
    code = row["设备编码"]
    row.update(donor)
    row["设备编码"] = code
    row["MAC地址"] = ""


def duplicate_mac(city: City, row: Row) -> None:
    row["MAC地址"] = city.another(row, lambda one: one["IPv4地址"] != row["IPv4地址"])["MAC地址"]


def duplicate_coordinates(city: City, row: Row) -> None:
    put(row, place_of(city.another(row, lambda one: one["乡镇街道"] == row["乡镇街道"])))


def duplicate_name(city: City, row: Row) -> None:
    def same(one: Row) -> bool:
        return one["村社区"] == row["村社区"] and one["乡镇街道"] == row["乡镇街道"]

    row["设备名称"] = city.another(row, same)["设备名称"].replace("枪", "枪 ")


def outside_county(city: City, row: Row) -> None:
    places = ((117.62, 30.9), (116.9, 32.1), (0.0, 0.0), (121.47, 31.23), (11.69, 31.03))
    put(row, city.chance.choice(places))


def swapped(city: City, row: Row) -> None:
    row["经度"], row["纬度"] = row["纬度"], row["经度"]


def wrong_town(city: City, row: Row) -> None:
    """Into a town whose middle is further off than the towns are wide."""

    def far(one: Row) -> bool:
        return distance_m(MIDDLES[one["乡镇街道"]], MIDDLES[row["乡镇街道"]]) > 15_000

    east, north = place_of(city.another(row, far))
    put(row, (east + city.chance.uniform(1e-4, 1e-3), north + city.chance.uniform(1e-4, 1e-3)))


def name_generic(city: City, row: Row) -> None:
    names = (
        "Camera 01",
        "IPC",
        "IPCamera_12",
        "通道3",
        "摄像机01",
        "测试",
        "192.168.1.64",
        "枪机2号",
    )
    row["设备名称"] = city.chance.choice(names)


def name_characters(city: City, row: Row) -> None:
    name = row["设备名称"]
    row["设备名称"] = city.chance.choice(
        (f"{name}?", f"{name}|{name}", f"@{name}", "锟斤拷路口枪机")
    )


def name_length(city: City, row: Row) -> None:
    row["设备名称"] = city.chance.choice(("村口东", row["设备名称"] * 8))


def name_place(city: City, row: Row) -> None:
    other = city.another(row, lambda one: one["乡镇街道"] != row["乡镇街道"])
    row["设备名称"] = city.chance.choice((other["设备名称"], "大桥东侧高空瞭望点"))


PLANTERS: tuple[tuple[Planter, frozenset[Kind]], ...] = (
    (missing, frozenset({Kind.MISSING})),
    (code_region, frozenset({Kind.CODE_REGION})),
    (code_industry, frozenset({Kind.CODE_INDUSTRY})),
    (code_type, frozenset({Kind.CODE_TYPE})),
    (code_not_camera, frozenset({Kind.CODE_NOT_CAMERA})),
    (code_camera_type, frozenset({Kind.CODE_CAMERA_TYPE})),
    (code_network, frozenset({Kind.CODE_NETWORK})),
    (network_field, frozenset({Kind.CODE_NETWORK})),
    (code_parent, frozenset({Kind.CODE_PARENT})),
    (division_region, frozenset({Kind.DIVISION_REGION})),
    (division_town, frozenset({Kind.DIVISION_TOWN})),
    (town_field, frozenset({Kind.DIVISION_TOWN})),
    (address_town, frozenset({Kind.ADDRESS_TOWN})),
    (address_useless, frozenset({Kind.ADDRESS_USELESS})),
    (mac_useless, frozenset({Kind.MAC_USELESS})),
    (dates, frozenset({Kind.DATES})),
    (duplicate_address, frozenset({Kind.DUPLICATE_ADDRESS})),
    (duplicate_row, frozenset({Kind.DUPLICATE_ADDRESS, Kind.DUPLICATE_NAME})),
    (duplicate_mac, frozenset({Kind.DUPLICATE_MAC})),
    (duplicate_coordinates, frozenset({Kind.DUPLICATE_COORDINATES})),
    (duplicate_name, frozenset({Kind.DUPLICATE_NAME})),
    (outside_county, frozenset({Kind.OUTSIDE_COUNTY})),
    (swapped, frozenset({Kind.SWAPPED})),
    (wrong_town, frozenset({Kind.WRONG_TOWN})),
    (name_generic, frozenset({Kind.NAME_GENERIC})),
    (name_characters, frozenset({Kind.NAME_CHARACTERS})),
    (name_length, frozenset({Kind.NAME_LENGTH})),
    (name_place, frozenset({Kind.NAME_PLACE})),
)
PAIRS = frozenset(kind for kind in Kind if kind.value.startswith("duplicate_"))


def usable(row: Row) -> bool:
    """Rows that planters change have a code, a stream address, and are in use."""
    return bool(row["设备编码"] and row["取流地址"]) and "拆除" not in row["设备状态"]


def told(findings: tuple[Finding, ...]) -> dict[int, set[tuple[Kind, str]]]:
    by_row: dict[int, set[tuple[Kind, str]]] = {}
    for one in findings:
        if one.camera_id is not None:
            by_row.setdefault(one.camera_id - 1, set()).add((one.kind, one.field))
    return by_row


@pytest.mark.parametrize("seed", range(4))
def test_planted_faults_are_all_found_and_no_clean_row_is_accused(seed: int) -> None:
    rows = city_rows(POINTS, seed + 10)
    before = told(lint(archive_of(rows), RULES, TODAY).findings)
    assert {kind for found in before.values() for kind, _ in found} <= {Kind.MISSING}
    chance = random.Random(seed)
    clean = [number for number, row in enumerate(rows) if usable(row) and number not in before]
    chance.shuffle(clean)
    city = City(rows=rows, chance=chance, free=clean)
    planted: dict[int, tuple[str, frozenset[Kind]]] = {}
    for plant, kinds in PLANTERS:
        for _ in range(2):
            number = city.take()
            plant(city, rows[number])
            planted[number] = (plant.__name__, kinds)
    archive = archive_of(rows)
    report = lint(archive, RULES, TODAY)
    found = told(report.findings)
    shared = sharers(report.findings, {one.label: one.id - 1 for one in archive.entries})
    missed = {
        number: name
        for number, (name, kinds) in planted.items()
        if not kinds <= {kind for kind, _ in found.get(number, ())} | shared.get(number, set())
    }
    assert missed == {}
    accused = {
        number: kinds - before.get(number, set())
        for number, kinds in found.items()
        if number not in planted
        # Of two that claim the same either may be the one to change.
        and any(kind not in PAIRS for kind, _ in kinds - before.get(number, set()))
    }
    assert accused == {}


def sharers(findings: tuple[Finding, ...], numbers: dict[str, int]) -> dict[int, set[Kind]]:
    """The rows that a finding about another one names as the same."""
    shared: dict[int, set[Kind]] = {}
    for one in findings:
        for label in one.others:
            shared.setdefault(numbers[label], set()).add(one.kind)
    return shared


def tight_city(seed: int) -> list[Row]:
    """A city whose key locations' cameras stand within a few tens of metres of each other."""
    rows, chance = city_rows(POINTS, seed), random.Random(seed)
    middles: dict[tuple[str, str], tuple[float, float]] = {}
    for row in rows:
        if row["重点部位"]:
            spot = (row["乡镇街道"], row["重点部位"])
            east, north = middles.setdefault(spot, place_of(row))
            put(row, (east + chance.gauss(0, 2e-4), north + chance.gauss(0, 2e-4)))
    return rows


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("system", "move"), [("GCJ-02", wgs84_to_gcj02), ("BD-09", wgs84_to_bd09)])
def test_shifted_points_of_tight_places_are_found(
    seed: int, system: str, move: Callable[[float, float], tuple[float, float]]
) -> None:
    rows = tight_city(seed)
    assert Kind.DATUM_SHIFT not in {one.kind for one in lint(archive_of(rows), RULES).findings}
    spots: dict[tuple[str, str], list[int]] = {}
    for number, row in enumerate(rows):
        if row["重点部位"] and "拆除" not in row["设备状态"]:
            spots.setdefault((row["乡镇街道"], row["重点部位"]), []).append(number)
    planted = [members[0] for members in spots.values() if len(members) > 1][::5]
    right = {number: place_of(rows[number]) for number in planted}
    for number in planted:
        put(rows[number], move(*right[number]))
    found = [one for one in lint(archive_of(rows), RULES).findings if one.kind is Kind.DATUM_SHIFT]
    assert {(one.camera_id or 0) - 1 for one in found} == set(planted)
    assert {one.details["system"] for one in found} == {system}
    back = {"GCJ-02": gcj02_to_wgs84, "BD-09": bd09_to_wgs84}[system]
    for one in found:
        proposed = (one.proposal["longitude"], one.proposal["latitude"])
        assert distance_m(back(*proposed), right[(one.camera_id or 0) - 1]) < 0.2


@pytest.mark.parametrize("seed", range(2))
def test_a_batch_that_was_shifted_as_a_whole_is_told_once(seed: int) -> None:
    rows, chance = city_rows(POINTS, seed), random.Random(seed)
    middles: dict[str, tuple[float, float]] = {}
    for row in rows:
        # Villages of half a kilometre, in which no single point can be judged.
        east, north = middles.setdefault(row["乡镇街道"] + row["村社区"], place_of(row))
        put(row, (east + chance.gauss(0, 4e-3), north + chance.gauss(0, 4e-3)))
    kinds = {one.kind for one in lint(archive_of(rows), RULES).findings}
    assert not kinds & {Kind.DATUM_BATCH, Kind.DATUM_SHIFT}
    for row in rows:
        if row["建设类别"] == "建成":
            put(row, wgs84_to_gcj02(*place_of(row)))
    found = [one for one in lint(archive_of(rows), RULES).findings if one.kind is Kind.DATUM_BATCH]
    assert [(one.label, one.details["system"]) for one in found] == [("桐城市公安局", "GCJ-02")]


def around_seats(row: Row, chance: random.Random) -> tuple[float, float]:
    east, north = MIDDLES[row["乡镇街道"]]
    return chance.gauss(east, 0.02), chance.gauss(north, 0.018)


def in_villages(row: Row, chance: random.Random) -> tuple[float, float]:
    """Villages of some hundred metres, a village always in the same place of its town."""
    place = random.Random(row["乡镇街道"] + row["村社区"])
    east, north = MIDDLES[row["乡镇街道"]]
    return (
        east + place.uniform(-0.05, 0.05) + chance.gauss(0, 0.003),
        north + place.uniform(-0.045, 0.045) + chance.gauss(0, 0.003),
    )


@pytest.mark.parametrize("shape", [around_seats, in_villages])
def test_towns_of_other_shapes_accuse_nobody_and_tell_who_is_far_away(
    shape: Callable[[Row, random.Random], tuple[float, float]],
) -> None:
    rows, chance = city_rows(POINTS, 8), random.Random(8)
    for row in rows:
        put(row, shape(row, chance))
    clean = {one.kind for one in lint(archive_of(rows), RULES, TODAY).findings}
    assert not clean & {Kind.WRONG_TOWN, Kind.DATUM_SHIFT, Kind.DATUM_BATCH}
    city = City(rows=rows, chance=chance)
    planted = [number for number in range(0, POINTS, 60) if usable(rows[number])]
    for number in planted:
        wrong_town(city, rows[number])
    found = [one for one in lint(archive_of(rows), RULES).findings if one.kind is Kind.WRONG_TOWN]
    numbers = {(one.camera_id or 0) - 1 for one in found}
    # Two of a small town that went astray to one spot may vouch for each other.
    assert numbers <= set(planted)
    assert len(numbers) >= 0.9 * len(planted)


@pytest.mark.parametrize("seed", [1])
def test_the_simulated_city_has_no_false_finding(seed: int) -> None:
    """All 6,980 rows: only the cells that the city leaves empty on purpose are told."""
    rows = city_rows(6980, seed)
    found = lint(archive_of(rows), RULES, TODAY).findings
    assert {one.kind for one in found} == {Kind.MISSING}
    empty = {
        (number, heading)
        for number, row in enumerate(rows)
        for heading in ("设备编码", "维护单位", "管理单位", "安装地址")
        if not row[heading] and "拆除" not in row["设备状态"]
    }
    headings = {name: one.heading for name, one in fields().items()}
    assert {((one.camera_id or 0) - 1, headings[one.field]) for one in found} == empty
