"""Points that lie in another town than the one they are filed under. Pure.

No surveyed boundaries are at hand, so where a town lies is learnt from its own points: their
density, smoothed by a Gaussian, is how likely a point of the town is to lie at a place. A point is
in the wrong town where its own town's *other* points make its place `odds` times less likely than
another town's points do. That takes any shape of town, says nothing where towns overlap or a
hamlet merely lies far out, and a point alone can never vouch for itself. Since the rim of a town
has few points, its own density is never taken for less than a bell over the town's middle gives.

Several misfiled points in one spot would vouch for each other; so those that look odd at the first
pass are left out of the densities of the second, which decides.

The densities stand on a grid over the county, spread first along its rows and then along its
columns, so that the work grows with the number of points and not with its square.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, exp, hypot, radians
from statistics import median

from camera_registry.datum import DEGREE_M, Position
from camera_registry.lint.rules import Rules
from camera_registry.lint.telling import found
from camera_registry.lint.vocabulary import Entry, Finding, Kind

# A cell of the grid, and the bounds of the Gaussian's width: narrower than a village's farmland, or
# as wide as a town, it would tell nothing. It is cut where it has fallen to a thousandth.
_CELL_M = 400.0
_NARROWEST_M, _WIDEST_M = 500.0, 3000.0
_REACH = 3.7
# A normal distribution's standard deviation by its median absolute deviation.
_MAD_TO_SIGMA = 1.4826
# The share of a town's points within its rim, and how far out that is in a normal distribution of
# two dimensions: sqrt(-2 ln(1 - share)) standard deviations.
_RIM, _NORMAL_RIM = 0.95, 2.448
# How odd a point must look to vouch for nobody at the second pass.
_SUSPECT_SHARE = 0.025
# A place where even the likeliest town has next to no point tells nothing: the density there, in
# points at the very place.
_LEAST_DENSITY = 0.5
# What a town's density is at least, so that odds stay finite.
_NOTHING = 1e-9

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Point:
    """A record's town, its place in metres, and its cell."""

    entry: Entry
    east_m: float
    north_m: float
    cell: Cell


@dataclass(frozen=True, slots=True)
class _Odds:
    """How many times likelier a place is in the likeliest other town, which has that density."""

    odds: float
    town: str
    density: float


def check_towns(entries: Sequence[Entry], rules: Rules) -> Iterator[Finding]:
    """`entries` are those whose position lies in the county."""
    counts = Counter(entry.town for entry in entries)
    judged = {town for town, count in counts.items() if count >= rules.towns.min_points}
    if len(judged) < 2:
        return
    points = [point for point in _points(entries, rules) if point.entry.town in judged]
    everyone = frozenset(point.entry.id for point in points)
    first = _odds(points, everyone)
    limit = rules.towns.odds
    trusted = frozenset(
        point.entry.id
        for point, looks in zip(points, first, strict=True)
        if looks.odds < limit * _SUSPECT_SHARE
    )
    for point, looks in zip(points, _odds(points, trusted), strict=True):
        if looks.odds >= limit and looks.density >= _LEAST_DENSITY:
            yield _told(point.entry, looks.town, rules)


def _told(entry: Entry, town: str, rules: Rules) -> Finding:
    longitude, latitude = entry.position or (0.0, 0.0)
    return found(
        rules,
        Kind.WRONG_TOWN,
        entry,
        "longitude",
        looks=town,
        longitude=f"{longitude:.6f}",
        latitude=f"{latitude:.6f}",
        proposal=_proposal(entry, town),
    )


def _proposal(entry: Entry, town: str) -> dict[str, str]:
    """The town, where the record's own words say so too; otherwise the position is the likelier
    to be wrong, and only somebody who knows the place can tell the right one."""
    texts = [entry.values["device_name"] or "", entry.values["installation_address"] or ""]
    if any(town in text for text in texts) and not any(entry.town in text for text in texts):
        return {"town": town}
    return {}


