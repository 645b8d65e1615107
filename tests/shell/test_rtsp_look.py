"""Looks that succeed, over each transport and each way of asking for a password."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import socket
from pathlib import Path

import pytest

from probes.clock import SystemClock
from probes.deadline import Deadline
from probes.reasons import ProbeFailedError
from probes.rtsp.client import confirm_stream, fetch_key_frame
from probes.vocabulary import Budget, Codec, Credentials, KeyFrame, ProbeTarget, Stage, Transport
from tests.shell.certificates import self_signed
from tests.shell.rtsp_camera import (
    ACCESS_UNIT,
    BASIC,
    CHALLENGE,
    DESCRIBED,
    DIGEST,
    IDR,
    INTER,
    KEY_PICTURE,
    PLAYS,
    PPS,
    SET_UP,
    SPS,
    STREAM,
    Answer,
    Camera,
    Visit,
    camera,
    framed,
    packets,
    reply,
    rtp,
    silence,
)

KNOWN = Credentials(username="admin", password="pass:wörd")
BUDGET = Budget(total_s=3.0, connect_s=1.0, teardown_s=0.2)
BYE = reply("200 OK", "CSeq: 9")


async def fetched(
    seen: Camera, credentials: Credentials | None = None, url: str | None = None
) -> tuple[KeyFrame, Deadline]:
    deadline = Deadline(clock=SystemClock(), budget=BUDGET)
    target = ProbeTarget(
        camera_id="1", stream_url=url or seen.url, credentials=credentials, tls_verify=False
    )
    frame = await fetch_key_frame(target, deadline)
    await asyncio.wait_for(seen.gone.wait(), 10)
    return frame, deadline


async def test_open_camera() -> None:
    async with camera(DESCRIBED, SET_UP, PLAYS + STREAM, BYE) as seen:
        frame, deadline = await fetched(seen)
    assert frame.access_unit == ACCESS_UNIT
    assert (frame.codec, frame.transport) == (Codec.H264, Transport.TCP)
    assert (frame.rtp_timestamp, frame.lost_packets) == (0, 0)
    assert seen.methods == ["DESCRIBE", "SETUP", "PLAY", "TEARDOWN"]
    assert all("User-Agent: xueliang\r\n" in head for head in seen.heads)
    assert "Session: 7\r\n" in seen.heads[-1]
    assert list(deadline.spent_s) == [
        Stage.RESOLVE,
        Stage.CONNECT,
        Stage.DESCRIBE,
        Stage.SETUP,
        Stage.PLAY,
        Stage.FIRST_PACKET,
        Stage.KEY_FRAME,
    ]


async def test_a_look_at_the_stream_alone_ends_with_its_first_packet() -> None:
    inter_only = b"".join(framed(packet) for packet in packets((INTER,)))
    async with camera(DESCRIBED, SET_UP, PLAYS + inter_only, BYE) as seen:
        deadline = Deadline(clock=SystemClock(), budget=BUDGET)
        await confirm_stream(ProbeTarget(camera_id="1", stream_url=seen.url), deadline)
        await asyncio.wait_for(seen.gone.wait(), 10)
    assert seen.methods[-1] == "TEARDOWN"
    assert Stage.FIRST_PACKET in deadline.spent_s


async def test_a_look_at_the_stream_alone_tells_a_camera_that_sends_nothing() -> None:
    async with camera(DESCRIBED, SET_UP, PLAYS, silence) as seen:
        budget = Budget(total_s=0.4, connect_s=0.3, teardown_s=0.1)
        deadline = Deadline(clock=SystemClock(), budget=budget)
        with pytest.raises(ProbeFailedError) as caught:
            await confirm_stream(ProbeTarget(camera_id="1", stream_url=seen.url), deadline)
    assert caught.value.failure.stage is Stage.FIRST_PACKET
    assert caught.value.failure.reason == "timeout"


async def test_the_end_of_a_key_picture_is_known_by_its_marker() -> None:
    """No second picture comes, and none is needed."""
    key = b"".join(framed(packet) for packet in packets(KEY_PICTURE))
    async with camera(DESCRIBED, SET_UP, PLAYS + key, BYE) as seen:
        frame, deadline = await fetched(seen)
    assert frame.access_unit == ACCESS_UNIT
    assert sum(deadline.spent_s.values()) < 1.0


async def test_a_small_key_picture_behind_pictures_of_no_use() -> None:
    """What is of no use is left to gather; a key picture that never fills a portion is found all
    the same, and soon."""
    data = [framed(packet) for packet in packets((INTER,), (INTER,), KEY_PICTURE)]

    async def plays(visit: Visit) -> None:
        visit.writer.write(PLAYS + b"".join(data[:1]))
        await asyncio.sleep(0.05)
        visit.writer.write(data[1])
        await asyncio.sleep(0.05)
        visit.writer.write(b"".join(data[2:]))

    async with camera(DESCRIBED, SET_UP, plays, BYE) as seen:
        frame, deadline = await fetched(seen)
    assert frame.access_unit == ACCESS_UNIT
    assert sum(deadline.spent_s.values()) < 1.5


async def test_packets_before_the_answer_to_play() -> None:
    async with camera(DESCRIBED, SET_UP, STREAM + PLAYS, BYE) as seen:
        frame, deadline = await fetched(seen)
    assert frame.access_unit == ACCESS_UNIT
    assert Stage.KEY_FRAME in deadline.spent_s


async def test_a_picture_with_a_lost_packet_is_not_taken() -> None:
    """The second key picture is whole, so that one is."""
    data = packets(KEY_PICTURE, (INTER,), (SPS, PPS, IDR[:-1]), (INTER,))
    del data[3]
    stream = b"".join(map(framed, data)) + b"".join(
        map(framed, packets(*[(INTER,)] * 40, first=1000 + len(data) + 1))
    )
    async with camera(DESCRIBED, SET_UP, PLAYS + stream, BYE) as seen:
        frame, _ = await fetched(seen)
    assert frame.access_unit == ACCESS_UNIT[:-1]


async def test_session_id_that_changes_counts_as_last_named() -> None:
    plays = reply("200 OK", "Session: 8")
    async with camera(DESCRIBED, SET_UP, plays + STREAM, BYE) as seen:
        await fetched(seen)
    assert "Session: 7\r\n" in seen.heads[2]
    assert "Session: 8\r\n" in seen.heads[3]


async def test_vivotek_wants_the_path() -> None:
    async with camera(reply("404 Not Found"), DESCRIBED, SET_UP, PLAYS + STREAM, BYE) as seen:
        await fetched(seen)
    assert seen.heads[1].startswith("DESCRIBE /live RTSP/1.0\r\n")


async def test_redirect_on_the_same_service() -> None:
    def move(visit: Visit) -> None:
        url = f"rtsp://127.0.0.1:{visit.camera.port}/other"
        visit.writer.write(reply("302 Moved", f"Location: {url}"))

    async with camera(move, DESCRIBED, SET_UP, PLAYS + STREAM, BYE) as seen:
        await fetched(seen)
    assert seen.heads[1].startswith(f"DESCRIBE rtsp://127.0.0.1:{seen.port}/other RTSP/1.0")


async def test_answered_channels_count() -> None:
    set_up = reply("200 OK", "Session: 77", "Transport: RTP/AVP/TCP;unicast;interleaved=4-5")
    data = b"".join(framed(packet, channel=4) for packet in packets(KEY_PICTURE))
    other = framed(rtp(1, 1, IDR), channel=0)
    async with camera(DESCRIBED, set_up, PLAYS + other + data, BYE) as seen:
        frame, _ = await fetched(seen)
    assert frame.access_unit == ACCESS_UNIT


# Passwords


def digest_is_right(head: str, *, method: str, algorithm: str = "md5") -> bool:
    """RFC 7616 section 3.4.1, written out once more."""

    def digest(text: str) -> str:
        return hashlib.new(algorithm, text.encode()).hexdigest()

    fields = dict(re.findall(r'(\w+)="?([^",]*)"?', head.split("Authorization: Digest ")[1]))
    uri = head.split(" ")[1]
    secret = digest(f"{KNOWN.username}:{fields['realm']}:{KNOWN.password}")
    middle = fields["nonce"]
    if "qop" in fields:
        middle += f":{fields['nc']}:{fields['cnonce']}:{fields['qop']}"
    expected = digest(f"{secret}:{middle}:{digest(f'{method}:{uri}')}")
    return bool(fields["uri"] == uri and fields["response"] == expected)


@pytest.mark.parametrize(
    ("challenges", "algorithm"),
    [
        pytest.param([DIGEST], "md5", id="neither algorithm nor qop (GStreamer)"),
        pytest.param([DIGEST + ',qop="auth",algorithm=MD5,stale=FALSE'], "md5", id="qop"),
        pytest.param([BASIC, DIGEST], "md5", id="Basic offered first (TP-Link Tapo)"),
        pytest.param(
            [
                'WWW-Authenticate: Digest realm="a", nonce="1", qop="auth", algorithm=SHA-256',
                'WWW-Authenticate: Digest realm="a", nonce="1", qop="auth", algorithm=MD5',
            ],
            "sha256",
            id="SHA-256 first",
        ),
    ],
)
async def test_digest(challenges: list[str], algorithm: str) -> None:
    refusal = reply("401 Unauthorized", "CSeq: 1 ", *challenges)
    async with camera(refusal, DESCRIBED, SET_UP, PLAYS + STREAM, BYE) as seen:
        _, deadline = await fetched(seen, KNOWN)
    assert "Authorization" not in seen.heads[0]
    for head, method in zip(seen.heads[1:], seen.methods[1:], strict=True):
        assert digest_is_right(head, method=method, algorithm=algorithm)
    assert Stage.AUTH in deadline.spent_s


async def test_basic() -> None:
    refusal = reply("401 Unauthorized", "Content-Type: text/html", BASIC, body=b"<html/>")
    async with camera(refusal, DESCRIBED, SET_UP, PLAYS + STREAM, BYE) as seen:
        await fetched(seen, KNOWN)
    token = base64.b64encode("admin:pass:wörd".encode()).decode()
    assert f"Authorization: Basic {token}\r\n" in seen.heads[1]


async def test_user_information_in_the_address_is_never_sent() -> None:
    async with camera(CHALLENGE, DESCRIBED, SET_UP, PLAYS + STREAM, BYE) as seen:
        url = seen.url.replace("rtsp://", "rtsp://eve:secret@")
        await fetched(seen, KNOWN, url=url)
    assert not any("secret" in head or "eve" in head for head in seen.heads)


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(CHALLENGE.replace(b"abcdef", b"000000"), id="the nonce changed"),
        pytest.param(CHALLENGE.replace(b'f"\r\n', b'f", stale=true\r\n'), id="stale"),
    ],
)
async def test_a_nonce_that_ran_out_is_renewed_once(second: bytes) -> None:
    async with camera(CHALLENGE, DESCRIBED, second, SET_UP, PLAYS + STREAM, BYE) as seen:
        await fetched(seen, KNOWN)
    assert seen.methods == ["DESCRIBE", "DESCRIBE", "SETUP", "SETUP", "PLAY", "TEARDOWN"]


# UDP


def udp_answers(refusal: str, *, stranger: bool = False) -> tuple[Answer, ...]:
    """TCP is refused; over UDP the key picture comes from 127.0.0.1."""

    def client_ports(head: str) -> tuple[int, int]:
        found = re.search(r"client_port=(\d+)-(\d+)", head)
        assert found is not None
        return int(found[1]), int(found[2])

    def set_up(visit: Visit) -> None:
        rtp_port, rtcp_port = client_ports(visit.camera.heads[-1])
        assert rtp_port % 2 == 0
        assert rtcp_port == rtp_port + 1
        line = f"Transport: RTP/AVP;unicast;client_port={rtp_port}-{rtcp_port};server_port=5-6"
        visit.writer.write(reply("200 OK", "Session: 7", line))

    def play(visit: Visit) -> None:
        port = client_ports(visit.camera.heads[-2])[0]
        visit.writer.write(PLAYS)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            if stranger:
                sender.bind(("127.0.0.9", 0))
                foreign = (SPS, PPS, IDR[:40])
                for packet in packets(foreign):
                    sender.sendto(packet, ("127.0.0.1", port))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            data = packets(KEY_PICTURE, (INTER,))
            data[3], data[4] = data[4], data[3]
            for packet in data:
                sender.sendto(packet, ("127.0.0.1", port))

    return DESCRIBED, reply(refusal), set_up, play, BYE


@pytest.mark.parametrize("refusal", ["461 Unsupported Transport", "400 Bad Request"])
async def test_udp_where_tcp_is_refused(refusal: str) -> None:
    """461 from VLC, 400 from rtsp-server-perl."""
    async with camera(*udp_answers(refusal)) as seen:
        frame, _ = await fetched(seen)
    assert frame.transport is Transport.UDP
    assert frame.access_unit == ACCESS_UNIT
    assert seen.methods == ["DESCRIBE", "SETUP", "SETUP", "PLAY", "TEARDOWN"]


async def test_udp_from_another_host_is_dropped() -> None:
    async with camera(*udp_answers("461 No", stranger=True)) as seen:
        frame, _ = await fetched(seen)
    assert frame.access_unit == ACCESS_UNIT


async def test_udp_named_in_answer_to_tcp() -> None:
    described, _, *rest = udp_answers("461 No")
    h264dvr = reply("200 OK", "Session: 7", "Transport: RTP/AVP;unicast;server_port=4-5;ssrc=0")
    async with camera(described, h264dvr, *rest) as seen:
        frame, _ = await fetched(seen)
    assert frame.transport is Transport.UDP


# TLS and IPv6


async def test_rtsps(tmp_path: Path) -> None:
    answers = (DESCRIBED, SET_UP, PLAYS + STREAM, BYE)
    async with camera(*answers, tls=self_signed(tmp_path)) as seen:
        frame, deadline = await fetched(seen, url=seen.url.replace("rtsp:", "rtsps:"))
    assert frame.access_unit == ACCESS_UNIT
    assert Stage.TLS in deadline.spent_s
    assert seen.heads[0].startswith("DESCRIBE rtsps://127.0.0.1:")


@pytest.mark.parametrize("host", ["::1", "::ffff:127.0.0.1"])
async def test_ipv6(host: str) -> None:
    answers = (DESCRIBED, SET_UP, PLAYS + STREAM, BYE)
    address = "127.0.0.1" if "ffff" in host else "::1"
    async with camera(*answers, host=address) as seen:
        url = f"rtsp://[{host}]:{seen.port}/live"
        frame, _ = await fetched(seen, url=url)
    assert frame.access_unit == ACCESS_UNIT
    assert seen.heads[0].startswith(f"DESCRIBE {url} ")


# Going away


async def test_cancelled_look_says_goodbye() -> None:
    playing = asyncio.Event()

    def play(visit: Visit) -> None:
        visit.writer.write(PLAYS)
        playing.set()

    async with camera(DESCRIBED, SET_UP, play, BYE) as seen:
        look = asyncio.create_task(fetched(seen))
        await playing.wait()
        look.cancel()
        with pytest.raises(asyncio.CancelledError):
            await look
        await asyncio.wait_for(seen.gone.wait(), 10)
    assert seen.methods[-1] == "TEARDOWN"


async def test_a_goodbye_without_answer_is_bounded() -> None:
    async with camera(DESCRIBED, SET_UP, PLAYS + STREAM) as seen:
        began_s = asyncio.get_running_loop().time()
        await fetched(seen)
        assert asyncio.get_running_loop().time() - began_s < 2 * BUDGET.teardown_s + 0.3
    assert seen.methods[-1] == "TEARDOWN"


async def test_no_goodbye_where_there_is_no_session() -> None:
    async with camera(reply("500 Oops")) as seen:
        with pytest.raises(ProbeFailedError):
            await fetched(seen)
        await asyncio.wait_for(seen.gone.wait(), 10)
    assert seen.methods == ["DESCRIBE"]


async def test_each_401_ends_the_connection() -> None:
    """The answer is given on a new one, with the challenge of the first."""
    dialogue = [DESCRIBED, SET_UP, PLAYS + STREAM, BYE]

    def answer(visit: Visit) -> None:
        if "Authorization: Digest" in visit.camera.heads[-1]:
            visit.writer.write(dialogue.pop(0))
        else:
            visit.writer.write(CHALLENGE)
            visit.writer.close()

    async with camera(*[answer] * 5) as seen:
        frame, deadline = await fetched(seen, KNOWN)
        while dialogue:
            await asyncio.sleep(0)
    assert frame.access_unit == ACCESS_UNIT
    assert "TEARDOWN" in seen.methods
    assert Stage.AUTH in deadline.spent_s


async def test_a_camera_that_wants_options_first() -> None:
    wrong_state, public = reply("455 Method Not Valid in This State"), reply("200 OK", "Public: X")
    async with camera(wrong_state, public, DESCRIBED, SET_UP, PLAYS + STREAM, BYE) as seen:
        await fetched(seen)
    assert seen.methods[:4] == ["DESCRIBE", "OPTIONS", "DESCRIBE", "SETUP"]


async def test_a_live_source_that_knows_no_range() -> None:
    refusal = reply("457 Invalid Range")
    async with camera(DESCRIBED, SET_UP, refusal, PLAYS + STREAM, BYE) as seen:
        await fetched(seen)
    assert "Range:" in seen.heads[2]
    assert "Range:" not in seen.heads[3]


async def test_slices_that_each_carry_a_marker_and_come_one_by_one() -> None:
    slices = [bytes([0x65, first]) + b"\x11" * 300 for first in (0x88, 0x40, 0x20)]
    units = [SPS, PPS, *slices]

    async def stream(visit: Visit) -> None:
        visit.writer.write(PLAYS)
        for number, unit in enumerate(units):
            visit.writer.write(framed(rtp(number, 0, unit, marker=True)))
            await visit.writer.drain()
            await asyncio.sleep(0.002)
        visit.writer.write(framed(rtp(len(units), 18_000, INTER)))

    async with camera(DESCRIBED, SET_UP, stream, BYE) as seen:
        frame, _ = await fetched(seen)
    assert frame.access_unit == b"".join(b"\0\0\0\1" + unit for unit in units)
