"""A simulated city to measure against, in a process of its own: `serving(...)` runs it,
`python -m benchmarks.cities FOLDER ...` is it.

Cameras are without faults unless told, all with one clip and a login, so that every client can
look at every one. SHA-256 logins are left out: FFmpeg knows only MD5.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.fleet import files
from tests.fleet.city import CACHE, City
from tests.fleet.clips import RECIPES, Recipe
from tests.fleet.plan import CityPlan, Point, plan_city
from tests.fleet.schedule import Entry

# What cameras really send: 25 frames a second at 4 Mbit/s, and every two seconds a key frame of
# some 215 KB. The simulated city's own clips have few frames, which spares other clients most of
# their work.
FULL_HD = Recipe(
    name="bench_full_hd",
    codec="h264",
    fps=25,
    gop_frames=50,
    gops=3,
    quality=25,
    key_ratio=0.89,
)
SUB_STREAM = Recipe(
    name="bench_sub",
    codec="h264",
    width=640,
    height=360,
    fps=25,
    gop_frames=50,
    gops=3,
    quality=30,
    key_ratio=1.2,
)
CLIPS = {recipe.name: recipe for recipe in (FULL_HD, SUB_STREAM)}
READY_S = 300.0


def with_clip(name: str) -> Callable[[Point], Point]:
    """Makes a point one of a stream of this clip, with a stream address and a known login."""
    return lambda point: replace(
        point,
        clip=name,
        auth="md5" if point.auth == "sha256" else point.auth,
        transport="both",
        stream_known=True,
        administrative="在用",
    )


@contextmanager
def serving(
    cameras: int,
    change: Callable[[Point], Point],
    *,
    gop_wait_s: float,
    paced: bool = False,
    faults: Callable[[CityPlan], Iterable[Entry]] = lambda _: (),
) -> Iterator[Path]:
    """The folder of a city that is being served.

    Raises:
        RuntimeError: it could not be.
    """
    planned = plan_city(cameras, seed=1)
    plan = replace(planned, points=tuple(map(change, planned.points)))
    with tempfile.TemporaryDirectory(prefix="xueliang-bench-") as name:
        folder = Path(name)
        rtsp_port, onvif_port = free_port(), free_port()
        entries = list(faults(plan))
        files.write_city(folder, plan, entries, rtsp_port=rtsp_port, onvif_port=onvif_port)
        command = [sys.executable, "-m", "benchmarks.cities", name, str(gop_wait_s)]
        process = subprocess.Popen(
            [*command, *(["--paced"] if paced else [])], stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("the simulated city could not be served")
            yield folder
        finally:
            process.terminate()
            process.wait(30)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("", 0))
        port: int = listener.getsockname()[1]
        return port


async def _serve(folder: Path, gop_wait_s: float, paced: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    plan, entries, rtsp_port, onvif_port = files.read_city(folder)
    used = {point.clip for point in plan.points}
    recipes = tuple(r for r in (*RECIPES, *CLIPS.values()) if r.name in used)
    async with City(
        plan,
        entries,
        rtsp_port=rtsp_port,
        onvif_port=onvif_port,
        gop_wait_s=gop_wait_s,
        cache=CACHE,
        recipes=recipes,
        paced=paced,
    ):
        print("ready", flush=True)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("gop_wait_s", type=float)
    parser.add_argument("--paced", action="store_true")
    args = parser.parse_args()
    asyncio.run(_serve(args.folder, args.gop_wait_s, args.paced))


if __name__ == "__main__":
    main()
