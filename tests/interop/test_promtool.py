"""Our page at `/metrics`, judged by Prometheus's own tool and described in full by its document."""

from __future__ import annotations

import re
import subprocess
from datetime import timedelta
from pathlib import Path

from camera_registry.assessment.vocabulary import PeriodKind
from camera_registry.incidents.figures import RepairFigures, repair_figures
from camera_registry.outbox import Backlog
from camera_registry.own_clock import OurClock
from camera_registry.pictures.vocabulary import EvidenceKind
from exporters.configured import Configured
from exporters.metrics import Exposition, ProbeMetrics
from exporters.notices.metrics import NoticeMetrics
from exporters.own_clock_metrics import OwnClockMetrics
from exporters.picture_metrics import CloserLookMetrics, PictureMetrics
from exporters.repair_metrics import RepairMetrics
from exporters.reports.metrics import ReportMetrics
from exporters.text_metrics import TextMetrics
from probes.reasons import failure
from probes.vocabulary import PictureSlot, ProbeResult, Stage, Verdict
from tests.made_incidents import incident
from tests.views import NOW, TOWNS, camera, city

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"


def page(rounds: int = 1) -> str:
    """What a city answers after `rounds` of two looks and a sweep, in the text format."""
    probes = ProbeMetrics()
    for number, found in enumerate((None, failure(Stage.CONNECT, "refused")) * rounds):
        probes.record(
            ProbeResult(
                camera_id=str(number + 1),
                started_at=NOW,
                verdict=Verdict.DOWN if found else Verdict.OK,
                failure=found,
                stages={Stage.CONNECT: 0.003},
            )
        )
    probes.sweep_done(240.0, NOW + timedelta(minutes=4))
    # With a key location that nobody sees.
    view = city(900, seed=8, incidents_open={("青山镇", "switch"): 2})
    others = [
        Configured(alerting_way="prometheus", sweep_every_s=300.0),
        TextMetrics(),
        PictureMetrics(KeptPictures()),
        CloserLookMetrics({}, {}),
        OwnClockMetrics(lambda: OurClock(ahead=timedelta(seconds=-0.4))),
        RepairMetrics(repairs),
        notices(),
        reports(),
    ]
    return Exposition(probes, others).render(view, "text/plain", "").body.decode()


class KeptPictures:
    """As many pictures as a quiet city keeps."""

    totals = dict.fromkeys(EvidenceKind, (12, 190_000))
    learnt_slots = dict.fromkeys(PictureSlot, 400)
    dropped = 0


def notices() -> NoticeMetrics:
    metrics = NoticeMetrics()
    metrics.show(Backlog(notices=1, messages=2, given_up=1, oldest_at=NOW))
    metrics.beaten(NOW)
    return metrics


def repairs() -> RepairFigures:
    """A repair in each of three towns, the second one late."""
    cameras = {number + 1: camera(number + 1, town=town) for number, town in enumerate(TOWNS)}
    over = (NOW, NOW + timedelta(days=3), NOW)
    ended = [
        incident(number + 1, NOW, town=TOWNS[number], resolved_at=at)
        for number, at in enumerate(over)
    ]
    return repair_figures(ended, cameras, NOW - timedelta(days=30), NOW + timedelta(days=4))


def reports() -> ReportMetrics:
    metrics = ReportMetrics()
    metrics.made(PeriodKind.DAY, NOW)
    return metrics


def test_promtool_has_nothing_to_say() -> None:
    """Exit status 3 would be its advice on names, units and help."""
    checked = subprocess.run(
        ["promtool", "check", "metrics"],
        input=page(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_the_document_describes_every_metric() -> None:
    told = dict(re.findall(r"^# TYPE (xueliang_\w+) (\w+)$", page(), re.MULTILINE))
    rows = re.findall(
        r"^\| `(xueliang_\w+)` \| (\w+) \|", DOCUMENT.read_text("utf-8"), re.MULTILINE
    )
    assert dict(rows) == told
