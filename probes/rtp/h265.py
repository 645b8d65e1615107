"""H.265 (ITU-T H.265) in RTP (RFC 7798), and what its NAL units tell of a picture."""

from __future__ import annotations

from probes.rtp.bits import MAX_SIZE_FIELDS_BYTES, BitReader, without_emulation_prevention
from probes.rtp.nal import split_annex_b
from probes.rtp.packet import MalformedRtpError, UnbegunUnitError
from probes.rtp.passage import UselessSlices

VPS, SPS, PPS, AUD, FILLER = 32, 33, 34, 35, 38
_AGGREGATION, _FRAGMENTATION, _PACI = 48, 49, 50
_IRAP = range(16, 24)
# Slices of trailing and leading pictures (table 7-1: types 0 to 9).
USELESS = UselessSlices(
    single=frozenset(kind << 1 for kind in range(10)),
    fragments=frozenset({_FRAGMENTATION << 1}),
    header_at=2,
    kinds=frozenset(range(10)),
    head=b"\x02\x01",
)


def unit_type(unit: bytes) -> int:
    """nal_unit_type (section 7.3.1.2)."""
    return unit[0] >> 1 & 0x3F


def is_slice(unit: bytes) -> bool:
    """Whether it codes picture samples of the base layer (table 7-1)."""
    return unit[0] < 0x40


def starts_picture(unit: bytes) -> bool:
    """first_slice_segment_in_pic_flag (section 7.3.6.1)."""
    return len(unit) > 2 and unit[2] >= 0x80


def is_parameter_set(unit: bytes) -> bool:
    return VPS <= unit_type(unit) <= PPS


def is_dispensable(unit: bytes) -> bool:
    """Delimiters and filler, which a decoder of one picture does not need."""
    return unit_type(unit) in (AUD, FILLER)


def parameter_set_key(unit: bytes) -> tuple[int, int]:
    """(type, id): a later set with the same key replaces an earlier one.

    Raises:
        MalformedRtpError: cut off.
    """
    kind = unit_type(unit)
    reader = BitReader(without_emulation_prevention(unit[2:128]))
    if kind == VPS:
        return kind, reader.bits(4)
    if kind == SPS:
        _skip_to_sps_id(reader)
    return kind, reader.unsigned()


REQUIRED_SETS = frozenset({VPS, SPS, PPS})


def is_key_picture(units: list[bytes]) -> bool:
    """Whether decoding can begin here: an IRAP picture (section 3.69: IDR, BLA, CRA)."""
    return any(is_slice(unit) and unit_type(unit) in _IRAP for unit in units)


def may_become_key(units: list[bytes], head: bytes) -> bool:
    """Whether the picture of `units` may prove a key picture with the unit that `head` begins."""
    return not is_slice(head) or is_key_picture([*units, head])


class H265Depacketizer:
    """Payloads in sequence to NAL units; the same liberties as for H.264 are survived.

    Decoding order numbers (sprop-max-don-diff > 0) are not read: no camera uses them.
    """

    def __init__(self) -> None:
        self._fragments: list[bytes] = []

    def push(self, payload: bytes) -> list[bytes]:
        """NAL units complete with this payload.

        Raises:
            UnbegunUnitError: it continues a unit that was not begun.
            MalformedRtpError: it is none of RFC 7798's, or leaves a unit unfinished; what it
                holds itself is dropped too.
        """
        if len(payload) < 2:
            return []
        kind = unit_type(payload)
        if kind == _FRAGMENTATION:
            return self._fragment(payload)
        if self.forget():
            raise MalformedRtpError("H.265 fragmented unit without its end")
        if kind == _AGGREGATION:
            return _aggregated(payload)
        if kind == _PACI:
            raise MalformedRtpError("H.265 PACI packets are not supported")
        return [unit for unit in split_annex_b(payload) if len(unit) > 1]

    def _fragment(self, payload: bytes) -> list[bytes]:
        """Fragmentation units (RFC 7798 section 4.4.3)."""
        if len(payload) < 3:
            raise MalformedRtpError("H.265 fragment without its FU header")
        header = payload[2]
        head = bytes([payload[0] & 0x81 | (header & 0x3F) << 1, payload[1]])
        if header & 0x80:
            unfinished = self.forget()
            self._fragments = [head, payload[3:]]
            if unfinished:
                raise MalformedRtpError("H.265 fragmented unit without its end")
        elif not self._fragments:
            raise UnbegunUnitError(head)
        else:
            self._fragments.append(payload[3:])
        if not header & 0x40:
            return []
        unit = b"".join(self._fragments)
        self._fragments = []
        return [part for part in split_annex_b(unit) if len(part) > 2]

    def goes_on_with(self, payload: bytes) -> bytes:
        """How a middle fragment begins behind this payload; empty where no unit is open."""
        if not self._fragments or len(payload) < 3 or unit_type(payload) != _FRAGMENTATION:
            return b""
        return bytes([payload[0], payload[1], payload[2] & 0x3F])

    @property
    def open_head(self) -> bytes:
        """The header of the open unit, empty where none is."""
        return self._fragments[0] if self._fragments else b""

    def leave_open(self, head: bytes) -> None:
        """A unit with this header is under way, of which what came so far is of no use."""
        self._fragments = [head]

    def extend(self, fragments: list[bytes]) -> None:
        """Middle fragments of the open unit."""
        self._fragments += fragments

    def forget(self) -> bytes:
        """Drops an unfinished unit and gives its header; empty where there is none."""
        head = self.open_head
        self._fragments = []
        return head


