"""Asking devices that answer by a script: what is learnt, and each reason for learning nothing."""

from __future__ import annotations

import base64
import errno
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientConnectorDNSError, ClientConnectorError, web
from aiohttp.client_reqrep import ConnectionKey

from probes.clock import SystemClock
from probes.deadline import Deadline
from probes.onvif.client import OnvifClient
from probes.onvif.transport import MAX_BODY_BYTES
from probes.onvif.transport import failure_of as transport_failure
from probes.reasons import REASONS, ProbeFailedError
from probes.vocabulary import (
    Budget,
    Credentials,
    Failure,
    OnvifFacts,
    ProbeTarget,
    Stage,
    StreamKind,
)
from tests.shell.certificates import self_signed
from tests.shell.soap_device import (
    CLOCK,
    INFORMATION,
    INTERFACES,
    PASSWORD,
    PROFILES,
    SNAPSHOT,
    STREAM,
    USERNAME,
    Asked,
    Script,
    fault,
    raw,
    running,
    services,
)

RIGHT = Credentials(username=USERNAME, password=PASSWORD)
WRONG = Credentials(username=USERNAME, password="wrong")
NOT_AUTHORIZED = ("s:Sender", "ter:NotAuthorized")
CLIENT = OnvifClient()


class StoppedClock:
    """A wall clock that stands; monotonic time goes on."""

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 4, 0, 0, tzinfo=UTC)

    def monotonic(self) -> float:
        return SystemClock().monotonic()


def clock(offset: timedelta = timedelta(0)) -> str:
    at = StoppedClock().now() + offset
    return CLOCK.format(*([at] * 6))


ANSWERS = {
    "GetSystemDateAndTime": clock(),
    "GetDeviceInformation": INFORMATION,
    "GetNetworkInterfaces": INTERFACES,
    "GetServices": services(media="http://127.0.0.1:1/onvif/Media"),
    "GetProfiles": PROFILES,
    "GetStreamUri": STREAM,
    "GetSnapshotUri": SNAPSHOT,
}


def by_table(**changed: str | bytes | int | web.Response) -> Script:
    table = {**ANSWERS, **changed}
    return lambda asked: table.get(asked.operation, fault("s:Receiver", "ter:ActionNotSupported"))


async def ask(
    origin: str,
    credentials: Credentials | None = None,
    *,
    total_s: float = 10.0,
    tls_verify: bool = True,
    path: str = "/onvif/device_service",
    picture_stream: StreamKind = StreamKind.MAIN,
) -> OnvifFacts:
    target = ProbeTarget(
        camera_id="1",
        onvif_url=origin + path,
        credentials=credentials,
        tls_verify=tls_verify,
        picture_stream=picture_stream,
    )
    client = OnvifClient(StoppedClock())
    client._descriptions = await CLIENT._described()
    return await client.ask(target, Deadline(clock=SystemClock(), budget=Budget(total_s=total_s)))


async def failure_of(
    origin: str, credentials: Credentials | None = None, *, total_s: float = 10.0
) -> Failure:
    with pytest.raises(ProbeFailedError) as caught:
        await ask(origin, credentials, total_s=total_s)
    found = caught.value.failure
    assert PASSWORD not in found.evidence
    return found


async def reason_of(script: Script, credentials: Credentials | None = None) -> str:
    async with running(script) as device:
        found = await failure_of(device.origin, credentials)
    assert found.stage is Stage.ONVIF
    return found.reason


def guarded(password: str = PASSWORD, status: int = 400) -> Script:
    """All but the clock wants a token of this password."""
    refusal = fault(*NOT_AUTHORIZED)

    def script(asked: Asked) -> web.Response | str:
        if asked.operation == "GetSystemDateAndTime" or asked.admits(password):
            return ANSWERS[asked.operation]
        body = f'<s:Envelope xmlns:s="urn:s"><s:Body>{refusal}</s:Body></s:Envelope>'
        return web.Response(status=status, text=body)

    return script


