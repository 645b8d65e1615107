"""A device that speaks SOAP by a script: raw XML texts, HTTP statuses, closed connections."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from probes.onvif.answers import MEDIA2_NS, MEDIA_NS

USERNAME, PASSWORD = "admin", "right horse"
CLOCK = (
    "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime>"
    "<tt:Time><tt:Hour>{:%H}</tt:Hour><tt:Minute>{:%M}</tt:Minute><tt:Second>{:%S}</tt:Second>"
    "</tt:Time><tt:Date><tt:Year>{:%Y}</tt:Year><tt:Month>{:%m}</tt:Month><tt:Day>{:%d}</tt:Day>"
    "</tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
)
INFORMATION = (
    "<tds:GetDeviceInformationResponse><tds:Manufacturer>Maker</tds:Manufacturer>"
    "<tds:Model>M1</tds:Model><tds:FirmwareVersion>V5</tds:FirmwareVersion>"
    "<tds:SerialNumber>S7</tds:SerialNumber></tds:GetDeviceInformationResponse>"
)
INTERFACES = (
    '<tds:GetNetworkInterfacesResponse><tds:NetworkInterfaces token="eth0"><tt:Info>'
    "<tt:HwAddress>02:58:4c:0a:00:01</tt:HwAddress></tt:Info></tds:NetworkInterfaces>"
    "</tds:GetNetworkInterfacesResponse>"
)
PROFILES = (
    '<x:GetProfilesResponse><x:Profiles token="main"><tt:Name>main</tt:Name>'
    "<tt:VideoEncoderConfiguration><tt:Encoding>H264</tt:Encoding><tt:Resolution>"
    "<tt:Width>1920</tt:Width><tt:Height>1080</tt:Height></tt:Resolution>"
    "</tt:VideoEncoderConfiguration></x:Profiles></x:GetProfilesResponse>"
)
STREAM = (
    "<x:GetStreamUriResponse><x:MediaUri><tt:Uri>rtsp://u:p@10.0.0.9:8554/live?a=1&amp;b=2</tt:Uri>"
    "</x:MediaUri></x:GetStreamUriResponse>"
)
SNAPSHOT = (
    "<x:GetSnapshotUriResponse><x:MediaUri><tt:Uri>http://10.0.0.9:81/snap.jpg</tt:Uri>"
    "</x:MediaUri></x:GetSnapshotUriResponse>"
)


def services(**addresses: str) -> str:
    """GetServices naming Media (`media`) and Media2 (`media2`)."""
    namespaces = {"media": MEDIA_NS, "media2": MEDIA2_NS}
    each = "".join(
        f"<tds:Service><tds:Namespace>{namespaces[name]}</tds:Namespace>"
        f"<tds:XAddr>{address}</tds:XAddr></tds:Service>"
        for name, address in addresses.items()
    )
    return f"<tds:GetServicesResponse>{each}</tds:GetServicesResponse>"


def envelope(body: str) -> bytes:
    """The body in a SOAP 1.2 envelope."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><s:Envelope'
        ' xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:x="urn:media"'
        ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl"'
        f' xmlns:ter="http://www.onvif.org/ver10/error"><s:Body>{body}</s:Body></s:Envelope>'
    ).encode()


def fault(*codes: str) -> str:
    """A SOAP 1.2 fault, codes outermost first."""
    inner = ""
    for code in reversed(codes[1:]):
        inner = f"<s:Subcode><s:Value>{code}</s:Value>{inner}</s:Subcode>"
    return f"<s:Fault><s:Code><s:Value>{codes[0]}</s:Value>{inner}</s:Code></s:Fault>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that came in."""

    operation: str
    path: str
    text: str
    authorization: str

    def created(self) -> str:
        """When its WS-Security token says it was made; empty without a token."""
        found = re.search(r"<wsu:Created[^>]*>([^<]+)<", self.text)
        return found[1] if found else ""

    def admits(self, password: str = PASSWORD) -> bool:
        """Whether its token holds the digest of the password (UsernameToken Profile 1.1)."""
        nonce = re.search(r"<wsse:Nonce[^>]*>([^<]+)<", self.text)
        digest = re.search(r"<wsse:Password[^>]*PasswordDigest\">([^<]+)<", self.text)
        if nonce is None or digest is None or f">{USERNAME}<" not in self.text:
            return False
        told = base64.b64decode(nonce[1]) + self.created().encode() + password.encode()
        wanted = base64.b64encode(hashlib.sha1(told, usedforsecurity=False).digest()).decode()
        return wanted == digest[1]


Script = Callable[[Asked], web.StreamResponse | str | bytes | int]


@dataclass(slots=True, kw_only=True)
class Device:
    """A running device. `origin` is its http or https origin."""

    origin: str = ""
    asked: list[Asked] = field(default_factory=list)

    def operations(self) -> list[str]:
        """What was asked, in order."""
        return [one.operation for one in self.asked]


def _response(answer: web.StreamResponse | str | bytes | int) -> web.StreamResponse:
    if isinstance(answer, web.StreamResponse):
        return answer
    if isinstance(answer, int):
        return web.Response(status=answer)
    body = envelope(answer) if isinstance(answer, str) else answer
    return web.Response(body=body, content_type="application/soap+xml")


@asynccontextmanager
async def running(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Device]:
    """A device on 127.0.0.1 that answers each POST by the script: a SOAP body, a whole text, a
    status or a response."""
    device = Device()

    async def handle(request: web.Request) -> web.StreamResponse:
        text = (await request.read()).decode()
        found = re.search(r"Body>\s*<(?:\w+:)?(\w+)", text)
        asked = Asked(
            operation=found[1] if found else "",
            path=request.path_qs,
            text=text,
            authorization=request.headers.get("Authorization", ""),
        )
        device.asked.append(asked)
        return _response(script(asked))

    application = web.Application()
    application.router.add_post("/{anything:.*}", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        port = runner.addresses[0][1]
        device.origin = f"{'http' if tls is None else 'https'}://127.0.0.1:{port}"
        yield device
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw(answer: bytes | None) -> AsyncIterator[str]:
    """A server that takes a request and writes these bytes, then closes; None: says nothing
    until the client goes. Yields its origin."""

    done = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        done.set()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await done.wait()
