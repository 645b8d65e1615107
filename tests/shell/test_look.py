"""A look from address to verdict, with a scripted camera and stand-ins for decoding and ONVIF."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from probes.clock import SystemClock
from probes.deadline import Deadline
from probes.lag import LagTracker, watch_lag
from probes.look import LookTools, look
from probes.reasons import ProbeFailedError, failure
from probes.vocabulary import (
    Blame,
    Budget,
    Codec,
    FaultKind,
    FrameReading,
    KeyFrame,
    Media,
    OnvifFacts,
    Picture,
    PictureContext,
    PictureFault,
    ProbeTarget,
    Sketch,
    Stage,
    StreamKind,
    Verdict,
)
from tests.shell.rtsp_camera import (
    DESCRIBED,
    INTER,
    KEY_PICTURE,
    PLAYS,
    SET_UP,
    STREAM,
    Visit,
    camera,
    framed,
    packets,
    reply,
    silence,
)

BUDGET = Budget(total_s=5.0, connect_s=5.0, teardown_s=0.1)
SHORT = Budget(total_s=0.6, connect_s=0.5, teardown_s=0.1)
SKETCH = Sketch(luma=bytes(1296), digest=bytes(8), captured_at=datetime(2026, 5, 1, tzinfo=UTC))
ANSWERS = (DESCRIBED, SET_UP, PLAYS + STREAM, reply("200 OK"))


def reading(*faults: PictureFault) -> FrameReading:
    return FrameReading(
        media=Media(codec=Codec.H264, width=640, height=360),
        picture=Picture(faults=faults),
        sketch=SKETCH,
        decode_s=0.02,
        picture_s=0.004,
    )


@dataclass
class StandIns:
    """What decoding and ONVIF answer, and what they were asked."""

    outcome: FrameReading | Exception = field(default_factory=reading)
    facts: OnvifFacts | Exception = field(default_factory=OnvifFacts)
    asked: list[str] = field(default_factory=list)

    async def read_frame(
        self,
        frame: KeyFrame,
        previous: Sketch | None,
        want_frame: bool,
        _context: PictureContext | None,
    ) -> FrameReading:
        self.asked.append(f"read {frame.codec} {previous is not None} {want_frame}")
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    async def ask_onvif(self, _target: ProbeTarget, _deadline: Deadline) -> OnvifFacts:
        self.asked.append("onvif")
        if isinstance(self.facts, Exception):
            raise self.facts
        return self.facts

    def tools(self, lag: LagTracker | None = None) -> LookTools:
        return LookTools(
            clock=SystemClock(),
            read_frame=self.read_frame,
            ask_onvif=self.ask_onvif,
            lag=lag or LagTracker(),
        )


async def test_a_good_camera() -> None:
    stand_ins = StandIns()
    async with camera(*ANSWERS) as seen:
        target = ProbeTarget(camera_id="7", stream_url=seen.url, previous=SKETCH, want_frame=True)
        result = await look(target, BUDGET, stand_ins.tools())
    assert (result.camera_id, result.verdict, result.failure) == ("7", Verdict.OK, None)
    assert result.started_at.tzinfo is UTC
    assert result.media == reading().media
    assert result.sketch == SKETCH
    assert list(result.stages) == [
        Stage.RESOLVE,
        Stage.CONNECT,
        Stage.DESCRIBE,
        Stage.SETUP,
        Stage.PLAY,
        Stage.FIRST_PACKET,
        Stage.KEY_FRAME,
        Stage.DECODE,
        Stage.PICTURE,
    ]
    assert result.stages[Stage.DECODE] == 0.02
    assert stand_ins.asked == ["read h264 True True"]


async def test_picture_faults_degrade() -> None:
    faults = [
        PictureFault(kind=FaultKind.NO_SIGNAL, score=0.97),
        PictureFault(kind=FaultKind.BLUR, score=0.9),
    ]
    async with camera(*ANSWERS) as seen:
        target = ProbeTarget(camera_id="7", stream_url=seen.url)
        result = await look(target, BUDGET, StandIns(outcome=reading(*faults)).tools())
    assert result.verdict is Verdict.DEGRADED
    assert result.failure == failure(Stage.PICTURE, "no_signal", "score 0.97")
    assert result.picture == Picture(faults=tuple(faults))


async def test_a_camera_that_is_down() -> None:
    async with camera(reply("404 Not Found"), reply("404 Not Found")) as seen:
        target = ProbeTarget(camera_id="7", stream_url=seen.url)
        result = await look(target, BUDGET, StandIns().tools())
    assert result.verdict is Verdict.DOWN
    assert result.failure is not None
    assert (result.failure.stage, result.failure.reason) == (Stage.DESCRIBE, "not_found")
    assert list(result.stages) == [Stage.RESOLVE, Stage.CONNECT, Stage.DESCRIBE]
    assert result.media is None


async def test_a_camera_without_an_address() -> None:
    result = await look(ProbeTarget(camera_id="7"), BUDGET, StandIns().tools())
    assert result.failure is not None
    assert (result.failure.stage, result.failure.reason) == (Stage.RESOLVE, "bad_address")


async def test_a_busy_camera_is_unknown() -> None:
    async with camera(DESCRIBED, reply("453 Not Enough Bandwidth")) as seen:
        target = ProbeTarget(camera_id="7", stream_url=seen.url)
        result = await look(target, BUDGET, StandIns().tools())
    assert result.verdict is Verdict.UNKNOWN


async def test_a_frame_that_cannot_be_decoded() -> None:
    broken = StandIns(outcome=ProbeFailedError(failure(Stage.DECODE, "damaged", "x")))
    async with camera(*ANSWERS) as seen:
        target = ProbeTarget(camera_id="7", stream_url=seen.url, onvif_url="http://127.0.0.1/")
        result = await look(target, BUDGET, broken.tools())
    assert (result.verdict, result.media) == (Verdict.DOWN, None)
    assert list(result.stages)[-1] is Stage.DECODE


async def test_a_camera_that_sends_its_key_pictures_with_gaps_has_a_faulty_picture() -> None:
    """Over TCP the network loses nothing."""
    groups = packets(*(KEY_PICTURE, *[(INTER,)] * 40) * 3)
    sent = [one for number, one in enumerate(groups) if number % (len(groups) // 3) != 4]
    stream = b"".join(framed(packet) for packet in sent)
    async with camera(DESCRIBED, SET_UP, PLAYS + stream, reply("200 OK")) as seen:
        target = ProbeTarget(camera_id="7", stream_url=seen.url)
        result = await look(target, BUDGET, StandIns().tools())
    assert result.verdict is Verdict.DEGRADED
    assert result.picture is not None
    assert [fault.kind for fault in result.picture.faults] == [FaultKind.CORRUPTION]
    assert FaultKind.BLUR in result.picture.not_checkable


async def test_what_nobody_foresaw_is_our_fault(caplog: pytest.LogCaptureFixture) -> None:
    broken = StandIns(outcome=ZeroDivisionError("oops"))
    async with camera(*ANSWERS) as seen:
        target = ProbeTarget(camera_id="7", stream_url=seen.url)
        with caplog.at_level(logging.ERROR):
            result = await look(target, BUDGET, broken.tools())
    assert result.verdict is Verdict.UNKNOWN
    assert result.failure == failure(Stage.PROBER, "internal_error", "ZeroDivisionError")
    assert "Traceback" in caplog.text


async def test_a_cancelled_look_ends() -> None:
    described = asyncio.Event()
    async with camera(lambda _visit: described.set()) as seen:
        target = ProbeTarget(camera_id="7", stream_url=seen.url)
        task = asyncio.create_task(look(target, Budget(), StandIns().tools()))
        await described.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


# ONVIF


async def test_onvif_is_asked_after_the_frame() -> None:
    stand_ins = StandIns(facts=OnvifFacts(model="X1"))
    async with camera(*ANSWERS) as seen:
        target = ProbeTarget(
            camera_id="7", stream_url=seen.url, onvif_url="http://127.0.0.1/", ask_onvif=True
        )
        result = await look(target, BUDGET, stand_ins.tools())
    assert stand_ins.asked == ["read h264 False False", "onvif"]
    assert result.onvif == OnvifFacts(model="X1")
    assert list(result.stages)[-1] is Stage.ONVIF


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ProbeFailedError(failure(Stage.ONVIF, "credentials_wrong")), "credentials_wrong"),
        (KeyError("x"), "internal_error"),
    ],
)
async def test_onvif_trouble_leaves_the_verdict(error: Exception, reason: str) -> None:
    async with camera(*ANSWERS) as seen:
        target = ProbeTarget(
            camera_id="7", stream_url=seen.url, onvif_url="http://127.0.0.1/", ask_onvif=True
        )
        result = await look(target, BUDGET, StandIns(facts=error).tools())
    assert (result.verdict, result.failure) == (Verdict.OK, None)
    assert result.onvif_failure is not None
    assert result.onvif_failure.reason == reason


async def test_a_camera_known_by_onvif_only() -> None:
    async with camera(*ANSWERS) as seen:
        stand_ins = StandIns(facts=OnvifFacts(stream_url=seen.url))
        target = ProbeTarget(camera_id="7", onvif_url="http://127.0.0.1:8080/onvif")
        result = await look(target, BUDGET, stand_ins.tools())
    assert result.verdict is Verdict.OK
    assert stand_ins.asked == ["onvif", "read h264 False False"]
    assert result.onvif is not None
    assert {Stage.ONVIF, Stage.KEY_FRAME, Stage.PICTURE} <= set(result.stages)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (OnvifFacts(), "no_stream"),
        (OnvifFacts(stream_url="rtsp://127.0.0.2/a"), "address_foreign"),
        (ProbeFailedError(failure(Stage.ONVIF, "refused")), "refused"),
    ],
)
async def test_onvif_gives_no_stream(facts: OnvifFacts | Exception, reason: str) -> None:
    target = ProbeTarget(camera_id="7", onvif_url="http://127.0.0.1:8080/onvif")
    result = await look(target, BUDGET, StandIns(facts=facts).tools())
    assert result.failure is not None
    assert (result.failure.stage, result.failure.reason) == (Stage.ONVIF, reason)
    assert list(result.stages) == [Stage.ONVIF]


# The sub-stream

SUB = replace(SKETCH, stream=StreamKind.SUB)
REFUSED = {
    "404 to DESCRIBE": (reply("404 Not Found"), reply("404 Not Found")),
    "400 to DESCRIBE": (reply("400 Bad Request"),),
    "500 to DESCRIBE": (reply("500 Internal Server Error"),),
    "503 to DESCRIBE": (reply("503 Service Unavailable"),),
    "404 to SETUP": (DESCRIBED, reply("404 Not Found")),
    "453 to SETUP": (DESCRIBED, reply("453 Not Enough Bandwidth")),
    "500 to PLAY": (DESCRIBED, SET_UP, reply("500 Internal Server Error"), reply("200 OK")),
}


def with_sub(main: str, sub: str | None, **more: object) -> ProbeTarget:
    return ProbeTarget(
        camera_id="7",
        stream_url=main,
        sub_stream_url=sub,
        picture_stream=StreamKind.SUB,
        previous=SKETCH,
        **more,  # type: ignore[arg-type]
    )


async def test_the_picture_of_the_sub_stream() -> None:
    stand_ins = StandIns()
    async with camera() as main, camera(*ANSWERS) as sub:
        target = with_sub(main.url, sub.url)
        result = await look(target, BUDGET, stand_ins.tools())
        # Of the same stream, the sketch of the look before tells a frozen picture.
        assert result.sketch == SUB
    assert (result.verdict, result.stream) == (Verdict.OK, StreamKind.SUB)
    assert stand_ins.asked == ["read h264 False False"]
    assert main.methods == []


async def test_sketches_of_one_stream_are_compared() -> None:
    stand_ins = StandIns()
    async with camera(*ANSWERS) as sub:
        target = replace(with_sub("rtsp://127.0.0.1:1/", sub.url), previous=SUB)
        await look(target, BUDGET, stand_ins.tools())
    async with camera(*ANSWERS) as main:
        await look(replace(with_sub(main.url, None), previous=SUB), BUDGET, stand_ins.tools())
    assert stand_ins.asked == ["read h264 True False", "read h264 False False"]


@pytest.mark.parametrize("answers", REFUSED.values(), ids=REFUSED)
async def test_a_sub_stream_that_is_refused_counts_for_nothing(answers: tuple[bytes, ...]) -> None:
    stand_ins = StandIns()
    async with camera(*ANSWERS) as main, camera(*answers) as sub:
        result = await look(with_sub(main.url, sub.url), BUDGET, stand_ins.tools())
        assert sub.methods[0] == "DESCRIBE"
    assert (result.verdict, result.failure) == (Verdict.OK, None)
    assert (result.stream, result.sketch) == (StreamKind.MAIN, SKETCH)
    assert stand_ins.asked == ["read h264 True False"]


async def test_the_main_stream_is_judged_where_both_are_refused() -> None:
    async with camera(*REFUSED["404 to DESCRIBE"]) as sub, camera(reply("403 Forbidden")) as main:
        result = await look(with_sub(main.url, sub.url), BUDGET, StandIns().tools())
    assert result.failure is not None
    assert (result.failure.stage, result.failure.reason) == (Stage.AUTH, "forbidden")
    assert result.stream is StreamKind.MAIN


@pytest.mark.parametrize(
    ("answers", "stage", "reason"),
    [
        ((reply("403 Forbidden"),), Stage.AUTH, "forbidden"),
        ((silence,), Stage.DESCRIBE, "timeout"),
        ((DESCRIBED, SET_UP, reply("200 OK")), Stage.FIRST_PACKET, "timeout"),
    ],
)
async def test_other_failures_of_the_sub_stream_are_the_cameras(
    answers: tuple[object, ...], stage: Stage, reason: str
) -> None:
    async with camera() as main, camera(*answers) as sub:  # type: ignore[arg-type]
        result = await look(with_sub(main.url, sub.url), SHORT, StandIns().tools())
    assert result.failure is not None
    assert (result.failure.stage, result.failure.reason) == (stage, reason)
    assert (result.stream, main.methods) == (StreamKind.SUB, [])


async def test_both_streams_are_asked_within_one_deadline() -> None:
    async with camera(silence) as main, camera(*REFUSED["404 to DESCRIBE"]) as sub:
        result = await look(with_sub(main.url, sub.url), SHORT, StandIns().tools())
    assert result.failure is not None
    assert (result.failure.stage, result.failure.reason) == (Stage.DESCRIBE, "timeout")
    assert sum(result.stages.values()) < SHORT.total_s + SHORT.teardown_s + 0.3


async def test_the_stream_alone_is_the_main_one() -> None:
    async with camera(*ANSWERS) as main, camera() as sub:
        target = replace(with_sub(main.url, sub.url), picture=False)
        result = await look(target, BUDGET, StandIns().tools())
    assert (result.verdict, result.stream, sub.methods) == (Verdict.OK, StreamKind.MAIN, [])


@pytest.mark.parametrize(
    ("sub_host", "stream"), [("127.0.0.1", StreamKind.SUB), ("127.0.0.9", StreamKind.MAIN)]
)
async def test_onvif_names_the_sub_stream(sub_host: str, stream: StreamKind) -> None:
    async with camera(*ANSWERS) as main, camera(*ANSWERS) as sub:
        named = sub.url.replace("127.0.0.1", sub_host)
        facts = OnvifFacts(stream_url=main.url, sub_stream_url=named)
        target = replace(
            with_sub(main.url, None), stream_url=None, onvif_url="http://127.0.0.1:8080/onvif"
        )
        result = await look(target, BUDGET, StandIns(facts=facts).tools())
    assert (result.verdict, result.stream) == (Verdict.OK, stream)


# Overload


@dataclass
class SteppedClock:
    """A monotonic clock that the test moves."""

    at_s: float = 0.0

    def now(self) -> datetime:
        return datetime(2026, 5, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.at_s


@pytest.mark.parametrize(
    ("stood_still_s", "reason", "blame"),
    [(3.0, "overload", Blame.PROBER), (0.2, "timeout", Blame.CAMERA)],
)
async def test_a_timeout_while_we_stood_still(
    stood_still_s: float, reason: str, blame: Blame
) -> None:
    clock, lag = SteppedClock(), LagTracker()
    lag.tick(0.0)

    def stand_still(_visit: object) -> None:
        clock.at_s += stood_still_s

    tools = StandIns().tools(lag)
    tools = LookTools(clock=clock, read_frame=tools.read_frame, ask_onvif=tools.ask_onvif, lag=lag)
    async with camera(stand_still) as seen:
        target = ProbeTarget(camera_id="7", stream_url=seen.url)
        result = await look(target, SHORT, tools)
    assert result.failure is not None
    assert (result.failure.reason, result.failure.blame) == (reason, blame)


@pytest.mark.parametrize(
    ("groups", "budget", "sign"), [(1, SHORT, "packet_loss"), (3, BUDGET, "corruption")]
)
async def test_packets_lost_while_we_stood_still(groups: int, budget: Budget, sign: str) -> None:
    clock, lag = SteppedClock(), LagTracker()
    lag.tick(0.0)
    sent = packets(*(KEY_PICTURE, *[(INTER,)] * 40) * groups)
    gaps = range(3, len(sent), len(sent) // groups)
    broken = [packet for i, packet in enumerate(sent) if i not in gaps]

    def stand_still(visit: Visit) -> None:
        clock.at_s += 3.0
        visit.writer.write(PLAYS + b"".join(map(framed, broken)))

    tools = StandIns().tools(lag)
    tools = LookTools(clock=clock, read_frame=tools.read_frame, ask_onvif=tools.ask_onvif, lag=lag)
    async with camera(DESCRIBED, SET_UP, stand_still) as seen:
        target = ProbeTarget(camera_id="7", stream_url=seen.url)
        result = await look(target, budget, tools)
    assert result.failure is not None
    assert (result.failure.stage, result.failure.reason) == (Stage.PROBER, "overload")
    assert result.verdict is Verdict.UNKNOWN
    assert sign in result.failure.evidence


async def test_the_lag_of_a_free_loop_is_small() -> None:
    lag, clock = LagTracker(), SystemClock()
    began_s = clock.monotonic()
    watch = asyncio.create_task(watch_lag(lag, clock))
    async with camera(silence) as seen:
        target = ProbeTarget(camera_id="7", stream_url=seen.url)
        result = await look(target, SHORT, StandIns().tools(lag))
    watch.cancel()
    assert result.failure is not None
    assert result.failure.reason == "timeout"
    assert lag.stalled_s(began_s, clock.monotonic()) < 0.5