async def test_all_facts() -> None:
    async with running(by_table()) as device:
        facts = await ask(device.origin)
    assert (facts.manufacturer, facts.model, facts.firmware) == ("Maker", "M1", "V5")
    assert facts.serial == "S7"
    assert facts.clock_offset_s == 0.0
    assert [(one.token, one.codec, one.width) for one in facts.profiles] == [("main", "H264", 1920)]
    assert facts.stream_url == "rtsp://127.0.0.1:8554/live?a=1&b=2"
    assert facts.snapshot_url == "http://127.0.0.1:81/snap.jpg"
    assert device.operations() == [
        *("GetSystemDateAndTime", "GetDeviceInformation", "GetServices"),
        *("GetProfiles", "GetStreamUri", "GetSnapshotUri", "GetNetworkInterfaces"),
    ]
    assert facts.mac == "02:58:4C:0A:00:01"
    assert device.asked[3].path == "/onvif/Media"


def two_profiles() -> str:
    """A main profile and a smaller one of the same input."""
    each = "".join(
        f'<x:Profiles token="{token}"><tt:VideoSourceConfiguration><tt:SourceToken>in'
        "</tt:SourceToken></tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration>"
        f"<tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>{width}</tt:Width>"
        "</tt:Resolution></tt:VideoEncoderConfiguration></x:Profiles>"
        for token, width in (("main", 1920), ("small", 640))
    )
    return f"<x:GetProfilesResponse>{each}</x:GetProfilesResponse>"


@pytest.mark.parametrize(
    ("granted", "wanted", "sub_stream_url"),
    [
        (True, True, "rtsp://127.0.0.1:8554/small"),
        (False, True, None),
        (True, False, None),
    ],
)
async def test_the_sub_stream_where_it_is_wanted(
    granted: bool, wanted: bool, sub_stream_url: str | None
) -> None:
    def script(asked: Asked) -> str:
        if asked.operation == "GetStreamUri" and ">small<" in asked.text:
            return STREAM.replace("live?a=1&amp;b=2", "small") if granted else fault("s:Sender")
        return by_table(GetProfiles=two_profiles())(asked)  # type: ignore[return-value]

    async with running(script) as device:
        stream = StreamKind.SUB if wanted else StreamKind.MAIN
        facts = await ask(device.origin, picture_stream=stream)
    assert facts.sub_stream_url == sub_stream_url
    assert facts.stream_url == "rtsp://127.0.0.1:8554/live?a=1&b=2"
    assert device.operations().count("GetStreamUri") == (2 if wanted else 1)


@pytest.mark.parametrize("offset", [timedelta(days=-20000), timedelta(hours=8), timedelta(0)])
async def test_the_token_is_dated_by_the_device(offset: timedelta) -> None:
    async with running(by_table(GetSystemDateAndTime=clock(offset))) as device:
        facts = await ask(device.origin, RIGHT)
    assert facts.clock_offset_s == offset.total_seconds()
    assert device.asked[0].created() == ""
    wanted = (StoppedClock().now() + offset).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert {one.created() for one in device.asked[1:]} == {wanted}
    assert all(one.admits() for one in device.asked[1:])


@pytest.mark.parametrize("status", [200, 400, 401, 500])
async def test_a_refused_password_is_not_tried_again(status: int) -> None:
    async with running(guarded(status=status)) as device:
        found = await failure_of(device.origin, WRONG)
    assert (found.stage, found.reason) == (Stage.ONVIF, "credentials_wrong")
    assert sum(bool(one.created()) for one in device.asked) == 1


@pytest.mark.parametrize("status", [200, 400, 401, 500])
async def test_credentials_missing(status: int) -> None:
    assert await reason_of(guarded(status=status)) == "credentials_missing"


async def test_right_password() -> None:
    async with running(guarded()) as device:
        assert (await ask(device.origin, RIGHT)).model == "M1"