def _aggregated(payload: bytes) -> list[bytes]:
    """Aggregation packets (RFC 7798 section 4.4.2)."""
    units: list[bytes] = []
    position = 2
    while position + 2 <= len(payload):
        size = int.from_bytes(payload[position : position + 2], "big")
        position += 2
        if position + size > len(payload):
            raise MalformedRtpError(f"H.265 aggregated unit of {size} bytes cut off")
        found = split_annex_b(payload[position : position + size])
        units.extend(unit for unit in found if len(unit) > 1)
        position += size
    return units


def proves_h265(payload: bytes) -> bool:
    """Whether a payload holds a VPS, alone or first in an aggregation packet. Its first byte
    would be type 0 as H.264, which is not in use."""
    unit = payload[4:] if payload[:2] == b"\x60\x01" else payload
    return unit[:2] == b"\x40\x01"


def picture_size(sps: bytes) -> tuple[int, int]:
    """Width and height in pixels after the conformance window (sections 7.3.2.2.1, 7.4.3.2.1).

    Raises:
        MalformedRtpError: not an SPS, or cut off.
    """
    if len(sps) < 3 or unit_type(sps) != SPS:
        raise MalformedRtpError("not an H.265 sequence parameter set")
    reader = _size_reader(sps)
    chroma, width, height = _coded_size(reader)
    if reader.bits(1):
        left, right, top, bottom = (reader.unsigned() for _ in range(4))
        width -= (2 if chroma in (1, 2) else 1) * (left + right)
        height -= (2 if chroma == 1 else 1) * (top + bottom)
    if width <= 0 or height <= 0:
        raise MalformedRtpError(f"cropped to {width} x {height}")
    return width, height


def coded_size(sps: bytes) -> tuple[int, int]:
    """Width and height in pixels before the conformance window: what a decoder allocates for.

    Raises:
        MalformedRtpError: cut off.
    """
    _, width, height = _coded_size(_size_reader(sps))
    return width, height


def _size_reader(sps: bytes) -> BitReader:
    return BitReader(without_emulation_prevention(sps[2:MAX_SIZE_FIELDS_BYTES]))


def _coded_size(reader: BitReader) -> tuple[int, int, int]:
    """chroma_format_idc, width, height."""
    _skip_to_sps_id(reader)
    reader.unsigned()
    chroma = reader.unsigned()
    if chroma == 3:
        reader.bits(1)
    return chroma, reader.unsigned(), reader.unsigned()


def _skip_to_sps_id(reader: BitReader) -> None:
    """VPS id, sub-layers and profile_tier_level (sections 7.3.2.2.1 and 7.3.3)."""
    reader.bits(4)
    sub_layers = reader.bits(3)
    reader.bits(1)
    reader.bits(96)
    present = [(reader.bits(1), reader.bits(1)) for _ in range(sub_layers)]
    if sub_layers:
        reader.bits(2 * (8 - sub_layers))
    for profile, level in present:
        reader.bits(88 * profile + 8 * level)
