"""The pictures behind a key picture: which are kept, and what ends a burst."""

from __future__ import annotations

import pytest

from probes.rtp.collector import KeyFrameCollector
from probes.rtp.following import Follower, ticks_between
from probes.vocabulary import Codec, CodedPicture
from tests.core.test_rtp_collector import IDR, INTER, PPS, SPS, rtp

FIFTH = 18_000
MOST = 1 << 20


def stream(*kinds: str, first: int = 100, step: int = FIFTH) -> list[bytes]:
    """Packets of pictures `step` ticks apart: K a key picture with its sets, P another, in two
    fragments; behind a dot the second half of the one before is lost."""
    found: list[bytes] = []
    sequence, time = first, 0
    for kind in kinds:
        if kind == ".":
            found.pop()
            continue
        unit = IDR if kind == "K" else INTER
        if kind == "K":
            found += [rtp(sequence, SPS, time), rtp(sequence + 1, PPS, time)]
            sequence += 2
        head = bytes([unit[0] & 0xE0 | 28])
        half, flags = len(unit) // 2, unit[0] & 0x1F
        found.append(rtp(sequence, head + bytes([0x80 | flags]) + unit[1:half], time))
        found.append(rtp(sequence + 1, head + bytes([0x40 | flags]) + unit[half:], time, end=True))
        sequence += 2
        time += step
    return found


def followed(packets: list[bytes], most_bytes: int = MOST) -> Follower:
    """All at once and packet by packet; what is kept must be the same."""
    kept: list[tuple[tuple[CodedPicture, ...], bool]] = []
    for portions in ([packets], [[packet] for packet in packets]):
        collector = KeyFrameCollector(Codec.H264)
        follower = None
        for portion in portions:
            rest = iter(portion)
            if follower is None and collector.feed(rest) is not None:
                follower = collector.follow(most_bytes)
            if follower is not None:
                follower.feed(rest)
        assert follower is not None
        kept.append((follower.pictures, follower.done))
    assert kept[0] == kept[1]
    return follower


def shape(follower: Follower) -> str:
    return "".join("K" if one.is_key else "P" for one in follower.pictures)


@pytest.mark.parametrize(
    ("packets", "expected", "done"),
    [
        pytest.param(stream(*"KPPPPPKPP"), "PPPPPK", True, id="up to the next key picture"),
        pytest.param(stream(*"KPPPPPPPPKP"), "PPPPPK", True, id="a second of movement is enough"),
        pytest.param(stream(*"KPKPPK", "P"), "PKPPK", True, id="a key picture that comes too soon"),
        pytest.param(
            stream(*"KPP." + 20 * "P" + "KP"), "PK", True, id="behind a loss only a key picture"
        ),
        pytest.param(stream(*"KPPP"), "PP", False, id="the last one is not known to be whole"),
        pytest.param(
            stream(*"K" + 40 * "P" + "KP", step=3000), 25 * "P" + "K", True, id="25 at the most"
        ),
    ],
)
def test_what_is_kept(packets: list[bytes], expected: str, done: bool) -> None:
    follower = followed(packets)
    assert (shape(follower), follower.done) == (expected, done)


def test_each_picture_has_the_parameter_sets_in_front() -> None:
    inter, *_, key = followed(stream(*"KPPPPPKPP")).pictures
    assert inter.access_unit.split(b"\0\0\0\1")[1:] == [SPS, PPS, INTER]
    assert key.access_unit.split(b"\0\0\0\1")[1:] == [SPS, PPS, IDR]
    assert (inter.rtp_timestamp, key.rtp_timestamp) == (FIFTH, 6 * FIFTH)


def test_the_bytes_are_bounded() -> None:
    follower = followed(stream(*"KPPPPPKPP"), most_bytes=3 * len(INTER))
    assert (shape(follower), follower.done) == ("PP", True)


def test_packets_of_other_sources_and_broken_ones_are_passed_over() -> None:
    packets = stream(*"KPPPPPKPP")
    packets[8:8] = [rtp(7, INTER, 1, ssrc=99), b"", b"\x80"]
    assert shape(followed(packets)) == "PPPPPK"


def test_a_source_that_starts_its_time_anew_is_not_waited_for() -> None:
    """A player that plays the same second again and again."""
    once = stream(*"KPP")
    again = stream(*"KPP", first=100 + len(once))
    follower = followed([*once, *again])
    assert (shape(follower), follower.done) == ("PPK", True)


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        (0, 3000, 3000),
        (0xFFFFFF00, 0x100, 0x200),
        (3000, 3000, None),
        (3000, 0, None),
        (0, 90_000 * 3600, None),
    ],
)
def test_time_between_pictures(earlier: int, later: int, expected: int | None) -> None:
    assert ticks_between(earlier, later) == expected
