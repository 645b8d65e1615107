"""From packets to the first whole key picture, and what is said when none comes."""

from __future__ import annotations

import base64
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.rtp.assembly import MAX_PICTURE_BYTES, MAX_PICTURE_UNITS, PictureTooLargeError
from probes.rtp.collector import KeyFrameCollector, KeyPicture
from probes.vocabulary import Codec, Transport
from tests.fuzz.packets import interleaved

SPS = base64.b64decode("Z0LAFtoCgL/lwEQAAAMABAAAAwB4PFi6gA==")
OTHER_SPS = base64.b64decode("Z00AKpY1QPAET8s3AQEBQAABwgAAV+Qh")
PPS = base64.b64decode("aM4PyA==")
SEI = b"\x06\x05\x01\x00\x80"
IDR = b"\x65\x88" + b"\x11" * 400
SECOND_SLICE = b"\x65\x40" + b"\x22" * 300
INTER = b"\x41\x9a" + b"\x55" * 90
VPS_265, SPS_265, PPS_265 = (
    base64.b64decode(text)
    for text in (
        "QAEMAf//AWAAAAMAkAAAAwAAAwA/lZQJ",
        "QgEBAWAAAAMAkAAAAwAAAwA/oAUCAXHy5ZWVKTC8BaAgAAADACAAAAMB4Q==",
        "RAHAc8GJ",
    )
)
IDR_265 = b"\x26\x01\x80" + b"\x33" * 300


def rtp(
    sequence: int,
    payload: bytes,
    time: int = 0,
    *,
    end: bool = False,
    ssrc: int = 1,
    kind: int = 96,
) -> bytes:
    return struct.pack(">BBHII", 0x80, kind | end << 7, sequence, time, ssrc) + payload


def run(*packets: bytes, **options: object) -> tuple[KeyPicture | None, KeyFrameCollector]:
    """All packets at once, one by one, and interleaved; the outcome must be the same."""
    codec = options.pop("codec", Codec.H264)
    collectors = [KeyFrameCollector(codec, **options) for _ in range(4)]  # type: ignore[arg-type]
    at_once = collectors[0].feed(packets) or collectors[0].finish()
    one_by_one = None
    for packet in packets:
        one_by_one = one_by_one or collectors[1].feed([packet])
    one_by_one = one_by_one or collectors[1].finish()
    assert at_once == one_by_one
    for collector, portion_bytes in zip(collectors[2:], (1 << 20, 1000), strict=True):
        assert interleaved(packets, collector, portion_bytes) == at_once
    if at_once is None:
        reasons = [collector.shortfall.reason() for collector in collectors]
        assert reasons[1:] == reasons[:-1]
    return at_once, collectors[0]


def units(picture: KeyPicture | None) -> list[bytes]:
    assert picture is not None
    return picture.access_unit.split(b"\0\0\0\1")[1:]


KEY = [rtp(1, SPS), rtp(2, PPS), rtp(3, IDR, end=True)]


def test_a_key_picture() -> None:
    picture, collector = run(*KEY)
    assert units(picture) == [SPS, PPS, IDR]
    assert collector.receiving


