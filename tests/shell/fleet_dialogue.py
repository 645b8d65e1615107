"""A bare RTSP viewer for the tests of the simulated city: it writes requests by hand and reads
what comes, on a plain socket.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from tests.fleet import clips
from tests.fleet.city import City
from tests.fleet.plan import CityPlan, Point, Upstream
from tests.fleet.schedule import Entry

PATIENCE_S = 5.0

LABEL = "34088100001320000001"
_POINT = Point(
    label=LABEL,
    code=LABEL,
    name="孔城镇中心路口枪机001",
    category="建成",
    town="孔城镇",
    town_code="340881100",
    village="桃园村",
    grid="34088110000101",
    upstream="孔城镇-交换机-01",
    address="127.200.1.1",
    channel=1,
    resource="/Streaming/Channels/101",
    maker="hikvision",
    model="DS-2CD2T25D-I5",
    clip="h264_sub",
    username="admin",
    password="abc12345#",
    serial=1,
)
_PATHS = {
    "hikvision": "/Streaming/Channels/{n}01",
    "dahua": "/cam/realmonitor?channel={n}&subtype=0",
    "uniview": "/media/video{n}",
    "tplink": "/stream{n}",
    "tiandy": "/{n}/1",
}


def point(number: int = 1, **changes: object) -> Point:
    """A camera of the test city; `number` gives it a label and address of its own."""
    label = f"{LABEL[:-3]}{number:03d}"
    maker = str(changes.get("maker", "hikvision"))
    base = replace(
        _POINT,
        label=label,
        code=label,
        serial=number,
        address=f"127.200.1.{number}",
        resource=_PATHS[maker].format(n=1),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def recorder(address: str, channels: int) -> list[Point]:
    """A recorder's channels, all at one address."""
    return [
        point(
            200 + number,
            address=address,
            channel=number,
            resource=_PATHS["hikvision"].format(n=number),
            recorder="孔城镇-NVR-01",
            upstream="孔城镇-NVR-01",
        )
        for number in range(1, channels + 1)
    ]


_UPSTREAMS = (
    Upstream(name="孔城镇-上联", kind="town_uplink", parent="", town="孔城镇"),
    Upstream(name="孔城镇-交换机-01", kind="switch", parent="孔城镇-上联", town="孔城镇"),
    Upstream(name="孔城镇-NVR-01", kind="recorder", parent="孔城镇-交换机-01", town="孔城镇"),
)


