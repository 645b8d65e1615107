"""A bounded pool of decoder processes.

A job goes to one worker only, so that a worker that dies or hangs costs that job and no other.
Workers are started when first needed and kept; one that has died, hung or been abandoned is
killed and replaced.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from probes.decode import wire
from probes.reasons import ProbeFailedError, failure
from probes.vocabulary import FrameReading, KeyFrame, PictureContext, Sketch, Stage

log = logging.getLogger(__name__)

# A 32-megapixel key frame decodes in 0.5 s; ten times that on a busy machine.
DECODE_S = 5.0
# Importing the decoders takes 0.3 s of CPU; a machine that cannot start one in this time is
# overloaded beyond use.
START_S = 30.0
# A frame that is here has cost its camera nothing any more, so the wait is bounded by our own
# patience and not by the look's deadline: 256 frames ahead take two workers 4 s; a minute means
# that the machine cannot keep up.
WAIT_S = 60.0
# Jobs waiting for a worker hold their coded picture in memory: 64 of 1 MB at the very most.
MAX_WAITING = 64
# A picture fits the socket's buffer in few pieces (Linux doubles the figure and bounds it).
_SOCKET_BUFFER_BYTES = 512 * 1024

WORKER_COMMAND: tuple[str, ...] = (sys.executable, "-m", "probes.decode.worker")


def _ours(reason: str, evidence: str) -> ProbeFailedError:
    return ProbeFailedError(failure(Stage.PROBER, reason, evidence))


class _Worker:
    """One process and the socket to it."""

    def __init__(
        self, process: Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.process = process
        self._reader = reader
        self._writer = writer

    @classmethod
    async def start(cls, command: Sequence[str]) -> Self:
        """A worker that is ready.

        Raises:
            OSError, EOFError, TimeoutError: it cannot be started.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER_BYTES)
            try:
                process = await asyncio.create_subprocess_exec(
                    *command, str(theirs.fileno()), pass_fds=(theirs.fileno(),), stdin=DEVNULL
                )
            except BaseException:
                ours.close()
                raise
        reader, writer = await asyncio.open_connection(sock=ours, limit=_SOCKET_BUFFER_BYTES)
        worker = cls(process, reader, writer)
        try:
            async with asyncio.timeout(START_S):
                await reader.readexactly(len(wire.READY))
        except BaseException:
            await worker.kill()
            raise
        return worker

    async def ask(self, pieces: Sequence[bytes]) -> tuple[bytes, bytes]:
        """The head and body of the answer to a job.

        Raises:
            EOFError, ConnectionError: the worker died.
            ValueError: it answered nonsense.
        """
        # One by one: as lines they would be joined, a copy of the whole picture.
        for piece in pieces:
            self._writer.write(piece)
        await self._writer.drain()
        prefix = await self._reader.readexactly(wire.LENGTHS.size)
        head_bytes, body_bytes = wire.lengths(prefix)
        head = await self._reader.readexactly(head_bytes)
        return head, await self._reader.readexactly(body_bytes)

    async def kill(self) -> None:
        """Ends the process and waits until it is gone; no use after."""
        self._writer.transport.abort()
        if self.process.returncode is None:
            self.process.kill()
        await asyncio.shield(self.process.wait())


class DecodePool:
    """Reads key frames in `workers` processes (as many as there are cores unless told)."""

    def __init__(
        self,
        workers: int | None = None,
        *,
        decode_s: float = DECODE_S,
        wait_s: float = WAIT_S,
        max_waiting: int = MAX_WAITING,
        command: Sequence[str] = WORKER_COMMAND,
    ) -> None:
        self._slots = asyncio.Semaphore(workers or os.cpu_count() or 1)
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._waiting = 0
        self._max_waiting = max_waiting
        self._decode_s = decode_s
        self._wait_s = wait_s
        self._command = tuple(command)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def worker_pids(self) -> tuple[int, ...]:
        """The processes that live now, for an operator's or a test's eye."""
        return tuple(worker.process.pid for worker in (*self._idle, *self._busy))

    @property
    def waiting(self) -> int:
        """Jobs that wait for a free worker."""
        return self._waiting

    async def aclose(self) -> None:
        """Ends all workers. Jobs under way fail as prober/decoder_died."""
        workers = [*self._idle, *self._busy]
        self._idle.clear()
        for worker in workers:
            await worker.kill()

    async def read_frame(
        self,
        key_frame: KeyFrame,
        previous: Sketch | None,
        want_frame: bool,
        context: PictureContext | None = None,
    ) -> FrameReading:
        """Decodes and judges a key frame in a worker.

        The wait for a worker and the decoding have bounds of their own, so that a slow camera's
        picture is still read.

        Raises:
            ProbeFailedError: at stage decode where the picture is unusable; at stage prober with
                overload (no worker came free in `wait_s`), decoder_timeout or decoder_died.
        """
        job = wire.Job(
            key_frame=key_frame, previous=previous, want_frame=want_frame, context=context
        )
        pieces = wire.pack_job(job)
        async with self._slot():
            # A worker may have died of what came before; the same picture killing a fresh one
            # as well is proof.
            answer = await self._attempt(pieces) or await self._attempt(pieces)
        if answer is None:
            raise _ours("decoder_died", f"two workers died of {len(key_frame.access_unit)} bytes")
        try:
            return wire.unpack_reading(key_frame, *answer)
        except (KeyError, TypeError, ValueError) as error:
            raise _ours("decoder_died", f"senseless answer: {type(error).__name__}") from error

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        if self._slots.locked():
            await self._wait()
        else:
            await self._slots.acquire()
        try:
            yield
        finally:
            self._slots.release()

    async def _wait(self) -> None:
        if self._waiting >= self._max_waiting:
            raise _ours("overload", f"{self._waiting} pictures wait to be decoded")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_s):
                await self._slots.acquire()
        except TimeoutError:
            raise _ours("overload", f"no decoder came free in {self._wait_s:g} s") from None
        finally:
            self._waiting -= 1

    async def _attempt(self, pieces: Sequence[bytes]) -> tuple[bytes, bytes] | None:
        """The answer to a job, or None where the worker died of it."""
        worker = await self._take()
        self._busy.add(worker)
        answered = False
        try:
            async with asyncio.timeout(self._decode_s):
                answer = await worker.ask(pieces)
            answered = True
        except TimeoutError:
            raise _ours("decoder_timeout", f"no answer in {self._decode_s:g} s") from None
        except (EOFError, ConnectionError, ValueError) as error:
            log.warning("decoder %d died: %s", worker.process.pid, type(error).__name__)
            return None
        finally:
            self._busy.discard(worker)
            if answered:
                self._idle.append(worker)
            else:
                await worker.kill()
        return answer

    async def _take(self) -> _Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.process.returncode is None:
                return worker
            await worker.kill()
        try:
            return await _Worker.start(self._command)
        except (OSError, EOFError, TimeoutError) as error:
            evidence = f"a decoder does not start: {type(error).__name__}"
            raise _ours("internal_error", evidence) from error
