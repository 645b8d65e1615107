"""Positions that look moved by a map service: kept as WGS-84, but really GCJ-02 or BD-09. Pure.

In this part of China GCJ-02 lies some 550 m from WGS-84 and BD-09 some 1,200 m, each always in the
same direction. A single number does not show it, but company does, three ways:

- Two points of one pole, address or key location whose positions are equal to within a metre or
  two once one of them is shifted back are one spot, told in two systems.
- Where the archive's poles, addresses or key locations are tight spots (learnt: most of them no
  wider than `tight_m`), a point that lies from its companions as a shift would put it was shifted.
- A batch (one constructor's points of one category), whose mean offset from the other points of
  the same villages is the shift and not nothing, was shifted as a whole. That is told once for the
  batch, as its single points cannot be judged.

What has no company is not judged: a position is never called shifted for its numbers alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import cos, hypot, radians
from statistics import median, quantiles

from camera_registry.datum import (
    DEGREE_M,
    CoordinateSystem,
    Position,
    distance_m,
    to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from camera_registry.lint.rules import Rules
from camera_registry.lint.telling import found
from camera_registry.lint.vocabulary import Entry, Finding, Kind

_SHIFTS: tuple[tuple[CoordinateSystem, Callable[[float, float], Position]], ...] = (
    (CoordinateSystem.GCJ02, wgs84_to_gcj02),
    (CoordinateSystem.BD09, wgs84_to_bd09),
)
# Spots that records share, the narrowest first; each is within a town.
_SPOTS = ("pole_number", "installation_address", "key_location")
# A batch's mean must be known to this share of the shift, or it could as well be chance.
_MEAN_SHARE = 0.25

Vector = tuple[float, float]


def check_shifts(entries: Sequence[Entry], rules: Rules) -> Iterator[Finding]:
    """`entries` are those whose position lies in the county. At most one finding for a record."""
    told: set[int] = set()
    for finding in (
        *(one for spot in _SPOTS for one in _exact_pairs(entries, spot, rules)),
        *(one for spot in _SPOTS for one in _out_of_spot(entries, spot, rules)),
    ):
        if finding.camera_id is not None and finding.camera_id not in told:
            told.add(finding.camera_id)
            yield finding
    yield from _batches([entry for entry in entries if entry.id not in told], rules)


def metres_between(one: Position, other: Position) -> Vector:
    """How far east and north `one` lies of `other`, on a local plane."""
    stretch = cos(radians((one[1] + other[1]) / 2))
    return (one[0] - other[0]) * stretch * DEGREE_M, (one[1] - other[1]) * DEGREE_M


def _shift_at(
    forward: Callable[[float, float], Position], longitude: float, latitude: float
) -> Vector:
    return metres_between(forward(longitude, latitude), (longitude, latitude))


def _grouped(
    entries: Iterable[Entry], key: Callable[[Entry], tuple[str, ...] | None]
) -> dict[tuple[str, ...], list[tuple[Entry, Position]]]:
    groups: dict[tuple[str, ...], list[tuple[Entry, Position]]] = {}
    for entry in entries:
        position, of_group = entry.position, key(entry)
        if position is not None and of_group is not None:
            groups.setdefault(of_group, []).append((entry, position))
    return groups


def _in_field(name: str) -> Callable[[Entry], tuple[str, ...] | None]:
    def key(entry: Entry) -> tuple[str, ...] | None:
        value = entry.values[name]
        return (entry.town, str(value)) if value else None

    return key


# Two positions that are one, told in two systems


def _exact_pairs(entries: Sequence[Entry], field: str, rules: Rules) -> Iterator[Finding]:
    cell = rules.datum.exact_m / DEGREE_M
    for members in _grouped(entries, _in_field(field)).values():
        if len(members) < 2:
            continue
        spots: dict[tuple[int, int], tuple[Entry, Position]] = {}
        for entry, position in members:
            spots.setdefault(_cell(position, cell), (entry, position))
        for entry, position in members:
            yield from _exact_pair(entry, position, spots, cell, rules)


def _exact_pair(
    entry: Entry,
    position: Position,
    spots: dict[tuple[int, int], tuple[Entry, Position]],
    cell: float,
    rules: Rules,
) -> Iterator[Finding]:
    for system, forward in _SHIFTS:
        back = _shifted_back(forward, position)
        east, north = _cell(back, cell)
        for step in product((-1, 0, 1), repeat=2):
            other, place = spots.get((east + step[0], north + step[1]), (entry, position))
            if other.id != entry.id and distance_m(back, place) <= rules.datum.exact_m:
                yield _shifted(entry, system, other, rules)
                return


def _shifted_back(forward: Callable[[float, float], Position], position: Position) -> Position:
    """One step of the inverse: good to a metre, as the shift hardly changes over its length."""
    moved = forward(*position)
    return 2 * position[0] - moved[0], 2 * position[1] - moved[1]


def _cell(position: Position, size: float) -> tuple[int, int]:
    return int(position[0] // size), int(position[1] // size)


# Points away from their spot as a shift would put them


def _out_of_spot(entries: Sequence[Entry], field: str, rules: Rules) -> Iterator[Finding]:
    groups = [one for one in _grouped(entries, _in_field(field)).values() if len(one) > 1]
    if len(groups) < rules.datum.min_places:
        return
    offsets = [
        (entry, position, _from_others(members, index), members)
        for members in groups
        for index, (entry, position) in enumerate(members)
    ]
    lengths = [hypot(*offset) for _, _, offset, _ in offsets]
    # Of a pair with one shifted both are off, so the archive's width is where most of it lies.
    width = quantiles(lengths, n=10)[6]
    if width > rules.datum.tight_m:
        return
    near = max(3 * width, 30.0)
    for entry, position, offset, members in offsets:
        system = _matching_shift(position, offset, near)
        if system is not None:
            other = next(one for one, _ in members if one.id != entry.id)
            yield _shifted(entry, system, other, rules)


def _from_others(members: Sequence[tuple[Entry, Position]], index: int) -> Vector:
    rest = [position for number, (_, position) in enumerate(members) if number != index]
    middle = (median(one[0] for one in rest), median(one[1] for one in rest))
    return metres_between(members[index][1], middle)


def _matching_shift(position: Position, offset: Vector, near_m: float) -> CoordinateSystem | None:
    """The system whose shift the offset is, and nearer to it than to none."""
    if hypot(*offset) <= near_m:
        return None
    for system, forward in _SHIFTS:
        shift = _shift_at(forward, *position)
        if hypot(offset[0] - shift[0], offset[1] - shift[1]) <= min(near_m, hypot(*shift) / 3):
            return system
    return None


def _shifted(entry: Entry, system: CoordinateSystem, other: Entry, rules: Rules) -> Finding:
    longitude, latitude = entry.position or (0.0, 0.0)
    corrected = to_wgs84(system, longitude, latitude)
    return found(
        rules,
        Kind.DATUM_SHIFT,
        entry,
        "longitude",
        system=system.value,
        longitude=f"{longitude:.6f}",
        latitude=f"{latitude:.6f}",
        others=(other.label,),
        # As they stand, with the system they are really in: the import converts them.
        proposal={
            "longitude": longitude,
            "latitude": latitude,
            "coordinate_system": system.value,
        },
        right_longitude=f"{corrected[0]:.6f}",
        right_latitude=f"{corrected[1]:.6f}",
    )


# Whole batches


@dataclass(slots=True)
class _Sums:
    """Points of a village: how many, and the sum of their positions in metres."""

    points: int = 0
    east: float = 0.0
    north: float = 0.0

    def add(self, place: Vector) -> None:
        self.points += 1
        self.east += place[0]
        self.north += place[1]


def _batch_of(entry: Entry) -> tuple[str, str]:
    return entry.values["construction_unit"] or "", entry.category.value


def _batches(entries: Sequence[Entry], rules: Rules) -> Iterator[Finding]:
    west, _, south, _ = rules.county.bounds
    villages: dict[tuple[str, str], _Sums] = {}
    parts: dict[tuple[str, str], dict[tuple[str, str], _Sums]] = {}
    members: dict[tuple[str, str], list[tuple[Entry, Vector, tuple[str, str]]]] = {}
    for entry in entries:
        village = (entry.town, entry.values["village"] or "")
        if entry.position is None or not village[1]:
            continue
        place, batch = metres_between(entry.position, (west, south)), _batch_of(entry)
        villages.setdefault(village, _Sums()).add(place)
        parts.setdefault(batch, {}).setdefault(village, _Sums()).add(place)
        members.setdefault(batch, []).append((entry, place, village))
    for batch, listed in members.items():
        offsets = _offsets(listed, villages, parts[batch])
        if len(offsets) >= rules.datum.batch_min_points:
            yield from _judge_batch(batch, [one[0] for one in listed], offsets, rules)


def _offsets(
    listed: Iterable[tuple[Entry, Vector, tuple[str, str]]],
    villages: dict[tuple[str, str], _Sums],
    part: dict[tuple[str, str], _Sums],
) -> list[Vector]:
    """Each member's offset from the middle of the village's points of other batches."""
    offsets: list[Vector] = []
    for _, place, village in listed:
        all_of, ours = villages[village], part[village]
        rest = all_of.points - ours.points
        if rest:
            middle = ((all_of.east - ours.east) / rest, (all_of.north - ours.north) / rest)
            offsets.append((place[0] - middle[0], place[1] - middle[1]))
    return offsets


def _judge_batch(
    batch: tuple[str, str], listed: Sequence[Entry], offsets: Sequence[Vector], rules: Rules
) -> Iterator[Finding]:
    count = len(offsets)
    mean = (sum(one[0] for one in offsets) / count, sum(one[1] for one in offsets) / count)
    spread2 = sum((one[0] - mean[0]) ** 2 + (one[1] - mean[1]) ** 2 for one in offsets)
    # The offsets from one village's middle are not independent of each other: half the points
    # count, which makes the mean look as uncertain as it is.
    error2 = max(spread2 / (2 * count) / (count / 2), 1.0)
    entry = listed[0]
    for system, forward in _SHIFTS:
        shift = _shift_at(forward, *(entry.position or (0.0, 0.0)))
        away2 = (mean[0] - shift[0]) ** 2 + (mean[1] - shift[1]) ** 2
        odds = ((mean[0] ** 2 + mean[1] ** 2) - away2) / (2 * error2)
        certain = error2 <= (hypot(*shift) * _MEAN_SHARE) ** 2
        if certain and odds >= rules.datum.batch_log_odds and away2 <= 9 * error2:
            yield _batch_finding(batch, listed, system, hypot(*mean), rules)
            return


def _batch_finding(
    batch: tuple[str, str],
    listed: Sequence[Entry],
    system: CoordinateSystem,
    distance: float,
    rules: Rules,
) -> Finding:
    """About no single record: it names the batch."""
    one = found(
        rules,
        Kind.DATUM_BATCH,
        listed[0],
        "construction_unit",
        system=system.value,
        count=len(listed),
        distance=round(distance),
        others=[entry.label for entry in listed],
    )
    return replace(one, camera_id=None, label=batch[0], name=batch[0], town="", village="")
