"""Points that lie in another town than the one they are filed under. Pure.

No surveyed boundaries are at hand, so where a town lies is learnt from its own points: their
density, smoothed by a Gaussian, is how likely a point of the town is to lie at a place. A point is
in the wrong town where its own town's *other* points make its place `odds` times less likely than
another town's points do. That takes any shape of town, says nothing where towns overlap or a
hamlet merely lies far out, and a point alone can never vouch for itself.

Several misfiled points in one spot would vouch for each other; so those that look odd at the first
pass are left out of the densities of the second, which decides.

The densities stand on a grid over the county, so that the work grows with the number of points and
not with its square.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

import numpy as np

from camera_registry.datum import DEGREE_M
from camera_registry.lint.rules import County, Rules
from camera_registry.lint.telling import found
from camera_registry.lint.vocabulary import Entry, Finding, Kind

# A cell of the grid, and the bounds of the Gaussian's width: narrower than a village's farmland, or
# as wide as a town, it would tell nothing.
_CELL_M = 250.0
_NARROWEST_M, _WIDEST_M = 500.0, 3000.0
# A normal distribution's standard deviation by its median absolute deviation.
_MAD_TO_SIGMA = 1.4826
# How odd a point must look to vouch for nobody at the second pass.
_SUSPECT_SHARE = 0.1
# A place where even the likeliest town has next to no point within three widths tells nothing:
# the kernel's value there, in points.
_LEAST_DENSITY = 0.5

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class _Grid:
    """A plane in metres over the county."""

    west: float
    south: float
    stretch: float
    rows: int
    columns: int

    def cells(self, positions: Array) -> tuple[Any, Any]:
        """Row and column of each position (longitude, latitude)."""
        metres = self.metres(positions)
        column = np.clip((metres[:, 0] / _CELL_M).astype(np.int64), 0, self.columns - 1)
        row = np.clip((metres[:, 1] / _CELL_M).astype(np.int64), 0, self.rows - 1)
        return row, column

    def metres(self, positions: Array) -> Array:
        east = (positions[:, 0] - self.west) * DEGREE_M * self.stretch
        north = (positions[:, 1] - self.south) * DEGREE_M
        return np.column_stack((east, north))


def _grid_of(county: County) -> _Grid:
    west, east, south, north = county.bounds
    stretch = cos(radians((south + north) / 2))
    return _Grid(
        west=west,
        south=south,
        stretch=stretch,
        rows=int((north - south) * DEGREE_M / _CELL_M) + 1,
        columns=int((east - west) * DEGREE_M * stretch / _CELL_M) + 1,
    )


def check_towns(entries: Sequence[Entry], rules: Rules) -> Iterator[Finding]:
    """`entries` are those whose position lies in the county."""
    towns = sorted({entry.town for entry in entries})
    if len(towns) < 2:
        return
    number = {town: index for index, town in enumerate(towns)}
    of_town = np.array([number[entry.town] for entry in entries])
    positions = np.array([entry.position for entry in entries], dtype=np.float64)
    judged = np.bincount(of_town, minlength=len(towns)) >= rules.towns.min_points
    grid = _grid_of(rules.county)
    everyone = np.ones(len(entries), dtype=bool)
    first, _, _ = _odds(grid, positions, of_town, judged, everyone)
    trusted = first < rules.towns.odds * _SUSPECT_SHARE
    odds, likeliest, density = _odds(grid, positions, of_town, judged, trusted)
    wrong = (odds >= rules.towns.odds) & (density >= _LEAST_DENSITY) & judged[of_town]
    for index in map(int, np.flatnonzero(wrong)):
        entry, town = entries[index], towns[int(likeliest[index])]
        longitude, latitude = positions[index]
        yield found(
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


def _odds(
    grid: _Grid, positions: Array, of_town: Any, judged: Any, trusted: Any
) -> tuple[Array, Any, Array]:
    """For each point: how many times likelier its place is in the likeliest other town than in
    its own, which town that is, and that town's density there (in points at the very place)."""
    rows, columns = grid.cells(positions)
    own = np.zeros(len(positions))
    best = np.zeros(len(positions))
    likeliest = np.zeros(len(positions), dtype=np.int64)
    for town in np.flatnonzero(judged):
        members = (of_town == town) & trusted
        width = _width(grid.metres(positions[members])) if members.any() else _NARROWEST_M
        count = np.zeros((grid.rows, grid.columns))
        np.add.at(count, (rows[members], columns[members]), 1.0)
        density = _smooth(count, width)[rows, columns]
        mine = of_town == town
        # A point's own share of the density is the kernel's middle, which is 1.
        own[mine] = density[mine] - trusted[mine]
        better = ~mine & (density > best)
        best[better], likeliest[better] = density[better], town
    return best / np.maximum(own, 1e-9), likeliest, best


def _width(metres: Array) -> float:
    """By the rule of thumb for two dimensions (D. W. Scott, Multivariate Density Estimation,
    section 6.3): the spread times n^(-1/6)."""
    spread = np.median(np.abs(metres - np.median(metres, axis=0)), axis=0) * _MAD_TO_SIGMA
    width = spread.mean() * len(metres) ** (-1 / 6)
    return float(np.clip(width, _NARROWEST_M, _WIDEST_M))


def _smooth(count: Array, width_m: float) -> Array:
    """Each cell's points spread as Gaussians of height 1, cut at five widths (or the grid's)."""
    cells = width_m / _CELL_M
    widest = min(int(5 * cells), (min(count.shape) - 1) // 2)
    reach = np.arange(-widest, widest + 1)
    kernel = np.exp(-0.5 * (reach / cells) ** 2)
    along = np.apply_along_axis(np.convolve, 0, count, kernel, "same")
    return np.asarray(np.apply_along_axis(np.convolve, 1, along, kernel, "same"))
