"""GCJ-02 and BD-09: known pairs, and the inverses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camera_registry.datum import (
    CoordinateSystem,
    bd09_to_gcj02,
    bd09_to_wgs84,
    distance_m,
    from_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

IN_CHINA = st.tuples(st.floats(74.0, 134.0), st.floats(18.5, 53.0))


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        # Shanghai, Shenzhen and Beijing, as public converters of the formula give them.
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
        # San Francisco: nothing is moved outside China.
        ((-122.4194, 37.7749), (-122.4194, 37.7749)),
    ],
)
def test_known_pairs_of_gcj02(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    assert wgs84_to_gcj02(*wgs84) == pytest.approx(gcj02, abs=1e-9)
    assert gcj02_to_wgs84(*gcj02) == pytest.approx(wgs84, abs=1e-9)


def test_known_pair_of_bd09() -> None:
    bd09 = (116.41036949371029, 39.92133699351021)
    assert gcj02_to_bd09(116.404, 39.915) == pytest.approx(bd09, abs=1e-9)
    assert bd09_to_gcj02(*bd09) == pytest.approx((116.404, 39.915), abs=1e-9)


def test_how_far_they_move_a_place_of_the_county() -> None:
    place = (116.95, 31.04)
    assert distance_m(place, wgs84_to_gcj02(*place)) == pytest.approx(550, abs=2)
    assert distance_m(place, wgs84_to_bd09(*place)) == pytest.approx(1173, abs=2)


@given(IN_CHINA)
def test_inverses_come_back_to_a_tenth_of_a_millimetre(place: tuple[float, float]) -> None:
    assert gcj02_to_wgs84(*wgs84_to_gcj02(*place)) == pytest.approx(place, abs=2e-9)
    assert bd09_to_wgs84(*wgs84_to_bd09(*place)) == pytest.approx(place, abs=4e-9)


@given(IN_CHINA, st.sampled_from(CoordinateSystem))
def test_every_system_there_and_back(place: tuple[float, float], system: CoordinateSystem) -> None:
    assert to_wgs84(system, *from_wgs84(system, *place)) == pytest.approx(place, abs=4e-9)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_any_numbers_come_to_an_end(longitude: float, latitude: float) -> None:
    for system in CoordinateSystem:
        assert len(to_wgs84(system, longitude, latitude)) == 2


def test_distance() -> None:
    assert distance_m((117.0, 31.0), (117.0, 31.01)) == pytest.approx(1112, abs=2)
    assert distance_m((117.0, 31.0), (117.01, 31.0)) == pytest.approx(953, abs=2)