async def test_a_device_that_guards_even_its_clock() -> None:
    def script(asked: Asked) -> str:
        return ANSWERS[asked.operation] if asked.admits() else fault(*NOT_AUTHORIZED)

    async with running(script) as device:
        facts = await ask(device.origin, RIGHT)
        assert facts.clock_offset_s == 0.0
        assert device.operations()[:2] == ["GetSystemDateAndTime"] * 2
    assert await reason_of(script, WRONG) == "credentials_wrong"
    assert await reason_of(script) == "credentials_missing"


def http_guarded(scheme: str, authorized: str) -> Script:
    def script(asked: Asked) -> web.Response | str:
        if asked.authorization.startswith(authorized):
            return ANSWERS[asked.operation]
        return web.Response(status=401, headers={"WWW-Authenticate": scheme})

    return script


DIGEST = 'Digest realm="cam", nonce="abc", qop="auth", algorithm=MD5'
BASIC = "Basic " + base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()


async def test_http_digest() -> None:
    async with running(http_guarded(DIGEST, f'Digest username="{USERNAME}"')) as device:
        facts = await ask(device.origin, RIGHT)
    assert facts.stream_url is not None
    assert not any(one.created() for one in device.asked)


async def test_http_basic() -> None:
    async with running(http_guarded('Basic realm="cam"', BASIC)) as device:
        assert (await ask(device.origin, RIGHT)).model == "M1"


@pytest.mark.parametrize("scheme", [DIGEST, 'Basic realm="cam"'])
async def test_http_login_refused(scheme: str) -> None:
    script = http_guarded(scheme, "never")
    assert await reason_of(script, WRONG) == "credentials_wrong"
    assert await reason_of(script) == "credentials_missing"


async def test_digest_beside_basic_is_preferred() -> None:
    both = f'Basic realm="cam", {DIGEST}'
    async with running(http_guarded(both, "Digest")) as device:
        await ask(device.origin, RIGHT)
    assert not any(one.authorization.startswith("Basic") for one in device.asked)


async def test_media2_only() -> None:
    table = by_table(GetServices=services(media2="http://10.0.0.9/onvif/Media2"))
    async with running(table) as device:
        facts = await ask(device.origin, RIGHT)
    assert facts.stream_url == "rtsp://127.0.0.1:8554/live?a=1&b=2"
    media2 = [one for one in device.asked if one.path == "/onvif/Media2"]
    assert [one.operation for one in media2] == ["GetProfiles", "GetStreamUri", "GetSnapshotUri"]
    assert all("ver20/media" in one.text and one.admits() for one in media2)


async def test_media_that_fails_gives_way_to_media2() -> None:
    def script(asked: Asked) -> str:
        if asked.path == "/m1":
            return fault("s:Receiver", "ter:ActionNotSupported")
        return by_table(GetServices=services(media="/m1", media2="/m2"))(asked)  # type: ignore[return-value]

    async with running(script) as device:
        assert (await ask(device.origin)).stream_url is not None
    assert device.asked[-2].path == "/m2"


@pytest.mark.parametrize(
    "services_answer",
    [fault("s:Receiver", "ter:ActionNotSupported"), b"no xml at all", 404, "<tds:Other/>"],
)
async def test_an_old_device_knows_only_capabilities(services_answer: str | bytes | int) -> None:
    capabilities = (
        "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media>"
        "<tt:XAddr>http://127.0.0.1/onvif/media_service</tt:XAddr></tt:Media></tds:Capabilities>"
        "</tds:GetCapabilitiesResponse>"
    )
    table = by_table(GetServices=services_answer, GetCapabilities=capabilities)
    async with running(table) as device:
        await ask(device.origin)
    assert device.asked[-2].path == "/onvif/media_service"


async def test_a_device_that_names_no_service_is_asked_at_its_one_address() -> None:
    table = by_table(GetServices=fault("s:Receiver", "ter:ActionNotSupported"))
    async with running(table) as device:
        await ask(device.origin, path="/one")
    assert {one.path for one in device.asked} == {"/one"}


