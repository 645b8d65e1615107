"""The pool of decoder processes, with workers that die, hang, lie and are kept waiting."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from probes.decode.pool import DecodePool
from probes.reasons import ProbeFailedError
from probes.vocabulary import Codec, FaultKind, Stage
from tests.core.picture_scenes import disk_blurred, street
from tests.shell.coded_pictures import coded, h264_sps, key_frame

STREET = key_frame(Codec.H264, coded(Codec.H264, street()))

# A worker in the pool's own words: it says it is ready, takes any job and does with it as told.
_SCRIPT = """
import os, socket, struct, sys
connection = socket.socket(fileno=int(sys.argv[-1]))
connection.sendall(b"R")
connection.recv(8)
{then}
"""


def scripted(then: str) -> tuple[str, ...]:
    return (sys.executable, "-c", _SCRIPT.format(then=then))


async def reason_of(pool: DecodePool) -> tuple[Stage, str]:
    with pytest.raises(ProbeFailedError) as caught:
        await pool.read_frame(STREET, None, False)
    return caught.value.failure.stage, caught.value.failure.reason


async def test_reads_in_another_process() -> None:
    async with DecodePool(1) as pool:
        reading = await pool.read_frame(STREET, None, True)
        assert (reading.media.width, reading.media.height) == (640, 360)
        assert reading.media.transport is STREET.transport
        assert reading.sketch.captured_at == STREET.received_at
        assert reading.frame_jpeg is not None
        again = await pool.read_frame(STREET, reading.sketch, False)
        assert again.sketch == reading.sketch
        assert again.frame_jpeg is None
        assert os.getpid() not in pool.worker_pids()
        assert len(pool.worker_pids()) == 1


async def test_faults_and_failures_come_back() -> None:
    soft = key_frame(Codec.H265, coded(Codec.H265, disk_blurred(street(), 6)))
    giant = key_frame(Codec.H264, h264_sps(16384, 16384) + STREET.access_unit)
    async with DecodePool(1) as pool:
        reading = await pool.read_frame(soft, None, False)
        assert [fault.kind for fault in reading.picture.faults] == [FaultKind.BLUR]
        with pytest.raises(ProbeFailedError) as caught:
            await pool.read_frame(giant, None, False)
        assert caught.value.failure.reason == "too_large"
        assert "16384" in caught.value.failure.evidence
        pids = pool.worker_pids()
        await pool.read_frame(STREET, None, False)
        assert pool.worker_pids() == pids


async def test_never_more_workers_than_asked_for() -> None:
    async with DecodePool(2) as pool:
        jobs = (pool.read_frame(STREET, None, False) for _ in range(12))
        readings = await asyncio.gather(*jobs)
        assert len(readings) == 12
        assert len(pool.worker_pids()) == 2


async def test_a_worker_that_died_meanwhile_costs_nothing() -> None:
    async with DecodePool(1) as pool:
        await pool.read_frame(STREET, None, False)
        (pid,) = pool.worker_pids()
        os.kill(pid, signal.SIGKILL)
        reading = await pool.read_frame(STREET, None, False)
        assert reading.media.width == 640
        assert pool.worker_pids() != (pid,)


async def test_a_worker_that_dies_of_a_job_costs_one_retry() -> None:
    async with DecodePool(1) as pool:
        await pool.read_frame(STREET, None, False)
        (pid,) = pool.worker_pids()
        os.kill(pid, signal.SIGSTOP)
        job = asyncio.create_task(pool.read_frame(STREET, None, False))
        await asyncio.sleep(0)
        os.kill(pid, signal.SIGKILL)
        assert (await job).media.width == 640


@pytest.mark.parametrize(
    "then",
    [
        pytest.param("os.kill(os.getpid(), 11)", id="segmentation fault"),
        pytest.param("connection.close()", id="closed"),
        pytest.param("connection.sendall(struct.pack('>II', 2**31, 0))", id="endless head"),
        pytest.param("connection.sendall(struct.pack('>II', 2, 0) + b'{}')", id="empty answer"),
        pytest.param("connection.sendall(struct.pack('>II', 2, 0) + b'{]')", id="not JSON"),
    ],
)
async def test_a_picture_that_kills_is_our_failure(then: str) -> None:
    async with DecodePool(1, command=scripted(then)) as pool:
        assert await reason_of(pool) == (Stage.PROBER, "decoder_died")
        assert await reason_of(pool) == (Stage.PROBER, "decoder_died")


async def test_a_hanging_worker_is_killed_and_replaced() -> None:
    async with DecodePool(1, decode_s=0.3) as pool:
        await pool.read_frame(STREET, None, False)
        (pid,) = pool.worker_pids()
        os.kill(pid, signal.SIGSTOP)
        assert await reason_of(pool) == (Stage.PROBER, "decoder_timeout")
        assert pool.worker_pids() == ()
        assert not Path(f"/proc/{pid}").exists()
    async with DecodePool(1) as pool:
        assert (await pool.read_frame(STREET, None, False)).media.width == 640


async def test_a_job_that_waits_too_long_is_overload() -> None:
    async with DecodePool(1, wait_s=0.05) as pool:
        await pool.read_frame(STREET, None, False)
        (pid,) = pool.worker_pids()
        os.kill(pid, signal.SIGSTOP)
        first = asyncio.create_task(pool.read_frame(STREET, None, False))
        await asyncio.sleep(0)
        assert await reason_of(pool) == (Stage.PROBER, "overload")
        os.kill(pid, signal.SIGCONT)
        assert (await first).media.width == 640


async def test_too_many_waiting_jobs_are_turned_away() -> None:
    async with DecodePool(1, max_waiting=0) as pool:
        first = asyncio.create_task(pool.read_frame(STREET, None, False))
        await asyncio.sleep(0)
        assert await reason_of(pool) == (Stage.PROBER, "overload")
        await first


async def test_an_abandoned_job_gives_its_worker_up() -> None:
    async with DecodePool(1) as pool:
        await pool.read_frame(STREET, None, False)
        (pid,) = pool.worker_pids()
        os.kill(pid, signal.SIGSTOP)
        job = asyncio.create_task(pool.read_frame(STREET, None, False))
        await asyncio.sleep(0)
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert (await pool.read_frame(STREET, None, False)).media.width == 640


async def test_a_worker_that_cannot_start_is_our_failure() -> None:
    async with DecodePool(1, command=("/nonexistent/decoder",)) as pool:
        assert await reason_of(pool) == (Stage.PROBER, "internal_error")
    async with DecodePool(1, command=(sys.executable, "-c", "pass")) as pool:
        assert await reason_of(pool) == (Stage.PROBER, "internal_error")


async def test_closing_ends_the_workers() -> None:
    async with DecodePool(2) as pool:
        jobs = (pool.read_frame(STREET, None, False) for _ in range(2))
        await asyncio.gather(*jobs)
        pids = pool.worker_pids()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def limits_of(pid: int) -> str:
    (line,) = (
        line
        for line in Path(f"/proc/{pid}/limits").read_text().splitlines()
        if line.startswith("Max address space")
    )
    return line.split()[3]


async def test_a_worker_is_confined_and_still_reads_the_largest_pictures() -> None:
    largest = np.tile(street(), (14, 10))[:4864, :6400]
    async with DecodePool(1) as pool:
        for codec in (Codec.H264, Codec.MJPEG):
            one = key_frame(codec, coded(codec, largest))
            reading = await pool.read_frame(one, None, False)
            assert (reading.media.width, reading.media.height) == (6400, 4864)
        (pid,) = pool.worker_pids()
        assert int(limits_of(pid)) == 1536 * 1024 * 1024


async def test_a_worker_dies_with_its_parent() -> None:
    program = (
        "import asyncio, sys\n"
        "from probes.decode.pool import _Worker, WORKER_COMMAND\n"
        "async def main():\n"
        "    worker = await _Worker.start(WORKER_COMMAND)\n"
        "    print(worker.process.pid, flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    handle = os.pidfd_open(pid)
    os.kill(pid, signal.SIGSTOP)
    parent.kill()
    await parent.wait()
    gone = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(handle, gone.set)
    async with asyncio.timeout(10):
        await gone.wait()
    loop.remove_reader(handle)
    os.close(handle)
