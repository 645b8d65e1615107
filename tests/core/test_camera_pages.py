"""The list of points and the page of one, drawn from a made-up city."""

from __future__ import annotations

from datetime import timedelta

import pytest

from camera_registry.rollups import day_bounds, day_of
from camera_registry.vocabulary import StateInterval, Status
from exporters.cameras.page import (
    DAYS,
    PER_PAGE,
    Piece,
    choose,
    days_of,
    first_day,
    render_camera,
    render_cameras,
)
from exporters.words import Words
from tests.views import NOW, city

CITY = city(400)
CHINESE, ENGLISH = Words.load("zh_CN"), Words.load("en")


def names(page: str) -> list[str]:
    """The points on a list, in their order."""
    by_code = {camera.label: camera.name for camera in CITY.cameras}
    found = sorted((page.find(f'code">{code}<'), code) for code in by_code)
    return [code for at, code in found if at >= 0]


def listed(**query: str) -> list[str]:
    return names(render_cameras(CITY, choose(query), CHINESE, NOW))


def test_all_are_listed_once_by_pages_and_trouble_comes_first() -> None:
    pages = [listed(page=str(number)) for number in range(1, 9)]
    codes = [code for page in pages for code in page]
    assert sorted(codes) == sorted(camera.label for camera in CITY.cameras)
    assert {len(page) for page in pages} == {PER_PAGE}
    told = {camera.label: camera.told for camera in CITY.cameras}
    offline = sum(status is Status.OFFLINE for status in told.values())
    assert {told[code] for code in codes[:offline]} == {Status.OFFLINE}
    assert told[codes[-1]] is Status.RETIRED


@pytest.mark.parametrize("page", ["0", "-1", "nine", "99999999999999999999", "٣"])
def test_a_page_that_is_none_is_the_first(page: str) -> None:
    assert listed(page=page) == listed()


def test_a_page_past_the_last_is_the_last() -> None:
    assert listed(page="999999") == listed(page="8")


@pytest.mark.parametrize(
    "query",
    [
        {"town": "青山镇"},
        {"status": "offline"},
        {"category": "built", "kind": "junction"},
        {"fault": "blur"},
        {"q": "录像机3"},
        {"q": "3415230000132000012"},
    ],
)
def test_what_is_asked_for_is_what_is_listed(query: dict[str, str]) -> None:
    found, expected = set(listed(**query)), set()
    for camera in CITY.cameras:
        of = {
            "town": camera.town,
            "status": camera.status.value,
            "category": camera.category.value,
            "kind": camera.kind.value if camera.kind else "",
        }
        texts = camera.name, camera.label, camera.village, camera.grid, camera.upstream
        wanted = all(
            any(value in text for text in texts)
            if name == "q"
            else value in [fault.value for fault in camera.faults]
            if name == "fault"
            else of[name] == value
            for name, value in query.items()
        )
        if wanted:
            expected.add(camera.label)
    assert found
    assert found <= expected
    assert len(found) == min(PER_PAGE, len(expected))


def test_what_is_not_known_counts_as_not_asked() -> None:
    assert choose({"status": "asleep", "colour": "red", "q": "  "}).filters == {}
    assert listed(status="asleep") == listed()
    assert len(choose({"q": "x" * 5000}).filters["q"]) < 100
    assert "没有符合条件的点位" in render_cameras(CITY, choose({"q": "no such"}), CHINESE, NOW)


def test_addresses_of_pages_keep_what_was_asked_for() -> None:
    page = render_cameras(CITY, choose({"status": "online", "page": "2"}), ENGLISH, NOW)
    assert "/cameras?page=3&amp;status=online&amp;lang=en" in page
    assert "/cameras?page=1&amp;status=online&amp;lang=en" in page


def test_days_are_local_ones_and_end_now() -> None:
    """NOW is 10:30 in Asia/Shanghai."""
    midnight = day_bounds(day_of(NOW))[0]
    history = [
        StateInterval(
            camera_id=1,
            status=Status.OFFLINE,
            start=midnight - timedelta(hours=6),
            end=midnight + timedelta(hours=6),
        ),
        StateInterval(camera_id=1, status=Status.ONLINE, start=midnight + timedelta(hours=6)),
    ]
    today, yesterday, *before = days_of(history, NOW)
    assert (today.day, len(before)) == (day_of(NOW), DAYS - 2)
    assert today.pieces == (
        Piece(status=Status.OFFLINE, x=0, width=25),
        Piece(status=Status.ONLINE, x=25, width=18.75),
    )
    assert today.spent.online.value == pytest.approx(4.5 / 10.5)
    assert yesterday.pieces == (Piece(status=Status.OFFLINE, x=75, width=25),)
    assert yesterday.spent.online.value == 0
    assert all(one.pieces == () and one.spent.online.value is None for one in before)
    assert first_day(NOW) == midnight - timedelta(days=DAYS - 1)


@pytest.mark.parametrize("words", [CHINESE, ENGLISH], ids=["zh_CN", "en"])
def test_every_point_has_a_page(words: Words) -> None:
    for camera in CITY.cameras:
        page = render_camera(camera, (), (), (), (), words, NOW, pictures=False)
        assert camera.label in page
        assert words[f"status.{camera.told}"] in page
        assert words[f"access.{camera.access}"] in page