@pytest.mark.parametrize(
    "answer",
    [fault("s:Receiver", "ter:ActionNotSupported"), 500, b"<html>", b"", STREAM],
)
async def test_no_snapshot_is_no_failure(answer: str | bytes | int) -> None:
    async with running(by_table(GetSnapshotUri=answer)) as device:
        assert (await ask(device.origin)).snapshot_url is None


@pytest.mark.parametrize("answer", [b"no xml", 404, "<tds:Other/>", CLOCK.replace("{:%Y}", "x")])
async def test_no_clock_is_no_failure(answer: str | bytes | int) -> None:
    async with running(by_table(GetSystemDateAndTime=answer)) as device:
        facts = await ask(device.origin)
    assert facts.clock_offset_s is None
    assert facts.model == "M1"


async def test_no_information_is_no_failure() -> None:
    table = by_table(GetDeviceInformation=fault("s:Receiver", "ter:ActionNotSupported"))
    async with running(table) as device:
        facts = await ask(device.origin)
    assert (facts.model, facts.stream_url) == (None, "rtsp://127.0.0.1:8554/live?a=1&b=2")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"GetDeviceInformation": b"\x00\x01"}, "malformed"),
        ({"GetDeviceInformation": b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"}, "malformed"),
        ({"GetDeviceInformation": b"<a>" + b" " * MAX_BODY_BYTES}, "malformed"),
        ({"GetProfiles": b"\x00\x01"}, "malformed"),
        ({"GetDeviceInformation": fault("s:Receiver", "ter:OutofMemory")}, "rejected"),
        ({"GetDeviceInformation": 500}, "rejected"),
        ({"GetProfiles": fault("s:Receiver")}, "rejected"),
        ({"GetProfiles": "<x:GetProfilesResponse/>"}, "no_stream"),
        ({"GetStreamUri": fault("s:Sender", "ter:InvalidArgVal")}, "no_stream"),
        ({"GetStreamUri": "<x:GetStreamUriResponse/>"}, "no_stream"),
        ({"GetStreamUri": STREAM.replace("rtsp:", "http:")}, "no_stream"),
        ({"GetProfiles": fault(*NOT_AUTHORIZED)}, "credentials_missing"),
    ],
)
async def test_failures(changed: dict[str, str | bytes | int], reason: str) -> None:
    assert await reason_of(by_table(**changed)) == reason


async def test_a_recorder_of_many_channels() -> None:
    one = PROFILES.removeprefix("<x:GetProfilesResponse>").removesuffix("</x:GetProfilesResponse>")
    many = f"<x:GetProfilesResponse>{one * 300}</x:GetProfilesResponse>"
    async with running(by_table(GetProfiles=many)) as device:
        assert len((await ask(device.origin)).profiles) == 300


async def test_a_redirect_at_the_same_host_is_followed_once() -> None:
    def script(asked: Asked) -> web.Response | str:
        if asked.path == "/onvif/device_service":
            return web.Response(status=307, headers={"Location": "/moved"})
        return ANSWERS[asked.operation]

    async with running(script) as device:
        assert (await ask(device.origin)).model == "M1"
    endless = web.Response  # each answer needs a response of its own
    found = await reason_of(lambda _: endless(status=302, headers={"Location": "/again"}))
    assert found == "rejected"


async def test_a_redirect_to_another_host_is_not_followed() -> None:
    def script(_: Asked) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://127.0.0.2:1/onvif"})

    assert await reason_of(script, RIGHT) == "address_foreign"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_refused() -> None:
    found = await failure_of(f"http://127.0.0.1:{free_port()}")
    assert (found.stage, found.reason) == (Stage.ONVIF, "refused")


KEY = ConnectionKey("192.0.2.1", 80, False, True, None, None, None)


