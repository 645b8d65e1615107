"""`xueliang probe`: one look at one camera, now."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
from rich.console import Console
from rich.table import Table

from camera_registry.addresses import BadStreamUrlError, split_stream_url
from camera_registry.store import cameras as camera_store
from camera_registry.store import pictures as picture_store
from exporters.probe_document import probe_document
from exporters.words import Words
from probes.clock import SystemClock
from probes.onvif.addresses import device_url
from probes.vocabulary import (
    Budget,
    Credentials,
    Light,
    PictureContext,
    ProbeResult,
    ProbeTarget,
    Verdict,
)
from xueliang.commands.options import (
    EXIT_BAD,
    Refusal,
    config_option,
    json_option,
    print_json,
    settings_of,
)
from xueliang.looks import open_looks
from xueliang.plan import target_of
from xueliang.registry import open_registry
from xueliang.settings import Settings


@click.command("probe")
@click.argument("target")
@json_option
@click.option("--timeout-s", type=click.FloatRange(0.1, 120), help="Seconds for the whole look.")
@click.option(
    "--frame",
    "frame_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the decoded frame to this JPEG file.",
)
@click.option("--onvif", "onvif_url", help="Also ask the ONVIF device service at this URL.")
@config_option
@click.pass_context
def probe_command(
    context: click.Context,
    target: str,
    as_json: bool,
    timeout_s: float | None,
    frame_path: Path | None,
    onvif_url: str | None,
    config: Path | None,
) -> None:
    """One look at TARGET: a camera's code or id, or rtsp://[user:password@]host[:port]/path.

    Exit status 0 when the verdict is ok, 1 when it is not.
    """
    settings = settings_of(context, config)
    shown, result = asyncio.run(
        _probe(settings, target, onvif_url, timeout_s, want_frame=frame_path is not None)
    )
    if frame_path is not None:
        _write_frame(frame_path, result)
    if as_json:
        print_json(probe_document(shown, result))
    else:
        _print(shown, result)
    context.exit(0 if result.verdict is Verdict.OK else EXIT_BAD)


async def _probe(
    settings: Settings,
    text: str,
    onvif_url: str | None,
    timeout_s: float | None,
    *,
    want_frame: bool,
) -> tuple[str, ProbeResult]:
    """What to show for the target, and what a look at it found."""
    if "://" in text:
        shown, target = _target_of_url(text, tls_verify=settings.probe.tls_verify)
    else:
        shown, target = await _target_of_camera(settings, text)
    if onvif_url is not None:
        target = _with_onvif(target, onvif_url)
    budget = _budget(settings, timeout_s)
    async with open_looks(budget, SystemClock(), decoders=1) as looks:
        return shown, await looks.look(replace(target, want_frame=want_frame))


def _with_onvif(target: ProbeTarget, url: str) -> ProbeTarget:
    """The target with a device service to ask; its user counts where the stream names none."""
    try:
        address = device_url(url)
    except ValueError as error:
        raise Refusal(f"--onvif: {error}") from None
    parts = urlsplit(url)
    known = target.credentials
    if known is None and parts.username is not None:
        known = Credentials(
            username=unquote(parts.username), password=unquote(parts.password or "")
        )
    return replace(target, onvif_url=address, ask_onvif=True, credentials=known)


def _target_of_url(text: str, *, tls_verify: bool) -> tuple[str, ProbeTarget]:
    try:
        address = split_stream_url(text)
    except BadStreamUrlError as error:
        raise Refusal(f"TARGET {error}") from None
    target = ProbeTarget(
        camera_id="0",
        stream_url=address.url,
        credentials=address.credentials,
        tls_verify=tls_verify,
    )
    return address.url, target


async def _target_of_camera(settings: Settings, text: str) -> tuple[str, ProbeTarget]:
    async with open_registry(settings.database) as database:
        camera = await camera_store.find(database, text)
        masks = await picture_store.load_masks(database) if camera is not None else {}
    if camera is None:
        raise Refusal(f"{text}: no camera of that code or id, and no rtsp:// address")
    if not (camera.stream_url or camera.onvif_url):
        raise Refusal(f"{text}: the archive gives no address to look at")
    target = target_of(
        camera,
        None,
        ask_onvif=camera.onvif_url is not None,
        tls_verify=settings.probe.tls_verify,
        context=PictureContext(light=Light.TWILIGHT, masks=masks.get(camera.id, ())),
    )
    # What the service's looks see, whatever it knows of the camera.
    return camera.label, replace(target, picture_stream=settings.probe.picture_stream)


def _budget(settings: Settings, timeout_s: float | None) -> Budget:
    budget = settings.probe.budget()
    if timeout_s is None:
        return budget
    return replace(budget, total_s=timeout_s, connect_s=min(budget.connect_s, timeout_s))


def _write_frame(path: Path, result: ProbeResult) -> None:
    if result.frame_jpeg is None:
        click.echo(f"no frame to write to {path}", err=True)
        return
    try:
        path.write_bytes(result.frame_jpeg)
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from None


def _print(shown: str, result: ProbeResult) -> None:
    words = Words.load("en")
    console = Console(highlight=False, markup=False)
    console.print(shown, result.verdict.value)
    if (found := result.failure) is not None:
        key = f"reason.{found.stage.value}.{found.reason}"
        console.print(f"{found.stage.value}: {found.reason} (blame: {found.blame.value})")
        console.print(f"evidence: {found.evidence}")
        console.print(f"{words[key]}. {words[f'{key}.action']}")
    if (media := result.media) is not None:
        console.print(
            f"{result.stream or 'main'} stream: {media.codec.value} {media.width}x{media.height}"
        )
    table = Table("stage", "ms", box=None)
    for stage, spent_s in result.stages.items():
        table.add_row(stage.value, f"{spent_s * 1000:.1f}")
    console.print(table)
