"""The sample archive: the published figures, valid codes, and the same bytes from a seed."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.fleet.archive import HEADINGS, rows
from tests.fleet.files import read_city, write_city
from tests.fleet.places import DEPARTMENTS, TOWNS
from tests.fleet.plan import FULL_CITY, KINDS, CityPlan, plan_city, shares
from tests.fleet.schedule import Faults, make_schedule
from tests.fleet.truth import history


@pytest.fixture(scope="module")
def full() -> CityPlan:
    return plan_city(FULL_CITY, 1)


def test_full_city_has_the_published_figures(full: CityPlan) -> None:
    points = full.points
    assert Counter(point.category for point in points) == {"建成": 1289, "整合": 1191, "村级": 4500}
    assert {point.town for point in points} == {town.name for town in TOWNS}
    assert len({point.grid for point in points}) == 1599
    units = {(point.town, point.village) for point in points}
    assert len(units) == 302
    assert sum(village.endswith("村") for _, village in units) == 204
    integrated = {point.department for point in points if point.category == "整合"}
    assert integrated == set(DEPARTMENTS)


def test_key_locations_have_one_to_four_cameras_of_one_town_and_kind(full: CityPlan) -> None:
    cameras = Counter(
        (point.town, point.key_location, point.key_kind)
        for point in full.points
        if point.key_location
    )
    assert len(cameras) == 420
    assert len({(town, name) for town, name, _ in cameras}) == 420
    assert set(cameras.values()) == {1, 2, 3, 4}
    assert len({(town, kind) for town, _, kind in cameras}) == 45


def test_codes_and_places_are_valid(full: CityPlan) -> None:
    codes = [point.code for point in full.points if point.code]
    assert 0 < FULL_CITY - len(codes) < 30
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"3408810000132[067]\d{6}", code) for code in codes)
    assert len({point.label for point in full.points}) == FULL_CITY
    assert all(116.65 <= point.longitude <= 117.25 for point in full.points)
    assert all(30.65 <= point.latitude <= 31.30 for point in full.points)


def test_upstreams_are_a_tree_down_to_every_camera(full: CityPlan) -> None:
    parents = {unit.name: unit.parent for unit in full.upstreams}
    assert len(parents) == len(full.upstreams)
    for point in full.points:
        above, steps = point.upstream, 0
        while parents[above]:
            above, steps = parents[above], steps + 1
        assert above == f"{point.town}-上联"
        assert steps == (2 if point.recorder else 1)


def test_an_address_is_one_device_of_one_login(full: CityPlan) -> None:
    by_address: dict[str, set[tuple[str, str, str, str, str]]] = {}
    for point in full.points:
        device = (point.recorder, point.maker, point.username, point.password, point.upstream)
        by_address.setdefault(point.address, set()).add(device)
    assert all(len(devices) == 1 for devices in by_address.values())
    assert all(address.startswith("127.") for address in by_address)
    streams = {(point.address, point.resource) for point in full.points}
    assert len(streams) == FULL_CITY
    channels = Counter(point.recorder for point in full.points if point.recorder)
    assert max(channels.values()) <= 32


def test_some_cameras_have_only_an_onvif_address(full: CityPlan) -> None:
    onvif = [point for point in full.points if point.onvif]
    assert 0.13 * FULL_CITY < len(onvif) < 0.17 * FULL_CITY
    sheet = {row["IPv4地址"]: row for row in rows(full, rtsp_port=8554, onvif_port=8080)}
    for point in onvif:
        row = sheet[point.address]
        assert (row["接入协议"], row["端口"]) == ("ONVIF", "8080")
        assert bool(row["取流地址"]) == point.stream_known


@pytest.mark.parametrize("cameras", [30, 45, 200, 601])
def test_a_smaller_city_keeps_towns_and_kinds(cameras: int) -> None:
    plan = plan_city(cameras, 3)
    assert len(plan.points) == cameras
    assert {point.town for point in plan.points} == {town.name for town in TOWNS}
    kinds = {(point.town, point.key_kind) for point in plan.points if point.key_kind}
    if cameras >= 200:
        assert len(kinds) == 15 * len(KINDS)


def test_a_city_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 30 cameras"):
        plan_city(29, 1)


def test_files_are_the_same_to_the_byte(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        plan = plan_city(120, 7)
        write_city(tmp_path / folder, plan, make_schedule(plan, fault_share=0.2))
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == [
        "archive.csv",
        "archive.xlsx",
        "city.json",
        "schedule.json",
        "truth.csv",
        "truth.json",
        "upstreams.csv",
    ]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    other = plan_city(120, 8)
    assert other != plan_city(120, 7)


def test_workbook_and_csv_say_the_same(tmp_path: Path) -> None:
    plan = plan_city(60, 2)
    write_city(tmp_path, plan, make_schedule(plan))
    with (tmp_path / "archive.csv").open(encoding="utf-8-sig", newline="") as file:
        from_csv = list(csv.reader(file))
    sheet = load_workbook(tmp_path / "archive.xlsx", read_only=True).active
    assert sheet is not None
    from_xlsx = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert from_csv[0] == list(HEADINGS)
    assert from_xlsx == from_csv
    assert read_city(tmp_path)[0] == plan


def test_stream_urls_hold_no_login(full: CityPlan) -> None:
    for row in rows(full, rtsp_port=8554, onvif_port=8080):
        assert "@" not in row["取流地址"]


def test_truth_covers_every_camera_from_the_start_on() -> None:
    plan = plan_city(300, 5)
    faults = Faults(plan, make_schedule(plan, fault_share=0.2, uplink_down="唐湾镇"))
    by_camera: dict[str, list[tuple[float, float | None]]] = {}
    for row in history(plan, faults):
        by_camera.setdefault(row.camera, []).append((row.from_s, row.to_s))
    assert set(by_camera) == {point.label for point in plan.points}
    for spans in by_camera.values():
        assert spans[0][0] == 0
        assert spans[-1][1] is None
        assert [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]


def test_an_upstream_takes_all_below_with_it() -> None:
    plan = plan_city(400, 5)
    entries = make_schedule(plan, fault_share=0, uplink_down="唐湾镇")
    faults = Faults(plan, entries)
    recorder = next(entry.subject for entry in entries if entry.fault == "recorder_gone")
    for point in plan.points:
        wanted = "none"
        if point.recorder == recorder:
            wanted = "recorder_gone"
        elif point.town == "唐湾镇":
            wanted = "uplink_down"
        assert faults.of(point, 0) == wanted


def test_faults_set_by_hand_go_before_the_schedule() -> None:
    plan = plan_city(100, 5)
    entry = make_schedule(plan, fault_share=0.1, recorder_gone=False)[0]
    point = next(point for point in plan.points if point.label == entry.subject)
    faults = Faults(plan, [entry])
    faults.set(point.label, "none")
    assert faults.of(point, entry.from_s) == "none"
    faults.set(point.label, None)
    assert faults.of(point, entry.from_s) == entry.fault


@pytest.mark.parametrize(
    ("total", "weights", "at_least", "parts"),
    [(10, [1, 1, 1], 0, [4, 3, 3]), (5, [0, 10, 0], 1, [1, 3, 1]), (2, [1, 1, 1], 1, [1, 1, 0])],
)
def test_shares(total: int, weights: list[float], at_least: int, parts: list[int]) -> None:
    assert shares(total, weights, at_least) == parts
