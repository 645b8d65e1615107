"""Each scripted fault of the simulated city does what its name says, seen on a bare socket."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tests.fleet import clips
from tests.fleet.city import CACHE, City, CityError
from tests.fleet.faults import FAULTS
from tests.fleet.files import read_city, write_city
from tests.fleet.plan import plan_city
from tests.fleet.rtsp import GARBAGE
from tests.fleet.schedule import Entry, make_schedule
from tests.shell.fleet_dialogue import Viewer, city_of, free_port, point, recorder

TCP = "RTP/AVP/TCP;unicast;interleaved=0-1"
TRACK = "/trackID=1?transportmode=unicast&profile=Profile_1"
Picture = npt.NDArray[np.uint8]
# How long nothing must come for it to count as nothing.
SILENCE_S = 0.4


async def _connects(address: str, port: int) -> str:
    """`open`, `refused` or `silent`."""
    try:
        async with asyncio.timeout(SILENCE_S):
            _, writer = await asyncio.open_connection(address, port)
    except TimeoutError:
        return "silent"
    except ConnectionError:
        # Reset where the listener went between the two sides' handshakes.
        return "refused"
    writer.close()
    return "open"


async def _drained(viewer: Viewer) -> None:
    """Read until the other side hangs up."""
    while await viewer.reader.read(65536):
        continue


@pytest.mark.parametrize(("fault", "seen"), [("refused", "refused"), ("silent", "silent")])
async def test_connect_faults_come_and_go(fault: str, seen: str) -> None:
    camera = point(onvif=True)
    async with city_of([camera], faults={camera.label: fault}) as (city, port):
        assert [await _connects(camera.address, port + more) for more in (0, 1)] == [seen] * 2
        city.set_fault(camera.label, "none")
        assert [await _connects(camera.address, port + more) for more in (0, 1)] == ["open"] * 2
        city.set_fault(camera.label, fault)
        assert await _connects(camera.address, port) == seen


async def test_going_silent_says_no_farewell_to_a_running_stream() -> None:
    camera = point()
    async with city_of([camera]) as (city, port), Viewer.connected(camera, port) as viewer:
        await viewer.play()
        await viewer.key_frame()
        city.set_fault(camera.label, "silent")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(_drained(viewer), SILENCE_S)
        assert city.camera(camera.label).sessions == 0


async def test_wrong_password() -> None:
    camera = point()
    async with city_of([camera], faults={camera.label: "wrong_password"}) as (city, port):
        async with Viewer.connected(camera, port) as viewer:
            assert (await viewer.ask("DESCRIBE")).status == 401
        assert city.stats()["logins_refused"] == 1


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("not_found", 404),
        ("busy_503", 503),
        ("forbidden", 403),
        ("redirected", 302),
        ("server_error", 500),
        ("rejected", 400),
    ],
)
async def test_describe_statuses(fault: str, status: int) -> None:
    camera = point()
    async with (
        city_of([camera], faults={camera.label: fault}) as (_, port),
        Viewer.connected(camera, port) as viewer,
    ):
        assert (await viewer.ask("DESCRIBE")).status == status


@pytest.mark.parametrize(("fault", "status"), [("busy_453", 453), ("no_transport", 461)])
async def test_setup_statuses(fault: str, status: int) -> None:
    camera = point()
    async with (
        city_of([camera], faults={camera.label: fault}) as (_, port),
        Viewer.connected(camera, port) as viewer,
    ):
        assert (await viewer.ask("DESCRIBE")).status == 200
        assert (await viewer.ask("SETUP", viewer.url + TRACK, Transport=TCP)).status == status


@pytest.mark.parametrize(
    ("fault", "lines"),
    [("no_video", ["m=audio 0 RTP/AVP 8"]), ("odd_codec", ["m=video 0 RTP/AVP 97"])],
)
async def test_descriptions_without_a_usable_video(fault: str, lines: list[str]) -> None:
    camera = point()
    async with (
        city_of([camera], faults={camera.label: fault}) as (_, port),
        Viewer.connected(camera, port) as viewer,
    ):
        body = (await viewer.ask("DESCRIBE")).body
        assert [line for line in body.split("\r\n") if line.startswith("m=")] == lines


async def test_an_unheard_of_login_and_an_error_at_play() -> None:
    odd, broken = point(1), point(2)
    faults = {odd.label: "odd_auth", broken.label: "play_error"}
    async with city_of([odd, broken], faults=faults) as (_, port):
        async with Viewer.connected(odd, port) as viewer:
            refused = await viewer.ask_once("DESCRIBE")
            assert (refused.status, refused.headers["www-authenticate"]) == (401, "Negotiate")
        async with Viewer.connected(broken, port) as viewer:
            await viewer.ask("DESCRIBE")
            assert (await viewer.ask("SETUP", viewer.url + TRACK, Transport=TCP)).status == 200
            assert (await viewer.ask("PLAY")).status == 500


async def test_closes_in_place_of_an_answer() -> None:
    camera = point()
    async with (
        city_of([camera], faults={camera.label: "closes"}) as (_, port),
        Viewer.connected(camera, port) as viewer,
    ):
        viewer.writer.write(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
        assert await asyncio.wait_for(viewer.reader.read(), 5) == b""


async def test_garbage_in_place_of_an_answer() -> None:
    camera = point()
    async with (
        city_of([camera], faults={camera.label: "garbage"}) as (_, port),
        Viewer.connected(camera, port) as viewer,
    ):
        viewer.writer.write(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
        assert await viewer.reader.readexactly(len(GARBAGE)) == GARBAGE
        assert not set(GARBAGE) & set(b"$RTSP/\r\n")


async def test_trickle_is_a_byte_a_second() -> None:
    camera = point()
    async with (
        city_of([camera], faults={camera.label: "trickle"}) as (_, port),
        Viewer.connected(camera, port) as viewer,
    ):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await viewer.play()
        # The second byte of the answer; the whole of it takes minutes.
        assert await viewer.reader.readexactly(1) == b"T"


async def test_play_and_then_nothing() -> None:
    camera = point()
    async with (
        city_of([camera], faults={camera.label: "play_nothing"}) as (_, port),
        Viewer.connected(camera, port) as viewer,
    ):
        await viewer.play()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SILENCE_S):
                await viewer.reader.read(1)


async def test_half_a_key_frame_then_closed() -> None:
    camera = point()
    async with (
        city_of([camera], faults={camera.label: "half_key_frame"}) as (city, port),
        Viewer.connected(camera, port) as viewer,
    ):
        await viewer.play()
        whole = city.camera(camera.label).clip.gops[1].frames[1]
        received = [packet async for packet in _packets(viewer)]
        idr = [packet for packet in received if packet[12] & 31 == 28 and packet[13] & 31 == 5]
        assert 0 < len(idr) < whole
        assert not any(packet[1] & 0x80 for packet in idr)
        assert city.stats()["left_without_teardown"] == 0


async def _packets(viewer: Viewer) -> AsyncIterator[bytes]:
    """The packets until the camera hangs up."""
    while True:
        try:
            yield (await viewer.packet())[1]
        except asyncio.IncompleteReadError:
            return


@pytest.mark.parametrize("fault", ["no_key_frame", "trickle_key_frame"])
async def test_streams_that_never_end_a_key_frame(fault: str) -> None:
    camera = point()
    async with (
        city_of([camera], faults={camera.label: fault}) as (_, port),
        Viewer.connected(camera, port) as viewer,
    ):
        await viewer.play()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await viewer.key_frame()


async def test_a_recorder_goes_with_its_channels_and_a_town_with_all() -> None:
    alone, channels = point(), recorder("127.200.2.1", 2)
    async with city_of([alone, *channels]) as (city, port):
        city.set_fault("孔城镇-NVR-01", "recorder_gone")
        assert await _connects("127.200.2.1", port) == "silent"
        assert await _connects(alone.address, port) == "open"
        assert [row.fault for row in city.truth()] == ["none", *["recorder_gone"] * 2]
        city.set_fault("孔城镇-上联", "uplink_down")
        assert await _connects(alone.address, port) == "silent"
        assert {row.reason for row in city.truth()} == {"timeout"}
        city.set_fault("孔城镇-上联", None)
        assert await _connects(alone.address, port) == "open"


async def test_the_schedule_strikes_in_its_time() -> None:
    camera = point()
    entry = Entry(subject=camera.label, fault="refused", from_s=0.3, to_s=0.6)
    async with city_of([camera], entries=[entry]) as (city, port):
        seen: list[str] = []
        async with asyncio.timeout(10):
            while seen[-2:] != ["refused", "open"]:
                state = await _connects(camera.address, port)
                if state not in seen[-1:]:
                    seen.append(state)
        assert seen == ["open", "refused", "open"]
        assert city.now_s() >= 0.6


def _picture(clip: clips.Clip, number: int) -> Picture:
    """A key frame of a clip put together from its packets and decoded by FFmpeg."""
    gop = clip.gops[number]
    stream = bytearray()
    for index in range(gop.frames[1]):
        payload = gop.blob[gop.packets[index] + 16 : gop.packets[index + 1]]
        kind = payload[0] & 31
        if kind == 24:
            first = int.from_bytes(payload[1:3], "big")
            stream += b"\0\0\0\1" + payload[3 : 3 + first] + b"\0\0\0\1" + payload[5 + first :]
        elif kind == 28:
            if payload[1] & 0x80:
                stream += b"\0\0\0\1" + bytes([payload[0] & 0xE0 | payload[1] & 31])
            stream += payload[2:]
        else:
            stream += b"\0\0\0\1" + payload
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    frames = decoder.decode(av.Packet(bytes(stream))) + decoder.decode(None)
    return frames[0].to_ndarray(format="bgr24").astype(np.uint8)


def _sharpness(picture: Picture) -> float:
    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (640, 360))
    return float(cv2.Laplacian(small[60:300], cv2.CV_64F).var())


def test_faulty_pictures_look_as_they_are_called() -> None:
    loaded = clips.load(CACHE)
    pictures = {
        look: _picture(loaded[f"h264_{look}"], 0)
        for look in ("black", "blue", "dark", "overexposed", "blurred", "frozen")
    }
    means = {look: picture.mean() for look, picture in pictures.items()}
    assert means["black"] < 6
    assert 5 < means["dark"] < 25
    assert means["overexposed"] > 225
    blue, green, red = pictures["blue"].reshape(-1, 3).mean(axis=0)
    assert blue > 150 > 60 > max(green, red)
    healthy = _picture(loaded["h264_day_2"], 0)
    assert _sharpness(pictures["blurred"]) < _sharpness(healthy) / 20
    assert _sharpness(pictures["frozen"]) > _sharpness(healthy) * 0.8
    assert np.abs(healthy.astype(int) - _picture(loaded["h264_day_2"], 1)).mean() > 0.5


async def test_a_frozen_camera_sends_the_same_key_frame_each_time() -> None:
    camera = point(clip="h264_day_2")
    frames = []
    async with city_of([camera], recipes=clips.RECIPES) as (city, port):
        city.set_fault(camera.label, "frozen")
        for _ in range(3):
            async with Viewer.connected(camera, port) as viewer:
                await viewer.play()
                frames.append(await viewer.key_frame())
    assert len(set(frames)) == 1


def _get(url: str, body: object = None) -> tuple[int, object]:
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


async def test_control_endpoint() -> None:
    camera = point()
    async with city_of([camera], control=True) as (city, port):
        base = f"http://127.0.0.1:{city.control_port}"

        async def ask(path: str, body: object = None) -> tuple[int, object]:
            return await asyncio.to_thread(_get, base + path, body)

        assert (await ask("/fault", {"subject": camera.label, "fault": "refused"}))[0] == 200
        assert await _connects(camera.address, port) == "refused"
        status, rows = await ask("/truth")
        assert status == 200
        assert isinstance(rows, list)
        assert [(row["verdict"], row["stage"], row["reason"]) for row in rows] == [
            ("down", "connect", "refused")
        ]
        orders: tuple[object, ...] = (
            {"subject": "x", "fault": "refused"},
            {"subject": camera.label},
            [],
            {},
        )
        for order in orders:
            assert (await ask("/fault", order))[0] == 400
        assert (await ask("/fault", {"subject": camera.label, "fault": "quake"}))[0] == 400
        status, stats = await ask("/stats")
        assert isinstance(stats, dict)
        assert stats["cameras"] == 1


def test_a_folder_without_a_city(tmp_path: Path) -> None:
    with pytest.raises(CityError, match="no readable city"):
        City.open(tmp_path)


async def test_a_taken_address_is_said_in_one_line() -> None:
    camera = point()
    async with city_of([camera]) as (city, port):
        second = City(
            city.plan, [], rtsp_port=port, onvif_port=port + 1, recipes=clips.QUICK_RECIPES
        )
        with pytest.raises(CityError, match=f"127.200.1.1:{port}"):
            await second.__aenter__()


async def test_a_written_city_is_served_as_its_truth_says(tmp_path: Path) -> None:
    plan = plan_city(60, 4)
    port = free_port()
    entries = make_schedule(plan, fault_share=0.5)
    write_city(tmp_path, plan, entries, rtsp_port=port, onvif_port=port + 1)
    assert read_city(tmp_path) == (plan, entries, port, port + 1)
    seen = set()
    async with City.open(tmp_path) as city:
        for row in city.truth():
            fault = FAULTS[row.fault]
            if fault.name == "refused":
                seen.add(fault.name)
                assert await _connects(row.address, port) == "refused"
            elif fault.by_stream.stage == "connect":
                seen.add(fault.name)
                assert await _connects(row.address, port) == "silent"
    assert seen >= {"refused", "silent"}
