"""Incidents over HTTP: the list, one of them, taking it on, maintenance; and who may not."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from html import escape
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from multidict import CIMultiDict

from camera_registry.database import DatabaseUnreachableError
from camera_registry.incidents.vocabulary import Cause, Event, Happening, Incident, Trouble
from camera_registry.read_model import FleetView, build_view
from camera_registry.vocabulary import Status
from exporters.evidence_web import evidence_routes
from exporters.incidents.maintenance_web import maintenance_routes
from exporters.incidents.web import incident_routes
from exporters.metrics import Exposition, ProbeMetrics
from exporters.web import Readiness, make_app
from exporters.web_access import WebAccess
from probes.reasons import failure
from probes.vocabulary import Stage
from tests.made_desk import MadeDesk, made_windows
from tests.made_evidence import Kept
from tests.made_incidents import incident
from tests.shell.test_web import conforms
from tests.views import NOW, FixedClock, camera, city, state

HOUR = timedelta(hours=1)
NASTY = "<script>alert(1)</script>\"'&"
TIMEOUT = failure(Stage.CONNECT, "timeout", "no SYN-ACK in 5.0 s")
CAMERAS = [camera(number, name=f"点位{number}") for number in range(1, 6)]
STATES = {
    number: state(number, Status.OFFLINE, failure=TIMEOUT) if number < 5 else state(number)
    for number in range(1, 6)
}
OWN = incident(
    1,
    NOW,
    subject="点位1",
    failure=TIMEOUT,
    opened_at=NOW - 30 * HOUR,
    due_at=NOW - 6 * HOUR,
)
SWITCH = incident(
    9,
    NOW,
    cause=Cause.SWITCH,
    camera_id=None,
    inferred="10.20.3.0/24",
    subject="",
    members=(2, 3, 4),
    failure=TIMEOUT,
    acknowledged_at=NOW,
    acknowledged_by="李工",
    timeline=(
        Event(number=1, at=NOW - 2 * HOUR, what=Happening.OPENED, cameras=(2, 3)),
        Event(number=2, at=NOW - HOUR, what=Happening.JOINED, cameras=(4,)),
        Event(number=3, at=NOW, what=Happening.ACKNOWLEDGED, by="李工", note="在路上"),
    ),
)
HOST = incident(
    8,
    NOW,
    cause=Cause.RECORDER,
    camera_id=None,
    inferred="192.0.2.77",
    subject="",
    town="柳河镇",
    members=(99,),
    trouble=Trouble.FLAPPING,
)
MERGED = incident(7, NOW, resolved_at=NOW, merged_into=SWITCH.id)
VIEW = replace(
    build_view(CAMERAS, STATES, (), {}, NOW, 1, last_sweep_at=NOW, towns=("青山镇", "柳河镇")),
    incidents=(OWN, SWITCH, HOST),
    merged=(MERGED,),
)
FORM = "application/x-www-form-urlencoded"


@dataclass
class Site:
    """A site on a real socket, and what people did there."""

    client: TestClient[Any, Any]
    desk: MadeDesk

    async def text(self, path: str) -> tuple[ClientResponse, str]:
        answer = await self.client.get(path)
        return answer, await answer.text()

    async def send(self, path: str, body: object, **headers: str) -> tuple[int, Any]:
        """A JSON document sent by a program."""
        answer = await self.client.post(path, json=body, headers=CIMultiDict(headers))
        return answer.status, await answer.json()

    async def fill_in(self, incident_id: str, **fields: str) -> tuple[ClientResponse, str]:
        """The form of an incident's page, sent by a program."""
        path = f"/incidents/{incident_id}/acknowledgement"
        answer = await self.client.post(path, data=fields, allow_redirects=False)
        return answer, await answer.text()


@asynccontextmanager
async def site(
    view: FleetView | None = VIEW,
    access: WebAccess | None = None,
    kept: Kept | None = None,
    desk: MadeDesk | None = None,
) -> AsyncIterator[Site]:
    clock = FixedClock()
    desk = desk or MadeDesk(view or VIEW, NOW)
    allowed = access or WebAccess()
    routes = [
        *incident_routes(lambda: view, desk, kept, clock, allowed),
        *maintenance_routes(lambda: view, desk, clock, allowed),
        *(evidence_routes(lambda: view, kept, clock, allowed) if kept else ()),
    ]
    app = make_app(lambda: view, Exposition(ProbeMetrics()).render, Readiness, clock, routes=routes)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield Site(client=client, desk=desk)


# The list