@pytest.mark.parametrize(
    ("packets", "expected"),
    [
        pytest.param([rtp(1, IDR), *(rtp(2, INTER, 9),)], [SPS, PPS, IDR], id="no marker"),
        pytest.param(
            [rtp(1, IDR), rtp(2, SECOND_SLICE, end=True)],
            [SPS, PPS, IDR, SECOND_SLICE],
            id="two slices",
        ),
        pytest.param(
            [rtp(1, SEI, end=True), rtp(2, IDR, end=True)],
            [SPS, PPS, SEI, IDR],
            id="marker on SEI (Ivel)",
        ),
        pytest.param(
            [rtp(1, b"\x09\xf0"), rtp(2, IDR), rtp(3, b"\x0c\xff\x80", end=True)],
            [SPS, PPS, IDR],
            id="delimiter and filler are left out",
        ),
        pytest.param(
            [rtp(1, OTHER_SPS), rtp(2, PPS), rtp(3, IDR, end=True)],
            [OTHER_SPS, PPS, IDR],
            id="in band counts, also with another size",
        ),
        pytest.param(
            [rtp(1, OTHER_SPS, 5), rtp(2, PPS, 6), rtp(3, IDR, 7, end=True)],
            [OTHER_SPS, PPS, IDR],
            id="parameter sets with a time of their own",
        ),
        pytest.param(
            [rtp(1, b"\x7c\x05rest"), rtp(2, b"\x7c\x45", end=True), rtp(3, IDR, 9, end=True)],
            [SPS, PPS, IDR],
            id="joined in the middle of a key picture",
        ),
        pytest.param(
            [rtp(1, SECOND_SLICE, end=True), rtp(2, IDR, 9, end=True)],
            [SPS, PPS, IDR],
            id="joined at the second slice",
        ),
        pytest.param(
            [rtp(2, INTER), rtp(4, b"", 9), rtp(3, IDR, 9), rtp(5, b"", 9), rtp(6, INTER, 18)],
            [SPS, PPS, IDR],
            id="neighbours swapped, empty payloads",
        ),
    ],
)
def test_pictures(packets: list[bytes], expected: list[bytes]) -> None:
    picture, _ = run(*packets, parameter_sets=[SPS, PPS])
    assert units(picture) == expected


def test_a_marker_on_every_slice() -> None:
    """Learnt from the picture before: behind it no marker ends a picture."""
    before = [rtp(1, INTER, end=True), rtp(2, b"\x41\x40\x55", end=True)]
    key = [rtp(3, IDR, 9, end=True), rtp(4, SECOND_SLICE, 9, end=True), rtp(5, INTER, 18)]
    picture, _ = run(*before, *key, parameter_sets=[SPS, PPS])
    assert units(picture) == [SPS, PPS, IDR, SECOND_SLICE]


@pytest.mark.parametrize("announced", [Codec.H265, Codec.H264])
def test_the_packets_tell_the_codec(announced: Codec) -> None:
    """An Ezviz labelled H265 sends H.264; and the other way round."""
    h264 = [rtp(1, b"\x78\x00\x19" + SPS + b"\x00\x04" + PPS), rtp(2, IDR, end=True)]
    h265 = [rtp(1, VPS_265), rtp(2, SPS_265), rtp(3, PPS_265), rtp(4, IDR_265, end=True)]
    for packets, codec, first in ((h264, Codec.H264, SPS), (h265, Codec.H265, VPS_265)):
        picture, _ = run(*packets, codec=announced)
        assert picture is not None
        assert picture.codec is codec
        assert units(picture)[0] == first


def test_mjpeg() -> None:
    head = b"\0\0\0\0\x01\x32\x08\x06"
    joined = rtp(1, b"\0\0\0\x09\x01\x32\x08\x06middle", end=True)
    first, rest = rtp(2, head + b"abc", 9), rtp(3, b"\0\0\0\x03" + head[4:] + b"d", 9, end=True)
    picture, collector = run(joined, first, rest, codec=Codec.MJPEG)
    assert picture is not None
    assert picture.access_unit.endswith(b"abcd\xff\xd9")
    assert collector.shortfall.malformed == 0


# Sources and payload types


def test_stale_packets_of_an_earlier_session() -> None:
    """Old LIVE555 servers: another source speaks first."""
    stale = [rtp(9, INTER, ssrc=7), rtp(10, b"\x41\x9a\x99", 5, end=True, ssrc=7)]
    picture, _ = run(*stale, *KEY)
    assert units(picture) == [SPS, PPS, IDR]


def test_the_announced_source_has_precedence_where_it_exists() -> None:
    mine = [rtp(1, INTER, ssrc=2, end=True)]
    foreign = [rtp(4, SPS), rtp(5, PPS), rtp(6, IDR, end=True)]
    assert run(*mine, *foreign, ssrc=2)[0] is None
    assert units(run(*foreign, ssrc=2)[0]) == [SPS, PPS, IDR]


