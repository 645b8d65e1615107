"""What asking a device about itself costs: clock, information, services, profiles, addresses.

`python -m benchmarks.onvif FOLDER DEVICES` asks so many of a city's devices and prints CPU
milliseconds for each but the first, which loads the descriptions.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.cities import serving
from benchmarks.lines import Line, Sizes
from benchmarks.measured import ask, cpu
from probes.clock import SystemClock
from probes.deadline import Deadline
from probes.onvif.client import OnvifClient
from probes.vocabulary import Budget, Credentials, ProbeTarget
from tests.fleet import files
from tests.fleet.plan import Point

SECTION = "onvif"
AT_ONCE = 16
# The best of the known clients, asking the same of the same devices.
REFERENCE_MS = 9.6


def lines(sizes: Sizes) -> Iterator[Line]:
    """CPU milliseconds a device."""
    with serving(max(sizes.devices * 3, 60), _device, gop_wait_s=0.2) as folder:
        found = ask("benchmarks.onvif", folder, sizes.devices)
    yield Line(
        section=SECTION,
        what=f"a device after the first, {found['devices']:.0f} of them",
        measured=f"{found['cpu_ms']:.1f} ms",
        goal=f"below {REFERENCE_MS} ms (onvif-zeep-async)",
        met=found["cpu_ms"] < REFERENCE_MS,
    )


def _device(point: Point) -> Point:
    known = point.auth != "none" and not point.recorder
    return replace(point, onvif=known, administrative="在用")


def targets(folder: Path) -> list[ProbeTarget]:
    plan, _, _, port = files.read_city(folder)
    return [
        ProbeTarget(
            camera_id=str(point.serial),
            onvif_url=f"http://{point.address}:{port}/onvif/device_service",
            credentials=Credentials(username=point.username, password=point.password),
        )
        for point in plan.points
        if point.onvif
    ]


async def _ask(folder: Path, wanted: int) -> dict[str, float]:
    clock = SystemClock()
    client = OnvifClient(clock)
    places = asyncio.Semaphore(AT_ONCE)

    async def one(target: ProbeTarget) -> None:
        async with places:
            await client.ask(target, Deadline(clock=clock, budget=Budget(total_s=60)))

    first, *others = targets(folder)[: wanted + 1]
    await one(first)
    before = cpu()
    await asyncio.gather(*map(one, others))
    spent = cpu() - before
    return {"devices": len(others), "cpu_ms": spent.all_s / len(others) * 1000}


def main() -> None:
    folder, devices = sys.argv[1:]
    print(json.dumps(asyncio.run(_ask(Path(folder), int(devices)))))


if __name__ == "__main__":
    main()
