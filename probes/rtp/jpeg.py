"""Motion JPEG in RTP (RFC 2435): fragments to one whole JFIF picture, with the quantisation and
Huffman tables that the payload format leaves out.
"""

from __future__ import annotations

import struct

from probes.rtp.packet import MalformedRtpError, UnbegunUnitError

_MAIN = struct.Struct(">B3sBBBB")
_RESTART = struct.Struct(">HH")
_END_OF_IMAGE = b"\xff\xd9"
_QUANTISATION = struct.Struct(">BBH")

# ITU-T T.81 tables K.1 and K.2 in zigzag order (RFC 2435 appendix A), for quality 50.
_LUMA_QUANTISERS = bytes.fromhex(
    "100b0c0e0c0a100e0d0e1211101318281a181616183123251d283a333d3c3933"
    "383740485c4e404457453738506d51575f626768673e4d71797064785c656763"
)
_CHROMA_QUANTISERS = bytes.fromhex("1112121815182f1a1a2f634238426363" + "63" * 48)

# ITU-T T.81 tables K.3 to K.6: counts of codes by length, then the values.
_DC_COUNTS = (
    bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]),
    bytes([0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]),
)
_DC_VALUES = bytes(range(12))
_AC_COUNTS = (
    bytes([0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D]),
    bytes([0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77]),
)
_AC_VALUES = (
    bytes.fromhex(
        "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a1617"
        "18191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a73"
        "7475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9"
        "bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
    ),
    bytes.fromhex(
        "000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e1"
        "25f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a"
        "737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7"
        "b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa"
    ),
)


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


_HUFFMAN_TABLES = b"".join(
    _segment(0xC4, bytes([index]) + _DC_COUNTS[index] + _DC_VALUES)
    + _segment(0xC4, bytes([0x10 | index]) + _AC_COUNTS[index] + _AC_VALUES[index])
    for index in (0, 1)
)
_JFIF = _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
_SCAN = _segment(0xDA, bytes([3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]))


def quantisers(quality: int) -> bytes:
    """Luminance and chrominance tables for Q 1 to 99 (RFC 2435 section 4.2, appendix A)."""
    factor = 5000 // quality if quality < 50 else 200 - quality * 2
    return bytes(
        min(max((value * factor + 50) // 100, 1), 255)
        for value in _LUMA_QUANTISERS + _CHROMA_QUANTISERS
    )


def jfif_head(kind: int, width: int, height: int, tables: bytes, restart_interval: int) -> bytes:
    """Everything before the scan's data (RFC 2435 appendix B).

    `kind` 0 is 4:2:2, 1 is 4:2:0; `tables` are 128 bytes for 8-bit tables.
    """
    sampling = 0x21 if kind == 0 else 0x22
    components = bytes([1, sampling, 0, 2, 0x11, 1, 3, 0x11, 1])
    frame = struct.pack(">BHHB", 8, height, width, 3) + components
    parts = [b"\xff\xd8", _JFIF]
    half = len(tables) // 2
    parts += [
        _segment(0xDB, bytes([index]) + tables[index * half : (index + 1) * half])
        for index in (0, 1)
    ]
    if restart_interval:
        parts.append(_segment(0xDD, struct.pack(">H", restart_interval)))
    parts += [_segment(0xC0, frame), _HUFFMAN_TABLES, _SCAN]
    return b"".join(parts)


class JpegDepacketizer:
    """Payloads in sequence to whole pictures."""

    def __init__(self) -> None:
        self._scan: list[bytes] = []
        self._received = 0
        self._head = b""
        self._tables: dict[int, bytes] = {}

    def push(self, payload: bytes) -> None:
        """Takes a fragment; the marker bit of its packet tells when to call `finish`.

        Raises:
            UnbegunUnitError: it continues a picture that was not begun.
            MalformedRtpError: it is none of RFC 2435's, or does not join what came before.
        """
        if len(payload) < _MAIN.size:
            raise MalformedRtpError(f"JPEG header of 8 bytes cut off at {len(payload)}")
        _, offset_bytes, kind, quality, width, height = _MAIN.unpack_from(payload)
        offset = int.from_bytes(offset_bytes, "big")
        position = _MAIN.size
        interval = 0
        if kind & 0x40:
            if len(payload) < position + _RESTART.size:
                raise MalformedRtpError("JPEG restart header cut off")
            interval = _RESTART.unpack_from(payload, position)[0]
            position += _RESTART.size
        if offset == 0:
            if kind & 0x3F > 1 or not width or not height:
                raise MalformedRtpError(f"JPEG type {kind}, {width * 8} x {height * 8}")
            tables, position = self._read_tables(payload, position, quality)
            self._head = jfif_head(kind & 0x3F, width * 8, height * 8, tables, interval)
            self._scan, self._received = [], 0
        elif not self._head:
            raise UnbegunUnitError(b"")
        elif offset != self._received:
            raise MalformedRtpError(f"JPEG fragment at {offset}, expected {self._received}")
        self._scan.append(payload[position:])
        self._received += len(payload) - position

    def _read_tables(self, payload: bytes, position: int, quality: int) -> tuple[bytes, int]:
        """The quantisation tables and where the scan begins (RFC 2435 section 3.1.8)."""
        if 1 <= quality <= 99:
            return quantisers(quality), position
        if quality < 128:
            raise MalformedRtpError(f"JPEG quality {quality} is reserved")
        if len(payload) < position + _QUANTISATION.size:
            raise MalformedRtpError("JPEG quantisation header cut off")
        _, precision, length = _QUANTISATION.unpack_from(payload, position)
        position += _QUANTISATION.size
        if length == 0:
            if quality not in self._tables:
                raise MalformedRtpError(f"JPEG tables for quality {quality} were not received")
            return self._tables[quality], position
        if precision or length not in (64, 128) or len(payload) < position + length:
            raise MalformedRtpError(f"JPEG tables of {length} bytes, precision {precision}")
        tables = payload[position : position + length]
        tables = tables if length == 128 else tables * 2
        if quality != 255:
            self._tables[quality] = tables
        return tables, position + length

    def finish(self) -> bytes:
        """The whole picture; empty where none was begun."""
        if not self._scan or not self._head:
            return b""
        picture = b"".join([self._head, *self._scan])
        self._scan, self._received, self._head = [], 0, b""
        return picture if picture.endswith(_END_OF_IMAGE) else picture + _END_OF_IMAGE