def free_port() -> int:
    """A port that is free on 127.0.0.1 now, for the city's own addresses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def city_of(
    points: list[Point],
    *,
    faults: dict[str, str] | None = None,
    entries: Iterable[Entry] = (),
    recipes: tuple[clips.Recipe, ...] = clips.QUICK_RECIPES,
    gop_wait_s: float = 0.02,
    control: bool = False,
) -> AsyncIterator[tuple[City, int]]:
    """A running city of these cameras, and its RTSP port (ONVIF is on the next one)."""
    port = free_port()
    standing = [Entry(subject=name, fault=fault) for name, fault in (faults or {}).items()]
    city = City(
        CityPlan(seed=1, points=tuple(points), upstreams=_UPSTREAMS),
        [*standing, *entries],
        rtsp_port=port,
        onvif_port=port + 1,
        gop_wait_s=gop_wait_s,
        control_port=0 if control else None,
        recipes=recipes,
    )
    async with city:
        yield city, port


@dataclass(slots=True)
class Reply:
    """Status, headers (lower-case names) and body."""

    status: int
    headers: dict[str, str]
    body: str


class Viewer:
    """One connection to a camera."""

    def __init__(
        self, target: Point, port: int, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    ) -> None:
        self.url = f"rtsp://{target.address}:{port}{target.resource}"
        self.reader, self.writer = streams
        self.session = ""
        self._target = target
        self._cseq = 0
        self._challenge: tuple[str, str] | None = None

    @classmethod
    @asynccontextmanager
    async def connected(cls, target: Point, port: int) -> AsyncIterator[Viewer]:
        async with asyncio.timeout(PATIENCE_S):
            streams = await asyncio.open_connection(target.address, port)
        viewer = cls(target, port, streams)
        try:
            yield viewer
        finally:
            viewer.writer.close()

    async def ask(self, method: str, url: str = "", **headers: str) -> Reply:
        """Send a request, and once more with a login if the camera asks for it."""
        reply = await self.ask_once(method, url, **headers)
        if reply.status == 401 and self._challenge is None:
            found = re.search(
                r'Digest realm="([^"]*)", nonce="([^"]*)"', reply.headers["www-authenticate"]
            )
            assert found is not None
            self._challenge = (found[1], found[2])
            reply = await self.ask_once(method, url, **headers)
        if "session" in reply.headers and method == "SETUP":
            self.session = reply.headers["session"].partition(";")[0].strip()
        return reply

    async def ask_once(self, method: str, url: str = "", **headers: str) -> Reply:
        self._cseq += 1
        url = url or self.url
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {self._cseq}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if self.session:
            lines.append(f"Session: {self.session}")
        if self._challenge is not None:
            lines.append(f"Authorization: {self._login(method, url)}")
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        return await self.reply()

    def _login(self, method: str, url: str) -> str:
        assert self._challenge is not None
        realm, nonce = self._challenge
        user, password = self._target.username, self._target.password

        def md5(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()

        secret, request = md5(f"{user}:{realm}:{password}"), md5(f"{method}:{url}")
        response = md5(f"{secret}:{nonce}:{request}")
        return (
            f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{url}", '
            f'response="{response}"'
        )

    async def reply(self) -> Reply:
        """The next reply, stepping over interleaved packets."""
        async with asyncio.timeout(PATIENCE_S):
            while (first := await self.reader.readexactly(1)) == b"$":
                head = await self.reader.readexactly(3)
                await self.reader.readexactly(int.from_bytes(head[1:], "big"))
            text = (first + await self.reader.readuntil(b"\r\n\r\n")).decode()
            lines = text.split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines[1:])
            }
            length = int(headers.get("content-length", "0"))
            body = (await self.reader.readexactly(length)).decode()
        return Reply(int(lines[0].split(" ")[1]), headers, body)

    async def packet(self) -> tuple[int, bytes]:
        """The next interleaved packet: channel and bytes."""
        async with asyncio.timeout(PATIENCE_S):
            head = await self.reader.readexactly(4)
            assert head[0] == 0x24, head
            return head[1], await self.reader.readexactly(int.from_bytes(head[2:], "big"))

    async def play(self, transport: str = "RTP/AVP/TCP;unicast;interleaved=0-1") -> Reply:
        """DESCRIBE, SETUP of the video and PLAY, all of which must succeed."""
        described = await self.ask("DESCRIBE")
        assert described.status == 200
        video = described.body[described.body.index("m=video") :]
        found = re.search(r"a=control:(\S+)", video)
        assert found is not None
        control = found[1]
        base = described.headers.get("content-base", self.url)
        if not base.startswith("rtsp://"):
            base = self.url
        url = control if control.startswith("rtsp://") else base.rstrip("/") + "/" + control
        setup = await self.ask("SETUP", url, Transport=transport)
        assert setup.status == 200, setup
        played = await self.ask("PLAY")
        assert played.status == 200
        return setup

    async def key_frame(self) -> bytes:
        """The payloads of the first H.264 key frame (from its STAP-A to the marker)."""
        payloads: list[bytes] = []
        while True:
            channel, packet = await self.packet()
            if channel % 2:
                continue
            if packet[12] & 31 == 24:
                payloads = [packet[12:]]
            elif payloads:
                payloads.append(packet[12:])
                if packet[1] & 0x80:
                    return b"".join(payloads)