def test_other_payload_types_are_left_out() -> None:
    picture, collector = run(
        *(rtp(i, b"<xml/>", kind=107) for i in range(9)), payload_types=frozenset({96})
    )
    assert picture is None
    assert not collector.receiving
    assert collector.shortfall.foreign == 9


# What is said when no key picture comes


def loss() -> list[bytes]:
    fragments = [b"\x7c\x85" + b"a" * 50, *[b"\x7c\x05" + b"b" * 50] * 3, b"\x7c\x45" + b"c" * 50]
    key = [rtp(10 + i, part, 9, end=i == 4) for i, part in enumerate(fragments)]
    return [rtp(9, INTER, end=True), *key, *(rtp(15 + i, INTER, 18 + i) for i in range(40))]


@pytest.mark.parametrize("missing", [1, 2, 3, 4, 5])
def test_a_key_picture_with_a_packet_missing_is_never_whole(missing: int) -> None:
    packets = loss()
    del packets[missing]
    picture, collector = run(*packets, parameter_sets=[SPS, PPS])
    assert picture is None
    known = collector.shortfall.reason()
    assert known is not None
    assert known[0] == "packet_loss"


def test_a_missing_packet_of_another_picture_does_no_harm() -> None:
    packets = [rtp(1, INTER, end=True), rtp(3, INTER, 9), rtp(4, IDR, 18, end=True)]
    later = [rtp(5 + i, INTER, 27 + i) for i in range(40)]
    picture, _ = run(*packets, *later, parameter_sets=[SPS, PPS])
    assert units(picture) == [SPS, PPS, IDR]


@pytest.mark.parametrize(
    ("packets", "reason"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param([rtp(i, INTER, i, end=True) for i in range(30)], None, id="no key picture"),
        pytest.param([rtp(1, IDR, end=True)], "parameter_sets_missing", id="no parameter sets"),
        pytest.param([b"\x00junk" * 9] * 5, "malformed", id="no RTP"),
        pytest.param([rtp(i, b"\x1f", i) for i in range(5)], "malformed", id="no H.264"),
        pytest.param(
            [rtp(1, INTER, 1), rtp(2, b"\x7c\x85half", 2), rtp(3, INTER, 3), rtp(4, INTER, 4)],
            "malformed",
            id="a key picture without its end",
        ),
        pytest.param(
            [rtp(1, INTER, 1), rtp(2, SECOND_SLICE, 2, end=True)],
            "malformed",
            id="a key picture without its first slice",
        ),
    ],
)
def test_shortfall(packets: list[bytes], reason: str | None) -> None:
    picture, collector = run(*packets)
    assert picture is None
    known = collector.shortfall.reason()
    assert (known[0] if known else None) == reason


@pytest.mark.parametrize(
    ("transport", "reason"), [(Transport.UDP, "packet_loss"), (Transport.TCP, None)]
)
def test_gaps_where_key_pictures_should_be(transport: Transport, reason: str | None) -> None:
    """The network loses UDP packets; over TCP the camera itself has left something out."""
    packets = [rtp(60 * i + j, INTER, 9 * i) for i in range(3) for j in range(40)]
    _, collector = run(*packets, transport=transport)
    assert collector.shortfall.lost_packets > 0
    known = collector.shortfall.reason()
    assert (known[0] if known else None) == reason


def test_waiting_for_parameter_sets_ends() -> None:
    _, collector = run(*(rtp(i, IDR, i, end=True) for i in range(3)))
    assert collector.hopeless


def test_a_picture_without_end_is_bounded() -> None:
    fragment = b"\x7c\x05" + bytes(60_000)
    packets = [rtp(1, b"\x7c\x85a"), *(rtp(2 + i, fragment) for i in range(200))]
    assert len(packets) * 60_000 > MAX_PICTURE_BYTES
    with pytest.raises(PictureTooLargeError):
        KeyFrameCollector(Codec.H264).feed(packets)


