"""What really happens in the city: drawn once from a seed, and kept from the rules.

The rates are those that make a bad month: a camera is out of order every two months, one in ten
blips each day, recorders, switches and uplinks fail, a few cameras flap for hours, and our own
network and process fail too. Every length occurs on both sides of every class's limit.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from benchmarks.replay.city import City, Wiring
from camera_registry.incidents.vocabulary import Cause
from camera_registry.vocabulary import UpstreamKind
from probes.reasons import failure
from probes.vocabulary import Failure, FaultKind, Stage

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


class Kind(StrEnum):
    """What happens."""

    BLIP = "blip"
    OUTAGE = "outage"
    PICTURE = "picture"
    FLAPPING = "flapping"
    UPSTREAM = "upstream"
    OWN_NETWORK = "own network"
    OWN_PROCESS = "own process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that happens, from `start` up to `end`, to some cameras (none: to ourselves).
    `spells` are the times at which a flapping camera is down."""

    kind: Kind
    start: datetime
    end: datetime
    cameras: tuple[int, ...] = ()
    found: Failure | None = None
    cause: Cause = Cause.CAMERA
    spells: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def lasts(self) -> timedelta:
        return self.end - self.start


# Per camera and day, but for the upstreams (each and a day) and ourselves (a day).
_BLIPS = 0.1
_OUTAGES = 1 / 60
_PICTURES = 1 / 200
_FLAPPING = 1 / 3_000
_UPSTREAMS = {
    UpstreamKind.RECORDER: 1 / 150,
    UpstreamKind.SWITCH: 1 / 150,
    UpstreamKind.TOWN_UPLINK: 1 / 60,
}
_OWN_NETWORK = 1 / 4
_OWN_PROCESS = 1 / 7

_SILENT = (failure(Stage.CONNECT, "timeout"), failure(Stage.CONNECT, "unreachable"))
_DOWN = (
    *_SILENT,
    failure(Stage.CONNECT, "refused"),
    failure(Stage.AUTH, "credentials_wrong"),
    failure(Stage.DESCRIBE, "not_found"),
    failure(Stage.FIRST_PACKET, "timeout"),
    failure(Stage.KEY_FRAME, "timeout"),
)
_FAULTS = (FaultKind.OCCLUSION, FaultKind.BLUR, FaultKind.NO_SIGNAL, FaultKind.FROZEN)


def truth_of(city: City, wiring: Wiring, start: datetime, days: int, seed: int) -> list[Trouble]:
    """All that happens, by its start. Nothing goes on past the last six hours, so that what the
    rules owe is due before the replay ends."""
    chance = random.Random(f"truth:{seed}")
    end = start + days * DAY - 6 * timedelta(hours=1)
    begin = start + timedelta(hours=2)
    drawn = [
        *_own(chance, begin, end),
        *_of_upstreams(wiring, chance, begin, end),
        *_of_cameras(list(city.cameras), chance, begin, end),
    ]
    return sorted(
        (one for one in drawn if one.end <= end), key=lambda one: (one.start, one.cameras[:1])
    )


def _own(chance: random.Random, begin: datetime, end: datetime) -> Iterator[Trouble]:
    for kind, rate in ((Kind.OWN_NETWORK, _OWN_NETWORK), (Kind.OWN_PROCESS, _OWN_PROCESS)):
        for at in _moments(chance, rate, begin, end):
            lasts = MINUTE * chance.uniform(3, 60)
            yield Trouble(kind=kind, start=at, end=at + lasts)


def _of_upstreams(
    wiring: Wiring, chance: random.Random, begin: datetime, end: datetime
) -> Iterator[Trouble]:
    for upstream, cameras in wiring.below.items():
        for at in _moments(chance, _UPSTREAMS[wiring.kinds[upstream]], begin, end):
            yield Trouble(
                kind=Kind.UPSTREAM,
                start=at,
                end=at + _length(chance),
                cameras=cameras,
                found=chance.choice(_SILENT),
                cause=Cause(wiring.kinds[upstream].value),
            )


def _of_cameras(
    cameras: Sequence[int], chance: random.Random, begin: datetime, end: datetime
) -> Iterator[Trouble]:
    kinds = (
        (Kind.BLIP, _BLIPS),
        (Kind.OUTAGE, _OUTAGES),
        (Kind.PICTURE, _PICTURES),
        (Kind.FLAPPING, _FLAPPING),
    )
    for kind, rate in kinds:
        for at in _moments(chance, rate * len(cameras), begin, end):
            yield _one(kind, chance.choice(cameras), at, chance)


def _one(kind: Kind, camera: int, at: datetime, chance: random.Random) -> Trouble:
    if kind is Kind.BLIP:
        # Too short for two looks 25 s apart: the second one finds the camera well.
        lasts = timedelta(seconds=chance.uniform(1, 24))
        return Trouble(
            kind=kind, start=at, end=at + lasts, cameras=(camera,), found=chance.choice(_DOWN)
        )
    if kind is Kind.PICTURE:
        found = failure(Stage.PICTURE, chance.choice(_FAULTS))
        return Trouble(
            kind=kind, start=at, end=at + _length(chance), cameras=(camera,), found=found
        )
    if kind is Kind.FLAPPING:
        end = at + MINUTE * chance.uniform(60, 360)
        return Trouble(
            kind=kind,
            start=at,
            end=end,
            cameras=(camera,),
            found=chance.choice(_SILENT),
            spells=tuple(_spells(chance, at, end)),
        )
    return Trouble(
        kind=kind,
        start=at,
        end=at + _length(chance),
        cameras=(camera,),
        found=chance.choice(_DOWN),
    )


def _spells(
    chance: random.Random, at: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Down for some minutes, up for some minutes."""
    while at < end:
        down = MINUTE * chance.uniform(2, 9)
        yield at, min(at + down, end)
        at += down + MINUTE * chance.uniform(2, 9)


def _length(chance: random.Random) -> timedelta:
    """A quarter are minutes, half are hours, a quarter are days."""
    drawn = chance.random()
    if drawn < 0.25:
        return MINUTE * chance.uniform(1, 40)
    if drawn < 0.75:
        return MINUTE * chance.uniform(40, 12 * 60)
    return MINUTE * chance.uniform(12 * 60, 5 * 24 * 60)


def _moments(
    chance: random.Random, per_day: float, begin: datetime, end: datetime
) -> Iterator[datetime]:
    """Independent moments at a rate."""
    at = begin
    while True:
        at += DAY * chance.expovariate(per_day)
        if at >= end:
            return
        yield at
