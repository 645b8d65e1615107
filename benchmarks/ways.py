"""One way of looking at cameras, in a process of its own: `python -m benchmarks.ways WAY FOLDER
LOOKS` for the city of a folder. Prints one JSON document: looks, those that got a picture, and
CPU milliseconds a look. Starting up (imports, decoders) is left out for all ways but ffmpeg,
where it is a part of every look.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import quote

from av.video.reformatter import VideoReformatter

from benchmarks.measured import cpu
from benchmarks.receiving import CountingSocket, Traffic, bare_receiving_ms, counting_connect
from camera_registry.archive import import_archive
from camera_registry.database import Database
from camera_registry.migrations import upgrade
from probes.clock import SystemClock
from probes.deadline import Deadline
from probes.decode.frame import decode
from probes.decode.reading import read_key_frame
from probes.rtsp.client import fetch_key_frame
from probes.rtsp.connection import SYSTEM_NETWORK, Network
from probes.vocabulary import (
    Baseline,
    Budget,
    Credentials,
    KeyFrame,
    Light,
    PictureContext,
    PictureSlot,
    ProbeTarget,
    Verdict,
)
from xueliang import collector
from xueliang.commands.serve import open_service
from xueliang.plan import batches, target_of
from xueliang.registry import open_registry
from xueliang.service import Service
from xueliang.settings import DatabaseSettings, Settings

Answer = dict[str, float]
# The others wait most of the time that they take, so more of them than cores.
PEERS_AT_ONCE = 4
PEER_TIMEOUT_S = 60
# Looks that warm a way up: decoders started, code imported.
WARM_UP_LOOKS = 16
# Frames of the bare loop, held in memory: 100 are 20 MB.
BARE_FRAMES = 100


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "archive.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def targets(folder: Path, wanted: int) -> list[ProbeTarget]:
    """Targets of so many looks, cameras over and over."""
    return [
        ProbeTarget(
            camera_id=str(number),
            stream_url=row["取流地址"],
            credentials=Credentials(username=row["用户名"], password=row["口令"]),
            upstream=row["IPv4地址"],
        )
        for number, row in enumerate(islice(cycle(rows(folder)), wanted))
    ]


def urls(folder: Path, wanted: int) -> Iterator[str]:
    """Addresses with user and password, as the others want them."""
    for row in islice(cycle(rows(folder)), wanted):
        user = f"{quote(row['用户名'], safe='')}:{quote(row['口令'], safe='')}@"
        yield row["取流地址"].replace("://", f"://{user if row['用户名'] else ''}", 1)


def xueliang(folder: Path, wanted: int) -> Answer:
    """The service's own way: registry, plan, runner, looks, decoder processes, health, storage."""
    return asyncio.run(_xueliang(folder, wanted))


async def _xueliang(folder: Path, wanted: int) -> Answer:
    collector.relax()
    async with (
        imported(folder) as (settings, database),
        open_service(settings, database) as service,
    ):
        await service.load()
        collector.settle()
        await _pass(service, WARM_UP_LOOKS)
        before = cpu()
        verdicts: list[Verdict] = []
        while len(verdicts) < wanted:
            verdicts += await _pass(service, wanted - len(verdicts))
        spent = cpu() - before
    looks = len(verdicts)
    return {
        "looks": looks,
        "good": sum(one in (Verdict.OK, Verdict.DEGRADED) for one in verdicts),
        "cpu_ms": spent.all_s / looks * 1000,
        "parent_ms": spent.own_s / looks * 1000,
    }


async def _pass(service: Service, at_most: int) -> list[Verdict]:
    """One look at each camera."""
    states = service.fleet.states
    cameras = service.fleet.checkable()[:at_most]
    now = service.clock.now()
    wanted = (
        target_of(camera, states[camera.id], context=service.pictures.context(camera, now))
        for camera in cameras
    )
    for batch in batches(wanted):
        service.runner.offer(batch)
    verdicts: list[Verdict] = []
    while service.runner.pending or service.runner.unfetched:
        results = await service.take_in(await service.runner.results(wait_s=1))
        verdicts += [result.verdict for result in results]
    return verdicts


@asynccontextmanager
async def imported(folder: Path) -> AsyncIterator[tuple[Settings, Database]]:
    """Settings and database of a new registry with the city's archive."""
    with tempfile.TemporaryDirectory(prefix="xueliang-bench-") as name:
        place = Path(name)
        registry = DatabaseSettings(url=f"sqlite:///{place / 'r.db'}", key_file=place / "key")
        await upgrade(registry.url)
        async with open_registry(registry) as database:
            now = datetime.now(UTC)
            await import_archive(database, folder / "archive.csv", who="benchmark", now=now)
            yield Settings(database=registry), database