@pytest.mark.parametrize(
    ("codec", "crumbs"),
    [
        (Codec.H264, b"\x18" + b"\0\2\x41\x9a" * 1000),
        (Codec.H265, b"\x60\x01" + b"\0\3\x02\x01\x80" * 1000),
        # Fragments of units that were never begun leave their headers.
        (Codec.H265, b"\x62\x01\x01a"),
    ],
)
def test_a_picture_of_crumbs_is_bounded(codec: Codec, crumbs: bytes) -> None:
    """A few bytes each, they would take twenty times their size, and seconds to be judged."""
    packets = [rtp(i, crumbs) for i in range(MAX_PICTURE_UNITS + 2)]
    with pytest.raises(PictureTooLargeError):
        KeyFrameCollector(codec).feed(packets)


def cost_s(packets: int) -> float:
    """CPU seconds for packets that each mark an end and hold no slice, received one by one."""
    spent = []
    for _ in range(3):
        collector = KeyFrameCollector(Codec.H264)
        begun = time.process_time()
        for i in range(packets):
            collector.feed([rtp(i, b"\x06\x05", end=True)])
            assert not collector.marked
        spent.append(time.process_time() - begun)
    return min(spent)


def test_marks_without_slices_cost_by_the_packet() -> None:
    """Four times as many take about four times as long, where they once took sixteen times."""
    assert cost_s(8000) < 10 * cost_s(2000) + 0.05


PAYLOADS = st.sampled_from([SPS, PPS, IDR, INTER, b"\x7c\x85a", b"\x7c\x05", b"\x7c\x45z", b"\x78"])


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(list(Codec)),
    st.lists(
        st.builds(
            rtp,
            st.integers(0, 12),
            st.one_of(PAYLOADS, st.binary(max_size=20)),
            st.integers(0, 3),
            end=st.booleans(),
            ssrc=st.integers(0, 6),
        )
        | st.binary(max_size=30),
        max_size=30,
    ),
)
def test_any_packets(codec: Codec, packets: list[bytes]) -> None:
    """Whatever comes, nothing is raised, and a key picture is a key picture."""
    collector = KeyFrameCollector(codec)
    picture = collector.feed(packets)
    collector.shortfall.reason()
    assert picture is None or picture.access_unit


def fragmented(head: bytes, body: bytes) -> list[bytes]:
    """Five fragments of an IDR slice."""
    parts = [body[i : i + 20] for i in range(0, 100, 20)]
    flags = [0x85, 5, 5, 5, 0x45]
    heads = [b"\x7c" + bytes([flag]) for flag in flags]
    return [
        first + (head if not i else b"") + part
        for i, (first, part) in enumerate(zip(heads, parts, strict=True))
    ]


def gop_stream() -> tuple[list[bytes], list[list[bytes]]]:
    """Four groups, each a key picture of two fragmented slices and two others; the packets, and
    the units of each whole key picture."""
    packets: list[bytes] = []
    pictures: list[list[bytes]] = []
    time = 0
    for group in range(4):
        bodies = [bytes([0x30 + group, 0x11 * slice_]) * 50 for slice_ in (1, 2)]
        slices = [b"\x65\x88" + bodies[0], b"\x65\x40" + bodies[1]]
        pictures.append([SPS, PPS, *slices])
        key = [SPS, PPS, *fragmented(b"\x88", bodies[0]), *fragmented(b"\x40", bodies[1])]
        for payloads in (key, [INTER], [INTER]):
            for i, payload in enumerate(payloads):
                packets.append(rtp(len(packets), payload, time, end=i == len(payloads) - 1))
            time += 3600
    tail = [rtp(len(packets) + i, INTER, time + i, end=True) for i in range(40)]
    return packets + tail, pictures


