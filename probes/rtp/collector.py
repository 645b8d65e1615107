"""From RTP packets to the first whole key picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from probes.rtp.assembly import (
    Damage,
    JpegAssembly,
    NalAssembly,
    Picture,
    PictureAssembly,
    PictureTooLargeError,
)
from probes.rtp.codecs import NAL_RULES
from probes.rtp.following import Follower, Place
from probes.rtp.h264 import proves_h264
from probes.rtp.h265 import proves_h265
from probes.rtp.packet import MalformedRtpError, RtpPacket, parse_packet
from probes.rtp.parameter_sets import ParameterSets
from probes.rtp.run import FragmentRun
from probes.rtp.sequencer import Sequencer
from probes.vocabulary import Codec, Transport

# A camera sends one source; stale packets of an earlier session (old LIVE555 servers) or an
# unknown second source (Tapo C320WS) may stand beside it.
MAX_SOURCES = 4
# A stream whose key pictures come without parameter sets is given up at the third: the sets are
# repeated with each key picture where they are sent at all.
MAX_WITHOUT_PARAMETER_SETS = 3
# Beyond this share of UDP packets lost, a key picture that never came is put down to the network.
# Over TCP the network loses none: a gap is what the camera left out itself.
HEAVY_LOSS = 0.05
# TCP loses nothing: a key picture with packets missing was sent so. One may be a camera's moment of
# overload; this many in a row, and none whole before them, are what its viewers see.
MAX_SENT_DAMAGED = 3
# First bytes of payloads that can prove a codec: an H.264 SPS or STAP-A of any importance, an
# H.265 VPS or aggregation packet.
_TELLING_BYTES = frozenset(
    bytes([first]) for first in (0x27, 0x47, 0x67, 0x18, 0x38, 0x58, 0x78, 0x40, 0x60)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPicture:
    """A whole key picture: Annex B with its parameter sets in front, or a JFIF image."""

    codec: Codec
    access_unit: bytes = field(repr=False)
    rtp_timestamp: int


@dataclass(slots=True)
class Shortfall:
    """Why no key picture has come out so far: how often each thing was met."""

    transport: Transport
    packets: int = 0
    foreign: int = 0
    malformed: int = 0
    lost_packets: int = 0
    lost_keys: int = 0
    broken_keys: int = 0
    without_parameter_sets: int = 0
    first_error: str = ""

    def reason(self) -> tuple[str, str] | None:
        """The key_frame reason and its evidence, most telling first; None where nothing is
        wrong but that no key picture has come."""
        seen = f"{self.packets} packets"
        if self.without_parameter_sets:
            return "parameter_sets_missing", f"{self.without_parameter_sets} key pictures, {seen}"
        heavy = self.lost_packets > HEAVY_LOSS * self.packets
        if self.lost_keys or (heavy and self.transport is Transport.UDP):
            return "packet_loss", (
                f"{self.lost_packets} packets lost, {self.lost_keys} key pictures damaged, {seen}"
            )
        if self.broken_keys or self.malformed * 2 > self.packets:
            return "malformed", f"{self.malformed} of {seen} unreadable: {self.first_error}"
        return None


@dataclass(frozen=True, slots=True)
class _Source:
    """One synchronisation source (RFC 3550 section 3)."""

    sequencer: Sequencer
    assembly: PictureAssembly


_Running = tuple[_Source, FragmentRun]
# A source with the packet that came last.
_Latest = tuple[_Source, RtpPacket]


class KeyFrameCollector:
    """Takes the packets of one video stream and gives the first whole key picture.

    `parameter_sets` are the description's; `payload_types` empty means any; `ssrc` is the one
    announced in SETUP, which has precedence where it really appears.

    `passing_over` says that what comes now is a picture of no use.

    The codec is the description's until the packets prove another: an Ezviz that says H265 sends
    H.264 (AlexxIT/go2rtc issue 264).
    """

    def __init__(
        self,
        codec: Codec,
        *,
        parameter_sets: Iterable[bytes] = (),
        payload_types: frozenset[int] = frozenset(),
        ssrc: int | None = None,
        transport: Transport = Transport.TCP,
    ) -> None:
        self._codec = codec
        self.shortfall = Shortfall(transport)
        self._parameter_sets = tuple(parameter_sets)
        self._described: dict[Codec, ParameterSets] = {}
        self._payload_types = payload_types
        self._announced = ssrc
        self._sources: dict[int, _Source] = {}
        self._running: _Running | None = None
        self._latest: _Latest | None = None
        self._found_in: Place | None = None
        self.passing_over = False

    @property
    def receiving(self) -> bool:
        """Whether a packet of the stream has come."""
        return bool(self._sources)

    @property
    def hopeless(self) -> bool:
        """Whether waiting on is of no use."""
        return self.shortfall.without_parameter_sets >= MAX_WITHOUT_PARAMETER_SETS

    @property
    def corrupt(self) -> bool:
        """Whether the camera itself sends its key pictures damaged."""
        over_tcp = self.shortfall.transport is Transport.TCP
        return over_tcp and self.shortfall.lost_keys >= MAX_SENT_DAMAGED

    def feed(self, datagrams: Iterable[bytes]) -> KeyPicture | None:
        """Takes RTP packets as received and stops at the first whole key picture.

        A picture ends where the next one begins. Where `marked` says that one may have ended
        already, wait a little for packets that go on with it, then call `finish`.

        Raises:
            PictureTooLargeError: a picture exceeds the bound.
        """
        packets = iter(datagrams)
        while (data := self._follow(packets)) is not None:
            packet = self._read(data)
            if packet is None:
                continue
            source = self._sources.get(packet.ssrc) or self._new_source(packet.ssrc)
            for missing, ordered in source.sequencer.push(packet):
                if missing:
                    self.shortfall.lost_packets += missing
                    source.assembly.lost()
                found = self._judge(packet.ssrc, source, self._assemble(source, ordered))
                if found is not None:
                    return found
            self._running = self._run_behind(source, packet)
            self._latest = source, packet
        return None

    def _follow(self, packets: Iterator[bytes]) -> bytes | None:
        """Takes the packets of the run under way; the first behind them."""
        if self._running is None:
            return next(packets, None)
        source, run = self._running
        data = run.follow(packets)
        self._take_run(source, run)
        if data is not None:
            self._running = None
        return data

    def _take_run(self, source: _Source, run: FragmentRun) -> None:
        fragments = run.take()
        if not fragments:
            return
        self.shortfall.packets += len(fragments)
        source.sequencer.advance(len(fragments))
        source.assembly.ran(fragments)

    def pass_frames(self, buffer: bytes, position: int, channel: int) -> int:
        """Takes what needs no single look off a buffer of interleaved frames, between two packets
        of `feed`: the run under way, or pictures of no use. Gives the position behind it.

        Raises:
            PictureTooLargeError: a picture exceeds the bound.
        """
        if self._running is not None:
            source, run = self._running
            position = run.follow_frames(buffer, position, channel)
            self._take_run(source, run)
        if self._latest is None or self._found_in is not None:
            return position
        source, packet = self._latest
        passage = source.assembly.passage() if source.sequencer.stands_at(packet) else None
        self.passing_over = passage is not None
        if passage is None:
            return position
        position = passage.over(buffer, position, channel, packet)
        if passage.packets:
            self._running = None
            self.shortfall.packets += passage.packets
            source.sequencer.advance(passage.packets)
            source.assembly.passed(passage)
            self._latest = (
                source,
                packet._replace(sequence=(packet.sequence + passage.packets) & 0xFFFF),
            )
        return position

    def _run_behind(self, source: _Source, packet: RtpPacket) -> _Running | None:
        run = None
        if source.sequencer.stands_at(packet):
            run = source.assembly.run_behind(packet)
        return None if run is None else (source, run)

    def follow(self, most_bytes: int) -> Follower:
        """What goes on behind the key picture that was found; nothing more is to be fed here.

        Raises:
            LookupError: none was found.
        """
        if self._found_in is None:
            raise LookupError("no key picture was found")
        return Follower(self._found_in, most_bytes)

    @property
    def marked(self) -> bool:
        """Whether a marker bit has ended a key picture, as far as one knows: some cameras set it
        on every slice."""
        return any(source.assembly.marked for source in self._sources.values())

    def finish(self) -> KeyPicture | None:
        """The key picture that a marker bit has ended and nothing went on with."""
        for ssrc, source in self._sources.items():
            found = self._judge(ssrc, source, source.assembly.finish_marked())
            if found is not None:
                return found
        return None

    def _read(self, data: bytes) -> RtpPacket | None:
        """The packet, unless it is malformed or of no interest."""
        self.shortfall.packets += 1
        try:
            packet = parse_packet(data)
        except MalformedRtpError as error:
            self._note(error)
            return None
        if self._payload_types and packet.payload_type not in self._payload_types:
            self.shortfall.packets -= 1
            self.shortfall.foreign += 1
            return None
        if packet.payload[:1] in _TELLING_BYTES:
            self._check_codec(packet.payload)
        return packet

    def _check_codec(self, payload: bytes) -> None:
        if self._codec is Codec.H265 and proves_h264(payload):
            self._codec = Codec.H264
        elif self._codec is Codec.H264 and proves_h265(payload):
            self._codec = Codec.H265
        else:
            return
        self._sources.clear()

    def _new_source(self, ssrc: int) -> _Source:
        if len(self._sources) >= MAX_SOURCES:
            oldest = next(known for known in self._sources if known != self._announced)
            del self._sources[oldest]
        assembly: PictureAssembly = JpegAssembly()
        if self._codec in NAL_RULES:
            rules = NAL_RULES[self._codec]
            if self._codec not in self._described:
                self._described[self._codec] = ParameterSets(rules, self._parameter_sets)
            assembly = NalAssembly(rules, self._described[self._codec].anew())
        source = self._sources[ssrc] = _Source(Sequencer(), assembly)
        return source

    def _assemble(self, source: _Source, packet: RtpPacket) -> Picture | None:
        try:
            return source.assembly.push(packet)
        except PictureTooLargeError:
            raise
        except MalformedRtpError as error:
            self._note(error)
            return None

    def _note(self, error: MalformedRtpError) -> None:
        self.shortfall.malformed += 1
        self.shortfall.first_error = self.shortfall.first_error or str(error)

    def _judge(self, ssrc: int, source: _Source, picture: Picture | None) -> KeyPicture | None:
        if picture is None or not source.assembly.is_key(picture):
            return None
        if picture.damage is not None:
            self.shortfall.lost_keys += picture.damage is Damage.LOSS
            self.shortfall.broken_keys += picture.damage is Damage.MALFORMED
            return None
        if ssrc != self._announced and self._announced in self._sources:
            return None
        access_unit = source.assembly.access_unit(picture)
        if access_unit is None:
            self.shortfall.without_parameter_sets += 1
            return None
        self._found_in = Place(
            ssrc=ssrc,
            timestamp=picture.timestamp,
            sequencer=source.sequencer,
            assembly=source.assembly,
        )
        return KeyPicture(
            codec=self._codec, access_unit=access_unit, rtp_timestamp=picture.timestamp
        )
