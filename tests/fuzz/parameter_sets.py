"""Parameter sets of any bytes: read, or refused by name; and never a picture larger than what is
checked before it is decoded."""

from __future__ import annotations

from probes.decode.size import coded_size, jpeg_size
from probes.rtp.codecs import NAL_RULES
from probes.rtp.nal import START_CODE, split_annex_b
from probes.rtp.packet import MalformedRtpError
from probes.rtp.parameter_sets import MAX_SETS, ParameterSets
from tests.fuzz.packets import packets, record

_SETS = (
    "6742001eab40501ec8",
    "68ce3152",
    "67640028acd940780227e5c04400000fa40003a983c60c65",
    "6764001facd100501ff3",
    "40010c01ffff01600000030090000003000003005dac59",
    "420101016000000300900000030000030078a003c08010e596",
    "4401c172b46240",
    "420107ffffffffffff0000",
)
SEEDS = [bytes.fromhex(one) for one in _SETS]
SEEDS.append(record(*((0, bytes.fromhex(one)) for one in _SETS)))
SEEDS.append(b"\xff\xd8\xff\xff\xc4\0\4ab\xff\xc0\0\x11\x08\x01\x68\x02\x80\x03")


def _check_one(unit: bytes) -> None:
    for codec, rules in NAL_RULES.items():
        claimed = coded_size(codec, START_CODE + unit)
        try:
            width, height = rules.picture_size(unit)
            kind, number = rules.parameter_set_key(unit)
        except MalformedRtpError:
            continue
        assert (kind, number) >= (rules.sps_type, 0)
        assert min(width, height) > 0
        assert claimed is not None
        assert width <= claimed[0]
        assert height <= claimed[1]


def check(data: bytes) -> None:
    """Data is one set or several, and it is a series of packets (see `packets`) with one each."""
    jpeg_size(data)
    for unit in split_annex_b(data):
        # No NAL unit ends with a zero byte (H.264 section 7.4.1).
        _check_one(unit.rstrip(b"\0"))
    for rules in NAL_RULES.values():
        sets = ParameterSets(rules, [data])
        for packet in packets(data):
            if len(packet) > 14:
                sets.take(packet[12:])
        assert len(sets.units() or ()) <= 2 * MAX_SETS
