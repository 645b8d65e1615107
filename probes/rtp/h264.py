"""H.264 (ITU-T H.264) in RTP (RFC 6184), and what its NAL units tell of a picture."""

from __future__ import annotations

from probes.rtp.bits import MAX_SIZE_FIELDS_BYTES, BitReader, without_emulation_prevention
from probes.rtp.nal import split_annex_b
from probes.rtp.packet import MalformedRtpError, UnbegunUnitError
from probes.rtp.passage import UselessSlices

IDR, SEI, SPS, PPS, AUD, FILLER = 5, 6, 7, 8, 9, 12
_STAP_A, _FU_A = 24, 28
_RECOVERY_POINT = 6
_I_SLICES = frozenset({2, 4, 7, 9})
# Profiles whose SPS carries the chroma format (section 7.3.2.1.1).
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_PROFILES = _HIGH_PROFILES | {66, 77, 88}
# Slices of pictures that are no IDR (type 1), of any importance.
USELESS = UselessSlices(
    single=frozenset({0x01, 0x21, 0x41, 0x61}),
    fragments=frozenset({0x1C, 0x3C, 0x5C, 0x7C}),
    header_at=1,
    kinds=frozenset({1}),
    head=b"\x41",
)


def unit_type(unit: bytes) -> int:
    """nal_unit_type (section 7.3.1)."""
    return unit[0] & 0x1F


def is_slice(unit: bytes) -> bool:
    """Whether it codes picture samples (section 7.4.1, table 7-1)."""
    return 1 <= unit[0] & 0x1F <= 5


def starts_picture(unit: bytes) -> bool:
    """Whether a slice is its picture's first: first_mb_in_slice is 0, one set bit."""
    return len(unit) > 1 and unit[1] >= 0x80


def is_parameter_set(unit: bytes) -> bool:
    return unit[0] & 0x1F in (SPS, PPS)


def is_dispensable(unit: bytes) -> bool:
    """Delimiters and filler, which a decoder of one picture does not need."""
    return unit[0] & 0x1F in (AUD, FILLER)


def parameter_set_key(unit: bytes) -> tuple[int, int]:
    """(type, id): a later set with the same key replaces an earlier one.

    Raises:
        MalformedRtpError: cut off.
    """
    kind = unit_type(unit)
    reader = BitReader(without_emulation_prevention(unit[1:16]))
    if kind == SPS:
        reader.bits(24)
    return kind, reader.unsigned()


REQUIRED_SETS = frozenset({SPS, PPS})


def is_key_picture(units: list[bytes]) -> bool:
    """Whether decoding can begin here: an IDR picture, or an intra picture announced by a
    recovery point SEI with nothing to wait for (section D.2.8) or by parameter sets (cameras with
    open GOPs or periodic intra pictures send no IDR after the first).
    """
    slices = [unit for unit in units if is_slice(unit)]
    if any(unit_type(unit) == IDR for unit in slices):
        return True
    return _is_announced(units) and all(_is_intra(unit) for unit in slices)


def may_become_key(units: list[bytes], head: bytes) -> bool:
    """Whether the picture of `units` may prove a key picture with the unit that `head` begins."""
    return not is_slice(head) or unit_type(head) == IDR or _is_announced(units)


def _is_announced(units: list[bytes]) -> bool:
    return any(
        unit_type(unit) == SPS or (unit_type(unit) == SEI and _is_recovery_point(unit))
        for unit in units
    )


def _is_intra(unit: bytes) -> bool:
    reader = BitReader(without_emulation_prevention(unit[1:24]))
    try:
        reader.unsigned()
        return reader.unsigned() in _I_SLICES
    except MalformedRtpError:
        return False


def _is_recovery_point(unit: bytes) -> bool:
    """Whether an SEI's first message is a recovery point with recovery_frame_cnt 0."""
    payload = without_emulation_prevention(unit[1:8])
    return len(payload) > 2 and payload[0] == _RECOVERY_POINT and payload[2] >= 0x80


