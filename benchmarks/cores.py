"""Whether decoding and measuring scale to the cores there are.

`python -m benchmarks.cores FOLDER WORKERS FRAMES` reads frames in the service's pool of decoders,
each pinned to a core, and prints what it took. On a machine that others use too, elapsed time
tells little; so the time in which a decoder could have run but another process had its core is
known from the scheduler, and left out.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from benchmarks.cities import serving, with_clip
from benchmarks.lines import Line, Sizes
from benchmarks.measured import ask, scheduled
from benchmarks.ways import fetch, targets
from probes.decode.pool import DecodePool
from probes.vocabulary import KeyFrame

SECTION = "cores"
HELD_FRAMES = 50


def lines(sizes: Sizes) -> Iterator[Line]:
    """Frames a second with one decoder and with two."""
    cores = len(os.sched_getaffinity(0))
    with serving(60, with_clip(sizes.clip), gop_wait_s=0.2) as folder:
        rounds = [
            [ask("benchmarks.cores", folder, workers, sizes.frames) for workers in (1, 2)]
            for _ in range(sizes.rounds)
        ]
    for key, name in (("own", "others' use of the cores left out"), ("seen", "as the clock says")):
        rates = [median(one[number][key] for one in rounds) for number in (0, 1)]
        times = rates[1] / rates[0]
        yield Line(
            section=SECTION,
            what=f"decoding and measuring, 1 and 2 decoders on {cores} cores; {name}",
            measured=f"{rates[0]:.0f} and {rates[1]:.0f} frames/s, {times:.2f} times",
            goal="1.8 times" if key == "own" else "",
            met=times >= 1.8 if key == "own" else None,
        )


async def _read(folder: Path, workers: int, wanted: int) -> dict[str, float]:
    frames = await fetch(targets(folder, HELD_FRAMES))
    queue = iter(list(islice(cycle(frames), wanted)))
    async with DecodePool(workers) as pool:
        await asyncio.gather(*(pool.read_frame(frames[0], None, False) for _ in range(workers)))
        cores = sorted(os.sched_getaffinity(0))
        for number, pid in enumerate(pool.worker_pids()):
            os.sched_setaffinity(pid, {cores[number % len(cores)]})
        before, begun_s = scheduled(pool.worker_pids()), time.monotonic()
        # One more than decoders, so that the next frame is there when one has finished.
        await asyncio.gather(*(_feed(pool, queue) for _ in range(workers + 1)))
        seen_s = time.monotonic() - begun_s
        spent = scheduled(pool.worker_pids()) - before
    # What one decoder waited for its core while it had work.
    own_s = seen_s - spent.waited_s / workers
    return {"seen": wanted / seen_s, "own": wanted / own_s}


async def _feed(pool: DecodePool, queue: Iterator[KeyFrame]) -> None:
    for frame in queue:
        await pool.read_frame(frame, None, False)


def main() -> None:
    folder, workers, wanted = sys.argv[1:]
    print(json.dumps(asyncio.run(_read(Path(folder), int(workers), int(wanted)))))


if __name__ == "__main__":
    main()