async def test_the_list_tells_what_is_to_be_repaired() -> None:
    async with site() as shown:
        shown.desk.kept = made_windows(NOW)
        answer, page = await shown.text("/incidents")
        _, english = await shown.text("/incidents?lang=en")
    assert answer.status == 200
    for text in ("故障处置", "交换机 10.20.3.0/24", "推断", "李工", "超时 6 小时 0 分", "光缆割接"):
        assert text in page
    assert "192.0.2.77" not in page, "a host's address is told to nobody"
    assert "录像机 （档案未登记）" in page
    assert page.index(OWN.id) < page.index(SWITCH.id), "the oldest first"
    assert "每周二、周四 23:00 起 120 分钟" in page
    assert "人民路1号" not in page, "windows that are over are left out"
    for text in ("Mean time to repair", "Recently resolved", "every Tue, Thu from 23:00"):
        assert text in english
    assert "<script" not in page


async def test_one_town_of_it_in_another_order() -> None:
    async with site() as shown:
        _, town = await shown.text("/incidents?town=柳河镇")
        _, turned = await shown.text("/incidents?sort=-age")
        _, cameras = await shown.text("/incidents?sort=cameras&by=model")
        _, unknown = await shown.text(f"/incidents?{urlencode({'town': NASTY, 'sort': NASTY})}")
    opened = town.split("最近恢复")[0]
    assert (HOST.id in opened, OWN.id in opened) == (True, False)
    assert turned.index(SWITCH.id) < turned.index(OWN.id)
    assert cameras.index(SWITCH.id) < cameras.index(OWN.id)
    assert "DS-2CD3T46" in cameras
    assert "<script>" not in unknown
    assert OWN.id in unknown, "what is not known is not asked"


async def test_a_city_s_list_stays_a_page() -> None:
    many = [incident(number, NOW) for number in range(1, 700)]
    async with site(replace(VIEW, incidents=tuple(many))) as shown:
        _, page = await shown.text("/incidents")
    assert "另有 599 起未列出" in page


async def test_without_incidents_it_says_so() -> None:
    async with site(replace(VIEW, incidents=(), merged=())) as shown:
        _, page = await shown.text("/incidents")
    assert "没有未恢复的故障。" in page


async def test_before_the_first_view_there_is_no_list() -> None:
    async with site(None) as shown:
        for path in ("/incidents", f"/incidents/{OWN.id}", "/api/v1/incidents"):
            answer, _ = await shown.text(path)
            assert answer.status in (404, 503), path


# One of them


async def test_a_camera_s_incident_with_its_evidence() -> None:
    kept = Kept()
    async with site(kept=kept) as shown:
        answer, page = await shown.text(f"/incidents/{OWN.id}")
        _, english = await shown.text(f"/incidents/{OWN.id}?lang=en")
    for text in ("点位1", "网络连接", "no SYN-ACK in 5.0 s", "5.00 s", "在此失败", "通知抢修"):
        assert text in page
    assert "超时 6 小时 0 分" in page
    assert "Check first" in english
    # Its picture, and the reference of before: given out, and noted, by their own addresses.
    assert "/evidence/7.jpg" in page
    assert "/evidence/4.jpg" in page
    assert not kept.seen
    assert "/cameras/1/pictures" in page
    policy = answer.headers["Content-Security-Policy"]
    assert "form-action 'self'" in policy
    assert "script-src" not in policy
    assert answer.headers["Referrer-Policy"] == "same-origin"


async def test_an_upstream_s_incident_with_its_cameras() -> None:
    async with site() as shown:
        _, page = await shown.text(f"/incidents/{SWITCH.id}")
        _, other = await shown.text(f"/incidents/{HOST.id}")
    assert "同一网段 10.20.3.0/24" in page
    for name in ("点位2", "点位3", "点位4"):
        assert name in page
    assert "点位5" not in page
    assert "李工 于" in page
    assert "在路上" in page
    assert f"/incidents/{MERGED.id}" in page, "what became a part of it"
    assert "已不在档案中" in other
    assert "同一主机的点位" in other
    assert "192.0.2.77" not in other


async def test_what_is_over_is_not_taken_on() -> None:
    async with site() as shown:
        _, page = await shown.text(f"/incidents/{MERGED.id}")
        _, over = await shown.text(f"/incidents/{shown.desk.over[0].id}")
        answer, refused = await shown.fill_in(MERGED.id, by="王工")
    assert "<form" not in page + over
    assert f"并入 {SWITCH.id}" in page
    assert "已恢复" in over
    assert (answer.status, "请认领后者" in refused) == (400, False), "no form, no words of it"
    assert not shown.desk.given