def _points(entries: Iterable[Entry], rules: Rules) -> Iterator[_Point]:
    west, _, south, north = rules.county.bounds
    stretch = cos(radians((south + north) / 2))
    for entry in entries:
        place: Position = entry.position or (west, south)
        east_m = (place[0] - west) * stretch * DEGREE_M
        north_m = (place[1] - south) * DEGREE_M
        cell = (int(north_m // _CELL_M), int(east_m // _CELL_M))
        yield _Point(entry, east_m, north_m, cell)


def _odds(points: Sequence[_Point], trusted: frozenset[int]) -> list[_Odds]:
    """For each point, of its own town against the likeliest other one; only trusted points make
    the densities."""
    members: dict[str, list[_Point]] = {}
    for point in points:
        members.setdefault(point.entry.town, [])
        if point.entry.id in trusted:
            members[point.entry.town].append(point)
    densities = {town: _density(listed) for town, listed in members.items()}
    bells = {town: _bell(listed) for town, listed in members.items()}
    return [
        _odds_of(point, densities, bells[point.entry.town].at(point), point.entry.id in trusted)
        for point in points
    ]


def _odds_of(
    point: _Point, densities: Mapping[str, Mapping[Cell, float]], bell: float, is_counted: bool
) -> _Odds:
    own, best, likeliest = 0.0, 0.0, ""
    for town, density in densities.items():
        here = density.get(point.cell, 0.0)
        if town == point.entry.town:
            # A point's own share of the density is the kernel's middle, which is 1.
            own = max(here - is_counted, bell)
        elif here > best:
            best, likeliest = here, town
    return _Odds(best / max(own, _NOTHING), likeliest, best)


@dataclass(frozen=True, slots=True)
class _Bell:
    """A town as a bell over its middle: what its density would be further out than its points
    happen to lie."""

    east_m: float
    north_m: float
    wide_m: float
    high_m: float
    top: float

    def at(self, point: _Point) -> float:
        east = (point.east_m - self.east_m) / self.wide_m
        north = (point.north_m - self.north_m) / self.high_m
        return self.top * exp(-0.5 * (east * east + north * north))


def _bell(points: Sequence[_Point]) -> _Bell:
    """Its widths by the median absolute deviations, drawn in where the rim lies nearer than a
    normal distribution's would (a town with a sharp border)."""
    if not points:
        return _Bell(0.0, 0.0, _NARROWEST_M, _NARROWEST_M, 0.0)
    easts, norths = [one.east_m for one in points], [one.north_m for one in points]
    east, north = median(easts), median(norths)
    wide, high = max(_spread(easts), _NARROWEST_M), max(_spread(norths), _NARROWEST_M)
    away = sorted(hypot((one.east_m - east) / wide, (one.north_m - north) / high) for one in points)
    drawn_in = min(away[int(_RIM * (len(away) - 1))] / _NORMAL_RIM, 1.0)
    wide, high = max(wide * drawn_in, _NARROWEST_M), max(high * drawn_in, _NARROWEST_M)
    # In the densities' own measure: points within a kernel's reach of the middle.
    top = len(points) * _width_m(points) ** 2 / (wide * high)
    return _Bell(east, north, wide, high, top)


def _density(points: Sequence[_Point]) -> dict[Cell, float]:
    """Points by cell, spread as Gaussians of height 1."""
    if not points:
        return {}
    cells = _width_m(points) / _CELL_M
    reach = int(_REACH * cells)
    kernel = [(step, exp(-0.5 * (step / cells) ** 2)) for step in range(-reach, reach + 1)]
    along: dict[Cell, float] = {}
    for (row, column), count in Counter(point.cell for point in points).items():
        for step, weight in kernel:
            cell = (row, column + step)
            along[cell] = along.get(cell, 0.0) + count * weight
    spread: dict[Cell, float] = {}
    for (row, column), value in along.items():
        for step, weight in kernel:
            cell = (row + step, column)
            spread[cell] = spread.get(cell, 0.0) + value * weight
    return spread


def _width_m(points: Sequence[_Point]) -> float:
    """By the rule of thumb for two dimensions (D. W. Scott, Multivariate Density Estimation,
    section 6.3): the spread times n^(-1/6)."""
    spread = (
        _spread([one.east_m for one in points]) + _spread([one.north_m for one in points])
    ) / 2
    width: float = spread * len(points) ** (-1 / 6)
    return min(max(width, _NARROWEST_M), _WIDEST_M)


def _spread(numbers: Sequence[float]) -> float:
    middle = median(numbers)
    deviation: float = median(abs(one - middle) for one in numbers)
    return deviation * _MAD_TO_SIGMA
