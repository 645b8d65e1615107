"""The archive's page and JSON over a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp.test_utils import TestClient, TestServer

from camera_registry.lint import Grade, Kind
from exporters.archive_api import ArchiveCheck
from exporters.archive_web import archive_routes
from exporters.metrics import Exposition, ProbeMetrics
from exporters.web import Readiness, make_app
from tests.made_archive import made_check
from tests.shell.test_web import Get, text
from tests.views import FixedClock, city

CHECK = made_check()


@asynccontextmanager
async def site(check: ArchiveCheck | None = CHECK) -> AsyncIterator[Get]:
    clock = FixedClock()
    view = city(40)
    app = make_app(
        lambda: view,
        Exposition(ProbeMetrics()).render,
        Readiness,
        clock,
        routes=archive_routes(lambda: check, clock),
    )
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client.request


async def test_the_page_tells_what_was_found() -> None:
    async with site() as get:
        answer, page = await text(get, "/archive")
        _, english = await text(get, "/archive?lang=en")
    assert answer.status == 200
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    for kind in CHECK.summary.kinds:
        assert kind is not Kind.MISSING or "必填项缺失" in page
    assert "经纬度颠倒" in page
    assert "Longitude and latitude swapped" in english
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


async def test_one_town_of_it() -> None:
    town = next(
        name for name, counts in CHECK.summary.towns.items() if name and counts[Grade.ERROR]
    )
    others = {one.label for one in CHECK.report.findings if one.town not in (town, "")}
    others -= {label for one in CHECK.report.findings if one.town == town for label in one.others}
    async with site() as get:
        _, page = await text(get, f"/archive?town={town}")
        _, unknown = await text(get, "/archive?town=<b>x</b>")
    assert f"· {town}" in page
    assert not [label for label in others if f'"code">{label}' in page]
    assert "<b>x</b>" not in unknown


async def test_findings_by_pages_and_filters() -> None:
    async with site() as get:
        first = await (await get("GET", "/api/v1/archive/findings?limit=5")).json()
        swapped = await (await get("GET", "/api/v1/archive/findings?kind=swapped&lang=en")).json()
        refused = await get("GET", "/api/v1/archive/findings?kind=nonsense")
        summary = await (await get("GET", "/api/v1/archive/summary")).json()
    assert (len(first["items"]), first["total"]) == (5, len(CHECK.report.findings))
    assert {one["kind"] for one in swapped["items"]} == {"swapped"}
    assert swapped["items"][0]["title"] == "Longitude and latitude swapped"
    assert refused.status == 400
    assert summary["summary"]["findings"] == first["total"]
    assert summary["archive_ratio"] == pytest.approx(CHECK.rate.value)


async def test_before_the_first_check() -> None:
    async with site(None) as get:
        answer, page = await text(get, "/archive")
        api = await get("GET", "/api/v1/archive/findings")
    assert (answer.status, api.status) == (200, 503)
    assert "正在检查档案" in page