@pytest.mark.parametrize("path", ["nothing", "..%2f..", "a" * 65, "%00", "x'--"])
async def test_an_unknown_one_is_not_found(path: str) -> None:
    async with site() as shown:
        for place in (f"/incidents/{path}", f"/api/v1/incidents/{path}"):
            answer, body = await shown.text(place)
            assert (answer.status, body.startswith('{"error"')) == (404, True)


async def test_what_people_and_archives_say_is_escaped() -> None:
    nasty = replace(
        OWN,
        subject=NASTY,
        town=NASTY,
        acknowledged_at=NOW,
        acknowledged_by=NASTY,
        failure=failure(Stage.DESCRIBE, "rejected", NASTY),
        timeline=(Event(number=1, at=NOW, what=Happening.ACKNOWLEDGED, by=NASTY, note=NASTY),),
    )
    view = replace(VIEW, incidents=(nasty,))
    async with site(view) as shown:
        shown.desk.kept = [replace(made_windows(NOW)[0], subject=NASTY, note=NASTY, by=NASTY)]
        _, listed = await shown.text("/incidents")
        _, one = await shown.text(f"/incidents/{nasty.id}")
    for page in (listed, one):
        assert "<script>" not in page
        assert escape(NASTY, quote=False)[:20] in page


class Away(MadeDesk):
    """A desk whose database is gone."""

    async def find(self, incident_id: str) -> Incident | None:
        raise DatabaseUnreachableError("database postgresql://10.0.0.7/city: no route")


async def test_without_the_database_it_says_so_and_no_more() -> None:
    async with site(desk=Away(VIEW, NOW)) as shown:
        answer, body = await shown.text(f"/incidents/{OWN.id}")
        status, error = await shown.send(
            f"/api/v1/incidents/{OWN.id}/acknowledgement", {"by": "王工"}
        )
    assert (answer.status, status) == (503, 503)
    assert error == {"error": "the database does not answer"}
    assert "10.0.0.7" not in body


# Taking one on


async def test_it_is_taken_on_by_the_form() -> None:
    async with site() as shown:
        answer, _ = await shown.fill_in(OWN.id, by=" 王工 ", note="光缆断了")
        _, page = await shown.text(f"/incidents/{OWN.id}")
    assert (answer.status, answer.headers["Location"]) == (303, f"/incidents/{OWN.id}")
    (given,) = shown.desk.given
    assert (given.incident_id, given.by, given.note) == (OWN.id, "王工", "光缆断了")
    assert "王工 的认领已收到" in page
    assert 'http-equiv="refresh" content="6"' in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"by": ""}, "没有写明姓名"),
        ({"note": "只有说明"}, "没有写明姓名"),
        ({"by": "长" * 61, "note": "说" * 500}, "姓名超过 60 个字"),
        ({"by": "王工", "note": "说" * 501}, "说明超过 500 个字"),
        ({"by": "王工\x00"}, "无法显示"),
    ],
)
async def test_what_is_wrong_with_the_form_is_said_on_it(fields: dict[str, str], said: str) -> None:
    async with site() as shown:
        answer, page = await shown.fill_in(OWN.id, **fields)
    assert (answer.status, said in page) == (400, True)
    assert fields.get("note", "") in page, "nothing is to be written twice"
    assert not shown.desk.given


async def test_the_proxy_s_name_signs() -> None:
    access = WebAccess(viewer_header="X-Forwarded-User")
    headers = {"X-Forwarded-User": "王工"}
    async with site(access=access) as shown:
        answer = await shown.client.get(f"/incidents/{OWN.id}", headers=headers)
        page = await answer.text()
        path = f"/incidents/{OWN.id}/acknowledgement"
        past_the_proxy = await shown.client.post(path, data={"by": "somebody"})
        await shown.client.post(path, data={"by": "somebody"}, headers=headers)
        status, _ = await shown.send(f"/api/v1{path}", {"by": "somebody"}, **headers)
    assert 'name="by"' not in page
    assert "<b>王工</b>" in page
    assert (past_the_proxy.status, status) == (403, 202)
    assert [given.by for given in shown.desk.given] == ["王工", "王工"]