def bare_loop(folder: Path, wanted: int) -> Answer:
    """Only decoding and measuring the same frames, one after the other: the floor. Pictures are
    judged beside a history, as those of a camera that has been looked at for days; `alone_ms` is
    the measuring without one. `cpu_ms` is
    with pictures decoded as a decoder does by itself, `undeblocked_ms` as a look does."""
    import cv2

    # As the decoders' processes do.
    cv2.setNumThreads(1)
    frames = asyncio.run(fetch(targets(folder, min(wanted, BARE_FRAMES))))
    scaler = VideoReformatter()
    for frame in frames[:WARM_UP_LOOKS]:
        read_key_frame(frame, None, want_frame=False, scaler=scaler)
    clock = time.process_time
    readings = [
        read_key_frame(frame, None, want_frame=False, scaler=scaler, monotonic=clock)
        for frame in islice(cycle(frames), wanted)
    ]
    history = _learnt(frames, scaler)
    known = [
        read_key_frame(
            frame, None, want_frame=False, scaler=scaler, context=history, monotonic=clock
        )
        for frame in islice(cycle(frames), wanted)
    ]
    begun_s = clock()
    for frame in islice(cycle(frames), wanted):
        decode(frame, to_be_shown=True)
    decode_ms = (clock() - begun_s) / wanted * 1000
    alone_ms, picture_ms = (
        sum(one.picture_s for one in read) / wanted * 1000 for read in (readings, known)
    )
    return {
        "looks": wanted,
        "good": len(readings),
        "cpu_ms": decode_ms + picture_ms,
        "picture_ms": picture_ms,
        "alone_ms": alone_ms,
        "undeblocked_ms": sum(one.decode_s for one in known) / wanted * 1000 + picture_ms,
    }


def _learnt(frames: list[KeyFrame], scaler: VideoReformatter) -> PictureContext:
    """A history that the frames fit."""
    context = PictureContext(light=Light.DAY)
    figures = read_key_frame(
        frames[0], None, want_frame=False, scaler=scaler, context=context
    ).figures
    assert figures is not None
    baseline = Baseline(
        slot=PictureSlot.DAY,
        learnt=True,
        means=figures.values,
        spreads=(0.0,) * len(figures.values),
        view=figures.view,
    )
    return replace(context, baselines=(baseline,))


async def fetch(wanted: list[ProbeTarget], network: Network = SYSTEM_NETWORK) -> list[KeyFrame]:
    places = asyncio.Semaphore(64)

    async def one(target: ProbeTarget) -> KeyFrame:
        async with places:
            deadline = Deadline(clock=SystemClock(), budget=Budget())
            return await fetch_key_frame(target, deadline, network)

    return await asyncio.gather(*map(one, wanted))


def protocol_only(folder: Path, wanted: int) -> Answer:
    """Only fetching the key frames: what the protocol costs."""
    asyncio.run(fetch(targets(folder, WARM_UP_LOOKS)))
    before = cpu()
    frames = asyncio.run(fetch(targets(folder, wanted)))
    cpu_ms = (cpu() - before).all_s / wanted * 1000
    asyncio.run(fetch(targets(folder, wanted), Network(connect=counting_connect)))
    traffic = Traffic(
        look_bytes=CountingSocket.received_bytes // wanted,
        receipts=max(1, CountingSocket.receipts // wanted),
    )
    return {
        "looks": wanted,
        "good": len(frames),
        "cpu_ms": cpu_ms,
        "look_kb": traffic.look_bytes / 1000,
        "receipts": traffic.receipts,
        "floor_ms": bare_receiving_ms(traffic, wanted),
    }


def burst(folder: Path, wanted: int) -> Answer:
    """Looks that stay for a burst: `cpu_ms` all of it, `picture_ms` decoding and judging."""
    import cv2

    cv2.setNumThreads(1)
    asked = [replace(target, burst=True) for target in targets(folder, wanted)]
    before = cpu()
    frames = asyncio.run(fetch(asked))
    fetched_s = (cpu() - before).all_s
    scaler = VideoReformatter()
    begun_s = time.process_time()
    readings = [read_key_frame(one, None, want_frame=False, scaler=scaler) for one in frames]
    picture_s = time.process_time() - begun_s
    return {
        "looks": wanted,
        "good": sum(one.burst_pictures > 0 for one in readings),
        "cpu_ms": (fetched_s + picture_s) / wanted * 1000,
        "picture_ms": picture_s / wanted * 1000,
    }


def ffmpeg(folder: Path, wanted: int) -> Answer:
    """`ffmpeg -frames:v 1`, a process for each camera."""

    def one(url: str) -> bool:
        command = ["ffmpeg", "-v", "error", "-nostdin", "-rtsp_transport", "tcp"]
        command += ["-timeout", str(PEER_TIMEOUT_S * 1_000_000), "-i", url]
        command += ["-frames:v", "1", "-f", "rawvideo", "-y", "/dev/null"]
        return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0

    return _peer(one, folder, wanted)


def opencv(folder: Path, wanted: int) -> Answer:
    """`cv2.VideoCapture` in threads, the first frame of each camera."""
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "rtsp_transport;tcp"
    import cv2

    def one(url: str) -> bool:
        capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG)
        try:
            return capture.read()[0]
        finally:
            capture.release()

    return _peer(one, folder, wanted)


def _peer(one: Callable[[str], bool], folder: Path, wanted: int) -> Answer:
    before = cpu()
    with ThreadPoolExecutor(PEERS_AT_ONCE) as pool:
        good = sum(pool.map(one, urls(folder, wanted)))
    return {"looks": wanted, "good": good, "cpu_ms": (cpu() - before).all_s / wanted * 1000}


WAYS: dict[str, Callable[[Path, int], Answer]] = {
    "bare": bare_loop,
    "protocol": protocol_only,
    "xueliang": xueliang,
    "burst": burst,
    "ffmpeg": ffmpeg,
    "opencv": opencv,
}


def main() -> None:
    way, folder, looks = sys.argv[1:]
    print(json.dumps(WAYS[way](Path(folder), int(looks))))


if __name__ == "__main__":
    main()
