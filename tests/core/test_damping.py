"""Which damping a camera has, by the shipped rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from camera_registry.vocabulary import Camera, Category, KeyLocationKind
from xueliang.incident_rules import load_rules
from xueliang.settings import load_settings

CAMERA = Camera(
    id=1,
    label="1",
    name="",
    town="",
    village="",
    grid="",
    category=Category.VILLAGE,
    stream_url="rtsp://127.0.0.2/s",
    created_at=datetime(2026, 5, 1, tzinfo=UTC),
)
# What the settings say stands where a row says nothing.
SETTINGS = load_settings(
    None, {"XUELIANG_HEALTH_DOWN_LOOKS": "4", "XUELIANG_SCHEDULE_RECHECK_AFTER_S": "40"}
)


@pytest.mark.parametrize(
    ("kind", "category", "down_looks", "recheck_s"),
    [
        (KeyLocationKind.JUNCTION, Category.VILLAGE, 2, 12),
        (KeyLocationKind.CROWDED_PLACE, Category.BUILT, 2, 40),
        (KeyLocationKind.BACK_STREET, Category.VILLAGE, 3, 40),
        (None, Category.VILLAGE, 3, 40),
        (KeyLocationKind.BACK_STREET, Category.INTEGRATED, 4, 40),
        (None, Category.BUILT, 4, 40),
    ],
)
def test_the_first_row_that_fits_counts(
    kind: KeyLocationKind | None, category: Category, down_looks: int, recheck_s: int
) -> None:
    camera = replace(CAMERA, kind=kind, category=category)
    damping = load_rules(SETTINGS).health.by_camera([camera])[1]
    assert (damping.down_looks, damping.recheck.total_seconds()) == (down_looks, recheck_s)
    assert damping.up_looks == load_rules(SETTINGS).health.default.up_looks


@pytest.mark.parametrize(
    ("down_looks", "settle_s"),
    [
        # A slow sweep, and two more looks at a village's camera, each with its deadline.
        (2, 1.2 * 300 + 2 * (20 + 10)),
        (4, 1.2 * 300 + 3 * (20 + 10)),
    ],
)
def test_an_outage_waits_until_the_most_damped_neighbour_can_have_followed(
    down_looks: int, settle_s: float
) -> None:
    settings = load_settings(
        None,
        {
            "XUELIANG_HEALTH_DOWN_LOOKS": str(down_looks),
            "XUELIANG_SCHEDULE_SWEEP_EVERY_S": "300",
            "XUELIANG_SCHEDULE_RECHECK_AFTER_S": "20",
            "XUELIANG_PROBE_TIMEOUT_S": "10",
        },
    )
    assert load_rules(settings).incidents.explaining.settle.total_seconds() == settle_s
