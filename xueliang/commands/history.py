"""`xueliang history`: the stretches of one point's time that its figures are made of."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from camera_registry.assessment.periods import period_of
from camera_registry.assessment.points import point_times
from camera_registry.assessment.spans import Span, clip, lengths, micros, moment
from camera_registry.assessment.vocabulary import US_PER_S, Period, PeriodKind
from camera_registry.store.assessment import read_material
from camera_registry.store.cameras import find
from exporters.words import Words
from probes.clock import SystemClock
from xueliang.commands.options import (
    BadState,
    config_option,
    json_option,
    lang_option,
    print_json,
    settings_of,
)
from xueliang.registry import open_registry
from xueliang.scheme import load_scheme
from xueliang.settings import LOCAL_ZONE, Settings


@click.command("history")
@click.argument("camera")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option(
    "--period",
    "kind",
    type=click.Choice([kind.value for kind in PeriodKind]),
    default="day",
    show_default=True,
)
@lang_option
@json_option
@config_option
@click.pass_context
def history_command(
    context: click.Context,
    camera: str,
    day: datetime,
    kind: str,
    lang: str,
    as_json: bool,
    config: Path | None,
) -> None:
    """What a report's figures of CAMERA (a code or id) are made of: its time in the period, as
    observed and as corrected."""
    settings = settings_of(context, config)
    period = period_of(PeriodKind(kind), day.date(), SystemClock().now())
    observed, corrected = asyncio.run(_spans(settings, camera, period))
    if as_json:
        print_json({"observed": _document(observed), "corrected": _document(corrected)})
        return
    words = Words.load(lang)
    keys = ("began_at", "ended_at", "state", "camera_hours")
    table = Table(*(words[f"report.column.{key}"] for key in keys), box=None)
    for start, end, status in corrected:
        shown = words[f"status.{status}"] if status else words["report.judgement.exclude"]
        table.add_row(_local(start), _local(end), shown, f"{(end - start) / US_PER_S / 3600:.4f}")
    Console().print(table)


async def _spans(settings: Settings, text: str, period: Period) -> tuple[list[Span], list[Span]]:
    scheme = load_scheme(settings.report.scheme_file)
    async with open_registry(settings.database) as database:
        camera = await find(database, text)
        if camera is None:
            raise BadState(f"no camera {text}")
        material = await read_material(
            database,
            period,
            clock_limit_s=scheme.clock_limit_s,
            platform_hold=timedelta(seconds=settings.platform.hold_s),
        )
    bounds = micros(period.start), micros(period.until)
    for one in point_times(material, scheme, period, period):
        if one.point.id == camera.id:
            return clip(one.observed_spans, *bounds), clip(one.spans, *bounds)
    return [], []


def _document(spans: list[Span]) -> dict[str, Any]:
    window, judged, online, intact = lengths(spans)
    return {
        "intervals": [
            {
                "start": moment(start).isoformat(),
                "end": moment(end).isoformat(),
                "status": status.value if status else None,
                "us": end - start,
            }
            for start, end, status in spans
        ],
        "window_us": window,
        "judged_us": judged,
        "online_us": online,
        "intact_us": intact,
    }


def _local(us: int) -> str:
    return moment(us).astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M:%S")
