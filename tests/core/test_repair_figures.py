"""How long repairs take and how far apart failures lie, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from camera_registry.incidents.figures import Grouping, repair_figures
from camera_registry.incidents.vocabulary import Cause, Incident, Trouble
from camera_registry.vocabulary import Access, Status
from tests.made_incidents import incident
from tests.views import NOW, camera

HOUR = timedelta(hours=1)
START = NOW - 100 * HOUR
CAMERAS = {
    one.id: one
    for one in (
        camera(1, maintainer="铁塔公司", model="A"),
        camera(2, maintainer="铁塔公司", model="B"),
        camera(3, town="柳河镇", model="B"),
        camera(4, town="柳河镇", administrative=Status.RETIRED),
        camera(5, town="柳河镇", access=Access.PLATFORM),
    )
}


def lasted(number: int, began: float, ended: float | None, **fields: object) -> Incident:
    """From so many to so many hours after the window's beginning; due after 24."""
    opened = START + began * HOUR
    base = incident(number, NOW, **fields)
    return replace(
        base,
        opened_at=opened,
        due_at=opened + 24 * HOUR,
        resolved_at=None if ended is None else START + ended * HOUR,
    )


INCIDENTS = (
    lasted(1, 10, 20),
    lasted(1, 40, 70),
    # Began before the window, so its end counts, and its beginning does not.
    lasted(2, -5, 5),
    # An upstream's, of two cameras; still open.
    lasted(9, 90, None, cause=Cause.SWITCH, camera_id=None, upstream_id=7, members=(2, 3), town=""),
    # These say nothing of streams in the window.
    lasted(3, 10, 90, trouble=Trouble.PICTURE, town="柳河镇"),
    lasted(3, 10, 20, merged_into="another", town="柳河镇"),
    lasted(3, -50, -20, town="柳河镇"),
    lasted(4, 10, 20, town="柳河镇"),
)
FIGURES = repair_figures(INCIDENTS, CAMERAS, START, NOW)


def test_the_city() -> None:
    city = FIGURES.city
    assert city.cameras == 3, "those that nobody looks at are left out"
    # 10 h, 30 h, 10 h, and one of a camera out of use since.
    assert (city.repairs.count, city.repairs.mean, city.repairs.late) == (4, 15 * HOUR, 1)
    # Two of the first camera, one each of the two below the upstream; 300 h less 65 down.
    assert city.failures.failures == 4
    assert city.failures.mean == (300 - 65) * HOUR / 4


def test_by_town() -> None:
    here, there = FIGURES.groups[Grouping.TOWN]
    assert (here.name, there.name) == ("青山镇", "柳河镇"), "the worst in front"
    assert (here.repairs.count, here.failures.failures) == (3, 3)
    assert here.failures.mean == (200 - 55) * HOUR / 3
    assert (there.repairs.count, there.failures.failures) == (1, 1)


def test_by_maintainer() -> None:
    groups = {one.name: one for one in FIGURES.groups[Grouping.MAINTAINER]}
    assert set(groups) == {"铁塔公司", ""}
    assert groups["铁塔公司"].repairs.mean == 50 * HOUR / 3
    assert groups[""].repairs.mean is None


def test_by_model_an_upstream_says_nothing() -> None:
    groups = {one.name: one for one in FIGURES.groups[Grouping.MODEL]}
    assert (groups["A"].failures.failures, groups["B"].failures.failures) == (2, 0)
    assert groups["B"].failures.mean is None
    assert groups["A"].failures.mean == 30 * HOUR


def test_without_cameras_there_is_nothing() -> None:
    figures = repair_figures(INCIDENTS, {}, START, NOW)
    assert (figures.city.cameras, figures.groups[Grouping.TOWN]) == (0, ())
