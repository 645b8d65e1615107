"""`xueliang sweep`: one pass over the registry, now."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from camera_registry.vocabulary import Camera
from probes.vocabulary import ProbeResult, ProbeTarget, Verdict
from xueliang.bursts import burst_due
from xueliang.commands.options import Refusal, config_option, json_option, print_json, settings_of
from xueliang.commands.serve import open_service
from xueliang.plan import batches, phase, target_of
from xueliang.registry import open_registry
from xueliang.service import Service
from xueliang.settings import Settings

# Strips of overlay text that one pass holds in memory, 60 kB each; another pass reads the rest.
MAX_OVERLAYS = 1000


@dataclass(slots=True)
class Tally:
    """What a pass found, counted."""

    looks: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    failures: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    duration_s: float = 0.0

    def add(self, result: ProbeResult) -> None:
        self.looks += 1
        self.verdicts[result.verdict.value] += 1
        if (found := result.failure) is not None:
            self.failures[found.stage.value, found.reason, found.blame.value] += 1

    def document(self) -> dict[str, Any]:
        return {
            "looks": self.looks,
            "duration_s": round(self.duration_s, 3),
            "verdicts": {verdict.value: self.verdicts[verdict.value] for verdict in Verdict},
            "failures": [
                {"stage": stage, "reason": reason, "blame": blame, "looks": count}
                for (stage, reason, blame), count in self.failures.most_common()
            ],
        }


@click.command("sweep")
@click.option("--town", help="Only the cameras of this town.")
@click.option("--limit", type=click.IntRange(1), help="At most this many cameras.")
@click.option(
    "--overlays", is_flag=True, help="Read overlay text where it is due, whatever the time."
)
@json_option
@config_option
@click.pass_context
def sweep_command(
    context: click.Context,
    town: str | None,
    limit: int | None,
    overlays: bool,
    as_json: bool,
    config: Path | None,
) -> None:
    """Look once at every camera of the registry, now, and record what was found."""
    settings = settings_of(context, config)
    tally = asyncio.run(_sweep(settings, town, limit, overlays=overlays))
    if as_json:
        print_json(tally.document())
    else:
        _print(tally)


async def _sweep(
    settings: Settings, town: str | None, limit: int | None, *, overlays: bool
) -> Tally:
    async with (
        open_registry(settings.database) as database,
        open_service(settings, database) as service,
    ):
        await service.load()
        cameras = [c for c in service.fleet.checkable() if town in (None, c.town)][:limit]
        if not cameras:
            raise Refusal(f"no camera to look at in {town}" if town else "the registry is empty")
        if overlays:
            service.pictures.overlays.read_now(MAX_OVERLAYS)
        targets = _targets(service, cameras, settings)
        for batch in batches(targets):
            service.runner.offer(batch)
        tally = await _collect(service, len(cameras))
        while service.pictures.overlays.waiting:
            await service.pictures.overlays.turn(service.clock.now)
        return tally


def _targets(service: Service, cameras: list[Camera], settings: Settings) -> list[ProbeTarget]:
    now = service.clock.now()
    due = service.pictures.bursts.due(len(cameras), now)
    targets = []
    for camera in cameras:
        state = service.fleet.states.get(camera.id)
        burst = burst_due(state, due, now, phase=phase(camera.id))
        due = replace(due, room=due.room - burst)
        targets.append(
            target_of(
                camera,
                state,
                picture_stream=settings.probe.picture_stream,
                burst=burst,
                tls_verify=settings.probe.tls_verify,
                context=service.pictures.context(camera, now),
            )
        )
    return targets


async def _collect(service: Service, total: int) -> Tally:
    tally = Tally()
    started_s = service.clock.monotonic()
    columns = (TextColumn("looking"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("looking", total=total)
        while tally.looks < total and (service.runner.pending or service.runner.unfetched):
            for result in await service.take_in(await service.runner.results(wait_s=1.0)):
                tally.add(result)
                progress.advance(bar)
    tally.duration_s = service.clock.monotonic() - started_s
    return tally


def _print(tally: Tally) -> None:
    console = Console(highlight=False)
    console.print(f"{tally.looks} looks in {tally.duration_s:.1f} s")
    verdicts = Table("verdict", "looks", box=None)
    for verdict in Verdict:
        verdicts.add_row(verdict.value, str(tally.verdicts[verdict.value]))
    console.print(verdicts)
    if tally.failures:
        failures = Table("stage", "reason", "blame", "looks", box=None)
        for (stage, reason, blame), count in tally.failures.most_common():
            failures.add_row(stage, reason, blame, str(count))
        console.print(failures)
