"""Playing a clip to one viewer, as a camera does to whom joins in mid-stream: the rest of the
running group of pictures, then the next key frame, then on at the clip's pace.
"""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tests.fleet import rtp
from tests.fleet.clips import Clip
from tests.fleet.rtp import Gop

# A viewer joins at most so many frames before the end of the running group: the rest would only
# cost bytes.
MAX_TAIL_FRAMES = 4
_UDP_BURST_PACKETS = 24
_UDP_BURST_PAUSE_S = 0.003
_TRICKLE_PAUSE_S = 1.0


class Sink(Protocol):
    """Where packets go: `blob` holds them with their interleaving prefix, from packet number
    `first` of the group to `last` (not included)."""

    def send(self, blob: bytes, gop: Gop, first: int, last: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a stream behaves: `normal`, `nothing`, `half` (half a key frame, then closed),
    `trickle` (the key frame a packet a second), `no_key_frame`.

    `paced`: what comes before the key frame comes frame by frame at the clip's pace, all of the
    wait long, as from a real camera; otherwise a few frames of it come at once.
    """

    kind: str = "normal"
    gop_wait_s: float = 0.2
    channel: int = 0
    paced: bool = False


@functools.lru_cache(maxsize=48)
def _blob(clip: Clip, number: int, lap: int, channel: int) -> bytes:
    return rtp.rewritten(
        clip.gops[number],
        channel=channel,
        sequence_shift=lap * clip.packet_count,
        timestamp_shift=lap * clip.timestamp_span,
    )


class Player:
    """One running stream. `start` counts the groups of pictures of the clip, round and round;
    the key frame sent first is that of group `start`."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clip: Clip,
        start: int,
        sink: Sink,
        manner: Manner,
        chance: random.Random,
        hang_up: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._clip = clip
        self._at = start
        self._frame = 0
        self._sink = sink
        self._manner = manner
        self._chance = chance
        self._hang_up = hang_up
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Send what is due at once, and set the timer for the key frame."""
        if self._manner.kind == "nothing":
            return
        gop, _ = self._group(self._at - 1)
        if self._manner.paced and self._manner.kind == "normal":
            wait = round(self._manner.gop_wait_s * self._clip.fps)
            self._at -= 1
            self._frame = gop.frame_count - self._chance.randint(0, min(wait, gop.frame_count - 1))
            self._next()
            return
        tail = self._chance.randint(0, min(MAX_TAIL_FRAMES, gop.frame_count - 1))
        if tail:
            self._send(self._at - 1, gop.frame_count - tail, gop.frame_count)
        self._later(self._chance.random() * self._manner.gop_wait_s, self._key_frame)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._timer = self._loop.call_later(seconds, action)

    def _group(self, at: int) -> tuple[Gop, bytes]:
        lap, number = divmod(at, len(self._clip.gops))
        gop = self._clip.gops[number]
        if lap == 0 and self._manner.channel == 0:
            return gop, gop.blob
        return gop, _blob(self._clip, number, lap, self._manner.channel)

    def _send(self, at: int, first: int, last: int) -> None:
        gop, blob = self._group(at)
        self._sink.send(blob, gop, gop.frames[first], gop.frames[last])

    def _key_frame(self) -> None:
        gop, blob = self._group(self._at)
        kind = self._manner.kind
        if kind == "half":
            self._sink.send(blob, gop, 0, max(2, gop.frames[1] // 2))
            self._later(0.01, self._hang_up)
        elif kind == "trickle":
            self._trickle(gop, blob)
        elif kind == "no_key_frame":
            self._frame = max(1, gop.frame_count - 1)
            self._next()
        else:
            self._send(self._at, 0, 1)
            self._frame = 1
            self._later(1 / self._clip.fps, self._next)

    def _next(self) -> None:
        """The next frame, at the clip's pace."""
        gop, _ = self._group(self._at)
        if self._frame >= gop.frame_count:
            self._at, self._frame = self._at + 1, 0
        if self._manner.kind == "no_key_frame" and self._frame == 0:
            self._frame = max(1, gop.frame_count - 1)
        self._send(self._at, self._frame, self._frame + 1)
        self._frame += 1
        self._later(1 / self._clip.fps, self._next)

    def _trickle(self, gop: Gop, blob: bytes, sent: int = 1) -> None:
        """The parameter sets and the head of the picture at once, then packet after packet a
        second apart: a whole key frame would take minutes."""
        first = 0 if sent == 1 else sent - 1
        if sent >= gop.frames[1]:
            return
        self._sink.send(blob, gop, first, sent)
        self._later(_TRICKLE_PAUSE_S, lambda: self._trickle(gop, blob, sent + 1))


class DatagramSink:
    """Over UDP, in bursts small enough for a viewer's default receive buffer."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        send_packet: Callable[[memoryview], None],
    ) -> None:
        self._loop = loop
        self._send_packet = send_packet
        self._timer: asyncio.TimerHandle | None = None
        self._queue: list[tuple[bytes, Gop, int, int]] = []

    def send(self, blob: bytes, gop: Gop, first: int, last: int) -> None:
        self._queue.append((blob, gop, first, last))
        if self._timer is None:
            self._burst()

    def _burst(self) -> None:
        self._timer = None
        room = _UDP_BURST_PACKETS
        while self._queue and room:
            blob, gop, first, last = self._queue.pop(0)
            upto = min(last, first + room)
            view = memoryview(blob)
            for number in range(first, upto):
                self._send_packet(view[gop.packets[number] + 4 : gop.packets[number + 1]])
            room -= upto - first
            if upto < last:
                self._queue.insert(0, (blob, gop, upto, last))
        if self._queue:
            self._timer = self._loop.call_later(_UDP_BURST_PAUSE_S, self._burst)

    def stop(self) -> None:
        self._queue.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
