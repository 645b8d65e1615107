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
        self._started = False
        self._expected = 0
        self._held: dict[int, RtpPacket] = {}

    def push(self, packet: RtpPacket) -> Iterator[tuple[int, RtpPacket]]:
        """Takes a packet and gives those that are in order now."""
        sequence = packet.sequence
        ahead = (sequence - self._expected) & 0xFFFF if self._started else 0
        if ahead == 0:
            self._started, self._expected = True, (sequence + 1) & 0xFFFF
            yield 0, packet
        elif MAX_JUMP < ahead < 0x10000 - MAX_JUMP:
            self._held.clear()
            self._expected = (sequence + 1) & 0xFFFF
            yield 1, packet
        elif ahead <= MAX_JUMP:
            self._held[sequence] = packet
        if self._held:
            yield from self._release()

    def stands_at(self, packet: RtpPacket) -> bool:
        """Whether this is the last packet in order, and none is held back for one before it."""
        return not self._held and self._expected == (packet.sequence + 1) & 0xFFFF

    def advance(self, packets: int) -> None:
        """So many packets have gone by in order."""
        self._expected = (self._expected + packets) & 0xFFFF

    def _release(self) -> Iterator[tuple[int, RtpPacket]]:
        """What is held and has become due; the gap before it where that is given up."""
        while self._held:
            missing = 0
            if self._expected not in self._held:
                if len(self._held) <= MAX_HELD:
                    return
                expected = self._expected
                missing = min((number - expected) & 0xFFFF for number in self._held)
                self._expected = (expected + missing) & 0xFFFF
            packet = self._held.pop(self._expected)
            self._expected = (self._expected + 1) & 0xFFFF
            yield missing, packet
