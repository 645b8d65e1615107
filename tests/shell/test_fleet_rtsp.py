"""The simulated cameras in a dialogue written by hand, and seen by another client (FFmpeg's,
through PyAV)."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tests.fleet import clips, rtp
from tests.fleet.city import CACHE
from tests.fleet.dialects import DIALECTS
from tests.fleet.plan import Point
from tests.shell.fleet_dialogue import PATIENCE_S, Viewer, city_of, point, recorder

TCP = "RTP/AVP/TCP;unicast;interleaved=0-1"


async def test_dialogue_byte_for_byte() -> None:
    """A Tiandy-like camera without a login: every byte of its replies."""
    camera = point(maker="tiandy", auth="none", username="", password="")
    async with city_of([camera]) as (city, port), Viewer.connected(camera, port) as viewer:
        head = "\r\nServer: TiandyRTSP\r\nCache-Control: no-cache\r\n"
        viewer.writer.write(f"OPTIONS {viewer.url} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
        wanted = (
            f"RTSP/1.0 200 OK\r\nCSeq: 1{head}"
            "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n\r\n"
        )
        assert await viewer.reader.readexactly(len(wanted)) == wanted.encode()
        clip = city.camera(camera.label).clip
        body = (
            f"v=0\r\no=- {clip.ssrc} {clip.ssrc} IN IP4 127.200.1.1\r\ns=RTSP/RTP stream\r\n"
            "t=0 0\r\na=tool:TD\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=recvonly\r\n"
            f"a=control:trackID=video\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 {clip.fmtp}\r\n"
            "m=audio 0 RTP/AVP 8\r\na=control:trackID=audio\r\na=rtpmap:8 PCMA/8000\r\n"
            "a=recvonly\r\n"
        )
        wanted = (
            f"RTSP/1.0 200 OK\r\nCSeq: 2{head}Content-Base: {viewer.url}\r\n"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
        viewer.writer.write(f"DESCRIBE {viewer.url} RTSP/1.0\r\nCSeq: 2\r\n\r\n".encode())
        assert (await viewer.reader.readexactly(len(wanted))).decode() == wanted
        setup = await viewer.ask("SETUP", f"{viewer.url}/trackID=video", Transport=TCP)
        assert setup.headers["transport"] == f"{TCP};ssrc={clip.ssrc:08X}"
        played = await viewer.ask("PLAY")
        assert played.status == 200
        channel, packet = await viewer.packet()
        assert (channel, packet[0], packet[1] & 0x7F) == (0, 0x80, 96)
        assert int.from_bytes(packet[8:12], "big") == clip.ssrc
        assert (await viewer.ask("TEARDOWN")).status == 200
        assert city.camera(camera.label).sessions == 0
        assert city.stats()["left_without_teardown"] == 0


@pytest.mark.parametrize(("sub_resource", "status"), [("/small", 200), ("", 404)])
async def test_a_sub_stream_is_there_or_switched_off(sub_resource: str, status: int) -> None:
    camera = point(clip="mjpeg", sub_resource=sub_resource)
    small = replace(camera, resource="/small")
    async with city_of([camera]) as (_, port), Viewer.connected(small, port) as viewer:
        described = await viewer.ask("DESCRIBE")
        assert described.status == status
        assert ("H264" in described.body) is (status == 200)


async def test_requests_may_come_in_pieces_and_together() -> None:
    camera = point()
    async with city_of([camera]) as (_, port), Viewer.connected(camera, port) as viewer:
        two = f"OPTIONS {viewer.url} RTSP/1.0\r\nCSeq: 7\r\n\r\n" + (
            f"GET_PARAMETER {viewer.url} RTSP/1.0\r\nCSeq: 8\r\nContent-Length: 3\r\n\r\nabc"
        )
        for byte in two.encode():
            viewer.writer.write(bytes([byte]))
            await viewer.writer.drain()
        assert (await viewer.reply()).headers["cseq"] == "7"
        assert (await viewer.reply()).headers["cseq"] == "8"
        viewer.writer.write(b"$\x01\x00\x04rtcp" + two.encode())
        assert (await viewer.reply()).headers["cseq"] == "7"


async def test_two_looks_get_different_key_frames_and_channels_are_the_viewers() -> None:
    camera = point()
    frames = []
    async with city_of([camera]) as (city, port):
        for transport in (TCP, TCP, "RTP/AVP/TCP;unicast;interleaved=4-5"):
            async with Viewer.connected(camera, port) as viewer:
                await viewer.play(transport)
                frames.append(await viewer.key_frame())
                await viewer.ask("TEARDOWN")
        assert city.stats()["looks"] == 3
    assert len(set(frames)) == 3


async def test_a_long_stream_goes_round_with_sequence_and_time_going_on() -> None:
    """The clip begins again without a gap in RTP sequence numbers."""
    camera = point()
    clip = clips.load(CACHE, clips.QUICK_RECIPES)["h264_sub"]
    last = clip.gops[-1]
    after = rtp.rewritten(
        clip.gops[0],
        channel=0,
        sequence_shift=clip.packet_count,
        timestamp_shift=clip.timestamp_span,
    )
    at = last.packets[-2]
    ends = int.from_bytes(last.blob[at + 6 : at + 8], "big")
    stamp = int.from_bytes(last.blob[at + 8 : at + 12], "big")
    assert int.from_bytes(after[6:8], "big") == (ends + 1) & 0xFFFF
    step = clips.CLOCK_HZ // clip.fps
    assert int.from_bytes(after[8:12], "big") == (stamp + step) & 0xFFFFFFFF
    assert camera.clip == clip.name


@pytest.mark.parametrize("maker", sorted(DIALECTS))
async def test_every_maker_logs_in_and_plays(maker: str) -> None:
    camera = point(maker=maker)
    async with city_of([camera]) as (_, port), Viewer.connected(camera, port) as viewer:
        await viewer.play()
        assert len(await viewer.key_frame()) > 10_000


async def test_nonce_of_another_connection_is_refused() -> None:
    camera = point()
    async with city_of([camera]) as (city, port):
        async with Viewer.connected(camera, port) as first:
            await first.ask("DESCRIBE")
            async with Viewer.connected(camera, port) as second:
                second._challenge = first._challenge
                assert (await second.ask_once("DESCRIBE")).status == 401
        assert city.stats()["logins_refused"] == 1


async def test_recorder_channels_and_unknown_paths() -> None:
    channels = recorder("127.200.2.1", 3)
    async with city_of(channels) as (_, port):
        for channel in channels:
            async with Viewer.connected(channel, port) as viewer:
                await viewer.play()
                assert await viewer.key_frame()
        async with Viewer.connected(channels[0], port) as viewer:
            url = f"rtsp://127.200.2.1:{port}/Streaming/Channels/901"
            assert (await viewer.ask("DESCRIBE", url)).status == 404


async def test_udp_where_tcp_is_refused_and_the_other_way_round() -> None:
    udp, tcp = point(1, transport="udp"), point(2, transport="tcp")
    async with city_of([udp, tcp]) as (_, port):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.setblocking(False)
            receiver.bind(("127.0.0.1", 0))
            mine = receiver.getsockname()[1]
            offer = f"RTP/AVP;unicast;client_port={mine}-{mine + 1}"
            track = "/trackID=1?transportmode=unicast&profile=Profile_1"
            async with Viewer.connected(udp, port) as viewer:
                await viewer.ask("DESCRIBE")
                assert (await viewer.ask("SETUP", viewer.url + track, Transport=TCP)).status == 461
                await viewer.play(offer)
                loop = asyncio.get_running_loop()
                seen = b""
                async with asyncio.timeout(PATIENCE_S):
                    while seen[12:13] != b"\x78":
                        seen = await loop.sock_recv(receiver, 2048)
            async with Viewer.connected(tcp, port) as viewer:
                await viewer.ask("DESCRIBE")
                assert (
                    await viewer.ask("SETUP", viewer.url + track, Transport=offer)
                ).status == 461


async def test_no_more_sessions_than_a_camera_grants() -> None:
    camera = point()
    track = "/trackID=1?transportmode=unicast&profile=Profile_1"
    async with city_of([camera]) as (_, port):
        viewers = [Viewer.connected(camera, port) for _ in range(5)]
        async with viewers[0] as a, viewers[1] as b, viewers[2] as c, viewers[3] as d:
            for viewer in (a, b, c, d):
                await viewer.play()
            async with viewers[4] as late:
                await late.ask("DESCRIBE")
                assert (await late.ask("SETUP", late.url + track, Transport=TCP)).status == 453


def _with_login(camera: Point, port: int) -> str:
    login = f"{camera.username}:{quote(camera.password, safe='')}@" if camera.username else ""
    return f"rtsp://{login}{camera.address}:{port}{camera.resource}"


# The client need not watch five seconds before it says what it sees.
_OPTIONS = {"analyzeduration": "200000", "fpsprobesize": "0", "allowed_media_types": "video"}


def _first_picture(url: str, transport: str) -> tuple[str, npt.NDArray[np.uint8]]:
    options = _OPTIONS | {"rtsp_transport": transport}
    with av.open(url, options=options, timeout=PATIENCE_S) as container:
        frame = next(container.decode(video=0))
        grey = frame.to_ndarray(format="gray").astype(np.uint8)
        return container.streams.video[0].codec.name, grey


_CLIPS_SEEN = [
    ("h264_sub", "h264", "tcp", (360, 640)),
    ("h264_day_1", "h264", "tcp", (1080, 1920)),
    ("h264_d1", "h264", "udp", (576, 704)),
    ("h265_day", "hevc", "tcp", (1080, 1920)),
    ("mjpeg", "mjpeg", "tcp", (576, 704)),
]


@pytest.mark.parametrize("maker", sorted(DIALECTS))
@pytest.mark.parametrize(("name", "codec", "transport", "size"), _CLIPS_SEEN)
async def test_another_client_sees_the_picture(
    maker: str, name: str, codec: str, transport: str, size: tuple[int, int]
) -> None:
    camera = point(maker=maker, clip=name, auth="md5_qop")
    recipes = tuple(recipe for recipe in clips.RECIPES if recipe.name == name)
    async with city_of([camera], recipes=recipes) as (_, port):
        url = _with_login(camera, port)
        seen, picture = await asyncio.to_thread(_first_picture, url, transport)
    assert (seen, picture.shape) == (codec, size)
    drawn = clips.load(CACHE, recipes)[name].still_jpeg
    reference = cv2.imdecode(np.frombuffer(drawn, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert reference is not None
    # Another moment of the same scene: the street is the same and only cars and noise differ.
    difference = np.abs(picture.astype(int) - reference.astype(int))
    assert difference.mean() < 12


@pytest.mark.parametrize("recipe", clips.RECIPES, ids=lambda recipe: recipe.name)
def test_clips_have_the_sizes_of_real_cameras(recipe: clips.Recipe) -> None:
    clip = clips.load(CACHE, (recipe,))[recipe.name]
    sizes = [gop.span(0, 1)[1] for gop in clip.gops]
    if recipe.look == "healthy" and recipe.width == 1920:
        assert all(100_000 <= size <= 300_000 for size in sizes)
    key_frames = {gop.blob[: gop.span(0, 1)[1]] for gop in clip.gops}
    assert len(key_frames) == recipe.gops
    assert (recipe.gops == 1) == (recipe.look == "frozen")


def test_a_clip_is_made_once(tmp_path: Path) -> None:
    recipe = clips.Recipe(name="tiny", codec="mjpeg", width=64, height=48, gops=2, gop_frames=1)
    first = clips.load(tmp_path, (recipe,))["tiny"]
    files = list(tmp_path.iterdir())
    assert len(files) == 1
    stamp = files[0].stat().st_mtime_ns
    assert clips.load(tmp_path, (recipe,))["tiny"] == first
    assert files[0].stat().st_mtime_ns == stamp
