"""`xueliang picture`: what people say of pictures: a new view is right, areas are private."""

from __future__ import annotations

import asyncio
import getpass
import json
from datetime import UTC, datetime
from pathlib import Path

import click

from camera_registry.database import Database
from camera_registry.pictures.vocabulary import Masks
from camera_registry.store import cameras as camera_store
from camera_registry.store import evidence as evidence_store
from camera_registry.store import pictures as picture_store
from camera_registry.vocabulary import Camera
from probes.vocabulary import Polygon
from xueliang.commands.options import (
    Refusal,
    config_option,
    json_option,
    print_json,
    settings_of,
)
from xueliang.registry import open_registry
from xueliang.settings import Settings

# A view has a few neighbours' windows in it; more corners than these are a mistake.
MAX_POLYGONS, MAX_CORNERS = 32, 64
MAX_TEXT = 64 * 1024


@click.group("picture")
def picture_group() -> None:
    """Cameras' picture histories, private areas and evidence."""


@picture_group.command("accept")
@click.argument("camera")
@click.option("--by", default=getpass.getuser, help="Who accepts it (default: your login).")
@config_option
@click.pass_context
def accept_command(context: click.Context, camera: str, by: str, config: Path | None) -> None:
    """Take what CAMERA (its code or id) shows now as right: learn its pictures anew."""
    asyncio.run(_accept(settings_of(context, config), camera, by))
    click.echo(f"{camera}: its pictures are learnt anew")


async def _accept(settings: Settings, text: str, by: str) -> None:
    async with open_registry(settings.database) as database:
        found = await _camera(database, text)
        await picture_store.accept_view(database, found.id, by, datetime.now(UTC))


@picture_group.command("masks")
@click.argument("camera")
@click.option("--set", "areas", help="Polygons as JSON: [[[x, y], …], …], shares of the picture.")
@click.option("--clear", is_flag=True, help="Lift them all.")
@click.option("--by", default=getpass.getuser, help="Who sets them (default: your login).")
@config_option
@click.pass_context
def masks_command(
    context: click.Context,
    camera: str,
    areas: str | None,
    clear: bool,
    by: str,
    config: Path | None,
) -> None:
    """Show or set the private areas of CAMERA: they are blackened in all that is kept of it."""
    if clear and areas is not None:
        raise Refusal("--set and --clear exclude each other")
    polygons = () if clear else None if areas is None else parse_polygons(areas)
    print_json(asyncio.run(_masks(settings_of(context, config), camera, polygons, by)))


async def _masks(
    settings: Settings, text: str, polygons: tuple[Polygon, ...] | None, by: str
) -> list[list[list[float]]]:
    async with open_registry(settings.database) as database:
        found = await _camera(database, text)
        if polygons is not None:
            masks = Masks(camera_id=found.id, polygons=polygons)
            await picture_store.set_masks(database, masks, by, datetime.now(UTC))
        known = (await picture_store.load_masks(database)).get(found.id, ())
    return [[[x, y] for x, y in polygon] for polygon in known]


def parse_polygons(text: str) -> tuple[Polygon, ...]:
    """Polygons of at least three corners, each a pair of shares of the picture, 0 to 1.

    Raises:
        Refusal: naming the polygon and the corner that is not.
    """
    try:
        given = json.loads(text[: MAX_TEXT + 1])
    except ValueError as error:
        raise Refusal(f"--set: not JSON: {error}") from None
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_POLYGONS:
        raise Refusal(f"--set: a list of 1 to {MAX_POLYGONS} polygons is expected")
    return tuple(_polygon(number, corners) for number, corners in enumerate(given, start=1))


def _polygon(number: int, corners: object) -> Polygon:
    if not isinstance(corners, list) or not 3 <= len(corners) <= MAX_CORNERS:
        raise Refusal(f"--set: polygon {number}: 3 to {MAX_CORNERS} corners are expected")
    return tuple(_corner(number, at, corner) for at, corner in enumerate(corners, start=1))


def _corner(number: int, at: int, corner: object) -> tuple[float, float]:
    if isinstance(corner, list) and len(corner) == 2:
        shares = [
            float(share)
            for share in corner
            if isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1
        ]
        if len(shares) == 2:
            return shares[0], shares[1]
    raise Refusal(f"--set: polygon {number}: corner {at} is no pair of shares from 0 to 1")


@picture_group.command("views")
@click.option("--camera", help="Only those of this camera (its code or id).")
@json_option
@config_option
@click.pass_context
def views_command(
    context: click.Context, camera: str | None, as_json: bool, config: Path | None
) -> None:
    """Tell who looked at which picture of the evidence, the newest first."""
    seen = asyncio.run(_views(settings_of(context, config), camera))
    if as_json:
        print_json(seen)
    else:
        for one in seen:
            click.echo("  ".join(str(value) for value in one.values()))


async def _views(settings: Settings, text: str | None) -> list[dict[str, object]]:
    async with open_registry(settings.database) as database:
        camera_id = (await _camera(database, text)).id if text is not None else None
        views = await evidence_store.views(database, camera_id=camera_id)
    return [
        {
            "at": one.at.isoformat(timespec="seconds"),
            "viewer": one.viewer,
            "camera_id": one.camera_id,
            "picture": one.evidence_id,
        }
        for one in views
    ]


async def _camera(database: Database, text: str) -> Camera:
    found = await camera_store.find(database, text)
    if found is None:
        raise Refusal(f"{text}: no camera of that code or id")
    return found