@settings(max_examples=200, deadline=None)
@given(
    st.sets(st.integers(0, 55), max_size=30),
    st.sets(st.integers(0, 54), max_size=6),
    st.booleans(),
)
def test_no_choice_of_losses_makes_a_wrong_picture(
    lost: set[int], swapped: set[int], described: bool
) -> None:
    """Whatever is missing or swapped: one of the whole key pictures comes out, or none."""
    packets, pictures = gop_stream()
    for i in sorted(swapped):
        packets[i], packets[i + 1] = packets[i + 1], packets[i]
    kept = [packet for i, packet in enumerate(packets) if i not in lost]
    collector = KeyFrameCollector(Codec.H264, parameter_sets=[SPS, PPS] if described else [])
    picture = next((found for p in kept if (found := collector.feed([p])) is not None), None)
    assert picture is None or units(picture) in pictures
    assert picture is not None or lost


HEADS = {
    Codec.H264: (b"\x65", b"\x41"),
    Codec.H265: (b"\x26\x01", b"\x02\x01"),
}


def in_fragments(codec: Codec, head: bytes, parts: list[bytes]) -> list[bytes]:
    """A slice as RFC 6184 section 5.8 and RFC 7798 section 4.4.3 cut it up."""
    if codec is Codec.H264:
        indicator, kind = bytes([head[0] & 0xE0 | 28]), head[0] & 0x1F
    else:
        indicator, kind = bytes([head[0] & 0x81 | 49 << 1, head[1]]), head[0] >> 1 & 0x3F
    flags = [0x80, *[0] * (len(parts) - 2), 0x40]
    return [
        indicator + bytes([flag | kind]) + part for flag, part in zip(flags, parts, strict=True)
    ]


@given(
    st.sampled_from(list(HEADS)),
    st.lists(st.tuples(st.booleans(), st.integers(2, 9)), min_size=1, max_size=6),
    st.lists(
        st.tuples(st.sampled_from(["lose", "swap", "repeat"]), st.integers(0, 60)), max_size=5
    ),
    st.integers(65_500, 65_540),
    st.integers(1, 7),
)
def test_a_run_of_fragments_is_the_same_as_its_packets(
    codec: Codec,
    pictures: list[tuple[bool, int]],
    mishaps: list[tuple[str, int]],
    first: int,
    at_a_time: int,
) -> None:
    """A header extension keeps packets out of the straight way; the outcome must not differ."""
    sets = [VPS_265, SPS_265, PPS_265] if codec is Codec.H265 else [SPS, PPS]
    payloads: list[tuple[bytes, int, bool]] = []
    for number, (is_key, count) in enumerate(pictures):
        head = HEADS[codec][0 if is_key else 1]
        parts = [bytes([0x80 | number, index + 1]) * 9 for index in range(count)]
        cut = in_fragments(codec, head, parts)
        payloads += [(part, number, index == count - 1) for index, part in enumerate(cut)]
    order = list(enumerate(payloads))
    for what, where in mishaps:
        if what == "lose":
            del order[where : where + 1]
        elif what == "repeat":
            order[where:where] = order[where : where + 1]
        else:
            order[where : where + 2] = reversed(order[where : where + 2])
    outcomes = []
    for flags, extension in ((0x80, b""), (0x90, b"\0\0\0\0")):
        collector = KeyFrameCollector(codec, parameter_sets=sets)
        packets = [
            struct.pack(">BBHII", flags, 96 | end << 7, (first + i) & 0xFFFF, time, 1)
            + extension
            + payload
            for i, (payload, time, end) in order
        ]
        chunks = [packets[i : i + at_a_time] for i in range(0, len(packets), at_a_time)]
        picture = next((found for c in chunks if (found := collector.feed(c)) is not None), None)
        picture = picture or collector.finish()
        shortfall = collector.shortfall
        outcomes.append((picture, shortfall.packets, shortfall.lost_packets, shortfall.reason()))
    assert outcomes[0] == outcomes[1]


