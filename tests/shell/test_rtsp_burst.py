"""A burst over RTSP: what a look stays for, and what ends it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from probes.clock import SystemClock
from probes.deadline import Deadline
from probes.rtsp.client import fetch_key_frame
from probes.vocabulary import Budget, KeyFrame, ProbeTarget, Stage
from tests.shell.rtsp_camera import (
    ACCESS_UNIT,
    DESCRIBED,
    IDR,
    INTER,
    KEY_PICTURE,
    PLAYS,
    PPS,
    SET_UP,
    SPS,
    Answer,
    Camera,
    Visit,
    camera,
    close,
    framed,
    packets,
    reply,
    rtp,
)

# A loaded machine must not cut a burst short that ends by itself.
BUDGET = Budget(total_s=60.0, connect_s=30.0, teardown_s=1.0, burst_s=30.0)
BYE = reply("200 OK", "CSeq: 9")
GROUP = (KEY_PICTURE, *[(INTER,)] * 4)
STREAM = b"".join(framed(packet) for packet in packets(*GROUP, *GROUP, *GROUP))


async def burst(
    *answers: Answer, budget: Budget = BUDGET, wanted: bool = True
) -> tuple[KeyFrame, Deadline, Camera]:
    async with camera(*answers) as seen:
        deadline = Deadline(clock=SystemClock(), budget=budget)
        target = ProbeTarget(camera_id="1", stream_url=seen.url, burst=wanted)
        frame = await fetch_key_frame(target, deadline)
        await asyncio.wait_for(seen.gone.wait(), 30)
    return frame, deadline, seen


def shape(frame: KeyFrame) -> str:
    return "".join("K" if one.is_key else "P" for one in frame.further)


async def test_the_session_is_kept_up_to_the_next_key_picture() -> None:
    frame, deadline, seen = await burst(DESCRIBED, SET_UP, PLAYS + STREAM, BYE)
    assert frame.access_unit == ACCESS_UNIT
    assert shape(frame) == "PPPPK"
    assert frame.further[-1].access_unit == ACCESS_UNIT
    assert seen.methods == ["DESCRIBE", "SETUP", "PLAY", "TEARDOWN"]
    assert list(deadline.spent_s)[-1] is Stage.KEY_FRAME


async def test_without_being_asked_for_there_is_none() -> None:
    frame, _, _ = await burst(DESCRIBED, SET_UP, PLAYS + STREAM, BYE, wanted=False)
    assert frame.further == ()


def in_pieces(data: bytes) -> Answer:
    """Sends the reply to PLAY, then the stream cut anywhere."""

    async def answer(visit: Visit) -> None:
        visit.writer.write(PLAYS)
        for start in range(0, len(data), 977):
            visit.writer.write(data[start : start + 977])
            await visit.writer.drain()
            await asyncio.sleep(0)

    return answer


async def test_the_stream_may_come_in_any_pieces() -> None:
    frame, _, _ = await burst(DESCRIBED, SET_UP, in_pieces(STREAM), BYE)
    assert shape(frame) == "PPPPK"


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        pytest.param(b"", "", id="nothing more comes"),
        pytest.param(
            b"".join(framed(packet) for packet in packets(*GROUP)[7:]), "PPP", id="no key picture"
        ),
    ],
)
async def test_a_burst_has_its_time_and_the_look_its_key_picture(
    rest: bytes, expected: str
) -> None:
    key = b"".join(framed(packet) for packet in packets(*GROUP)[:7])
    budget = replace(BUDGET, burst_s=1.0)
    frame, deadline, seen = await burst(DESCRIBED, SET_UP, PLAYS + key + rest, BYE, budget=budget)
    assert frame.access_unit == ACCESS_UNIT
    assert shape(frame) == expected
    assert seen.methods[-1] == "TEARDOWN"
    # The burst belongs to no stage: how long a key frame takes to come is told by that figure.
    assert sum(deadline.spent_s.values()) < budget.total_s


async def test_the_deadline_of_the_look_ends_a_burst_in_time() -> None:
    key = b"".join(framed(packet) for packet in packets(*GROUP))
    budget = Budget(total_s=4.0, connect_s=4.0, teardown_s=1.0, burst_s=30.0)
    frame, _, _ = await burst(DESCRIBED, SET_UP, PLAYS + key, BYE, budget=budget)
    assert frame.access_unit == ACCESS_UNIT


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(b"\x16\x03\x01" * 40_000, id="no interleaved frames"),
        pytest.param(
            b"".join(
                framed(rtp(1100 + number, 90_000, b"\x7c\x85" + bytes(1400)))
                for number in range(100)
            ),
            id="fragments without end",
        ),
    ],
)
async def test_garbage_in_a_burst_does_not_spoil_the_look(spoilt: bytes) -> None:
    first = b"".join(framed(packet) for packet in packets(*GROUP))
    budget = replace(BUDGET, burst_s=1.0)
    frame, _, _ = await burst(DESCRIBED, SET_UP, PLAYS + first + spoilt, BYE, budget=budget)
    assert frame.access_unit == ACCESS_UNIT


async def test_a_camera_that_hangs_up_in_a_burst_has_delivered() -> None:
    first = b"".join(framed(packet) for packet in packets(*GROUP))

    def hang_up(visit: Visit) -> None:
        visit.writer.write(PLAYS + first)
        close(visit)

    frame, _, _ = await burst(DESCRIBED, SET_UP, hang_up)
    assert frame.access_unit == b"".join(b"\0\0\0\1" + unit for unit in (SPS, PPS, IDR))
    assert shape(frame) == "PPP"
