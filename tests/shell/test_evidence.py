"""Evidence from the decoder's process to the page: masked, marked, given out by number alone, and
each viewing noted."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import cv2
import numpy as np
import pytest
from aiohttp.test_utils import TestClient, TestServer
from click.testing import CliRunner

from exporters.evidence_web import evidence_routes
from exporters.metrics import Exposition, ProbeMetrics
from exporters.picture_metrics import PictureMetrics
from exporters.web import Readiness, make_app
from exporters.web_access import WebAccess
from probes.decode.pool import DecodePool
from probes.vocabulary import (
    FIGURES,
    Baseline,
    Codec,
    FaultKind,
    Light,
    PictureContext,
    PictureFigures,
    PictureSlot,
)
from tests.core.picture_scenes import card, street
from tests.made_evidence import Kept
from tests.shell.coded_pictures import coded, key_frame
from tests.views import FixedClock, city
from xueliang.commands.options import Refusal
from xueliang.commands.picture import masks_command, parse_polygons

STREET = key_frame(Codec.H264, coded(Codec.H264, street()))
RIGHT_HALF = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
CITY = city(20)
CAMERA = CITY.cameras[0]


# In the decoder's process


def shown(jpeg: bytes) -> Any:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture


async def test_figures_and_a_masked_picture_come_back() -> None:
    context = PictureContext(light=Light.DAY, masks=(RIGHT_HALF,), want_evidence=True)
    async with DecodePool(1) as pool:
        plain = await pool.read_frame(STREET, None, False)
        reading = await pool.read_frame(STREET, None, True, context)
        figures = reading.figures
        assert plain.figures is None
        assert isinstance(figures, PictureFigures)
        assert figures.slot is PictureSlot.DAY
        assert figures.evidence_jpeg is not None
        assert reading.frame_jpeg is not None
        again = PictureContext(
            light=Light.DAY,
            masks=(RIGHT_HALF,),
            baselines=(
                Baseline(
                    slot=PictureSlot.DAY,
                    means=figures.values,
                    spreads=(0.0,) * len(figures.values),
                    view=figures.view,
                ),
            ),
        )
        known = await pool.read_frame(STREET, None, False, again)
    small = shown(figures.evidence_jpeg)
    assert small.shape == (180, 320, 3)
    for picture in (small, shown(reading.frame_jpeg)):
        width = picture.shape[1]
        assert picture[:, width * 5 // 8 :].max() < 12
        assert picture[:, : width * 3 // 8].max() > 150
    # Neither the sketch nor the view holds what is masked.
    luma = np.frombuffer(reading.sketch.luma, np.uint8).reshape(27, 48)
    assert not luma[:, 25:].any()
    assert luma[:, :23].any()
    assert known.figures is not None
    assert known.figures.evidence_jpeg is None, "nothing was found, nothing was asked for"
    here = known.figures.values[FIGURES.index("here")]
    assert here == pytest.approx(1.0, abs=0.01), "the same view"


async def test_a_finding_is_marked() -> None:
    blue = key_frame(Codec.H264, coded(Codec.H264, card(40)))
    async with DecodePool(1) as pool:
        reading = await pool.read_frame(blue, None, False, PictureContext(light=Light.DAY))
    assert [fault.kind for fault in reading.picture.faults] == [FaultKind.NO_SIGNAL]
    assert reading.figures is not None
    assert reading.figures.evidence_jpeg is not None
    edge = shown(reading.figures.evidence_jpeg)[1, 40:280].mean(axis=0)
    assert edge[2] > edge[0] + 80, "a red frame"


# Over HTTP


@asynccontextmanager
async def site(kept: Kept, header: str = "X-Forwarded-User") -> AsyncIterator[TestClient[Any, Any]]:
    clock = FixedClock(timedelta(0))
    app = make_app(
        lambda: CITY,
        Exposition(ProbeMetrics(), [PictureMetrics(kept)]).render,
        Readiness,
        clock,
        routes=evidence_routes(lambda: CITY, kept, clock, WebAccess(viewer_header=header)),
    )
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client


async def test_a_picture_is_given_out_and_who_looked_is_noted() -> None:
    kept = Kept()
    async with site(kept) as client:
        answer = await client.get("/evidence/7.jpg", headers={"X-Forwarded-User": " wang li "})
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
        assert await answer.read() == b"\xff\xd8\xff of 7"
        assert answer.headers["Cache-Control"] == "no-store"
        await client.get("/evidence/4.jpg")
    assert [(one.evidence_id, one.viewer) for one in kept.seen] == [(7, "wang li"), (4, "local")]


async def test_a_name_counts_only_in_the_header_that_is_configured() -> None:
    kept = Kept()
    async with site(kept, header="") as client:
        await client.get("/evidence/7.jpg", headers={"X-Forwarded-User": "wang"})
    assert kept.seen[0].viewer == "local"


@pytest.mark.parametrize(
    "path",
    [
        "/evidence/8.jpg",
        "/evidence/-1.jpg",
        "/evidence/7",
        "/evidence/7.jpg/x",
        "/evidence/..%2f..%2fetc%2fpasswd.jpg",
        "/evidence/%2e%2e/7.jpg",
        "/evidence/9999999999999999999.jpg",
        "/cameras/0/pictures",
        "/cameras/x/pictures",
        "/api/v1/cameras/999999/pictures",
    ],
)
async def test_nothing_else_is_found(path: str) -> None:
    kept = Kept()
    async with site(kept) as client:
        answer = await client.get(path)
        assert answer.status == 404
        assert set(await answer.json()) == {"error"}
    assert not kept.seen


@pytest.mark.parametrize(("language", "word"), [("zh", "参考"), ("en", "reference")])
async def test_the_page_shows_the_fault_beside_its_reference(language: str, word: str) -> None:
    kept = Kept()
    async with site(kept) as client:
        answer = await client.get(f"/cameras/{CAMERA.id}/pictures?lang={language}")
        page = await answer.text()
    assert answer.status == 200
    assert page.index("/evidence/7.jpg") < page.index("/evidence/4.jpg")
    assert word in page
    assert html.escape(CAMERA.name) in page
    assert "img-src 'self'" in answer.headers["Content-Security-Policy"]
    assert not kept.seen, "the page itself shows no picture"


@pytest.mark.parametrize(("language", "off"), [("zh", "偏差 -95 秒"), ("en", "-95 s off")])
async def test_the_page_shows_the_overlay_beside_the_archive_and_both_clocks(
    language: str, off: str
) -> None:
    async with site(Kept()) as client:
        page = await (await client.get(f"/cameras/{CAMERA.id}/pictures?lang={language}")).text()
    assert page.index("东门一号") < page.index("东门二号") < page.index(off)
    assert off.replace("95", "94") in page


async def test_the_document_and_the_metrics() -> None:
    async with site(Kept()) as client:
        document = await (await client.get(f"/api/v1/cameras/{CAMERA.id}/pictures")).json()
        metrics = await (await client.get("/metrics")).text()
    first = document["pictures"][0]
    assert (first["url"], first["faults"]) == ("/evidence/7.jpg", ["occlusion"])
    assert document["overlay"]["faults"] == ["clock_drift", "osd_wrong"]
    assert document["overlay"]["onvif_clock_offset_s"] == -94.4
    assert 'xueliang_evidence_bytes{what="fault"} 9000.0' in metrics
    assert 'xueliang_picture_histories{slot="day"} 2.0' in metrics
    assert "xueliang_evidence_dropped_total 3.0" in metrics


# On the command line


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON"),
        ("{}", "a list of 1 to 32 polygons"),
        ("[]", "a list of 1 to 32 polygons"),
        ("[[[0, 0], [1, 1]]]", "polygon 1: 3 to 64 corners"),
        ("[[[0, 0], [1, 1], [0, 2]]]", "polygon 1: corner 3 is no pair"),
        ('[[[0, 0], [1, 1], [0, "1"]]]', "polygon 1: corner 3 is no pair"),
        ("[[[0, 0], [1, 1], [0, NaN]]]", "polygon 1: corner 3 is no pair"),
    ],
)
def test_areas_that_are_none_are_refused(text: str, why: str) -> None:
    with pytest.raises(Refusal, match=why):
        parse_polygons(text)


def test_areas_are_read() -> None:
    assert parse_polygons("[[[0, 0], [1, 0], [0.5, 1]]]") == (((0, 0), (1, 0), (0.5, 1)),)


def test_setting_and_clearing_exclude_each_other() -> None:
    refused = CliRunner().invoke(masks_command, ["1", "--set", "[]", "--clear"])
    assert refused.exit_code == 2
    assert "exclude each other" in refused.output
