"""What a correction or a maintenance window is about, found by how people name it."""

from __future__ import annotations

from dataclasses import dataclass

from camera_registry.assessment.corrections import Target
from camera_registry.database import Database
from camera_registry.store.cameras import find
from camera_registry.store.places import load_towns, load_upstreams


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A camera, an upstream device with all below it, or a town. `subject` is its name."""

    target: Target
    subject: str
    camera_id: int | None = None
    upstream_id: int | None = None
    town: str = ""


class NoTargetError(Exception):
    """The registry knows none of this name, or several."""


async def find_target(database: Database, target: Target, text: str) -> Found:
    """A camera by its code or id, an upstream device or a town by its name.

    Raises:
        NoTargetError: naming what was not found.
    """
    if target is Target.CAMERA:
        camera = await find(database, text)
        if camera is None:
            raise NoTargetError(f"no camera {text}")
        return Found(target=target, camera_id=camera.id, subject=camera.name)
    if target is Target.TOWN:
        if text not in {town.name for town in await load_towns(database)}:
            raise NoTargetError(f"no town {text}")
        return Found(target=target, town=text, subject=text)
    devices = [one for one in await load_upstreams(database) if one.name == text]
    if len(devices) != 1:
        raise NoTargetError(f"{len(devices)} devices are named {text}")
    return Found(target=target, upstream_id=devices[0].id, subject=text)
