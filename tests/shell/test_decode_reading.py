"""Reading coded pictures, healthy and not, without a process of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.decode.frame import MAX_PIXELS, decode, planes, samples, scaled
from probes.decode.reading import read_key_frame
from probes.decode.size import coded_size
from probes.decode.units import slice_digest, units_of
from probes.picture.planes import Samples
from probes.reasons import ProbeFailedError
from probes.rtp.nal import split_annex_b
from probes.vocabulary import (
    Codec,
    FaultKind,
    FrameReading,
    KeyFrame,
    Light,
    PictureContext,
    Sketch,
    Stage,
)
from tests.core.picture_scenes import card, disk_blurred, street
from tests.shell.coded_pictures import coded, h264_sps, key_frame, open_gop

STREET = street()
CODED = {codec: coded(codec, STREET) for codec in Codec}


def read(one: KeyFrame, previous: Sketch | None = None, want_frame: bool = False) -> FrameReading:
    return read_key_frame(one, previous, want_frame=want_frame, scaler=VideoReformatter())


def reason_of(one: KeyFrame) -> tuple[Stage, str]:
    with pytest.raises(ProbeFailedError) as caught:
        read(one)
    return caught.value.failure.stage, caught.value.failure.reason


@pytest.mark.parametrize("codec", list(Codec))
def test_reads_a_healthy_picture(codec: Codec) -> None:
    one = key_frame(codec, CODED[codec])
    reading = read(one, want_frame=True)
    assert (reading.media.width, reading.media.height) == (640, 360)
    assert (reading.media.codec, reading.media.transport) == (codec, one.transport)
    assert reading.media.key_frame_bytes == len(one.access_unit)
    assert reading.picture.faults == ()
    looked_for = {
        FaultKind.NO_SIGNAL,
        FaultKind.TOO_DARK,
        FaultKind.TOO_BRIGHT,
        FaultKind.BLUR,
    }
    assert set(reading.picture.not_checkable) == set(FaultKind) - looked_for
    assert len(reading.sketch.luma) == 48 * 27
    assert reading.sketch.captured_at == one.received_at
    assert reading.decode_s > 0
    assert reading.picture_s > 0
    assert reading.frame_jpeg is not None
    assert coded_size(Codec.MJPEG, reading.frame_jpeg) == (640, 360)


@pytest.mark.parametrize(
    ("codec", "pixel_format"),
    [
        (Codec.H264, "yuv420p"),
        (Codec.H264, "yuv422p"),
        (Codec.H264, "yuv444p"),
        (Codec.H264, "gray"),
        (Codec.H265, "yuv420p10le"),
        (Codec.MJPEG, "yuvj422p"),
        (Codec.MJPEG, "yuvj444p"),
    ],
)
def test_lumas_are_of_full_range_in_every_format(codec: Codec, pixel_format: str) -> None:
    view = np.tile(np.linspace(0, 255, 640).astype(np.uint8), (360, 1))
    frame = decode(key_frame(codec, coded(codec, view, pixel_format)), to_be_shown=True)
    luma = planes(scaled(frame, VideoReformatter())).luma
    assert luma.shape == (360, 640)
    assert int(luma.min()) <= 3
    assert int(luma.max()) >= 252


def test_a_large_picture_is_measured_small() -> None:
    large = np.repeat(np.repeat(STREET, 3, axis=0), 3, axis=1)
    reading = read(key_frame(Codec.H264, coded(Codec.H264, large)), want_frame=True)
    assert (reading.media.width, reading.media.height) == (1920, 1080)
    assert reading.picture.faults == ()


@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265])
@pytest.mark.parametrize("radius", [0, 6])
def test_leaving_deblocking_out_changes_no_measure(codec: Codec, radius: int) -> None:
    """Of coarsely quantised pictures too, at which deblocking does most."""
    view = disk_blurred(STREET, radius) if radius else STREET
    large = np.repeat(np.repeat(view, 3, axis=0), 3, axis=1)
    frame = key_frame(codec, coded(codec, large, crf=38))
    small = [
        planes(scaled(decode(frame, to_be_shown=shown), VideoReformatter())).luma.astype(int)
        for shown in (True, False)
    ]
    assert np.abs(small[0] - small[1]).mean() < 1.0
    shown, measured = (read(frame, want_frame=wanted).picture for wanted in (True, False))
    assert [fault.kind for fault in shown.faults] == [fault.kind for fault in measured.faults]


def test_deblocking_is_left_out() -> None:
    large = np.repeat(np.repeat(STREET, 3, axis=0), 3, axis=1)
    frame = key_frame(Codec.H264, coded(Codec.H264, large, crf=38))
    assert (luma_of(frame, shown=True) != luma_of(frame, shown=False)).any()
    small = key_frame(Codec.H264, coded(Codec.H264, STREET, crf=38))
    assert (luma_of(small, shown=True) == luma_of(small, shown=False)).all()


def luma_of(frame: KeyFrame, *, shown: bool) -> Samples:
    return samples(decode(frame, to_be_shown=shown).planes[0])


@pytest.mark.parametrize(
    ("view", "kind"),
    [(card(0), FaultKind.NO_SIGNAL), (disk_blurred(STREET, 6), FaultKind.BLUR)],
)
@pytest.mark.parametrize("codec", list(Codec))
def test_finds_faults_through_every_codec(
    codec: Codec, view: np.ndarray[tuple[int, int], np.dtype[np.uint8]], kind: FaultKind
) -> None:
    faults = read(key_frame(codec, coded(codec, view))).picture.faults
    assert [fault.kind for fault in faults] == [kind]


def test_the_same_picture_again_is_frozen() -> None:
    first = key_frame(Codec.H264, CODED[Codec.H264])
    later = replace(first, received_at=first.received_at + timedelta(minutes=3))
    faults = read(later, previous=read(first).sketch).picture.faults
    assert [fault.kind for fault in faults] == [FaultKind.FROZEN]


def test_the_digest_is_of_the_slices_only() -> None:
    sei = b"\x00\x00\x01\x06\x05\x01\x2a\x80"
    whole = CODED[Codec.H264]
    digests = [
        slice_digest(Codec.H264, units_of(Codec.H264, unit))
        for unit in (whole, sei + whole, whole[:-9], whole[:-1] + bytes([whole[-1] ^ 1]))
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


@pytest.mark.parametrize("codec", list(Codec))
def test_half_a_picture_is_corrupt(codec: Codec) -> None:
    half = CODED[codec][: len(CODED[codec]) // 2]
    picture = read(key_frame(codec, half)).picture
    assert [fault.kind for fault in picture.faults] == [FaultKind.CORRUPTION]
    assert set(picture.not_checkable) == set(FaultKind) - {FaultKind.CORRUPTION}


def test_of_a_picture_that_is_nearly_all_lost_nothing_is_said_but_that() -> None:
    sky = np.full((360, 640), 120, np.uint8)
    sky[200:] = street()[200:]
    whole = coded(Codec.H264, sky)
    beginning = whole[: len(whole) * 4 // 100 + 700]
    assert reason_of(key_frame(Codec.H264, beginning)) == (Stage.DECODE, "damaged")


@pytest.mark.parametrize("codec", [Codec.H264, Codec.MJPEG])
def test_spoiled_bytes_are_corruption(codec: Codec) -> None:
    spoiled = bytearray(CODED[codec])
    for at in range(len(spoiled) // 2, len(spoiled) // 2 + 400, 7):
        spoiled[at] ^= 0x5A
    faults = read(key_frame(codec, bytes(spoiled))).picture.faults
    assert [fault.kind for fault in faults] == [FaultKind.CORRUPTION]


def test_nothing_is_learnt_from_a_corrupt_picture_and_it_is_kept_as_evidence() -> None:
    whole = CODED[Codec.H264]
    context = PictureContext(light=Light.DAY)
    reading = read_key_frame(
        key_frame(Codec.H264, whole[: len(whole) // 2]),
        None,
        want_frame=False,
        scaler=VideoReformatter(),
        context=context,
    )
    assert reading.figures is not None
    assert reading.figures.slot is None
    assert reading.figures.evidence_jpeg is not None


@pytest.mark.parametrize("codec", list(Codec))
@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\x00\x00\x00\x01", b"\x00\x00\x01\x65" + b"x" * 99]
)
def test_what_is_no_picture(codec: Codec, data: bytes) -> None:
    assert reason_of(key_frame(codec, data)) == (Stage.DECODE, "no_picture")


def test_damaged_sei_is_no_damage() -> None:
    sei = b"\x00\x00\x00\x01\x4e\x01\x81\xff\xff\xff\x80"
    assert read(key_frame(Codec.H265, sei + CODED[Codec.H265])).picture.faults == ()


def test_an_intra_picture_that_only_parameter_sets_announce() -> None:
    """H.264 open GOPs: no IDR picture after the first; some cameras send no SEI either."""
    units = open_gop(Codec.H264, [street(shift=shift) for shift in range(21)])
    later = [unit for unit in units[1:] if b"\x00\x00\x01\x67" in unit]
    assert later
    for unit in later:
        bare = b"".join(
            b"\x00\x00\x01" + nal for nal in split_annex_b(unit) if nal[0] & 0x1F in {1, 7, 8}
        )
        assert b"\x00\x00\x01\x06" not in bare
        assert read(key_frame(Codec.H264, bare)).picture.faults == ()
        half = read(key_frame(Codec.H264, bare[: len(bare) // 2])).picture
        assert [fault.kind for fault in half.faults] == [FaultKind.CORRUPTION]


def test_a_clean_random_access_picture() -> None:
    """H.265 open GOPs: CRA pictures (NAL unit type 21) after the first IDR."""
    units = open_gop(Codec.H265, [street(shift=shift) for shift in range(21)])
    later = [unit for unit in units if any(nal[0] >> 1 & 0x3F == 21 for nal in split_annex_b(unit))]
    assert later
    for unit in later:
        assert read(key_frame(Codec.H265, unit)).picture.faults == ()


def test_a_claim_of_16384_squared_is_refused_unread() -> None:
    giant = h264_sps(16384, 16384) + CODED[Codec.H264]
    assert reason_of(key_frame(Codec.H264, giant)) == (Stage.DECODE, "too_large")


def test_a_giant_jpeg_is_refused_unread() -> None:
    small = CODED[Codec.MJPEG]
    at = small.index(b"\xff\xc0") + 5
    giant = small[:at] + b"\xff\xff\xff\xff" + small[at + 4 :]
    assert reason_of(key_frame(Codec.MJPEG, giant)) == (Stage.DECODE, "too_large")


@pytest.mark.parametrize("size", [(352, 288), (1920, 1088), (16384, 16384)])
@pytest.mark.parametrize("profile", [66, 100])
def test_reads_the_size_of_h264(size: tuple[int, int], profile: int) -> None:
    assert coded_size(Codec.H264, h264_sps(*size, profile)) == size


@pytest.mark.parametrize("codec", list(Codec))
def test_reads_the_size_that_the_encoders_write(codec: Codec) -> None:
    size = coded_size(codec, CODED[codec])
    assert size is not None
    assert size[0] == 640
    assert size[1] in {360, 368}
    assert size[0] * size[1] < MAX_PIXELS


@settings(max_examples=200, deadline=None)
@given(codec=st.sampled_from(list(Codec)), data=st.binary(max_size=200))
def test_headers_of_any_bytes_are_survived(codec: Codec, data: bytes) -> None:
    coded_size(codec, data)
    coded_size(codec, b"\x00\x00\x01\x67" + data)
    coded_size(codec, b"\x00\x00\x01\x42\x01" + data)
    coded_size(codec, b"\xff\xd8" + data)


@settings(max_examples=40, deadline=None)
@given(codec=st.sampled_from(list(Codec)), at=st.integers(0, 3000), value=st.integers(0, 255))
def test_any_changed_byte_gives_a_reading_or_a_reason(codec: Codec, at: int, value: int) -> None:
    changed = bytearray(CODED[codec])
    changed[at % len(changed)] = value
    stage = Stage.DECODE
    try:
        read(key_frame(codec, bytes(changed)))
    except ProbeFailedError as error:
        stage = error.failure.stage
    assert stage is Stage.DECODE
