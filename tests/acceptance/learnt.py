"""Picture histories of the simulated city's cameras, as some hours of looks would teach them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from av.video.reformatter import VideoReformatter

from camera_registry.pictures.history import (
    HistoryPolicy,
    PictureHistory,
    SlotHistory,
    take_in,
)
from camera_registry.store import cameras, pictures
from camera_registry.vocabulary import HealthState, Status
from probes.decode.reading import read_key_frame
from probes.rtp.collector import KeyFrameCollector
from probes.vocabulary import (
    Codec,
    KeyFrame,
    Light,
    PictureContext,
    ProbeResult,
    Transport,
    Verdict,
)
from tests.fleet.clips import Clip
from xueliang.registry import open_registry
from xueliang.settings import DatabaseSettings

_BEGUN = datetime(2026, 3, 1, 4, tzinfo=UTC)
_HALF_A_DAY = timedelta(hours=12)
_LOOKS, _EVERY = 12, timedelta(minutes=40)
_WELL = HealthState(camera_id=1, status=Status.ONLINE, since=_BEGUN)


def histories_of(clip: Clip) -> tuple[SlotHistory, ...]:
    """What is learnt of a camera that shows this clip, by day and by night."""
    history = PictureHistory(camera_id=1)
    for begun, light in ((_BEGUN, Light.DAY), (_BEGUN + _HALF_A_DAY, Light.NIGHT)):
        for number in range(_LOOKS):
            at = begun + number * _EVERY
            context = PictureContext(light=light, baselines=history.baselines())
            look = _look(clip, number, context, at)
            history = take_in(history, look, _WELL, HistoryPolicy())
    return history.slots


def _look(clip: Clip, number: int, context: PictureContext, at: datetime) -> ProbeResult:
    picture = KeyFrameCollector(Codec(clip.codec)).feed(_packets(clip, number))
    assert picture is not None
    frame = KeyFrame(
        codec=picture.codec,
        access_unit=picture.access_unit,
        rtp_timestamp=picture.rtp_timestamp,
        transport=Transport.TCP,
        received_at=at,
    )
    reading = read_key_frame(
        frame, None, want_frame=False, scaler=VideoReformatter(), context=context
    )
    assert reading.picture.faults == ()
    return ProbeResult(
        camera_id="1",
        started_at=at,
        verdict=Verdict.OK,
        picture=reading.picture,
        figures=reading.figures,
    )


def _packets(clip: Clip, number: int) -> Iterator[bytes]:
    """A group of pictures and the one behind it, which tells where its key picture ends."""
    for at in (number, number + 1):
        gop = clip.gops[at % len(clip.gops)]
        for first, last in zip(gop.packets, gop.packets[1:], strict=False):
            yield gop.blob[first + 4 : last]


async def write_histories(
    settings: DatabaseSettings, slots: Mapping[str, tuple[SlotHistory, ...]]
) -> None:
    """Into the registry, for each camera by its label."""
    async with open_registry(settings) as database:
        known = await cameras.load_all(database)
        rows = [(one.id, slot) for one in known for slot in slots.get(one.label, ())]
        await pictures.write_slots(database, rows, views=True)
