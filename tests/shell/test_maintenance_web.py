"""The page of maintenance windows: what it lists, announcing one by its form, taking one back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from markupsafe import escape

from camera_registry.rollups import LOCAL_ZONE
from exporters.web_access import WebAccess
from tests.made_desk import MadeDesk, made_windows
from tests.shell.test_incident_web import VIEW, Site, site
from tests.views import NOW

NASTY = "<script>alert(1)</script>\"'&"
ONCE = {
    "scope": "town",
    "name": "青山镇",
    "from": "2026-03-02T22:00",
    "to": "2026-03-03T02:00",
    "at": "",
    "minutes": "",
    "by": " 王工 ",
    "note": "光缆割接",
}


async def fill_in(shown: Site, path: str, **fields: str) -> tuple[int, str, str]:
    """Status, where it leads, and the page."""
    answer = await shown.client.post(path, data=fields, allow_redirects=False)
    return answer.status, answer.headers.get("Location", ""), await answer.text()


async def test_the_page_lists_what_counts_and_what_did() -> None:
    async with site() as shown:
        shown.desk.kept = made_windows(NOW)
        answer, page = await shown.text("/maintenance")
        _, english = await shown.text("/maintenance?lang=en")
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
    counting, _, ended = page.partition("已结束和已撤销的")
    assert "青山-交换机-01 及其下点位" in counting
    assert "青山镇 全部点位" in counting
    assert "人民路1号" in ended
    assert 'action="/maintenance/2/removal"' in counting
    assert "/maintenance/3/removal" not in page
    assert '<option value="柳河镇">' in page, "names are offered"
    assert "Announce a window" in english
    assert 'action="/maintenance?lang=en"' in english


async def test_announcing_once() -> None:
    async with site() as shown:
        status, to, _ = await fill_in(shown, "/maintenance", **ONCE)
        _, english, _ = await fill_in(shown, "/maintenance?lang=en", **ONCE)
    assert (status, to, english) == (303, "/maintenance", "/maintenance?lang=en")
    kept = shown.desk.kept[0]
    assert (kept.town, kept.by, kept.note, kept.recurring) == ("青山镇", "王工", "光缆割接", False)
    assert kept.starts_at == datetime(2026, 3, 2, 22, tzinfo=LOCAL_ZONE)
    assert kept.ends_at == datetime(2026, 3, 3, 2, tzinfo=LOCAL_ZONE)


async def test_announcing_every_week() -> None:
    weekly = {**ONCE, "scope": "upstream", "name": "青山-交换机-01", "to": "", "minutes": "90"}
    async with site() as shown:
        status, _, _ = await fill_in(
            shown, "/maintenance", **{**weekly, "day2": "1", "day7": "1", "at": "23:30"}
        )
    (kept,) = shown.desk.kept
    assert (status, kept.upstream_id, kept.ends_at) == (303, 7, None)
    assert (kept.weekdays, kept.at, kept.minutes) == (frozenset({2, 7}), time(23, 30), 90)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "no such town"}, "档案里没有“no such town”，或不止一个"),
        ({"name": ""}, "请在点位、上联设备、镇街中指定一个"),
        ({"scope": "galaxy"}, "请在点位、上联设备、镇街中指定一个"),
        ({"to": ""}, "一次性窗口须写明结束时间"),
        ({"to": "2026-03-02T22:00"}, "结束时间不晚于开始时间"),
        ({"by": ""}, "姓名"),
        ({"day1": "1", "minutes": "0"}, "每次时长须为 1 到 1440 分钟"),
        ({"day1": "1", "minutes": "soon"}, "minutes：应为整数"),
        ({"day1": "1", "minutes": "9" * 40}, "minutes：应为整数"),
        ({"from": "tomorrow"}, "from：应为 2026-05-31T08:00 这样的时间"),
        ({"name": NASTY, "to": ""}, str(escape(NASTY))),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    fields: dict[str, str], said: str
) -> None:
    async with site() as shown:
        status, _, page = await fill_in(shown, "/maintenance", **{**ONCE, **fields})
    assert (status, said in page) == (400, True)
    assert "光缆割接" in page
    assert NASTY not in page
    assert not shown.desk.kept


async def test_taking_back() -> None:
    async with site() as shown:
        shown.desk.kept = made_windows(NOW)
        nobody = await fill_in(shown, "/maintenance/2/removal", by=" ")
        taken = await fill_in(shown, "/maintenance/2/removal", by="赵工")
        again = await fill_in(shown, "/maintenance/2/removal", by="赵工")
        _, page = await shown.text("/maintenance")
    assert (nobody[0], taken[0], again[0]) == (400, 303, 400)
    assert "没有生效的维护窗口 2" in again[2]
    assert "赵工 于" in page


async def test_the_proxy_names_who_announces() -> None:
    async with site(access=WebAccess(viewer_header="X-User")) as shown:
        headers = {"X-User": "李工"}
        answer = await shown.client.post(
            "/maintenance", data={**ONCE, "by": "王工"}, headers=headers, allow_redirects=False
        )
        past_the_proxy, _, _ = await fill_in(shown, "/maintenance", **ONCE)
        page = await (await shown.client.get("/maintenance", headers=headers)).text()
    assert (answer.status, past_the_proxy) == (303, 403)
    assert [one.by for one in shown.desk.kept] == ["李工"]
    assert 'name="by"' not in page


async def test_many_windows_that_are_over_stay_a_page() -> None:
    over = made_windows(NOW)[2]
    desk = MadeDesk(VIEW, NOW)
    desk.kept = [
        replace(over, id=number, created_at=over.created_at - timedelta(hours=number))
        for number in range(40)
    ]
    async with site(desk=desk) as shown:
        _, page = await shown.text("/maintenance")
    assert "另有 10 个" in page


async def test_before_there_are_figures_there_is_no_form() -> None:
    async with site(view=None) as shown:
        answer, _ = await shown.text("/maintenance")
    assert answer.status == 503
