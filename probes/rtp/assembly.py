"""Packets of one source, in sequence, to pictures: by timestamp and marker bit (RFC 3550
section 5.1, RFC 6184 section 5.1, RFC 7798 section 4.1, RFC 2435 section 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from probes.rtp.codecs import NalRules
from probes.rtp.jpeg import JpegDepacketizer
from probes.rtp.nal import annex_b
from probes.rtp.packet import MalformedRtpError, RtpPacket, UnbegunUnitError
from probes.rtp.parameter_sets import ParameterSets
from probes.rtp.passage import Passage
from probes.rtp.run import FragmentRun

# Key pictures of 4K cameras reach 2 MB; what exceeds four times that is no single picture.
MAX_PICTURE_BYTES = 8_388_608
# H.265 allows 600 slice segments (table A.8, level 6.2), H.264 a slice for each macroblock, which
# no camera makes; a picture cut smaller than this only costs time and memory.
MAX_PICTURE_UNITS = 8192


class PictureTooLargeError(MalformedRtpError):
    """A picture grew beyond MAX_PICTURE_BYTES or MAX_PICTURE_UNITS."""


class Damage(Enum):
    """Why a picture is not whole."""

    LOSS = "packets lost"
    MALFORMED = "payload malformed"
    UNBEGUN = "beginning not received"


@dataclass(slots=True)
class Picture:
    """One picture as collected so far.

    `dropped` are headers of units that were not whole; `after_gap` says that packets before its
    first one are missing, `passed_over` that it is no key picture and was not kept whole.
    """

    timestamp: int
    units: list[bytes] = field(default_factory=list)
    dropped: list[bytes] = field(default_factory=list)
    size_bytes: int = 0
    damage: Damage | None = None
    marked: bool = False
    after_gap: bool = False
    has_slice: bool = False
    passed_over: bool = False


def _grow(picture: Picture, size_bytes: int) -> None:
    picture.size_bytes += size_bytes
    if picture.size_bytes > MAX_PICTURE_BYTES:
        raise PictureTooLargeError(f"picture exceeds {MAX_PICTURE_BYTES} bytes")


class PictureAssembly(Protocol):
    """What the collector needs of an assembly.

    `push` gives the picture that ended with the packet before; `finish_marked` the one that a
    marker bit has ended, when nothing more comes; `marked` tells that there is a key picture so
    ended. `access_unit` turns a whole picture
    into what a decoder takes, None while parameter sets are missing. `run_behind` gives the run of
    fragments that the packet pushed last leaves open, and `ran` takes what came in it; `passage` is
    for passing over pictures of no use, None where the one at hand may be of some, and `passed`
    takes notice of what was passed over.
    `keep_every` says whether pictures that are no key pictures are to be kept whole too.
    """

    def push(self, packet: RtpPacket) -> Picture | None: ...

    def run_behind(self, packet: RtpPacket) -> FragmentRun | None: ...

    def ran(self, fragments: list[bytes]) -> None: ...

    def passage(self) -> Passage | None: ...

    def passed(self, passage: Passage) -> None: ...

    @property
    def marked(self) -> bool: ...

    def finish_marked(self) -> Picture | None: ...

    def lost(self) -> None: ...

    def is_key(self, picture: Picture) -> bool: ...

    def access_unit(self, picture: Picture) -> bytes | None: ...

    def keep_every(self, wanted: bool) -> None: ...


class NalAssembly:
    """H.264 and H.265."""

    def __init__(self, rules: NalRules, parameter_sets: ParameterSets) -> None:
        self._every = False
        self._rules = rules
        self._sets = parameter_sets
        self._depacketizer = rules.depacketizer()
        self._picture: Picture | None = None
        self._gap = False
        self._first = True
        self._trust_marker = True

    def push(self, packet: RtpPacket) -> Picture | None:
        """Takes a packet.

        Raises:
            MalformedRtpError: its payload is broken; the picture is marked damaged.
        """
        finished = None
        picture = self._picture
        if picture is None or packet.timestamp != picture.timestamp:
            finished = self._finish()
            picture = self._begin(packet.timestamp)
        else:
            self._go_on(picture)
        self._gap = False
        _grow(picture, len(packet.payload))
        try:
            self._add(picture, self._depacketizer.push(packet.payload))
        except UnbegunUnitError as error:
            picture.dropped.append(error.head)
            picture.damage = picture.damage or self._wrong_beginning(picture)
        except MalformedRtpError:
            picture.damage = picture.damage or Damage.MALFORMED
            if finished is None:
                raise
        if len(picture.units) + len(picture.dropped) > MAX_PICTURE_UNITS:
            raise PictureTooLargeError(f"picture exceeds {MAX_PICTURE_UNITS} units")
        picture.marked = packet.marker
        return finished

    def run_behind(self, packet: RtpPacket) -> FragmentRun | None:
        """None where the packet leaves no unit open, or a marker bit has to be heeded."""
        picture = self._picture
        begins_with = self._depacketizer.goes_on_with(packet.payload)
        if picture is None or packet.marker or not begins_with:
            return None
        return FragmentRun(packet, begins_with, MAX_PICTURE_BYTES - picture.size_bytes)

    def ran(self, fragments: list[bytes]) -> None:
        """Takes the fragments of a run."""
        picture = self._picture
        if picture is None:
            return
        picture.size_bytes += sum(map(len, fragments))
        head = self._depacketizer.open_head
        if not self._every and not self._rules.may_become_key(picture.units, head):
            picture.passed_over = True
        else:
            self._depacketizer.extend(fragments)

    def passage(self) -> Passage | None:
        """None where the picture at hand may be a key picture, or every picture is wanted."""
        picture, head = self._picture, self._depacketizer.open_head
        if self._every or self._gap or picture is None or self.is_key(picture):
            return None
        useless = self._rules.useless
        if self._rules.may_become_key(picture.units, head or useless.head):
            return None
        return Passage(
            useless=useless,
            timestamp=picture.timestamp,
            marked=picture.marked,
            has_slice=picture.has_slice,
            unfinished=bool(head),
            size_bytes=picture.size_bytes,
        )

    def passed(self, passage: Passage) -> None:
        """Takes notice of pictures passed over.

        Raises:
            PictureTooLargeError: the last of them has become so.
        """
        picture = self._picture
        if picture is None or passage.began:
            self._first = False
            picture = self._picture = Picture(passage.timestamp)
        picture.passed_over = True
        picture.has_slice, picture.marked = passage.has_slice, passage.marked
        picture.size_bytes = 0
        self._trust_marker = self._trust_marker and not passage.went_on
        self._depacketizer.forget()
        if passage.unfinished:
            self._depacketizer.leave_open(passage.useless.head)
        _grow(picture, passage.size_bytes)

    def keep_every(self, wanted: bool) -> None:
        self._every = wanted

    def _go_on(self, picture: Picture) -> None:
        if self._gap:
            picture.damage = picture.damage or Damage.LOSS
        if picture.marked and picture.has_slice:
            self._trust_marker = False

    @property
    def marked(self) -> bool:
        """A marker counts only behind a slice: Ivel sets it on SEI. It counts no longer once a
        picture has gone on behind it: then it stands on every slice."""
        picture = self._picture
        if picture is None or not picture.marked or not self._trust_marker:
            return False
        return picture.has_slice and self.is_key(picture)

    def finish_marked(self) -> Picture | None:
        if not self.marked or self._picture is None:
            return None
        finished = self._finish()
        self._picture = None
        return finished

    def lost(self) -> None:
        """Packets are missing before the next one."""
        head = self._depacketizer.forget()
        self._gap = True
        if self._picture is not None and head:
            self._picture.dropped.append(head)
            self._picture.damage = self._picture.damage or Damage.LOSS

    def is_key(self, picture: Picture) -> bool:
        return not picture.passed_over and self._rules.is_key_picture(
            picture.units + picture.dropped
        )

    def access_unit(self, picture: Picture) -> bytes | None:
        sets = self._sets.units()
        if sets is None:
            return None
        rules = self._rules
        rest = (
            unit
            for unit in picture.units
            if not rules.is_parameter_set(unit) and not rules.is_dispensable(unit)
        )
        return annex_b([*sets, *rest])

    def _begin(self, timestamp: int) -> Picture:
        before = self._picture
        self._picture = Picture(timestamp, after_gap=self._gap)
        # A gap behind a picture that had its end lies in the new one. Behind another it is that
        # picture's missing end; the new one still has to begin with its first slice.
        if self._gap and (before is None or before.marked):
            self._picture.damage = Damage.LOSS
        return self._picture

    def _finish(self) -> Picture | None:
        picture = self._picture
        if picture is None:
            return None
        head = self._depacketizer.forget()
        if head:
            picture.dropped.append(head)
            picture.damage = picture.damage or Damage.MALFORMED
        if self._gap and not picture.marked:
            picture.damage = picture.damage or Damage.LOSS
        if picture.damage is None and not self._begins_right(picture):
            picture.damage = self._wrong_beginning(picture)
        self._first = False
        return picture if picture.dropped or picture.has_slice else None

    def _wrong_beginning(self, picture: Picture) -> Damage:
        if picture.after_gap:
            return Damage.LOSS
        return Damage.UNBEGUN if self._first else Damage.MALFORMED

    def _add(self, picture: Picture, units: list[bytes]) -> None:
        for unit in units:
            if self._rules.is_parameter_set(unit):
                self._sets.take(unit)
            is_slice = self._rules.is_slice(unit)
            if is_slice and self._rules.is_key_picture([unit]) and self._of_no_use(picture):
                # One timestamp for several pictures: the key picture begins here.
                picture.units, picture.passed_over = [], False
            picture.units.append(unit)
            picture.has_slice = picture.has_slice or is_slice

    def _of_no_use(self, picture: Picture) -> bool:
        """Whether the picture has a slice, passed over or kept, that makes it no key picture."""
        return picture.passed_over or (picture.has_slice and not self.is_key(picture))

    def _begins_right(self, picture: Picture) -> bool:
        rules = self._rules
        first = next((unit for unit in picture.units if rules.is_slice(unit)), None)
        return first is None or rules.starts_picture(first)


class JpegAssembly:
    """MJPEG: every picture is a key picture."""

    def __init__(self) -> None:
        self._depacketizer = JpegDepacketizer()
        self._picture: Picture | None = None
        self._gap = False
        self._first = True

    def push(self, packet: RtpPacket) -> Picture | None:
        """Takes a packet.

        Raises:
            MalformedRtpError: its payload is broken; the picture is marked damaged.
        """
        picture = self._picture
        if picture is None or packet.timestamp != picture.timestamp:
            self._depacketizer.finish()
            picture = self._picture = Picture(packet.timestamp)
        if self._gap:
            picture.damage = Damage.LOSS
            self._gap = False
        if picture.damage is None:
            self._add(picture, packet)
        if not packet.marker:
            return None
        self._first, self._picture = False, None
        whole = self._depacketizer.finish()
        picture.units = [whole] if whole else []
        return picture

    def _add(self, picture: Picture, packet: RtpPacket) -> None:
        _grow(picture, len(packet.payload))
        try:
            self._depacketizer.push(packet.payload)
        except UnbegunUnitError:
            picture.damage = Damage.UNBEGUN if self._first else Damage.MALFORMED
        except MalformedRtpError:
            picture.damage = Damage.MALFORMED
            if not packet.marker:
                raise

    def run_behind(self, packet: RtpPacket) -> FragmentRun | None:  # noqa: ARG002
        """Never: each packet of a JPEG says where it belongs."""
        return None

    def ran(self, fragments: list[bytes]) -> None:
        """There are no runs."""

    def passage(self) -> Passage | None:
        """Never: every picture is of use."""
        return None

    def passed(self, passage: Passage) -> None:
        """Nothing is passed over."""

    @property
    def marked(self) -> bool:
        """Never: `push` gives a picture with the marked packet."""
        return False

    def finish_marked(self) -> Picture | None:
        return None

    def lost(self) -> None:
        """Packets are missing before the next one."""
        self._gap = True
        if self._picture is not None:
            self._picture.damage = Damage.LOSS

    def is_key(self, picture: Picture) -> bool:  # noqa: ARG002 - each picture is whole in itself
        return True

    def access_unit(self, picture: Picture) -> bytes | None:
        return picture.units[0] if picture.units else None

    def keep_every(self, wanted: bool) -> None:
        """Every picture is kept anyway."""