OURS = "http://{host}"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 202),
        ({"Origin": OURS}, 202),
        ({"Origin": OURS, "Sec-Fetch-Site": "same-origin"}, 202),
        ({"Origin": "https://monitor.example"}, 202),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": OURS}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "http://monitor.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "http://[::1"}, 403),
        # A name of theirs that points at our address: the browser takes it for the same site.
        ({"Origin": "http://rebound.example:9464", "Host": "rebound.example:9464"}, 403),
    ],
)
async def test_only_our_own_pages_may_write(headers: dict[str, str], status: int) -> None:
    access = WebAccess(public_url="https://monitor.example/city")
    async with site(access=access) as shown:
        host = f"127.0.0.1:{shown.client.port}"
        sent = {name: value.format(host=host) for name, value in headers.items()}
        path = f"/api/v1/incidents/{OWN.id}/acknowledgement"
        assert (await shown.send(path, {"by": "王工"}, **sent))[0] == status
        form = await shown.client.post(
            f"/incidents/{OWN.id}/acknowledgement",
            data={"by": "王工"},
            headers=sent,
            allow_redirects=False,
        )
        assert form.status == (303 if status == 202 else 403)
        window = {"town": "青山镇", "by": "王工", "to": "2026-03-03"}
        kept, _ = await shown.send("/api/v1/maintenance", window, **sent)
        assert kept == (201 if status == 202 else 403)
    assert len(shown.desk.given) == (2 if status == 202 else 0)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"by=" + b"x" * 9_000, FORM, 413),
        (b"by=x", "text/plain", 415),
        (b"by=x", "multipart/form-data; boundary=x", 415),
        (b"by=\xff", FORM, 400),
        ("&".join(f"f{number}=1" for number in range(99)).encode(), FORM, 400),
    ],
)
async def test_bodies_are_bounded(body: bytes, content_type: str, status: int) -> None:
    async with site() as shown:
        answer = await shown.client.post(
            f"/incidents/{OWN.id}/acknowledgement",
            data=body,
            headers={"Content-Type": content_type},
        )
        assert answer.status == status
    assert not shown.desk.given


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "no JSON"),
        (b"[" * 8_000, "no JSON"),
        (b"[]", "no JSON object"),
        (b'{"by": 1}', "by: no text"),
        (b'{"who": "x"}', "'who'"),
        (b'{"note": "x"}', "no name is given"),
        (b'{"by": "\\ud800"}', "cannot be shown"),
    ],
)
async def test_wrong_documents_are_named(body: bytes, said: str) -> None:
    async with site() as shown:
        answer = await shown.client.post(
            f"/api/v1/incidents/{OWN.id}/acknowledgement",
            data=body,
            headers={"Content-Type": "application/json"},
        )
        assert (answer.status, said in (await answer.json())["error"]) == (400, True)


# JSON


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [OWN.id, SWITCH.id, HOST.id]),
        ("?town=柳河镇", [HOST.id]),
        ("?cause=switch", [SWITCH.id]),
        ("?trouble=flapping", [HOST.id]),
        ("?acknowledged=yes", [SWITCH.id]),
        ("?acknowledged=no&limit=1", [OWN.id]),
        ("?camera=3", [SWITCH.id]),
        ("?state=merged", [MERGED.id]),
        ("?repair_class=72h", []),
    ],
)
async def test_which_are_listed(query: str, found: list[str]) -> None:
    async with site() as shown:
        document = await (await shown.client.get(f"/api/v1/incidents{query}")).json()
    assert [one["id"] for one in document["items"]] == found


async def test_those_that_are_over_and_wrong_queries() -> None:
    async with site() as shown:
        over = await (await shown.client.get("/api/v1/incidents?state=resolved")).json()
        wrong = await shown.client.get("/api/v1/incidents?cause=ghost")
    assert [one["id"] for one in over["items"]] == [one.id for one in shown.desk.over]
    assert wrong.status == 400


async def test_taking_on_by_the_api() -> None:
    async with site() as shown:
        taken = await shown.send(
            f"/api/v1/incidents/{OWN.id}/acknowledgement", {"by": "王工", "note": "在路上"}
        )
        unknown = await shown.send("/api/v1/incidents/nothing/acknowledgement", {"by": "王工"})
        over = await shown.send(f"/api/v1/incidents/{MERGED.id}/acknowledgement", {"by": "王工"})
        document = await (await shown.client.get(f"/api/v1/incidents/{OWN.id}")).json()
    assert (taken[0], taken[1]["by"]) == (202, "王工")
    assert (unknown[0], over[0]) == (404, 409)
    assert SWITCH.id in over[1]["error"]
    assert [one["by"] for one in document["waiting"]] == ["王工"]
    assert [one["status"] for one in document["members"]] == ["offline"]
    assert document["looks"][0]["stages"] == {"resolve": 0.0004, "connect": 5.0}