def test_several_pictures_of_one_timestamp() -> None:
    """A clock that stands still: the key picture is found behind the ones passed over."""
    inter = in_fragments(Codec.H264, b"\x41", [b"\x9a" * 30] * 5)
    key = in_fragments(Codec.H264, b"\x65", [b"\x88" * 30] * 5)
    packets = [
        *(rtp(number, payload, end=number == 4) for number, payload in enumerate(inter)),
        *(rtp(5 + number, payload, end=number == 4) for number, payload in enumerate(key)),
        rtp(10, INTER, 9),
    ]
    picture, _ = run(*packets, parameter_sets=[SPS, PPS])
    assert units(picture) == [SPS, PPS, b"\x65" + b"\x88" * 150]


def test_a_key_picture_behind_another_of_its_timestamp() -> None:
    """The one before is not kept whole where it is passed over, so neither where it came whole;
    found by fuzzing."""
    trail, other = b"\x02\x01\xd0" + b"\x44" * 20, b"\x3c\x01" + b"\x66" * 20
    packets = [rtp(1, other), rtp(2, trail, end=True), rtp(3, IDR_265, end=True), rtp(4, trail, 9)]
    sets = [VPS_265, SPS_265, PPS_265]
    picture, _ = run(*packets, codec=Codec.H265, parameter_sets=sets)
    assert units(picture) == [*sets, IDR_265]


def fragments(unit: bytes, pieces: int) -> list[bytes]:
    """A unit in FU-A, with a piece less than given where it is short."""
    size = max(1, -(-(len(unit) - 1) // pieces))
    parts = [unit[at : at + size] for at in range(1, len(unit), size)]
    flags = [0x80, *[0] * (len(parts) - 2), 0x40] if len(parts) > 1 else [0xC0]
    head = unit[0] & 0xE0 | 28
    return [
        bytes([head, unit[0] & 0x1F | flag]) + part for flag, part in zip(flags, parts, strict=True)
    ]


SETS, INTERS, KEYS = 0, 1, 2
PAYLOADS = (
    *((SETS, [unit]) for unit in (SPS, PPS, SEI, b"\x09\xf0")),
    # An intra slice that only parameter sets announce is among them.
    *((INTERS, [unit]) for unit in (INTER, b"\x41", b"\x41\x88\x80" + bytes([7] * 40))),
    *((INTERS, fragments(INTER, pieces)) for pieces in (2, 5)),
    (INTERS, fragments(INTER, 5)[:-1]),
    (INTERS, fragments(INTER, 5)[2:]),
    *((KEYS, payloads) for payloads in ([IDR], [SECOND_SLICE], fragments(IDR, 4))),
    # Two units in one.
    (KEYS, [INTER + b"\0\0\1" + IDR]),
)
STEPS = st.tuples(
    st.sampled_from(PAYLOADS),
    # Sequence numbers and time that each payload goes on by, its marker, and its source.
    st.sampled_from([1] * 12 + [0, 2, 70]),
    st.sampled_from([0, 3600, 3600]),
    st.sampled_from([False, True, True]),
    st.sampled_from([1] * 12 + [2]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, min_size=4, max_size=40), st.integers(30, 3000))
def test_passing_over_frames_changes_nothing(
    steps: list[tuple[tuple[int, list[bytes]], int, int, bool, int]], portion_bytes: int
) -> None:
    packets, sequence, time_, before = [], 0xFFF0, 0, SETS
    for (kind, payloads), ahead, ticks, marker, ssrc in steps:
        # Other pictures have another time, or the one passed over is missing in the one found.
        time_ += ticks or 3600 * (before not in (SETS, kind))
        before = kind
        for number, payload in enumerate(payloads):
            sequence = (sequence + (ahead if number == 0 else 1)) & 0xFFFF
            end = marker and number == len(payloads) - 1
            packets.append(rtp(sequence, payload, time_, end=end, ssrc=ssrc))
    straight, passing = (KeyFrameCollector(Codec.H264, ssrc=1) for _ in range(2))
    found = straight.feed(packets) or straight.finish()
    assert interleaved(packets, passing, portion_bytes) == found
    if found is None:
        assert passing.shortfall == straight.shortfall
