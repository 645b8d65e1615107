"""Packets back in the order they were sent, and what is missing between them."""

from __future__ import annotations

from collections.abc import Iterator

from probes.rtp.packet import RtpPacket

# Networks and cameras swap neighbours; 32 packets are 45 KB, about 10 ms of a busy stream.
# A packet later than that is taken for lost.
MAX_HELD = 32
# A jump by more than this is a source that started anew, not loss (RFC 3550 appendix A.1).
MAX_JUMP = 3000


class Sequencer:
    """Orders one source's packets by sequence number.

    `push` gives pairs (packets missing before it, packet). Duplicates and packets later than
    the bound are dropped.
    """

    def __init__(self) -> None:
        self._expected: int | None = None
        self._held: dict[int, RtpPacket] = {}

    def push(self, packet: RtpPacket) -> Iterator[tuple[int, RtpPacket]]:
        sequence = packet.sequence
        ahead = 0 if self._expected is None else (sequence - self._expected) & 0xFFFF
        if ahead == 0:
            yield 0, packet
            self._expected = (sequence + 1) & 0xFFFF
        elif MAX_JUMP < ahead < 0x10000 - MAX_JUMP:
            self._held.clear()
            yield 1, packet
            self._expected = (sequence + 1) & 0xFFFF
        elif ahead <= MAX_JUMP:
            self._held[sequence] = packet
        if self._held:
            yield from self._release()

    def _release(self) -> Iterator[tuple[int, RtpPacket]]:
        assert self._expected is not None  # noqa: S101 - something was sent on before any is held
        missing = 0
        while self._held:
            packet = self._held.pop(self._expected, None)
            if packet is not None:
                yield missing, packet
                missing = 0
            elif len(self._held) <= MAX_HELD:
                return
            else:
                expected = self._expected
                nearest = min(self._held, key=lambda number: (number - expected) & 0xFFFF)
                missing = (nearest - expected) & 0xFFFF
                self._expected = nearest
                continue
            self._expected = (self._expected + 1) & 0xFFFF