async def test_windows_by_the_api() -> None:
    weekly = {
        "upstream": "青山-交换机-01",
        "weekdays": [1, 7],
        "at": "23:30",
        "minutes": 90,
        "by": "王工",
    }
    once = {"camera": "1", "from": "2026-03-02T12:00", "to": "2026-03-02T18:00+08:00", "by": "李工"}
    async with site() as shown:
        first, kept = await shown.send("/api/v1/maintenance", weekly)
        second, other = await shown.send("/api/v1/maintenance", once)
        removed, _ = await shown.send("/api/v1/maintenance/1/removal", {"by": "赵工"})
        again, _ = await shown.send("/api/v1/maintenance/1/removal", {"by": "赵工"})
        nobody, _ = await shown.send("/api/v1/maintenance/2/removal", {})
        listed = await (await shown.client.get("/api/v1/maintenance?state=coming")).json()
        everything = await (await shown.client.get("/api/v1/maintenance")).json()
        described = await (await shown.client.get("/api/openapi.json")).json()
    assert (first, second, removed, again, nobody) == (201, 201, 200, 404, 400)
    assert (kept["weekdays"], kept["at"], kept["minutes"]) == ([1, 7], "23:30", 90)
    assert other["from"] == "2026-03-02T12:00:00+08:00"
    assert [one["id"] for one in listed["items"]] == [2]
    assert [one["removed_by"] for one in everything["items"]] == ["", "赵工"]
    conforms(everything, described["components"]["schemas"]["Windows"], {})


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"town": ""}, "name one of camera"),
        ({"camera": "1"}, "name one of camera"),
        ({"town": "nowhere"}, "no town nowhere"),
        ({"to": "2026-05-03"}, "at most 30 days on"),
        ({"to": "tomorrow"}, "to: no time"),
        ({"to": "2026-03-01"}, "not later than the beginning"),
        ({"at": "25:00"}, "at: no time of day"),
        ({"weekdays": [8], "minutes": 60}, "1 (Monday) to 7"),
        ({"weekdays": ["1"]}, "weekdays: no list"),
        ({"weekdays": [1], "minutes": 1.5}, "minutes: no whole number"),
        ({"weekdays": [1], "minutes": True}, "minutes: no whole number"),
        ({"by": ""}, "no name is given"),
        ({"town": 7}, "town: no text"),
        ({"colour": "red"}, "'colour'"),
    ],
)
async def test_wrong_windows_are_named(fields: dict[str, object], said: str) -> None:
    base = {"town": "青山镇", "to": "2026-03-03", "by": "王工"}
    async with site() as shown:
        status, answer = await shown.send("/api/v1/maintenance", {**base, **fields})
    assert (status, said in answer["error"]) == (400, True), answer
    assert not shown.desk.kept


async def test_the_description_holds_every_address_of_the_api() -> None:
    async with site(kept=Kept()) as shown:
        described = (await (await shown.client.get("/api/openapi.json")).json())["paths"]
        routes = {
            (route.method.lower(), re.sub(r":[^{}]*(\{[^}]*\})?[^{}]*}", "}", resource.canonical))
            for resource in shown.client.app.router.resources()  # type: ignore[union-attr]
            for route in resource
            if resource.canonical.startswith("/api/v1/") and route.method != "HEAD"
        }
    told = {(method, path) for path, methods in described.items() for method in methods}
    assert routes <= told


# From the console to an incident


async def test_the_console_and_a_camera_s_page_lead_there() -> None:
    async with site(kept=Kept()) as shown:
        _, console = await shown.text("/")
        _, camera_page = await shown.text("/cameras/1/pictures")
        listed = await (await shown.client.get("/api/v1/cameras")).json()
    assert 'href="/incidents"' in console
    assert "未恢复的故障 3 起，待认领 2 起" in console
    assert f'href="/incidents/{OWN.id}"' in console
    assert f'href="/incidents/{OWN.id}"' in camera_page
    assert [one["incidents"] for one in listed["items"]][:2] == [[OWN.id], [SWITCH.id]]


async def test_no_address_is_told() -> None:
    whole = city(300)
    async with site(whole) as shown:
        for path in ("/incidents", f"/incidents/{whole.incidents[0].id}", "/api/v1/incidents"):
            _, body = await shown.text(path)
            for secret in ("rtsp://", "192.0.2", "admin-user", "hunter2"):
                assert secret not in body
