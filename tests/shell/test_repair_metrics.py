"""What `/metrics` tells of repairs: sums by town that can be added up over towns."""

from __future__ import annotations

from datetime import timedelta

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry

from camera_registry.incidents.figures import RepairFigures, repair_figures
from exporters.repair_metrics import RepairMetrics
from tests.made_incidents import incident
from tests.views import NOW, camera

MONTH = timedelta(days=30)
END = NOW + timedelta(days=1)


def shown(figures: RepairFigures | None) -> dict[str, dict[str, float]]:
    """Values by town, by family."""
    registry = CollectorRegistry()
    registry.register(RepairMetrics(lambda: figures))
    text = generate_latest(registry).decode()
    return {
        family.name: {sample.labels["town"]: sample.value for sample in family.samples}
        for family in text_string_to_metric_families(text)
    }


def test_repairs_and_failures_are_told_by_town() -> None:
    """One of two cameras was down from two hours before NOW until an hour after, within its limit;
    the other town had nothing to repair."""
    cameras = {1: camera(1), 2: camera(2), 3: camera(3, town="柳河镇")}
    ended = [incident(1, NOW, resolved_at=NOW + timedelta(hours=1))]
    assert shown(repair_figures(ended, cameras, END - MONTH, END)) == {
        "xueliang_repairs": {"青山镇": 1, "柳河镇": 0},
        "xueliang_repairs_late": {"青山镇": 0, "柳河镇": 0},
        "xueliang_repair_time_seconds": {"青山镇": 3 * 3600, "柳河镇": 0},
        "xueliang_camera_failures": {"青山镇": 1, "柳河镇": 0},
        "xueliang_camera_up_time_seconds": {
            "青山镇": 2 * MONTH.total_seconds() - 3 * 3600,
            "柳河镇": MONTH.total_seconds(),
        },
    }


def test_a_late_repair_is_counted_as_one() -> None:
    ended = [incident(1, NOW, resolved_at=NOW + timedelta(hours=23))]
    late = shown(repair_figures(ended, {1: camera(1)}, END - MONTH, END))["xueliang_repairs_late"]
    assert late == {"青山镇": 1}


def test_before_a_first_sum_there_is_nothing() -> None:
    assert all(values == {} for values in shown(None).values())
