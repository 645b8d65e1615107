"""The HTTP side over a real socket on loopback: page, metrics, health, JSON, and its headers."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from camera_registry.outbox import Message
from camera_registry.read_model import FleetView, build_view
from camera_registry.rollups import Ratio
from camera_registry.vocabulary import KeyLocation, KeyLocationKind, Status
from exporters.archive_web import archive_routes
from exporters.cameras.web import camera_routes
from exporters.evidence_web import evidence_routes
from exporters.incidents.maintenance_web import maintenance_routes
from exporters.incidents.web import incident_routes
from exporters.metrics import Exposition, ProbeMetrics
from exporters.notices.web import notice_routes
from exporters.page import MAX_BLIND, render_page
from exporters.report_web import report_routes
from exporters.web import Readiness, make_app
from exporters.web_access import WebAccess
from exporters.words import Words
from probes.reasons import failure
from probes.vocabulary import Stage
from tests.made_archive import made_check
from tests.made_camera_desk import MadeCameraDesk
from tests.made_desk import MadeDesk
from tests.made_evidence import Kept
from tests.views import NOW, FixedClock, camera, city, state

CITY = city(400)
NASTY = "<script>alert(1)</script>\"'&"
Get = Callable[..., Any]


@asynccontextmanager
async def site(
    view: FleetView | None = CITY,
    readiness: Readiness | None = None,
    later: timedelta = timedelta(seconds=4),
) -> AsyncIterator[Get]:
    clock = FixedClock(later)
    app = make_app(
        lambda: view,
        Exposition(ProbeMetrics()).render,
        lambda: readiness or Readiness(),
        clock,
        routes=[
            *archive_routes(lambda: made_check() if view else None, clock),
            *report_routes(Path("reports-of-no-day"), clock),
            *notice_routes(lambda: None, _nothing_given_up, clock),
            *incident_routes(lambda: view, MadeDesk(CITY, NOW), None, clock, WebAccess()),
            *evidence_routes(lambda: view, Kept(), clock, WebAccess()),
            *camera_routes(lambda: view, MadeCameraDesk(NOW), clock, pictures=True),
            *maintenance_routes(lambda: view, MadeDesk(CITY, NOW), clock, WebAccess()),
        ],
    )
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client.request


async def _nothing_given_up() -> list[Message]:
    return []


async def text(get: Get, path: str, **options: Any) -> tuple[ClientResponse, str]:
    answer: ClientResponse = await get("GET", path, **options)
    return answer, await answer.text()


class _Page(HTMLParser):
    """Collects what a page would load or run, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in ("href", "src"):
                self.links.append(value or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


async def test_the_page_is_chinese_and_english_on_request() -> None:
    async with site() as get:
        chinese, english = [(await text(get, path))[1] for path in ("/", "/?lang=en")]
        assert (await text(get, "/?lang=xx"))[1] == chinese
    assert '<html lang="zh-CN">' in chinese
    assert "各镇街情况" in chinese
    assert "2026-03-02 10:30:00" in chinese
    assert '<html lang="en">' in english
    assert "Longest outages" in english


async def test_a_point_is_found_by_its_number_and_by_its_code() -> None:
    async with site() as get:
        code = CITY.cameras[0].label
        by_number, by_code = [(await text(get, f"/cameras/{name}"))[1] for name in (1, code)]
        assert by_number == by_code
        for path in ("/cameras/999999", "/cameras/nobody", "/api/v1/cameras/nobody"):
            assert (await text(get, path))[0].status == 404


async def test_pages_of_points_link_to_what_is_there() -> None:
    async with site() as get:
        for path in ("/cameras?status=offline", f"/cameras/{CITY.cameras[0].id}"):
            _, body = await text(get, path)
            for link in _Page(body).links:
                if not link.startswith("data:"):
                    assert (await text(get, link))[0].status == 200, link


async def test_the_page_loads_and_runs_nothing() -> None:
    async with site() as get:
        answer, body = await text(get, "/")
    page = _Page(body)
    assert "script" not in page.tags
    assert not {name for name in page.attributes if name.startswith("on") or name == "style"}
    assert all(link.startswith(("/", "?", "data:")) for link in page.links)
    style = re.search(r"<style>(.*?)</style>", body, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")


async def test_every_link_of_the_page_leads_somewhere() -> None:
    async with site() as get:
        _, body = await text(get, "/")
        for link in _Page(body).links:
            if not link.startswith("data:"):
                assert (await text(get, link))[0].status == 200, link


def nasty_city() -> FleetView:
    place = KeyLocation(id=1, name=NASTY, town=NASTY, kind=KeyLocationKind.JUNCTION)
    one = camera(name=NASTY, label=NASTY, town=NASTY, village=NASTY, key_location_id=1)
    cause = failure(Stage.DESCRIBE, "rejected", NASTY * 50)
    held = {1: state(status=Status.OFFLINE, failure=cause)}
    return build_view([one], held, [place], {}, NOW, 1, last_sweep_at=NOW)


@pytest.mark.parametrize("path", ["/", "/cameras", "/cameras/1"])
async def test_what_a_camera_or_an_archive_says_is_escaped(path: str) -> None:
    async with site(nasty_city()) as get:
        _, body = await text(get, path)
    page = _Page(body)
    assert "script" not in page.tags
    assert "".join(page.words).count(NASTY) >= 3
    assert max(len(word) for word in page.words if word.startswith("<script")) < 210


@pytest.mark.parametrize(
    "path", ["/", "/cameras", "/metrics", "/healthz", "/api/v1/summary", "/nowhere"]
)
async def test_headers_stand_on_every_answer(path: str) -> None:
    async with site() as get:
        answer, _ = await text(get, path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Server"] == "xueliang"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_before_the_first_look_the_page_says_so() -> None:
    new = build_view([camera(1), camera(2)], {}, (), {}, NOW, 1)
    for view, said in ((None, "首轮巡检刚刚开始"), (new, "已查看 0 / 2 个点位")):
        async with site(view) as get:
            answer, body = await text(get, "/")
        assert answer.status == 200
        assert said in body


async def test_during_the_first_sweep_the_page_shows_progress() -> None:
    view = build_view([camera(1), camera(2)], {1: state()}, (), {}, NOW, 1)
    async with site(view) as get:
        _, body = await text(get, "/")
    assert "首轮巡检进行中" in body
    assert "已查看 1 / 2 个点位" in body
    assert "首轮巡检进行中" not in render_page(CITY, Words.load("zh_CN"), NOW)


async def test_old_figures_are_called_old() -> None:
    async with site(later=timedelta(minutes=9)) as get:
        _, body = await text(get, "/")
    assert "数据已有 9 分钟 未更新" in body


def test_the_longest_outages_lead_and_the_blind_are_bounded() -> None:
    hours = range(1, 100)
    cameras = [camera(n, name=f"点位{n:03d}", key_location_id=n) for n in hours]
    states = {n: state(n, Status.OFFLINE, since=NOW - timedelta(hours=n)) for n in hours}
    places = [
        KeyLocation(id=n, name=f"部位{n}", town="青山镇", kind=KeyLocationKind.JUNCTION)
        for n in range(1, 101)
    ]
    view = build_view(cameras, states, places, {}, NOW, 1, last_sweep_at=NOW)
    body = render_page(view, Words.load("zh_CN"), NOW)
    blind, outages = body.split("离线时间最长的点位")
    assert re.findall(r"点位\d{3}", outages) == [f"点位{n:03d}" for n in range(99, 79, -1)]
    assert re.findall(r"点位\d{3}", blind) == [f"点位{n:03d}" for n in range(99, 49, -1)]
    assert f"另有 {100 - MAX_BLIND} 处未列出" in body
    assert "4 天 3 小时" in outages


def test_the_page_of_a_town_without_trouble() -> None:
    view = build_view([camera()], {1: state()}, (), {}, NOW, 1, last_sweep_at=NOW)
    body = render_page(view, Words.load("zh_CN"), NOW)
    assert "重点部位没有盲区。" in body
    assert "没有离线点位。" in body


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        (Ratio(part=6979, whole=6980), "99.9%"),
        (Ratio(part=99_999, whole=100_000), "99.9%"),
        (Ratio(part=1, whole=100_000), "0.1%"),
        (Ratio(part=5, whole=5), "100%"),
        (Ratio(part=0, whole=5), "0%"),
        (Ratio(part=1, whole=3), "33.3%"),
    ],
)
def test_no_percentage_is_rounded_to_perfection(ratio: Ratio, shown: str) -> None:
    view = build_view([camera()], {1: state()}, (), {}, NOW, 1, last_sweep_at=NOW)
    figures = {key: replace(value, archive=ratio) for key, value in view.figures.items()}
    body = render_page(replace(view, figures=figures), Words.load("en"), NOW)
    archive = body.split("Archive rate</h2>")[1]
    assert re.search(r'class="big">([^<]+)<', archive)[1] == shown  # type: ignore[index]


async def test_metrics_follow_the_scraper_s_headers() -> None:
    async with site() as get:
        plain, body = await text(get, "/metrics", headers={"Accept-Encoding": "identity"})
        packed, unpacked = await text(
            get,
            "/metrics",
            headers={
                "Accept": "application/openmetrics-text;version=1.0.0",
                "Accept-Encoding": "gzip",
            },
        )
    assert plain.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "xueliang_camera_up{" in body
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Type"].startswith("application/openmetrics-text")
    assert unpacked.endswith("# EOF\n")


async def test_health_and_readiness() -> None:
    late = Readiness(reasons=("database: connection refused", "sweeps: 12 min late"))
    async with site(None, late) as get:
        assert (await get("GET", "/healthz")).status == 200
        answer = await get("GET", "/readyz")
        assert answer.status == 503
        assert await answer.json() == {"ready": False, "reasons": list(late.reasons)}
    async with site() as get:
        answer = await get("GET", "/readyz")
        assert (answer.status, await answer.json()) == (200, {"ready": True, "reasons": []})


async def test_cameras_by_pages_and_filters() -> None:
    async with site() as get:
        first = await (await get("GET", "/api/v1/cameras?limit=7&offset=3")).json()
        offline = await (await get("GET", "/api/v1/cameras?status=offline&limit=1000")).json()
        town = await (await get("GET", "/api/v1/cameras?town=白湖镇&fault=blur")).json()
        blind = await (await get("GET", "/api/v1/key_locations?state=blind")).json()
    assert first["total"] == 400
    assert [item["id"] for item in first["items"]] == list(range(4, 11))
    assert offline["total"] == len(offline["items"]) == CITY.total().cameras[Status.OFFLINE]
    assert all(item["failure"]["stage"] for item in offline["items"])
    assert all((i["town"], i["faults"]) == ("白湖镇", ["blur"]) for i in town["items"])
    assert all(item["state"] == "blind" for item in blind["items"])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/api/v1/cameras?limit=0", "limit"),
        ("/api/v1/cameras?limit=1001", "1 to 1000"),
        ("/api/v1/cameras?offset=-1", "offset"),
        ("/api/v1/cameras?offset=" + "9" * 5000, "offset"),
        ("/api/v1/cameras?status=gone", "online, degraded"),
        ("/api/v1/cameras?colour=red", "'colour'"),
        ("/api/v1/key_locations?status=online", "'status'"),
    ],
)
async def test_a_wrong_query_is_named(path: str, said: str) -> None:
    async with site() as get:
        answer = await get("GET", path)
        error = (await answer.json())["error"]
    assert answer.status == 400
    assert said in error
    assert len(error) < 200


