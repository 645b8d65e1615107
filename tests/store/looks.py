"""Scripted looks for the store's tests: what camera `id` shows in round `i` is fixed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from camera_registry.health import observe, step
from camera_registry.vocabulary import HealthPolicy, HealthState, Transition
from probes.reasons import failure
from probes.vocabulary import (
    Codec,
    FaultKind,
    Media,
    OnvifFacts,
    OnvifProfile,
    Picture,
    PictureFault,
    ProbeResult,
    Sketch,
    Stage,
    Transport,
    Verdict,
)
from tests.store.city import NOON

POLICY = HealthPolicy(down_looks=1)
ROUND = timedelta(minutes=5)


def ok(camera_id: int, at: datetime) -> ProbeResult:
    return ProbeResult(
        camera_id=str(camera_id),
        started_at=at,
        verdict=Verdict.OK,
        stages={Stage.CONNECT: 0.003, Stage.DECODE: 0.021},
        media=Media(
            codec=Codec.H264, width=1920, height=1080, transport=Transport.TCP, key_frame_bytes=9
        ),
        picture=Picture(not_checkable=(FaultKind.FROZEN,)),
        onvif=OnvifFacts(
            manufacturer="Hikvision",
            clock_offset_s=-3.5,
            profiles=(OnvifProfile(token="1", name="主", codec="H264", width=1, height=2),),
        ),
        sketch=Sketch(luma=bytes(range(256)), digest=b"\x00" * 8, captured_at=at),
    )


def blurred(camera_id: int, at: datetime) -> ProbeResult:
    return ProbeResult(
        camera_id=str(camera_id),
        started_at=at,
        verdict=Verdict.DEGRADED,
        failure=failure(Stage.PICTURE, "blur", "0.93"),
        picture=Picture(faults=(PictureFault(kind=FaultKind.BLUR, score=0.93),)),
    )


def down(camera_id: int, at: datetime) -> ProbeResult:
    return ProbeResult(
        camera_id=str(camera_id),
        started_at=at,
        verdict=Verdict.DOWN,
        failure=failure(Stage.CONNECT, "refused", "ECONNREFUSED"),
        stages={Stage.CONNECT: 0.001},
    )


SCRIPT = (ok, ok, down, ok, blurred, blurred, ok, down)


def round_at(number: int) -> datetime:
    return NOON + ROUND * (number + 1)


def scripted(camera_ids: Iterable[int], number: int) -> list[ProbeResult]:
    """The round's look at each camera."""
    return [SCRIPT[(one + number) % len(SCRIPT)](one, round_at(number)) for one in camera_ids]


def settle(
    states: dict[int, HealthState], results: Iterable[ProbeResult]
) -> tuple[list[HealthState], list[Transition]]:
    """The states after the results, and the transitions on the way."""
    changed: dict[int, HealthState] = {}
    transitions: list[Transition] = []
    for result in results:
        observation = observe(result)
        before = changed.get(observation.camera_id) or states[observation.camera_id]
        taken = step(before, observation, POLICY)
        changed[observation.camera_id] = taken.state
        transitions += taken.transitions
    return list(changed.values()), transitions
