"""What a decoder's process costs us when parameter sets are broken, or claim a giant picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from probes.decode.pool import DecodePool
from probes.decode.size import coded_size
from probes.reasons import ProbeFailedError
from probes.rtp import h265
from probes.vocabulary import Codec
from tests.core.picture_scenes import street
from tests.shell.coded_pictures import coded, key_frame
from tests.shell.hostile_pictures import GIANT_SPS, giants, h265_sps, spoiled

CODED = {codec: coded(codec, street()) for codec in Codec}
# A worker that has read one small picture holds 72 MB, of which libraries are 60. One picture of
# 16384 x 16384 takes 400 MB in 4:2:0.
MAX_WORKER_MB = 160
# The ordinary bound is 5 s; these are small and take milliseconds.
DECODE_S = 2.0


def peak_mb(pid: int) -> int:
    """The most memory that a process has ever held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


async def outcomes(codec: Codec, pictures: Iterable[bytes]) -> tuple[Counter[str], int]:
    """What became of each, and the peak memory of the one worker that read them all."""
    counts: Counter[str] = Counter()
    async with DecodePool(1, decode_s=DECODE_S) as pool:
        await pool.read_frame(key_frame(codec, CODED[codec]), None, False)
        (pid,) = pool.worker_pids()
        for picture in pictures:
            try:
                await pool.read_frame(key_frame(codec, picture), None, False)
                counts["read"] += 1
            except ProbeFailedError as error:
                counts[f"{error.failure.stage}/{error.failure.reason}"] += 1
        # Nobody died and nobody was waited for.
        assert pool.worker_pids() == (pid,)
        return counts, peak_mb(pid)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265])
async def test_a_claim_of_16384_squared_anywhere_costs_nothing(codec: Codec) -> None:
    assert coded_size(codec, GIANT_SPS[codec]) == (16384, 16384)
    counts, used_mb = await outcomes(codec, giants(codec, CODED[codec]))
    assert set(counts) == {"decode/too_large"}
    assert used_mb < MAX_WORKER_MB


async def test_a_giant_frame_header_in_a_jpeg_costs_nothing() -> None:
    """Behind the sound image it is no part of it."""
    counts, used_mb = await outcomes(Codec.MJPEG, giants(Codec.MJPEG, CODED[Codec.MJPEG]))
    assert counts["read"] <= 1
    assert counts["decode/too_large"] == 2
    assert used_mb < MAX_WORKER_MB


@pytest.mark.parametrize("codec", list(Codec))
async def test_broken_parameter_sets_and_tables(codec: Codec) -> None:
    """Each is read after all, or refused with a reason."""
    counts, used_mb = await outcomes(codec, spoiled(codec, CODED[codec]))
    assert counts.total() > 100
    assert counts["decode/no_picture"] > 0
    assert all(outcome.startswith(("read", "decode/")) for outcome in counts)
    assert used_mb < MAX_WORKER_MB


def test_the_set_we_wrote_says_what_was_meant() -> None:
    assert h265.picture_size(h265_sps(2560, 1440)[4:]) == (2560, 1440)
