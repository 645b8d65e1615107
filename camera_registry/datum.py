"""Coordinates of the Chinese map services, to WGS-84 and back. Pure; degrees, longitude first.

AMap's and Tencent's maps carry GCJ-02, the law's obfuscated datum: WGS-84 moved by a sum of sines
on the Krasovsky 1940 ellipsoid. The formula was never published officially; the one used here has
been public since 2010 and agrees with the map services to within a metre or two. It is applied
inside China only. Baidu's BD-09 turns and stretches GCJ-02 once more. Neither has a closed
inverse: the inverses here are iterated until they agree with the forward direction to less than
0.1 mm, far below the rounding of any sheet.

CGCS2000 and WGS-84 differ by centimetres (GB 22021-2008: both are realisations of the ITRS), which
no camera's coordinates resolve: they are taken for the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from math import atan2, cos, hypot, pi, radians, sin, sqrt
from types import MappingProxyType

Position = tuple[float, float]

# Krasovsky 1940: semi-major axis in metres, eccentricity squared.
_AXIS_M, _ECCENTRICITY2 = 6_378_245.0, 0.00669342162296594323
# The rectangle in which the map services move coordinates: west, east, south, north.
_MOVED = (72.004, 137.8347, 0.8293, 55.8271)
_BD_TURN = pi * 3000.0 / 180.0
_BD_EAST, _BD_NORTH = 0.0065, 0.006
# 1e-9 degrees are 0.1 mm. The moved fields bend so little that four rounds reach it everywhere in
# China; the bound only keeps a wild input from turning for ever.
_CLOSE_ENOUGH, _MAX_ROUNDS = 1e-9, 20
# Mean length of a degree of latitude (WGS-84), for distances over a county.
DEGREE_M = 111_195.0


class CoordinateSystem(StrEnum):
    """坐标系, as the archive's field writes it."""

    WGS84 = "WGS-84"
    GCJ02 = "GCJ-02"
    BD09 = "BD-09"
    CGCS2000 = "CGCS2000"


def is_moved(longitude: float, latitude: float) -> bool:
    """Whether the map services move a place there."""
    west, east, south, north = _MOVED
    return west <= longitude <= east and south <= latitude <= north


def wgs84_to_gcj02(longitude: float, latitude: float) -> Position:
    """The place as AMap and Tencent show it; outside China as it stands."""
    if not is_moved(longitude, latitude):
        return longitude, latitude
    x, y = longitude - 105.0, latitude - 35.0
    latitude_rad = radians(latitude)
    curvature = 1 - _ECCENTRICITY2 * sin(latitude_rad) ** 2
    meridian_m = _AXIS_M * (1 - _ECCENTRICITY2) / curvature**1.5
    parallel_m = _AXIS_M / sqrt(curvature) * cos(latitude_rad)
    return (
        longitude + _eastward_m(x, y) * 180.0 / (parallel_m * pi),
        latitude + _northward_m(x, y) * 180.0 / (meridian_m * pi),
    )


def _ripple(along: float) -> float:
    return (20.0 * sin(6.0 * along * pi) + 20.0 * sin(2.0 * along * pi)) * 2.0 / 3.0


def _northward_m(x: float, y: float) -> float:
    plane = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    waves = (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    swell = (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    return plane + _ripple(x) + waves + swell


def _eastward_m(x: float, y: float) -> float:
    plane = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    waves = (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    swell = (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    return plane + _ripple(x) + waves + swell


def gcj02_to_bd09(longitude: float, latitude: float) -> Position:
    """The place as Baidu shows it."""
    radius = hypot(longitude, latitude) + 0.00002 * sin(latitude * _BD_TURN)
    angle = atan2(latitude, longitude) + 0.000003 * cos(longitude * _BD_TURN)
    return radius * cos(angle) + _BD_EAST, radius * sin(angle) + _BD_NORTH


def gcj02_to_wgs84(longitude: float, latitude: float) -> Position:
    """The inverse of `wgs84_to_gcj02`."""
    return _inverse(wgs84_to_gcj02, longitude, latitude)


def bd09_to_gcj02(longitude: float, latitude: float) -> Position:
    """The inverse of `gcj02_to_bd09`."""
    return _inverse(gcj02_to_bd09, longitude, latitude)


def wgs84_to_bd09(longitude: float, latitude: float) -> Position:
    """By way of GCJ-02."""
    return gcj02_to_bd09(*wgs84_to_gcj02(longitude, latitude))


def bd09_to_wgs84(longitude: float, latitude: float) -> Position:
    """By way of GCJ-02."""
    return gcj02_to_wgs84(*bd09_to_gcj02(longitude, latitude))


def _inverse(forward: Callable[[float, float], Position], east: float, north: float) -> Position:
    longitude, latitude = east, north
    for _ in range(_MAX_ROUNDS):
        reached = forward(longitude, latitude)
        off_east, off_north = reached[0] - east, reached[1] - north
        longitude, latitude = longitude - off_east, latitude - off_north
        if abs(off_east) < _CLOSE_ENOUGH and abs(off_north) < _CLOSE_ENOUGH:
            break
    return longitude, latitude


def _unmoved(longitude: float, latitude: float) -> Position:
    return longitude, latitude


_TO_WGS84: Mapping[CoordinateSystem, Callable[[float, float], Position]] = MappingProxyType(
    {
        CoordinateSystem.WGS84: _unmoved,
        CoordinateSystem.CGCS2000: _unmoved,
        CoordinateSystem.GCJ02: gcj02_to_wgs84,
        CoordinateSystem.BD09: bd09_to_wgs84,
    }
)
_FROM_WGS84: Mapping[CoordinateSystem, Callable[[float, float], Position]] = MappingProxyType(
    {
        CoordinateSystem.WGS84: _unmoved,
        CoordinateSystem.CGCS2000: _unmoved,
        CoordinateSystem.GCJ02: wgs84_to_gcj02,
        CoordinateSystem.BD09: wgs84_to_bd09,
    }
)


def to_wgs84(system: CoordinateSystem, longitude: float, latitude: float) -> Position:
    """A place given in a system, in WGS-84."""
    return _TO_WGS84[system](longitude, latitude)


def from_wgs84(system: CoordinateSystem, longitude: float, latitude: float) -> Position:
    """A WGS-84 place as a map of that system wants it."""
    return _FROM_WGS84[system](longitude, latitude)


def distance_m(one: Position, other: Position) -> float:
    """Metres between two places of a county, on a local plane (error below 0.1 % over 50 km)."""
    east = (one[0] - other[0]) * cos(radians((one[1] + other[1]) / 2))
    return hypot(east, one[1] - other[1]) * DEGREE_M
