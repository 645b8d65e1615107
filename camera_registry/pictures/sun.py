"""Whether it is day at a camera: the sun's height over the horizon. Pure.

The formulas are the low-precision ones of the Astronomical Almanac (page C5): within 0.01 degrees
of the truth until 2050, where a degree would do.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import asin, atan2, cos, degrees, radians, sin

from probes.vocabulary import Light

_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
# Lamps and infra-red have switched on by the time the sun is this low, and off again by the time
# that it is this high; in between cameras switch over, each at its own light.
NIGHT_BELOW = -8.0
DAY_ABOVE = 8.0


def elevation(at: datetime, latitude: float, longitude: float) -> float:
    """The height of the sun's middle in degrees, refraction left out."""
    days = (at - _J2000).total_seconds() / 86_400
    anomaly = radians((357.528 + 0.9856003 * days) % 360)
    mean = 280.460 + 0.9856474 * days
    along = radians((mean + 1.915 * sin(anomaly) + 0.020 * sin(2 * anomaly)) % 360)
    tilt = radians(23.439 - 0.0000004 * days)
    ascension = degrees(atan2(cos(tilt) * sin(along), cos(along)))
    declination = asin(sin(tilt) * sin(along))
    sidereal = 280.46062 + 360.98564737 * days + longitude
    hour = radians((sidereal - ascension) % 360)
    place = radians(latitude)
    return degrees(asin(sin(place) * sin(declination) + cos(place) * cos(declination) * cos(hour)))


def light_at(at: datetime, latitude: float, longitude: float) -> Light:
    """The light at a place."""
    height = elevation(at, latitude, longitude)
    if height > DAY_ABOVE:
        return Light.DAY
    return Light.NIGHT if height < NIGHT_BELOW else Light.TWILIGHT
