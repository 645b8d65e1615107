"""What a look leaves in memory: nothing."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from probes.clock import SystemClock
from probes.deadline import Deadline
from probes.rtp.collector import KeyFrameCollector
from probes.rtsp.client import Exchange, fetch_key_frame
from probes.vocabulary import Budget, ProbeTarget
from tests.shell.rtsp_camera import DESCRIBED, PLAYS, SET_UP, STREAM, camera, reply


@pytest.fixture
def no_search_for_cycles() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_search_for_cycles")
async def test_nothing_of_a_look_waits_for_the_garbage_collector() -> None:
    """It looks for cycles seldom, and each would keep what the camera sent."""
    async with camera(DESCRIBED, SET_UP, PLAYS + STREAM, reply("200 OK", "CSeq: 9")) as seen:
        target = ProbeTarget(camera_id="1", stream_url=seen.url)
        frame = await fetch_key_frame(target, Deadline(clock=SystemClock(), budget=Budget()))
        left = [one for one in gc.get_objects() if isinstance(one, Exchange | KeyFrameCollector)]
    assert frame.access_unit
    assert not left
