"""The simulated ONVIF devices, asked by onvif-zeep-async and by hand."""

from __future__ import annotations

import asyncio
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import onvif
import pytest
from onvif import ONVIFCamera
from zeep.exceptions import Fault

from tests.fleet.plan import Point
from tests.fleet.truth import CLOCK_OFFSETS_S
from tests.shell.fleet_dialogue import city_of, point

WSDL = Path(onvif.__file__).parent / "wsdl"


def _device(camera: Point, port: int, password: str | None = None) -> ONVIFCamera:
    secret = camera.password if password is None else password
    return ONVIFCamera(camera.address, port, camera.username, secret, str(WSDL))


async def test_a_real_client_reads_the_device() -> None:
    camera = point(onvif=True, onvif_strict_time=True)
    async with city_of([camera]) as (_, port):
        device = _device(camera, port + 1)
        try:
            await device.update_xaddrs()
            management = await device.create_devicemgmt_service()
            facts = await management.GetDeviceInformation()
            assert (facts.Manufacturer, facts.Model) == ("HIKVISION", camera.model)
            media = await device.create_media_service()
            profile = (await media.GetProfiles())[0]
            encoder = profile.VideoEncoderConfiguration
            assert (encoder.Encoding, encoder.Resolution.Width) == ("H264", 640)
            asked = {
                "StreamSetup": {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}},
                "ProfileToken": profile.token,
            }
            answer = await media.GetStreamUri(asked)
            assert answer.Uri == f"rtsp://{camera.address}:{port}{camera.resource}"
            snapshot = (await media.GetSnapshotUri({"ProfileToken": profile.token})).Uri
            still = await asyncio.to_thread(_read, snapshot)
            assert still.startswith(b"\xff\xd8")
        finally:
            await device.close()


async def test_the_sub_stream_is_the_second_profile() -> None:
    camera = point(onvif=True, clip="mjpeg", sub_resource="/small")
    async with city_of([camera]) as (_, port):
        device = _device(camera, port + 1)
        try:
            await device.update_xaddrs()
            media = await device.create_media_service()
            main, small = await media.GetProfiles()
            sources = [one.VideoSourceConfiguration.SourceToken for one in (main, small)]
            sizes = [one.VideoEncoderConfiguration.Resolution.Width for one in (main, small)]
            asked = {
                "StreamSetup": {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}},
                "ProfileToken": small.token,
            }
            answer = await media.GetStreamUri(asked)
        finally:
            await device.close()
    assert (sources[0], sizes) == (sources[1], [704, 640])
    assert answer.Uri == f"rtsp://{camera.address}:{port}/small"


def _read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return bytes(answer.read())


@pytest.mark.parametrize("fault", ["none", "wrong_clock"])
async def test_the_clock(fault: str) -> None:
    camera = point(onvif=True)
    async with city_of([camera], faults={camera.label: fault}) as (city, port):
        device = _device(camera, port + 1)
        try:
            management = await device.create_devicemgmt_service()
            told = (await management.GetSystemDateAndTime()).UTCDateTime
        finally:
            await device.close()
        day, time = told.Date, told.Time
        clock = datetime(
            day.Year, day.Month, day.Day, time.Hour, time.Minute, time.Second, tzinfo=UTC
        )
        offset = CLOCK_OFFSETS_S[camera.serial % 3] if fault == "wrong_clock" else 0
        assert abs((clock - datetime.now(UTC)).total_seconds() - offset) < 5
        assert city.truth()[0].clock_offset_s == offset


@pytest.mark.parametrize("fault", ["none", "wrong_password", "onvif_no_stream"])
async def test_faults_that_a_client_is_told(fault: str) -> None:
    camera = point(onvif=True)
    password = "guess" if fault == "none" else None
    async with city_of([camera], faults={camera.label: fault}) as (_, port):
        device = _device(camera, port + 1, password)
        try:
            await device.update_xaddrs()
            media = await device.create_media_service()
            asked = {
                "StreamSetup": {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}},
                "ProfileToken": "Profile_1",
            }
            with pytest.raises(Fault):
                await media.GetStreamUri(asked)
        finally:
            await device.close()


async def test_a_token_of_another_time_is_refused_by_a_strict_device() -> None:
    camera = point(onvif=True, onvif_strict_time=True)
    async with city_of([camera], faults={camera.label: "wrong_clock"}) as (_, port):
        device = _device(camera, port + 1)
        try:
            management = await device.create_devicemgmt_service()
            await management.GetSystemDateAndTime()
            with pytest.raises(Fault):
                await management.GetDeviceInformation()
        finally:
            await device.close()


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        (b"GET /nothing HTTP/1.1\r\n\r\n", b"404"),
        (b"POST /onvif/device_service HTTP/1.1\r\nContent-Length: 3\r\n\r\n<a>", b"400"),
        (b"POST /onvif/device_service HTTP/1.1\r\nContent-Length: 4\r\n\r\n<a/>", b"400"),
    ],
)
async def test_odd_requests_get_an_answer(request_text: bytes, status: bytes) -> None:
    camera = point(onvif=True)
    async with city_of([camera]) as (_, port):
        reader, writer = await asyncio.open_connection(camera.address, port + 1)
        writer.write(request_text)
        async with asyncio.timeout(5):
            assert (await reader.readline()).split(b" ")[1] == status
        writer.close()