class H264Depacketizer:
    """Payloads in sequence to NAL units.

    Survived: fragments that name another type than the first (Tiandy), empty fragments, the
    reserved bit (moonfire-nvr issues 344 and 352).
    """

    def __init__(self) -> None:
        self._fragments: list[bytes] = []

    def push(self, payload: bytes) -> list[bytes]:
        """NAL units complete with this payload.

        Raises:
            UnbegunUnitError: it continues a unit that was not begun.
            MalformedRtpError: it is none of RFC 6184's, or leaves a unit unfinished; what it
                holds itself is dropped too.
        """
        if not payload:
            return []
        kind = payload[0] & 0x1F
        if kind == _FU_A:
            return self._fragment(payload)
        if self.forget():
            raise MalformedRtpError("FU-A unit without its end")
        if kind == _STAP_A:
            return _aggregated(payload)
        if kind > _STAP_A:
            raise MalformedRtpError(f"H.264 payload type {kind} is not supported")
        return list(split_annex_b(payload))

    def _fragment(self, payload: bytes) -> list[bytes]:
        """FU-A (RFC 6184 section 5.8)."""
        if len(payload) < 2:
            raise MalformedRtpError("FU-A without its FU header")
        header = payload[1]
        if header & 0x80:
            unfinished = self.forget()
            self._fragments = [bytes([payload[0] & 0xE0 | header & 0x1F]), payload[2:]]
            if unfinished:
                raise MalformedRtpError("FU-A unit without its end")
        elif not self._fragments:
            raise UnbegunUnitError(bytes([payload[0] & 0xE0 | header & 0x1F]))
        else:
            self._fragments.append(payload[2:])
        if not header & 0x40:
            return []
        unit = b"".join(self._fragments)
        self._fragments = []
        return list(split_annex_b(unit)) if len(unit) > 1 else []

    def goes_on_with(self, payload: bytes) -> bytes:
        """How a middle fragment begins behind this payload; empty where no unit is open."""
        if not self._fragments or len(payload) < 2 or payload[0] & 0x1F != _FU_A:
            return b""
        return bytes([payload[0], payload[1] & 0x3F])

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
    """STAP-A (RFC 6184 section 5.7.1)."""
    units: list[bytes] = []
    position = 1
    while position + 2 <= len(payload):
        size = int.from_bytes(payload[position : position + 2], "big")
        position += 2
        if position + size > len(payload):
            raise MalformedRtpError(f"STAP-A unit of {size} bytes cut off at {len(payload)}")
        units.extend(split_annex_b(payload[position : position + size]))
        position += size
    return units


def proves_h264(payload: bytes) -> bool:
    """Whether a payload holds an SPS, alone or first in a STAP-A, with a profile that exists.
    As H.265 those bytes would name types that are not in use."""
    if len(payload) < 8:
        return False
    unit = payload[3:] if payload[0] & 0x9F == _STAP_A else payload
    return unit[0] & 0x9F == SPS and unit[0] & 0x60 != 0 and unit[1] in _PROFILES


def picture_size(sps: bytes) -> tuple[int, int]:
    """Width and height in pixels after cropping (sections 7.3.2.1.1 and 7.4.2.1.1).

    Raises:
        MalformedRtpError: not an SPS, or cut off.
    """
    if not sps or unit_type(sps) != SPS:
        raise MalformedRtpError("not an H.264 sequence parameter set")
    reader = _size_reader(sps)
    chroma = _skip_to_size(reader)
    width, height, frames_only = _coded_size(reader)
    if not frames_only:
        reader.bits(1)
    reader.bits(1)
    if reader.bits(1):
        left, right, top, bottom = (reader.unsigned() for _ in range(4))
        unit_x = 2 if chroma in (1, 2) else 1
        unit_y = (2 if chroma == 1 else 1) * (2 - frames_only)
        width -= unit_x * (left + right)
        height -= unit_y * (top + bottom)
    if width <= 0 or height <= 0:
        raise MalformedRtpError(f"cropped to {width} x {height}")
    return width, height


def coded_size(sps: bytes) -> tuple[int, int]:
    """Width and height in pixels before cropping: what a decoder allocates memory for.

    Raises:
        MalformedRtpError: cut off.
    """
    reader = _size_reader(sps)
    _skip_to_size(reader)
    width, height, _ = _coded_size(reader)
    return width, height


def _size_reader(sps: bytes) -> BitReader:
    return BitReader(without_emulation_prevention(sps[1:MAX_SIZE_FIELDS_BYTES]))


def _skip_to_size(reader: BitReader) -> int:
    """Everything before the size; gives the chroma format, 0 for separate planes."""
    profile = reader.bits(8)
    reader.bits(16)
    reader.unsigned()
    chroma = _chroma_format(reader) if profile in _HIGH_PROFILES else 1
    reader.unsigned()
    _skip_picture_order(reader)
    reader.unsigned()
    reader.bits(1)
    return chroma


def _coded_size(reader: BitReader) -> tuple[int, int, int]:
    """Width, height, and frame_mbs_only_flag."""
    width = (reader.unsigned() + 1) * 16
    map_units = reader.unsigned() + 1
    frames_only = reader.bits(1)
    return width, map_units * 16 * (2 - frames_only), frames_only


def _chroma_format(reader: BitReader) -> int:
    """chroma_format_idc, 0 for separate planes; reads on behind the scaling matrix."""
    chroma = reader.unsigned()
    separate = chroma == 3 and reader.bits(1)
    reader.unsigned()
    reader.unsigned()
    reader.bits(1)
    if reader.bits(1):
        for index in range(8 if chroma != 3 else 12):
            if reader.bits(1):
                _skip_scaling_list(reader, 16 if index < 6 else 64)
    return 0 if separate else chroma


def _skip_scaling_list(reader: BitReader, size: int) -> None:
    """scaling_list (section 7.3.2.1.1.1)."""
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + reader.signed()) % 256
        last = following or last


def _skip_picture_order(reader: BitReader) -> None:
    kind = reader.unsigned()
    if kind == 0:
        reader.unsigned()
    elif kind == 1:
        reader.bits(1)
        reader.signed()
        reader.signed()
        cycle = reader.unsigned()
        if cycle > 255:
            raise MalformedRtpError(f"picture order count cycle of {cycle}")
        for _ in range(cycle):
            reader.signed()
