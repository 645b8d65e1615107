"""Every failure that an RTSP look can meet, produced by a real little server."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from probes.clock import SystemClock
from probes.deadline import Deadline
from probes.reasons import REASONS, ProbeFailedError
from probes.rtsp.client import fetch_key_frame
from probes.rtsp.connection import SYSTEM_NETWORK, Address, Network, connect_failure, system_resolve
from probes.vocabulary import Blame, Budget, Credentials, Failure, ProbeTarget, Stage
from tests.shell.certificates import self_signed
from tests.shell.rtsp_camera import (
    BASIC,
    CHALLENGE,
    DESCRIBED,
    DIGEST,
    IDR,
    INTER,
    KEY_PICTURE,
    PLAYS,
    SDP,
    SET_UP,
    STREAM,
    Answer,
    Visit,
    camera,
    close,
    fragments,
    framed,
    packets,
    reply,
    reset,
    rtp,
    silence,
    then_close,
    trickle,
)

KNOWN = Credentials(username="admin", password="correct-horse")
# For what ends by itself, and for what ends when time is up.
AMPLE = Budget(total_s=5.0, connect_s=5.0, teardown_s=0.1)
SHORT = Budget(total_s=0.7, connect_s=0.5, teardown_s=0.1)


async def failing(
    target: ProbeTarget, budget: Budget = AMPLE, network: Network = SYSTEM_NETWORK
) -> tuple[Failure, Deadline]:
    deadline = Deadline(clock=SystemClock(), budget=budget)
    with pytest.raises(ProbeFailedError) as caught:
        await fetch_key_frame(target, deadline, network)
    return caught.value.failure, deadline


def stream(*pictures: tuple[bytes, ...]) -> bytes:
    return b"".join(framed(packet) for packet in packets(*pictures))


def without(data: list[bytes], *indexes: int) -> bytes:
    return b"".join(framed(packet) for i, packet in enumerate(data) if i not in indexes)


def lossy(groups: int) -> bytes:
    """Groups of pictures, a packet missing in each one's key picture."""
    sent = packets(*(KEY_PICTURE, *[(INTER,)] * 40) * groups)
    return without(sent, *range(4, len(sent), len(sent) // groups))


TO_PLAY = (DESCRIBED, SET_UP)
TO_STREAM = (DESCRIBED, SET_UP, PLAYS)
FU = list(fragments(IDR))
HUGE = b"\x65\x88" + b"\x11" * 9_000_000

# name, answers of the camera, stage, reason
CASES: list[tuple[str, tuple[Answer, ...], Stage, str]] = [
    ("no password is known", (CHALLENGE,), Stage.AUTH, "credentials_missing"),
    ("forbidden", (reply("403 Forbidden"),), Stage.AUTH, "forbidden"),
    ("silent", (silence,), Stage.DESCRIBE, "timeout"),
    ("one byte a time", (trickle(DESCRIBED),), Stage.DESCRIBE, "timeout"),
    ("closes", (close,), Stage.DESCRIBE, "peer_closed"),
    ("resets", (reset,), Stage.DESCRIBE, "peer_closed"),
    ("half a reply", (then_close(DESCRIBED[:90]),), Stage.DESCRIBE, "peer_closed"),
    ("garbage", (b"\x00\xffgarbage\r\n\r\n",), Stage.DESCRIBE, "malformed"),
    ("web server", (b"HTTP/1.1 400 Bad Request\r\n\r\n",), Stage.DESCRIBE, "malformed"),
    ("no status", (b"RTSP/1.0 OK\r\n\r\n",), Stage.DESCRIBE, "malformed"),
    ("endless head", (b"RTSP/1.0 200 OK\r\n" + b"A: b\r\n" * 4000,), Stage.DESCRIBE, "malformed"),
    (
        "huge body",
        (b"RTSP/1.0 200 OK\r\nContent-Length: 999999999\r\n\r\n",),
        Stage.DESCRIBE,
        "malformed",
    ),
    (
        "length is a word",
        (b"RTSP/1.0 200 OK\r\nContent-Length: many\r\n\r\n",),
        Stage.DESCRIBE,
        "malformed",
    ),
    ("no description", (reply("200 OK", "CSeq: 1"),), Stage.DESCRIBE, "malformed"),
    ("page", (reply("200 OK", body=b"<html>hello</html>"),), Stage.DESCRIBE, "malformed"),
    ("no stream", (reply("404 Not Found"),) * 2, Stage.DESCRIBE, "not_found"),
    (
        "moved elsewhere",
        (reply("302 Moved", "Location: rtsp://192.0.2.99/live"),),
        Stage.DESCRIBE,
        "redirected",
    ),
    ("all sessions taken", (reply("453 Not Enough Bandwidth"),), Stage.DESCRIBE, "busy"),
    ("service unavailable", (reply("503 Service Unavailable"),), Stage.DESCRIBE, "busy"),
    ("bad request", (reply("400 Bad Request"),), Stage.DESCRIBE, "rejected"),
    ("broken server", (reply("500 Internal Server Error"),), Stage.DESCRIBE, "server_error"),
    (
        "only audio",
        (reply("200 OK", body=b"v=0\r\nm=audio 0 RTP/AVP 0\r\n"),),
        Stage.DESCRIBE,
        "no_video",
    ),
    ("no media at all", (reply("200 OK", body=b"v=0\r\ns=x\r\n"),), Stage.DESCRIBE, "no_video"),
    (
        "MPEG-4 part 2",
        (reply("200 OK", body=SDP.replace(b"H264", b"MP4V-ES")),),
        Stage.DESCRIBE,
        "codec_unsupported",
    ),
    ("silent", (DESCRIBED, silence), Stage.SETUP, "timeout"),
    ("closes", (DESCRIBED, close), Stage.SETUP, "peer_closed"),
    ("garbage", (DESCRIBED, b"RTSP/1.0 2x0 OK\r\n\r\n"), Stage.SETUP, "malformed"),
    ("no track", (DESCRIBED, reply("404 Not Found")), Stage.SETUP, "not_found"),
    ("all sessions taken", (DESCRIBED, reply("453 No")), Stage.SETUP, "busy"),
    ("no session", (DESCRIBED, reply("454 Session Not Found")), Stage.SETUP, "rejected"),
    ("redirect", (DESCRIBED, reply("302 Moved")), Stage.SETUP, "rejected"),
    ("broken server", (DESCRIBED, reply("500 Oops")), Stage.SETUP, "server_error"),
    (
        "neither TCP nor UDP",
        (DESCRIBED, reply("461 Unsupported Transport"), reply("461 Unsupported Transport")),
        Stage.SETUP,
        "transport_refused",
    ),
    (
        "bad request to both",
        (DESCRIBED, reply("400 Bad Request"), reply("400 Bad Request")),
        Stage.SETUP,
        "transport_refused",
    ),
    ("silent", (*TO_PLAY, silence), Stage.PLAY, "timeout"),
    ("closes", (*TO_PLAY, close), Stage.PLAY, "peer_closed"),
    ("garbage", (*TO_PLAY, b"RTSP/1.0 \r\n\r\n"), Stage.PLAY, "malformed"),
    ("no stream", (*TO_PLAY, reply("404 Not Found")), Stage.PLAY, "not_found"),
    ("service unavailable", (*TO_PLAY, reply("503 Busy")), Stage.PLAY, "busy"),
    ("wrong state", (*TO_PLAY, reply("455 Not Valid in This State")), Stage.PLAY, "rejected"),
    ("broken server", (*TO_PLAY, reply("551 Option not supported")), Stage.PLAY, "server_error"),
    ("nothing follows", TO_STREAM, Stage.FIRST_PACKET, "timeout"),
    (
        "only RTCP follows",
        (*TO_PLAY, PLAYS + framed(b"\x80\xc8" + bytes(26), channel=1)),
        Stage.FIRST_PACKET,
        "timeout",
    ),
    ("closes", (*TO_PLAY, then_close(PLAYS)), Stage.FIRST_PACKET, "peer_closed"),
    ("garbage", (*TO_PLAY, PLAYS + b"\x07garbage" * 99), Stage.FIRST_PACKET, "malformed"),
    ("much garbage", (*TO_PLAY, PLAYS + b"\x07junk" * 99_999), Stage.FIRST_PACKET, "malformed"),
    (
        "frames of garbage",
        (*TO_PLAY, PLAYS + framed(b"\x07garbage garbage") * 9),
        Stage.FIRST_PACKET,
        "malformed",
    ),
    ("no key picture", (*TO_PLAY, PLAYS + stream((INTER,), (INTER,))), Stage.KEY_FRAME, "timeout"),
    (
        "half a key picture",
        (*TO_PLAY, PLAYS + STREAM[:2500]),
        Stage.KEY_FRAME,
        "timeout",
    ),
    (
        "closes half way",
        (*TO_PLAY, then_close(PLAYS + STREAM[:2500])),
        Stage.KEY_FRAME,
        "peer_closed",
    ),
    (
        "one byte a time",
        (*TO_PLAY, trickle(PLAYS)),
        Stage.PLAY,
        "timeout",
    ),
    (
        "one byte a time",
        (*TO_PLAY, trickle(STREAM, at_once=PLAYS)),
        Stage.FIRST_PACKET,
        "timeout",
    ),
    (
        "one byte a time",
        (*TO_PLAY, trickle(STREAM[2000:], at_once=PLAYS + STREAM[:2000])),
        Stage.KEY_FRAME,
        "timeout",
    ),
    (
        "payloads of garbage",
        (*TO_PLAY, PLAYS + b"".join(framed(rtp(i, 9, b"\x1f\xff\xff")) for i in range(9))),
        Stage.KEY_FRAME,
        "malformed",
    ),
    (
        "a key picture without its end",
        (*TO_PLAY, PLAYS + stream((*KEY_PICTURE[:2], *FU[:-1]), (INTER,), (INTER,))),
        Stage.KEY_FRAME,
        "malformed",
    ),
    (
        "a packet of the key picture is missing",
        (*TO_PLAY, PLAYS + without(packets(KEY_PICTURE, *[(INTER,)] * 40), 4)),
        Stage.KEY_FRAME,
        "packet_loss",
    ),
    (
        "two key pictures sent with gaps: a third would be corruption",
        (*TO_PLAY, PLAYS + lossy(2)),
        Stage.KEY_FRAME,
        "packet_loss",
    ),
    (
        "no parameter sets",
        (*TO_PLAY, PLAYS + stream((IDR,), (IDR,), (IDR,), (INTER,))),
        Stage.KEY_FRAME,
        "parameter_sets_missing",
    ),
    (
        "a picture without end",
        (*TO_PLAY, PLAYS + b"".join(map(framed, packets((HUGE[:9_000_000],))[:-1]))),
        Stage.KEY_FRAME,
        "too_large",
    ),
]


@pytest.mark.parametrize(
    ("answers", "stage", "reason"),
    [pytest.param(*case[1:], id=f"{case[2]}-{case[3]}-{case[0]}") for case in CASES],
)
async def test_camera(answers: tuple[Answer, ...], stage: Stage, reason: str) -> None:
    runs_out = reason == "timeout" or stage in (Stage.FIRST_PACKET, Stage.KEY_FRAME)
    budget = SHORT if runs_out and reason != "too_large" else AMPLE
    async with camera(*answers) as seen:
        target = ProbeTarget(camera_id="1", stream_url=seen.url)
        found, deadline = await failing(target, budget)
    assert (found.stage, found.reason) == (stage, reason), found
    assert found.blame is REASONS[stage, reason].blame
    assert stage in deadline.spent_s


UNFINISHED = CHALLENGE[:-2]

AUTH_CASES: list[tuple[str, tuple[Answer, ...], Stage, str]] = [
    ("wrong password", (CHALLENGE, CHALLENGE), Stage.AUTH, "credentials_wrong"),
    (
        "wrong password, a new nonce with each refusal",
        (CHALLENGE, CHALLENGE.replace(b"0123", b"4567")),
        Stage.AUTH,
        "credentials_wrong",
    ),
    (
        "forbidden to this user",
        (CHALLENGE, reply("403 Forbidden")),
        Stage.AUTH,
        "forbidden",
    ),
    (
        "a scheme that we do not speak",
        (reply("401 Unauthorized", "WWW-Authenticate: Negotiate"),),
        Stage.AUTH,
        "scheme_unsupported",
    ),
    (
        "an algorithm that we do not speak",
        (reply("401 Unauthorized", 'WWW-Authenticate: Digest nonce="1", algorithm=WHIRL'),),
        Stage.AUTH,
        "scheme_unsupported",
    ),
    ("a challenge that never ends", (UNFINISHED,), Stage.AUTH, "timeout"),
    ("closes while challenging", (then_close(UNFINISHED),), Stage.AUTH, "peer_closed"),
    ("no challenge", (reply("401 Unauthorized"),), Stage.AUTH, "malformed"),
    (
        "no nonce",
        (reply("401 Unauthorized", 'WWW-Authenticate: Digest realm="x"'),),
        Stage.AUTH,
        "malformed",
    ),
    # Once the answer is sent, the camera has something to describe.
    ("silent after the answer", (CHALLENGE, silence), Stage.DESCRIBE, "timeout"),
    ("one byte a time", (CHALLENGE, trickle(DESCRIBED)), Stage.DESCRIBE, "timeout"),
    ("garbage", (CHALLENGE, b"RTSP/1.0 what\r\n\r\n"), Stage.DESCRIBE, "malformed"),
    ("no stream", (CHALLENGE, *[reply("404 Not Found")] * 2), Stage.DESCRIBE, "not_found"),
]


@pytest.mark.parametrize(
    ("answers", "stage", "reason"), [pytest.param(*case[1:], id=case[0]) for case in AUTH_CASES]
)
async def test_authentication(answers: tuple[Answer, ...], stage: Stage, reason: str) -> None:
    async with camera(*answers) as seen:
        target = ProbeTarget(camera_id="1", stream_url=seen.url, credentials=KNOWN)
        found, deadline = await failing(target, SHORT if reason == "timeout" else AMPLE)
    assert (found.stage, found.reason) == (stage, reason), found
    assert found.blame is REASONS[stage, reason].blame
    assert {Stage.AUTH, stage} <= set(deadline.spent_s)
    assert KNOWN.password not in found.evidence
    refused = [head for head in seen.heads if "Authorization" in head]
    if stage is Stage.AUTH:
        assert len(refused) <= 1, "a second try with a refused password would lock the account"


async def test_closes_after_the_answer() -> None:
    """VStarcam. One new connection may help; a third would be a password tried on and on."""
    async with camera(CHALLENGE, close) as seen:
        target = ProbeTarget(camera_id="1", stream_url=seen.url, credentials=KNOWN)
        found, _ = await failing(target)
    assert (found.stage, found.reason) == (Stage.AUTH, "peer_closed")
    assert len([head for head in seen.heads if "Authorization" in head]) == 2


async def test_a_wrong_password_where_each_401_ends_the_connection() -> None:
    refusal = then_close(reply("401 Unauthorized", "Connection: close", DIGEST))
    async with camera(refusal) as seen:
        target = ProbeTarget(camera_id="1", stream_url=seen.url, credentials=KNOWN)
        found, _ = await failing(target)
    assert (found.stage, found.reason) == (Stage.AUTH, "credentials_wrong")
    assert len(seen.heads) <= 3


async def test_evidence_never_repeats_credentials() -> None:
    async def echo(visit: Visit) -> None:
        secret = seen.heads[-1].split("Basic ")[1].split("\r\n")[0]
        visit.writer.write(f"RTSP/1.0 500 {secret} correct-horse\r\n\r\n".encode())

    async with camera(reply("401 Unauthorized", BASIC), echo) as seen:
        found, _ = await failing(ProbeTarget(camera_id="1", stream_url=seen.url, credentials=KNOWN))
    assert found.reason == "server_error"
    assert "correct-horse" not in found.evidence
    assert "YWRtaW4" not in found.evidence


# Addresses


def resolving(error: Exception | None = None) -> Network:
    async def lookup(_host: str) -> list[Address]:
        if error is not None:
            raise error
        await asyncio.Event().wait()
        return []

    return Network(resolve=lookup)


@pytest.mark.parametrize(
    ("url", "network", "reason"),
    [
        ("", SYSTEM_NETWORK, "bad_address"),
        ("http://192.0.2.7/", SYSTEM_NETWORK, "bad_address"),
        ("rtsp:///live", SYSTEM_NETWORK, "bad_address"),
        ("rtsp://192.0.2.7:99999/", SYSTEM_NETWORK, "bad_address"),
        ("rtsp://[::1/", SYSTEM_NETWORK, "bad_address"),
        ("rtsp://224.0.0.1/", SYSTEM_NETWORK, "bad_address"),
        ("rtsp://a..b/", resolving(UnicodeError("label empty")), "bad_address"),
        ("rtsp://cam.invalid/", resolving(socket.gaierror(socket.EAI_NONAME, "x")), "not_found"),
        (
            "rtsp://cam.invalid/",
            resolving(socket.gaierror(socket.EAI_AGAIN, "x")),
            "server_failure",
        ),
        ("rtsp://cam.invalid/", resolving(), "timeout"),
    ],
)
async def test_resolve(url: str, network: Network, reason: str) -> None:
    budget = SHORT if reason == "timeout" else AMPLE
    target = ProbeTarget(camera_id="1", stream_url=url)
    found, deadline = await failing(target, budget, network)
    assert (found.stage, found.reason) == (Stage.RESOLVE, reason)
    assert set(deadline.spent_s) == {Stage.RESOLVE}


async def test_lookups_that_hang_hold_up_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """More of them than the loop's own threads; those still draw the metrics."""
    answered = threading.Event()

    def hang(*_arguments: object, **_options: object) -> list[object]:
        answered.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    lookups = [asyncio.create_task(system_resolve("cam.invalid")) for _ in range(64)]
    try:
        await asyncio.sleep(0)
        assert await asyncio.wait_for(asyncio.to_thread(int, "7"), 5) == 7
        assert not any(lookup.done() for lookup in lookups)
    finally:
        answered.set()
    assert await asyncio.gather(*lookups) == [[]] * 64


# Connections


def connecting(number: int) -> Network:
    async def connect(_address: Address, _port: int) -> socket.socket:
        raise OSError(number, "x")

    return Network(connect=connect)


@pytest.mark.parametrize(
    ("number", "stage", "reason", "blame"),
    [
        (errno.ECONNREFUSED, Stage.CONNECT, "refused", Blame.CAMERA),
        (errno.EHOSTUNREACH, Stage.CONNECT, "unreachable", Blame.NETWORK),
        (errno.ETIMEDOUT, Stage.CONNECT, "timeout", Blame.NETWORK),
        (errno.ECONNRESET, Stage.CONNECT, "peer_closed", Blame.NETWORK),
        (errno.ENETUNREACH, Stage.PROBER, "no_network", Blame.PROBER),
        (errno.ENETDOWN, Stage.PROBER, "no_network", Blame.PROBER),
        (errno.EADDRNOTAVAIL, Stage.PROBER, "no_network", Blame.PROBER),
        (errno.EADDRINUSE, Stage.PROBER, "overload", Blame.PROBER),
        (errno.ENOBUFS, Stage.PROBER, "overload", Blame.PROBER),
        (errno.EMFILE, Stage.PROBER, "no_descriptors", Blame.PROBER),
        (errno.ENFILE, Stage.PROBER, "no_descriptors", Blame.PROBER),
    ],
)
async def test_connect_errors(number: int, stage: Stage, reason: str, blame: Blame) -> None:
    target = ProbeTarget(camera_id="1", stream_url="rtsp://127.0.0.1/")
    found, deadline = await failing(target, network=connecting(number))
    assert (found.stage, found.reason, found.blame) == (stage, reason, blame)
    assert errno.errorcode[number] in found.evidence
    assert set(deadline.spent_s) == {Stage.RESOLVE, Stage.CONNECT}
    assert connect_failure(OSError(number, "x")) == found


async def test_an_address_that_we_have_no_way_to_hides_no_refusal() -> None:
    """A name with an IPv4 and an IPv6 address, on a machine without IPv6."""

    async def lookup(_host: str) -> list[Address]:
        return [(socket.AF_INET, "192.0.2.7"), (socket.AF_INET6, "2001:db8::7")]

    async def connect(address: Address, _port: int) -> socket.socket:
        raise OSError(errno.ECONNREFUSED if address[0] is socket.AF_INET else errno.ENETUNREACH, "")

    target = ProbeTarget(camera_id="1", stream_url="rtsp://camera.example/")
    found, _ = await failing(target, network=Network(resolve=lookup, connect=connect))
    assert (found.stage, found.reason) == (Stage.CONNECT, "refused")


async def test_refused_by_a_closed_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    target = ProbeTarget(camera_id="1", stream_url=f"rtsp://127.0.0.1:{port}/")
    found, _ = await failing(target)
    assert (found.stage, found.reason) == (Stage.CONNECT, "refused")


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port whose queue of connections is full, so that the kernel drops further ones."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        callers = [socket.socket() for _ in range(3)]
        try:
            for caller in callers:
                caller.setblocking(False)
                caller.connect_ex(address)
            yield address[1]
        finally:
            for caller in callers:
                caller.close()


async def test_silent_connect() -> None:
    with deaf_port() as port:
        target = ProbeTarget(camera_id="1", stream_url=f"rtsp://127.0.0.1:{port}/")
        found, deadline = await failing(target, SHORT)
    assert (found.stage, found.reason) == (Stage.CONNECT, "timeout")
    assert SHORT.connect_s * 0.9 < deadline.spent_s[Stage.CONNECT] < SHORT.total_s * 2


async def test_another_service_on_the_port() -> None:
    async with camera(greeting=b"SSH-2.0-dropbear\r\n") as seen:
        found, _ = await failing(ProbeTarget(camera_id="1", stream_url=seen.url))
    assert (found.stage, found.reason) == (Stage.CONNECT, "malformed")
    assert "SSH" in found.evidence


# TLS


def secure(url: str) -> ProbeTarget:
    return ProbeTarget(camera_id="1", stream_url=url.replace("rtsp://", "rtsps://"))


async def test_tls_timeout() -> None:
    async with camera() as seen:
        found, _ = await failing(secure(seen.url), SHORT)
    assert (found.stage, found.reason) == (Stage.TLS, "timeout")


async def test_tls_peer_closed() -> None:
    async with camera(greeting=close) as seen:
        found, _ = await failing(secure(seen.url))
    assert (found.stage, found.reason) == (Stage.TLS, "peer_closed")


async def test_tls_reset() -> None:
    async with camera(greeting=reset) as seen:
        found, _ = await failing(secure(seen.url))
    assert (found.stage, found.reason) == (Stage.TLS, "peer_closed")


async def test_tls_malformed() -> None:
    async with camera(greeting=b"RTSP/1.0 400 Bad Request\r\n\r\n") as seen:
        found, _ = await failing(secure(seen.url))
    assert (found.stage, found.reason) == (Stage.TLS, "malformed")


async def test_tls_certificate(tmp_path: Path) -> None:
    async with camera(DESCRIBED, tls=self_signed(tmp_path)) as seen:
        found, _ = await failing(secure(seen.url))
    assert (found.stage, found.reason) == (Stage.TLS, "certificate_invalid")
    assert found.blame is Blame.CONFIG


def test_every_row_up_to_the_key_frame_has_a_case() -> None:
    """The table of reasons and this file stay together."""
    produced = {(stage, reason) for _, _, stage, reason in CASES}
    produced |= {(stage, reason) for _, _, stage, reason in AUTH_CASES}
    stages = list(Stage)[list(Stage).index(Stage.AUTH) : list(Stage).index(Stage.DECODE)]
    assert {key for key in REASONS if key[0] in stages} == produced
