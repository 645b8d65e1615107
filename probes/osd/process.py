"""The shell around the process that reads overlay text: started when there is something to read,
ended when told."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence

from probes.osd import wire
from probes.osd.vocabulary import Capture, OverlayReading

log = logging.getLogger(__name__)

# A capture takes a fifth of a second, the first of a process two; behind all else that a busy
# machine does, a hundred times that.
READING_S = 240.0
# A tenth of what others get where all want to compute: nicer ones starve on a loaded machine.
_NICENESS = 10
_WORKER = (sys.executable, "-m", "probes.osd.worker")
IN_THE_BACKGROUND: tuple[str, ...] = (*_WORKER, str(_NICENESS))
AT_ONCE: tuple[str, ...] = (*_WORKER, "0")


class OverlayProcess:
    """Reads captures, one at a time."""

    def __init__(
        self, command: Sequence[str] = IN_THE_BACKGROUND, *, reading_s: float = READING_S
    ) -> None:
        self._command = tuple(command)
        self._reading_s = reading_s
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return None if self._process is None else self._process.pid

    async def read(self, capture: Capture) -> OverlayReading | None:
        """What a capture shows; None where the process could not tell, hung or died of it."""
        answered = False
        try:
            async with asyncio.timeout(self._reading_s):
                line = await self._ask(wire.pack_capture(capture))
            reading = wire.unpack_answer(capture, line)
            answered = True
        except (TimeoutError, OSError, EOFError, KeyError, TypeError, ValueError) as error:
            log.warning("overlay text is not read: %s", type(error).__name__)
            return None
        finally:
            if not answered:
                await self.close()
        return reading

    async def _ask(self, data: bytes) -> bytes:
        process = self._process
        if process is None:
            process = self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=wire.MAX_ANSWER_BYTES
            )
        if process.stdin is None or process.stdout is None:
            raise EOFError("the process has no pipes")
        process.stdin.write(data)
        await process.stdin.drain()
        line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError("the process ended")
        return line

    async def close(self) -> None:
        """Ends the process and waits until it is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await asyncio.shield(process.wait())
