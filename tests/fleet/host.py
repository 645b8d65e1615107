"""One address of the city: a camera, or a recorder with its channels."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.fleet import stamped
from tests.fleet.auth import Account
from tests.fleet.clips import Clip
from tests.fleet.dialects import DIALECTS
from tests.fleet.faults import FAULTS, HEALTHY, SILENCING
from tests.fleet.onvif import OnvifPeer
from tests.fleet.peer import Door, Peer
from tests.fleet.plan import Point
from tests.fleet.rtsp import RtspPeer

_ODD_LOOKS = {"h264": "h264", "h265": "h265", "mjpeg": "h264"}
# The infra-red view, and where a camera looks once it is turned: by day, by night.
_NIGHT = "h264_night"
_ELSEWHERE = ("h264_day_1", "h265_night")


@dataclass(slots=True, kw_only=True)
class Camera:
    """A camera at run time: its present fault, and what viewers did to it."""

    point: Point
    clip: Clip
    fault: str = HEALTHY
    starts: int = 0
    sessions: int = 0
    peak_sessions: int = 0
    looks: int = 0
    left_without_teardown: int = 0
    logins_refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What all hosts share."""

    loop: asyncio.AbstractEventLoop
    clips: dict[str, Clip]
    chance: random.Random
    gop_wait_s: float
    paced: bool = False


class Host:
    """The sockets of one address and what stands behind them."""

    def __init__(self, world: World, points: list[Point], rtsp_port: int, onvif_port: int) -> None:
        self.world = world
        self.address = points[0].address
        self.rtsp_port, self.onvif_port = rtsp_port, onvif_port
        self.cameras = [Camera(point=point, clip=world.clips[point.clip]) for point in points]
        self.dialect = DIALECTS[points[0].maker]
        self._resources = {camera.point.resource: camera for camera in self.cameras}
        self._sub_resources = {
            camera.point.sub_resource: camera
            for camera in self.cameras
            if camera.point.sub_resource
        }
        self._peers: set[Peer] = set()
        kinds: list[tuple[int, type[RtspPeer | OnvifPeer]]] = [(rtsp_port, RtspPeer)]
        if points[0].onvif:
            kinds.append((onvif_port, OnvifPeer))
        self._doors = [
            Door(world.loop, self.address, port, self._welcome(kind)) for port, kind in kinds
        ]

    @property
    def fault(self) -> str:
        """The fault of the address itself, if it has one."""
        fault = self.cameras[0].fault
        return fault if FAULTS[fault].whole_host else HEALTHY

    @property
    def account(self) -> Account:
        """What the device takes for a login now (which the archive may not know)."""
        point = self.cameras[0].point
        if self.fault != "wrong_password":
            return Account(scheme=point.auth, username=point.username, password=point.password)
        scheme = "md5" if point.auth == "none" else point.auth
        return Account(
            scheme=scheme, username=point.username or "admin", password=f"{point.password}-changed"
        )

    def camera(self, resource: str) -> Camera | None:
        """The camera one of whose streams is at exactly this path and query."""
        for path in (resource, resource.removesuffix("/")):
            found = self._resources.get(path) or self._sub_resources.get(path)
            if found is not None:
                return found
        return None

    def is_sub(self, resource: str) -> bool:
        """Whether a sub-stream is at this path and query."""
        return resource.removesuffix("/") in self._sub_resources

    def clip(self, camera: Camera, *, sub: bool = False) -> Clip:
        """What the camera plays now."""
        look = FAULTS[camera.fault].look
        if sub:
            small = self.world.clips["h264_sub"]
            return self.world.clips.get(f"h264_sub_{look}", small)
        if look is not None:
            return self._faulty(camera, look)
        if camera.fault == "no_key_frame" and camera.clip.codec == "mjpeg":
            return self.world.clips["h264_sub"]
        return camera.clip

    def _faulty(self, camera: Camera, look: str) -> Clip:
        clips = self.world.clips
        if look == "turned":
            return clips[_ELSEWHERE[camera.clip.name == _NIGHT]]
        if look.startswith("overlay_") and f"h264_{look}" not in clips:
            clips[f"h264_{look}"] = stamped.clip(look, datetime.now(UTC))
        name = f"{_ODD_LOOKS[camera.clip.codec]}_{look}"
        if camera.clip.name == _NIGHT:
            return clips.get(f"{_NIGHT}_{look}") or clips.get(name, camera.clip)
        return clips.get(name, camera.clip)

    def refresh(self) -> None:
        """Bring the sockets in line with the present fault.

        Raises:
            OSError: an address in use, or no descriptors left.
        """
        if self.fault in SILENCING:
            state = "silent"
        else:
            state = "shut" if self.fault == "refused" else "open"
        if state not in ("open", self._doors[0].state):
            for peer in list(self._peers):
                if state == "silent":
                    peer.mute()
                else:
                    peer.close()
        for door in self._doors:
            door.set(state)

    def close(self) -> None:
        for door in self._doors:
            door.set("shut")
        for peer in list(self._peers):
            peer.close()

    @property
    def open_peers(self) -> int:
        return len(self._peers)

    def _welcome(self, kind: type[RtspPeer | OnvifPeer]) -> Callable[[socket.socket], None]:
        def welcome(sock: socket.socket) -> None:
            self._peers.add(kind(self, sock, self._peers.discard))

        return welcome
