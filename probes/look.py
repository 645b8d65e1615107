"""One look at one camera, from its address to a verdict."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from urllib.parse import urlsplit

from probes.clock import Clock
from probes.deadline import Deadline
from probes.lag import LagTracker
from probes.reasons import ProbeFailedError, failure, verdict_of
from probes.rtsp.client import confirm_stream, fetch_key_frame
from probes.rtsp.connection import SYSTEM_NETWORK, Network
from probes.vocabulary import (
    Budget,
    Failure,
    FaultKind,
    FrameReading,
    KeyFrame,
    OnvifFacts,
    Picture,
    PictureContext,
    PictureFault,
    ProbeResult,
    ProbeTarget,
    Sketch,
    Stage,
    StreamKind,
)

_log = logging.getLogger(__name__)

# A camera's answers that refuse its sub-stream: the address was our guess, or the operator has
# switched that stream off, or its few places are taken. The main stream decides. Silence and a
# lost connection are no answers, and credentials are the same for both streams.
_REFUSALS = frozenset({"not_found", "rejected", "server_error", "busy"})
_NO_SUCH_STREAM: Mapping[Stage, frozenset[str]] = MappingProxyType(
    {
        Stage.DESCRIBE: _REFUSALS | {"no_video", "codec_unsupported", "redirected"},
        Stage.SETUP: _REFUSALS | {"transport_refused"},
        Stage.PLAY: _REFUSALS,
    }
)
# How our own overload shows in a look: a camera whose packets we do not fetch leaves some out.
_SIGNS_OF_OVERLOAD = frozenset({"timeout", "packet_loss", "corruption"})

ReadFrame = Callable[
    [KeyFrame, Sketch | None, bool, PictureContext | None], Awaitable[FrameReading]
]
AskOnvif = Callable[[ProbeTarget, Deadline], Awaitable[OnvifFacts]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookTools:
    """What a look works with, shared by all looks of a process.

    `read_frame(frame, previous, want_frame, context)` decodes and judges;
    `ask_onvif(target, deadline)` asks a device about itself. Both raise `ProbeFailedError`.
    """

    clock: Clock
    read_frame: ReadFrame
    ask_onvif: AskOnvif
    lag: LagTracker
    network: Network = SYSTEM_NETWORK


@dataclass(slots=True, kw_only=True)
class _Findings:
    """What a look has found so far; it survives a failure half way."""

    stream: StreamKind | None = None
    reading: FrameReading | None = None
    onvif: OnvifFacts | None = None
    onvif_failure: Failure | None = None
    stages: dict[Stage, float] = field(default_factory=dict)


async def look(target: ProbeTarget, budget: Budget, tools: LookTools) -> ProbeResult:
    """Looks at a camera once. Never raises, except when it is cancelled."""
    started_at = tools.clock.now()
    deadline = Deadline(clock=tools.clock, budget=budget)
    findings = _Findings()
    found = await _attempt(_observe(target, deadline, tools, findings), target, deadline, tools)
    return _result(target, started_at, findings, found or _picture_failure(findings))


async def _attempt(
    work: Awaitable[None], target: ProbeTarget, deadline: Deadline, tools: LookTools
) -> Failure | None:
    """Does the work; what goes wrong becomes a value."""
    try:
        await work
    except ProbeFailedError as error:
        return _our_own_fault(error.failure, deadline, tools) or error.failure
    except Exception as error:  # noqa: BLE001 - reported as a value and logged
        # The border of the probes: whatever we did not foresee is our fault, not the camera's.
        _log.exception("look at %s failed unexpectedly", target.camera_id)
        return failure(Stage.PROBER, "internal_error", type(error).__name__)
    return None


def _our_own_fault(found: Failure, deadline: Deadline, tools: LookTools) -> Failure | None:
    """A timeout while our loop stood still is overload, see `probes.lag`; so are packets that the
    system dropped, or the camera did not send, because we did not fetch them."""
    now_s = tools.clock.monotonic()
    if found.reason not in _SIGNS_OF_OVERLOAD:
        return None
    if not tools.lag.overloaded(deadline.started_s, now_s):
        return None
    stalled_s = tools.lag.stalled_s(deadline.started_s, now_s)
    evidence = f"{found.stage}: {found.reason} while the event loop stood still {stalled_s:.1f} s"
    return failure(Stage.PROBER, "overload", evidence)


async def _observe(
    target: ProbeTarget, deadline: Deadline, tools: LookTools, findings: _Findings
) -> None:
    if target.stream_url is None and target.onvif_url is not None:
        await _ask(target, deadline, tools, findings)
        deadline.book(Stage.ONVIF)
        target = _with_streams(target, findings.onvif)
    try:
        frame = await _reach(target, deadline, tools, findings)
    finally:
        findings.stages.update(deadline.spent_s)
    if frame is not None:
        await _read(frame, target, tools, findings)
    if target.ask_onvif and target.onvif_url is not None and findings.onvif is None:
        asked = _ask(target, deadline, tools, findings)
        findings.onvif_failure = await _attempt(asked, target, deadline, tools)


async def _reach(
    target: ProbeTarget, deadline: Deadline, tools: LookTools, findings: _Findings
) -> KeyFrame | None:
    """The key frame of the stream to be judged; None where only the stream was asked for."""
    sub_url = target.sub_stream_url
    if target.picture and target.picture_stream is StreamKind.SUB and sub_url is not None:
        findings.stream = StreamKind.SUB
        try:
            return await fetch_key_frame(
                replace(target, stream_url=sub_url), deadline, tools.network
            )
        except ProbeFailedError as error:
            if error.failure.reason not in _NO_SUCH_STREAM.get(error.failure.stage, ()):
                raise
            _log.debug("camera %s has no sub-stream: %s", target.camera_id, error)
    findings.stream = StreamKind.MAIN
    if target.picture:
        return await fetch_key_frame(target, deadline, tools.network)
    await confirm_stream(target, deadline, tools.network)
    return None


async def _ask(
    target: ProbeTarget, deadline: Deadline, tools: LookTools, findings: _Findings
) -> None:
    begun_s = tools.clock.monotonic()
    try:
        findings.onvif = await tools.ask_onvif(target, deadline)
    finally:
        findings.stages[Stage.ONVIF] = tools.clock.monotonic() - begun_s


def _with_streams(target: ProbeTarget, facts: OnvifFacts | None) -> ProbeTarget:
    """The target with the stream addresses that the device gave, if the main one leads to the
    configured host."""
    if facts is None or facts.stream_url is None:
        raise ProbeFailedError(failure(Stage.ONVIF, "no_stream", "no stream address was given"))
    configured = urlsplit(target.onvif_url or "").hostname
    if urlsplit(facts.stream_url).hostname != configured:
        raise ProbeFailedError(
            failure(Stage.ONVIF, "address_foreign", "the stream address names another host")
        )
    sub_url = facts.sub_stream_url
    if sub_url is not None and urlsplit(sub_url).hostname != configured:
        sub_url = None
    return replace(target, stream_url=facts.stream_url, sub_stream_url=sub_url)


async def _read(
    frame: KeyFrame,
    target: ProbeTarget,
    tools: LookTools,
    findings: _Findings,
) -> None:
    begun_s = tools.clock.monotonic()
    stream = findings.stream or StreamKind.MAIN
    previous = target.previous
    if previous is not None and previous.stream is not stream:
        previous = None
    try:
        reading = await tools.read_frame(frame, previous, target.want_frame, target.context)
    except ProbeFailedError:
        findings.stages[Stage.DECODE] = tools.clock.monotonic() - begun_s
        raise
    findings.reading = replace(reading, sketch=replace(reading.sketch, stream=stream))
    findings.stages[Stage.DECODE] = reading.decode_s
    findings.stages[Stage.PICTURE] = reading.picture_s


def _picture_failure(findings: _Findings) -> Failure | None:
    """The most causal picture fault as the look's failure."""
    if findings.reading is None or not findings.reading.picture.faults:
        return None
    first = findings.reading.picture.faults[0]
    return failure(Stage.PICTURE, first.kind.value, f"score {first.score:.2f}")


def _unseen(found: Failure | None) -> Picture | None:
    """The picture of a look that told its fault before there was anything to decode."""
    if found is None or found.stage is not Stage.PICTURE:
        return None
    kind = FaultKind(found.reason)
    return Picture(
        faults=(PictureFault(kind=kind, score=1.0),),
        not_checkable=tuple(other for other in FaultKind if other is not kind),
    )


def _result(
    target: ProbeTarget,
    started_at: datetime,
    findings: _Findings,
    found: Failure | None,
) -> ProbeResult:
    reading = findings.reading
    order = list(Stage)
    return ProbeResult(
        camera_id=target.camera_id,
        started_at=started_at,
        verdict=verdict_of(found),
        failure=found,
        stages=dict(sorted(findings.stages.items(), key=lambda item: order.index(item[0]))),
        stream=findings.stream,
        media=reading.media if reading else None,
        picture=reading.picture if reading else _unseen(found),
        onvif=findings.onvif,
        onvif_failure=findings.onvif_failure,
        sketch=reading.sketch if reading else None,
        frame_jpeg=reading.frame_jpeg if reading else None,
        figures=reading.figures if reading else None,
        suspects=reading.suspects if reading else (),
        burst_pictures=reading.burst_pictures if reading else 0,
    )
