"""What `/metrics` tells of repairs and failures: sums by town, of which boards make means. A mean
could not be added up over towns."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from camera_registry.incidents.figures import GroupFigures, Grouping, RepairFigures

_FAMILIES: tuple[tuple[str, str, Callable[[GroupFigures], float]], ...] = (
    (
        "xueliang_repairs",
        "Repairs that ended in the last 30 days.",
        lambda group: group.repairs.count,
    ),
    (
        "xueliang_repairs_late",
        "Those of them that took longer than their class allows.",
        lambda group: group.repairs.late,
    ),
    (
        "xueliang_repair_time_seconds",
        "How long these repairs took together, from the beginning of the trouble to its end.",
        lambda group: group.repairs.total.total_seconds(),
    ),
    (
        "xueliang_camera_failures",
        "Failures of cameras that began in the last 30 days.",
        lambda group: group.failures.failures,
    ),
    (
        "xueliang_camera_up_time_seconds",
        "Time without a failure in the last 30 days, of all cameras together.",
        lambda group: group.failures.up.total_seconds(),
    ),
)


class RepairMetrics(Collector):
    """Reads the figures that were summed up last; nothing before the first."""

    def __init__(self, figures: Callable[[], RepairFigures | None]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        figures = self._figures()
        towns = figures.groups[Grouping.TOWN] if figures else ()
        for name, text, value in _FAMILIES:
            family = GaugeMetricFamily(name, text, labels=["town"])
            for group in sorted(towns, key=lambda one: one.name):
                family.add_metric([group.name], value(group))
            yield family
