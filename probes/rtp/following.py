"""The pictures behind a key picture: a burst."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from probes.rtp.assembly import Picture, PictureAssembly
from probes.rtp.packet import MalformedRtpError, RtpPacket, parse_packet
from probes.rtp.run import FragmentRun
from probes.rtp.sequencer import Sequencer
from probes.vocabulary import CodedPicture

# RTP clock of video, ticks a second (RFC 6184 section 8.2.1, RFC 7798 section 7.1, RFC 2435).
CLOCK_HZ = 90_000
# Pictures that show whether anything moves are wanted over this time: shaking in wind and traffic
# has one to eight swings a second.
MOVING_TICKS = CLOCK_HZ
# At 25 pictures a second, all of that time; at more a part of it, for what decoding costs.
MAX_MOVING = 25
# The next key picture tells whether a picture stands. One that comes sooner tells little: cameras
# may code two in a row.
STANDING_TICKS = CLOCK_HZ * 3 // 4
# Between pictures of one stream lie at most 1 to 20 s; what lies further ahead has jumped.
_MOST_TICKS = CLOCK_HZ * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the key picture was found: what is needed to go on behind it."""

    ssrc: int
    timestamp: int
    sequencer: Sequencer
    assembly: PictureAssembly


def ticks_between(earlier: int, later: int) -> int | None:
    """Ticks from one RTP timestamp to another (they wrap at 32 bits); None where time stands, runs
    back or jumps."""
    ticks = (later - earlier) & 0xFFFFFFFF
    return ticks if 0 < ticks <= _MOST_TICKS else None


class Follower:
    """Takes the packets behind a key picture and keeps what a burst needs: the pictures of the
    first second without a gap, and the next key picture. `most_bytes` bounds all of them.

    Where a packet is lost the pictures behind it are of no use up to the next key picture.
    """

    def __init__(self, place: Place, most_bytes: int) -> None:
        self._place = place
        self._most_bytes = most_bytes
        self._size_bytes = 0
        self._running: FragmentRun | None = None
        self._pictures: list[CodedPicture] = []
        self._moving = True
        self.done = False
        place.assembly.keep_every(True)

    @property
    def pictures(self) -> tuple[CodedPicture, ...]:
        """What has been kept, in the order in which it came."""
        return tuple(self._pictures)

    def feed(self, datagrams: Iterable[bytes]) -> None:
        """Takes RTP packets as received, until the burst is `done`.

        Raises:
            PictureTooLargeError: a picture exceeds the bound.
        """
        packets = iter(datagrams)
        while not self.done:
            data = self._running.follow(packets) if self._running else next(packets, None)
            self._end_run(data)
            if data is None:
                return
            packet = self._read(data)
            if packet is not None:
                self._push(packet)

    def _end_run(self, data: bytes | None) -> None:
        if self._running is None:
            return
        fragments = self._running.take()
        self._place.sequencer.advance(len(fragments))
        self._place.assembly.ran(fragments)
        if data is not None:
            self._running = None

    def _read(self, data: bytes) -> RtpPacket | None:
        try:
            packet = parse_packet(data)
        except MalformedRtpError:
            return None
        return packet if packet.ssrc == self._place.ssrc else None

    def _push(self, packet: RtpPacket) -> None:
        place = self._place
        for missing, ordered in place.sequencer.push(packet):
            if missing:
                place.assembly.lost()
                self._only_keys()
            try:
                picture = place.assembly.push(ordered)
            except MalformedRtpError:
                self._only_keys()
                continue
            if picture is not None:
                self._take(picture)
        if place.sequencer.stands_at(packet):
            self._running = place.assembly.run_behind(packet)

    def _only_keys(self) -> None:
        self._moving = False
        self._place.assembly.keep_every(False)

    def _take(self, picture: Picture) -> None:
        assembly = self._place.assembly
        is_key = assembly.is_key(picture)
        if picture.damage is not None or not (is_key or self._moving):
            # What is damaged would be in every picture that is predicted from it.
            self._only_keys()
            return
        coded = assembly.access_unit(picture)
        if coded is None:
            return
        self._size_bytes += len(coded)
        if self._size_bytes > self._most_bytes:
            self.done = True
            return
        self._pictures.append(
            CodedPicture(access_unit=coded, rtp_timestamp=picture.timestamp, is_key=is_key)
        )
        self._weigh(picture.timestamp, is_key)

    def _weigh(self, timestamp: int, is_key: bool) -> None:
        """Whether more is needed."""
        ticks = ticks_between(self._place.timestamp, timestamp)
        if is_key and (ticks is None or ticks >= STANDING_TICKS):
            self.done = True
        elif ticks is None or ticks >= MOVING_TICKS or len(self._pictures) >= MAX_MOVING:
            self._only_keys()
