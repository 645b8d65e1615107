"""One way of looking at cameras, in a process of its own: `python -m benchmarks.ways WAY FILE`.

FILE has a line for each look: URL, user, password, separated by tabs. Prints one JSON document.
CPU and memory are taken by the parent; a way only does the looks and says how many it got. The
bare loop, which has to fetch its frames before it can decode them, takes its own CPU.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from probes.clock import SystemClock
from probes.deadline import Deadline
from probes.rtsp.client import fetch_key_frame
from probes.vocabulary import Budget, Credentials, KeyFrame, ProbeTarget, Verdict

Lines = list[tuple[str, str, str]]
# As many at a time as the machine has cores: more would only make the others' looks time out.
PEERS_AT_ONCE = os.cpu_count() or 1
PEER_TIMEOUT_S = 60


def targets(lines: Lines) -> list[ProbeTarget]:
    return [
        ProbeTarget(
            camera_id=str(number),
            stream_url=url,
            credentials=Credentials(username=user, password=password),
            upstream=url.split("/")[2],
        )
        for number, (url, user, password) in enumerate(lines)
    ]


def with_user(line: tuple[str, str, str]) -> str:
    url, user, password = line
    return url.replace("://", f"://{quote(user, safe='')}:{quote(password, safe='')}@", 1)


def xueliang(lines: Lines) -> dict[str, float]:
    """The service's own way: the runner, its looks and its decoder processes."""
    return asyncio.run(_xueliang(lines))


async def _xueliang(lines: Lines) -> dict[str, float]:
    from probes.runner import Runner
    from xueliang.looks import open_looks
    from xueliang.plan import batches

    good = looks = 0
    async with (
        open_looks(Budget(), SystemClock()) as means,
        Runner(means.look, concurrency=256, per_upstream=4, congested=means.congested) as runner,
    ):
        for batch in batches(targets(lines)):
            runner.offer(batch)
        while looks < len(lines):
            for result in await runner.results(wait_s=5):
                looks += 1
                good += result.verdict in (Verdict.OK, Verdict.DEGRADED)
    return {"good": good}


def bare_loop(lines: Lines) -> dict[str, float]:
    """Only decoding and measuring the same frames, one after the other: the floor."""
    from av.video.reformatter import VideoReformatter

    from probes.decode.reading import read_key_frame

    frames = asyncio.run(_fetch(lines))
    scaler = VideoReformatter()
    begun_s = time.process_time()
    for frame in frames:
        read_key_frame(frame, None, want_frame=False, scaler=scaler)
    return {"good": len(frames), "cpu_s": time.process_time() - begun_s}


async def _fetch(lines: Lines) -> list[KeyFrame]:
    places = asyncio.Semaphore(16)

    async def one(target: ProbeTarget) -> KeyFrame:
        async with places:
            return await fetch_key_frame(target, Deadline(clock=SystemClock(), budget=Budget()))

    return await asyncio.gather(*map(one, targets(lines)))


def protocol_only(lines: Lines) -> dict[str, float]:
    """Only fetching the key frames: what the protocol costs."""
    begun_s = time.process_time()
    frames = asyncio.run(_fetch(lines))
    return {"good": len(frames), "cpu_s": time.process_time() - begun_s}


def ffmpeg(lines: Lines) -> dict[str, float]:
    """`ffmpeg -frames:v 1`, a process for each camera."""

    def one(line: tuple[str, str, str]) -> bool:
        command = ["ffmpeg", "-v", "error", "-nostdin", "-rtsp_transport", "tcp"]
        command += ["-timeout", str(PEER_TIMEOUT_S * 1_000_000), "-i", with_user(line)]
        command += ["-frames:v", "1", "-f", "rawvideo", "-y", "/dev/null"]
        return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0

    with ThreadPoolExecutor(PEERS_AT_ONCE) as pool:
        return {"good": sum(pool.map(one, lines))}


def opencv(lines: Lines) -> dict[str, float]:
    """`cv2.VideoCapture` in threads, the first frame of each camera."""
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "rtsp_transport;tcp"
    import cv2

    def one(line: tuple[str, str, str]) -> bool:
        capture = cv2.VideoCapture(with_user(line), cv2.CAP_FFMPEG)
        try:
            return capture.read()[0]
        finally:
            capture.release()

    with ThreadPoolExecutor(PEERS_AT_ONCE) as pool:
        return {"good": sum(pool.map(one, lines))}


WAYS: dict[str, Callable[[Lines], dict[str, float]]] = {
    "bare loop": bare_loop,
    "protocol only": protocol_only,
    "xueliang": xueliang,
    "ffmpeg": ffmpeg,
    "cv2.VideoCapture": opencv,
}


def main() -> None:
    way, path = sys.argv[1:]
    rows = (line.split("\t") for line in Path(path).read_text("utf-8").splitlines())
    print(json.dumps(WAYS[way]([(url, user, password) for url, user, password in rows])))


if __name__ == "__main__":
    main()
