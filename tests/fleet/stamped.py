"""Clips whose overlay shows the true place and time, made when a camera is to show them: all the
other clips' clocks stand, since they are made once."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.fleet import clips, scenes

# What the archive is to have for the OSD name of a camera that is to be right.
PLACE = "EAST GATE 12"
_OTHER = "IPCamera 01"
_SEED = 9
# By how much the slow clock is slow.
_SLOW = timedelta(hours=7)
_ZONE = ZoneInfo("Asia/Shanghai")


def clip(look: str, now: datetime) -> clips.Clip:
    """A clip of a street with its overlay.

    Raises:
        KeyError: no such look.
    """
    name, stamp = {
        "overlay_right": (PLACE, now),
        "overlay_gone": ("", None),
        "overlay_other": (_OTHER, now),
        "overlay_slow": (PLACE, now - _SLOW),
    }[look]
    recipe = clips.Recipe(
        name=f"h264_{look}",
        codec="h264",
        width=1280,
        height=720,
        seed=_SEED,
        look=look,
        gop_frames=2,
        gops=3,
        quality=26,
    )
    return clips.make(recipe, _Stamped(recipe, name, stamp))


class _Stamped(clips.Pictures):
    def __init__(self, recipe: clips.Recipe, name: str, stamp: datetime | None) -> None:
        super().__init__(recipe)
        self._name = name
        self._stamp = stamp

    def drawn(self, number: int) -> scenes.Image:
        image = scenes.PAINTERS["healthy"](self.view, 3.0 + number / self.recipe.fps, number)
        if self._stamp is None:
            return image
        shown = self._stamp.astimezone(_ZONE).strftime("%Y-%m-%d %H:%M:%S")
        return scenes.overlay(image, self._name, shown)
