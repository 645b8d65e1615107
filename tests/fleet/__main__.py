"""`python -m tests.fleet`: write the sample archive, serve the simulated city, or both."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from tests.fleet import files
from tests.fleet.city import City, CityError
from tests.fleet.plan import FULL_CITY, plan_city
from tests.fleet.schedule import make_schedule

_Command = Callable[..., Any]
_FOLDER = click.Path(file_okay=False, path_type=Path)


def _write(
    folder: Path,
    cameras: int,
    seed: int,
    faults: float,
    uplink_down: str | None,
    ports: tuple[int, int],
) -> None:
    try:
        plan = plan_city(cameras, seed)
        entries = make_schedule(plan, fault_share=faults, uplink_down=uplink_down)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    files.write_city(folder, plan, entries, rtsp_port=ports[0], onvif_port=ports[1])
    click.echo(f"archive of {cameras} points written to {folder}", err=True)


async def _serve(folder: Path, gop_wait_s: float, control_port: int | None) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    city = City.open(folder, gop_wait_s=gop_wait_s, control_port=control_port)
    async with city:
        cameras = len(city.plan.points)
        click.echo(f"fleet ready: {cameras} cameras on {city.addresses} addresses")
        if city.control_port is not None:
            click.echo(f"control on http://127.0.0.1:{city.control_port}", err=True)
        await stop.wait()


def _run(folder: Path, gop_wait_s: float, control_port: int | None) -> None:
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve(folder, gop_wait_s, control_port))
    except CityError as error:
        raise click.ClickException(str(error)) from error


_CITY = (
    click.option("--cameras", default=FULL_CITY, show_default=True, help="Points in the city."),
    click.option("--seed", default=1, show_default=True),
    click.option("--faults", default=0.03, show_default=True, help="Share of faulty points."),
    click.option("--uplink-down", metavar="TOWN", help="A town whose uplink is gone."),
    click.option("--rtsp-port", default=files.RTSP_PORT, show_default=True),
    click.option("--onvif-port", default=files.ONVIF_PORT, show_default=True),
)
_SERVICE = (
    click.option(
        "--gop-wait-s", default=0.2, show_default=True, help="Longest wait for a key frame."
    ),
    click.option("--control-port", type=int, help="Control endpoint on 127.0.0.1 (0: any)."),
)


def _with(options: Sequence[Callable[[_Command], _Command]]) -> Callable[[_Command], _Command]:
    def wrap(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return wrap


@click.group(invoke_without_command=True)
@_with(_CITY)
@_with(_SERVICE)
@click.option("--dir", "folder", type=_FOLDER, help="The city's folder.")
@click.pass_context
def main(
    context: click.Context,
    cameras: int,
    seed: int,
    faults: float,
    uplink_down: str | None,
    rtsp_port: int,
    onvif_port: int,
    gop_wait_s: float,
    control_port: int | None,
    folder: Path | None,
) -> None:
    """The simulated city. Without a command: write its archive to --dir and serve it."""
    if context.invoked_subcommand is not None:
        return
    if folder is None:
        raise click.UsageError("--dir is missing: where the city's files go")
    _write(folder, cameras, seed, faults, uplink_down, (rtsp_port, onvif_port))
    _run(folder, gop_wait_s, control_port)


@main.command()
@_with(_CITY)
@click.option("--out", type=_FOLDER, required=True)
def archive(
    cameras: int,
    seed: int,
    faults: float,
    uplink_down: str | None,
    rtsp_port: int,
    onvif_port: int,
    out: Path,
) -> None:
    """Write archive, truth and schedule of a city."""
    _write(out, cameras, seed, faults, uplink_down, (rtsp_port, onvif_port))


@main.command()
@_with(_SERVICE)
@click.option("--dir", "folder", type=_FOLDER, required=True)
def serve(gop_wait_s: float, control_port: int | None, folder: Path) -> None:
    """Serve the city of a folder until SIGTERM or SIGINT."""
    _run(folder, gop_wait_s, control_port)


if __name__ == "__main__":
    main(prog_name="python -m tests.fleet")