async def test_refusals_are_json() -> None:
    async with site(None) as get:
        starting = await get("GET", "/api/v1/summary")
        missing = await get("GET", "/nowhere")
        posted = await get("POST", "/metrics")
        assert (starting.status, missing.status, posted.status) == (503, 404, 405)
        assert "starting" in (await starting.json())["error"]
        assert (await missing.json())["error"] == "Not Found"
        assert posted.headers["Allow"] == "GET,HEAD"


async def test_the_summary_adds_up() -> None:
    async with site() as get:
        document = await (await get("GET", "/api/v1/summary")).json()
    assert document["built_at"] == "2026-03-02T10:30:00+08:00"
    assert sum(town["points"] for town in document["towns"]) == document["city"]["points"]
    kinds = document["city"]["coverage_by_kind"].values()
    assert sum(kind["covered"] for kind in kinds) == document["city"]["coverage"]["covered"]


def conforms(value: Any, schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> None:
    """As much of JSON Schema as the description uses."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    if "oneOf" in schema:
        schema = schema["oneOf"][1 if value is None else 0]
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    python = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None)}
    python |= {"number": (int, float), "boolean": bool}  # type: ignore[dict-item]
    assert any(isinstance(value, python[name]) for name in types), (value, schema)
    assert value in schema.get("enum", [value])
    if isinstance(value, dict) and "additionalProperties" in schema:
        for item in value.values():
            conforms(item, schema["additionalProperties"], schemas)
    elif isinstance(value, dict):
        assert set(value) == set(schema["required"]) == set(schema["properties"])
        for name, item in value.items():
            conforms(item, schema["properties"][name], schemas)
    for item in value if isinstance(value, list) else ():
        conforms(item, schema["items"], schemas)


async def test_the_description_is_true() -> None:
    async with site() as get:
        described = await (await get("GET", "/api/openapi.json")).json()
        schemas = described["components"]["schemas"]
        for path, methods in described["paths"].items():
            if "get" not in methods:
                continue
            answers = methods["get"]["responses"]
            schema = answers["200"]["content"]["application/json"]["schema"]
            existing = path.replace("incidents/{id}", f"incidents/{CITY.incidents[0].id}")
            answer = await get("GET", existing.replace("{id}", "1"))
            conforms(await answer.json(), schema, schemas)
            for parameter in methods["get"]["parameters"]:
                for value in parameter["schema"].get("enum", ()):
                    query = {parameter["name"]: value}
                    assert (await get("GET", path, params=query)).status == 200
        conforms(await (await get("GET", "/api/v1/cameras?limit=0")).json(), schemas["Error"], {})


async def test_no_address_or_credential_is_told() -> None:
    async with site() as get:
        pages = ("/", "/?lang=en", "/cameras", "/cameras/1", "/api/v1/cameras/1")
        for path in (*pages, "/api/v1/cameras?limit=1000", "/metrics"):
            _, body = await text(get, path)
            for secret in ("rtsp://", "192.0.2", "admin-user", "hunter2"):
                assert secret not in body
