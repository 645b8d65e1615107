"""The running city."""

from __future__ import annotations

import asyncio
import json
import random
import resource
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.fleet import clips, files, truth
from tests.fleet.control import ControlServer
from tests.fleet.faults import FAULTS
from tests.fleet.host import Camera, Host, World
from tests.fleet.plan import CityPlan, Point
from tests.fleet.schedule import Entry, Faults
from tests.fleet.truth import TruthRow

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "fleet"
# Descriptors beside the listeners: viewers' connections, UDP pairs, files.
_SPARE_DESCRIPTORS = 1500


class CityError(Exception):
    """The city cannot be served; the message says why in one line."""


class City:
    """`async with City.open(folder) as city:` serves the city that `files.write_city` wrote.

    Times are seconds of the loop's clock since the city opened.
    """

    def __init__(
        self,
        plan: CityPlan,
        entries: Iterable[Entry],
        *,
        rtsp_port: int,
        onvif_port: int,
        gop_wait_s: float = 0.2,
        control_port: int | None = None,
        cache: Path = CACHE,
        recipes: tuple[clips.Recipe, ...] = clips.RECIPES,
        paced: bool = False,
    ) -> None:
        self.plan = plan
        self._faults = Faults(plan, entries)
        self._ports = (rtsp_port, onvif_port)
        self._gop_wait_s = gop_wait_s
        self._control_port = control_port
        self._cache = cache
        self._recipes = recipes
        self._paced = paced
        self._hosts: dict[str, Host] = {}
        self._cameras: dict[str, tuple[Host, Camera]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._started = 0.0
        self._control: ControlServer | None = None

    @classmethod
    def open(
        cls, folder: Path, *, gop_wait_s: float = 0.2, control_port: int | None = None
    ) -> City:
        """The city of a folder.

        Raises:
            CityError: the folder holds no city.
        """
        try:
            plan, entries, rtsp_port, onvif_port = files.read_city(folder)
        except (OSError, KeyError, TypeError, json.JSONDecodeError) as error:
            raise CityError(f"{folder}: no readable city in this folder ({error})") from error
        return cls(
            plan,
            entries,
            rtsp_port=rtsp_port,
            onvif_port=onvif_port,
            gop_wait_s=gop_wait_s,
            control_port=control_port,
        )

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        loaded = await asyncio.to_thread(clips.load, self._cache, self._recipes)
        world = World(
            loop=loop,
            clips=loaded,
            chance=random.Random(self.plan.seed),
            gop_wait_s=self._gop_wait_s,
            paced=self._paced,
        )
        self._build(world)
        self._raise_descriptor_limit()
        self._started = loop.time()
        try:
            self.refresh()
            if self._control_port is not None:
                self._control = await ControlServer.start(self, self._control_port)
        except OSError as error:
            await self.close()
            raise CityError(f"cannot listen on the city's addresses: {error}") from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def _build(self, world: World) -> None:
        by_address: dict[str, list[Point]] = {}
        for point in self.plan.points:
            by_address.setdefault(point.address, []).append(point)
        for address, points in by_address.items():
            host = Host(world, points, *self._ports)
            self._hosts[address] = host
            for camera in host.cameras:
                self._cameras[camera.point.label] = (host, camera)

    def _raise_descriptor_limit(self) -> None:
        onvif = sum(host.cameras[0].point.onvif for host in self._hosts.values())
        # A silent door holds a second descriptor; a town's uplink may take a tenth of the city.
        needed = (len(self._hosts) + onvif) * 5 // 4 + _SPARE_DESCRIPTORS
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < needed:
            raise CityError(
                f"this city needs about {needed} file descriptors and the limit is {hard}: "
                "raise it (ulimit -n) or make a smaller city"
            )
        if soft != hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    async def close(self) -> None:
        """Close every socket."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._control is not None:
            await self._control.close()
            self._control = None
        for host in self._hosts.values():
            host.close()

    @property
    def addresses(self) -> int:
        return len(self._hosts)

    @property
    def control_port(self) -> int | None:
        """Where the control endpoint listens on 127.0.0.1."""
        return self._control.port if self._control is not None else None

    def now_s(self) -> float:
        """Seconds since the city opened."""
        return asyncio.get_running_loop().time() - self._started

    def refresh(self) -> None:
        """Bring every camera to its present fault, and set the timer for the next change."""
        at_s = self.now_s()
        for host in self._hosts.values():
            for camera in host.cameras:
                camera.fault = self._faults.of(camera.point, at_s)
            host.refresh()
        self._wait_for_change(at_s)

    def _wait_for_change(self, at_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        later = [time_s for time_s in self._faults.changes() if time_s > at_s]
        if later:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(later[0] - at_s + 0.001, self.refresh)

    def set_fault(self, subject: str, fault: str | None) -> None:
        """From now on, whatever the schedule says; None: back to the schedule.

        `subject` is a camera's label, or the name of a recorder, switch or uplink.

        Raises:
            KeyError: no such camera, upstream or fault.
        """
        known = subject in self._cameras or any(u.name == subject for u in self.plan.upstreams)
        if not known:
            raise KeyError(f"no camera or upstream is called {subject}")
        if fault is not None and fault not in FAULTS:
            raise KeyError(f"no fault is called {fault}")
        self._faults.set(subject, fault)
        self.refresh()

    def truth(self) -> list[TruthRow]:
        """What is wrong with which camera now."""
        return truth.present(self.plan, self._faults, self.now_s())

    def camera(self, label: str) -> Camera:
        """A camera at run time.

        Raises:
            KeyError: no such camera.
        """
        return self._cameras[label][1]

    def stats(self) -> dict[str, int]:
        """What viewers did so far, in sum over the city."""
        cameras = [camera for _, camera in self._cameras.values()]
        return {
            "cameras": len(cameras),
            "addresses": len(self._hosts),
            "connections": sum(host.open_peers for host in self._hosts.values()),
            "sessions": sum(camera.sessions for camera in cameras),
            "looks": sum(camera.looks for camera in cameras),
            "peak_sessions_of_a_camera": max(camera.peak_sessions for camera in cameras),
            "left_without_teardown": sum(camera.left_without_teardown for camera in cameras),
            "logins_refused": sum(camera.logins_refused for camera in cameras),
        }