@pytest.mark.parametrize(
    ("error", "stage", "reason"),
    [
        (ClientConnectorError(KEY, OSError(errno.EHOSTUNREACH, "")), Stage.ONVIF, "unreachable"),
        (ClientConnectorError(KEY, OSError(errno.ENETUNREACH, "")), Stage.PROBER, "no_network"),
        (ClientConnectorError(KEY, OSError(errno.EADDRNOTAVAIL, "")), Stage.PROBER, "no_network"),
        (ClientConnectorError(KEY, OSError(errno.ETIMEDOUT, "")), Stage.ONVIF, "timeout"),
        (ClientConnectorError(KEY, OSError(errno.EMFILE, "")), Stage.PROBER, "no_descriptors"),
        (ConnectionResetError(errno.ECONNRESET, ""), Stage.ONVIF, "peer_closed"),
        (
            ClientConnectorDNSError(KEY, socket.gaierror(socket.EAI_NONAME, "")),
            Stage.RESOLVE,
            "not_found",
        ),
        (
            ClientConnectorDNSError(KEY, socket.gaierror(socket.EAI_AGAIN, "")),
            Stage.RESOLVE,
            "server_failure",
        ),
    ],
)
def test_network_errors(error: OSError, stage: Stage, reason: str) -> None:
    found = transport_failure(error)
    assert (found.stage, found.reason) == (stage, reason)


async def test_a_certificate_nobody_vouches_for(tmp_path: Path) -> None:
    async with running(by_table(), tls=self_signed(tmp_path)) as device:
        found = await failure_of(device.origin)
        assert (found.stage, found.reason) == (Stage.TLS, "certificate_invalid")
        assert (await ask(device.origin, tls_verify=False)).model == "M1"


async def test_no_tls_where_it_was_expected() -> None:
    async with raw(b"HTTP/1.1 200 OK\r\n\r\n") as origin:
        found = await failure_of(origin.replace("http:", "https:"))
    assert (found.stage, found.reason) == (Stage.TLS, "malformed")


async def test_timeout() -> None:
    async with raw(None) as origin:
        found = await failure_of(origin, total_s=0.2)
    assert (found.stage, found.reason) == (Stage.ONVIF, "timeout")


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<a", b"HTTP/1.1 200"]
)
async def test_peer_closed(answer: bytes) -> None:
    async with raw(answer) as origin:
        found = await failure_of(origin)
    assert (found.stage, found.reason) == (Stage.ONVIF, "peer_closed")


@pytest.mark.parametrize(
    "answer",
    [
        b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20000 + b"\r\n\r\n",
    ],
)
async def test_not_http(answer: bytes) -> None:
    async with raw(answer) as origin:
        found = await failure_of(origin)
    assert (found.stage, found.reason) == (Stage.ONVIF, "malformed")


@pytest.mark.parametrize("url", ["", "rtsp://127.0.0.1/", "http://", "http://127.0.0.1:99999/"])
async def test_no_onvif_address(url: str) -> None:
    found = await failure_of(url)
    assert (found.stage, found.reason) == (Stage.RESOLVE, "bad_address")


def test_every_onvif_reason_is_produced_above() -> None:
    produced = {
        *("timeout", "refused", "unreachable", "peer_closed", "malformed", "credentials_missing"),
        *("credentials_wrong", "rejected", "no_stream", "address_foreign"),
    }
    assert produced == {name for stage, name in REASONS if stage is Stage.ONVIF}


async def test_our_password_never_stands_in_evidence() -> None:
    echo = fault("s:Sender", PASSWORD)
    async with running(by_table(GetProfiles=echo)) as device:
        found = await failure_of(device.origin, RIGHT)
    assert found.reason == "rejected"
    assert "***" in found.evidence


async def test_a_nonce_that_ran_out_is_answered_anew() -> None:
    nonces = iter(range(100))
    current: list[str] = []

    def script(asked: Asked) -> web.Response | str:
        if current and f'nonce="{current[-1]}"' in asked.authorization:
            current.append(f"n{next(nonces)}")
            return ANSWERS[asked.operation]
        current.append(f"n{next(nonces)}")
        challenge = f'Digest realm="cam", nonce="{current[-1]}", qop="auth"'
        return web.Response(status=401, headers={"WWW-Authenticate": challenge})

    async with running(script) as device:
        assert (await ask(device.origin, RIGHT)).model == "M1"
    assert len(device.asked) == 14
