"""Place names as archived and as written into a picture, compared. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from enum import Enum

from probes.osd.clock import is_clock
from probes.osd.vocabulary import TextLine

# Overlays stand at the upper or lower edge; what stands between is a sign in the street.
_MARGIN = 0.3
# A text this alike is meant to be the name, and its differing characters count.
_ALIKE = 0.4
# Recognised below this, a differing character may be recognition's own mistake.
_SURE = 0.9
# An overlay may shorten the archived name, or have a town in front of it, to this share.
_SHORTENED = 0.5
# What cameras show as they come from the factory.
_FACTORY = re.compile(
    r"(ip|network|web|hd|net)?(camera|cam|dome|ipc)\d{0,3}|(通道|摄像机|摄像头|监控点|点位)\d{0,3}|"
    r"(channel|ch|d)\d{1,3}"
)
_CHINESE = re.compile(r"[一-鿿]")
# Characters that look the same in a coarse overlay, each with the one it is taken for here.
_SAME_LOOK = str.maketrans("o丨|i—一囗〇", "0lll--口0")


class PlaceShown(Enum):
    """How the shown name stands to the archived one."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"
    UNSURE = "unsure"


def compare_place(expected: str, lines: Sequence[TextLine]) -> tuple[PlaceShown, str | None, float]:
    """How the name is shown, the text taken for it, and how sure that is (0 to 1).

    Another name is told from a shop sign by its likeness to the archived one, by being a
    factory's default, or by standing where overlays stand in Chinese characters.
    """
    wanted = plain(expected)
    texts = [line for line in lines if not is_clock(line) and plain(line.text)]
    whole = plain("".join(line.text for line in sorted(texts, key=lambda line: (line.y, line.x))))
    if wanted in whole:
        return PlaceShown.RIGHT, expected, 1.0
    best = max(texts, key=lambda line: _likeness(wanted, plain(line.text)), default=None)
    if best is None:
        return PlaceShown.MISSING, None, 1.0
    alike = _likeness(wanted, plain(best.text))
    if alike >= 1.0:
        return PlaceShown.RIGHT, best.text, 1.0
    if alike >= _ALIKE:
        shown = PlaceShown.WRONG if best.confidence >= _SURE else PlaceShown.UNSURE
        return shown, best.text, best.confidence
    for line in texts:
        if _is_other_name(line):
            return PlaceShown.WRONG, line.text, line.confidence
    return PlaceShown.MISSING, None, 1.0


def plain(name: str) -> str:
    """A name without what differs in writing only: width, case, blanks, marks, lookalikes."""
    return _letters(name).translate(_SAME_LOOK)


def _letters(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in folded if character.isalnum())


def _likeness(wanted: str, shown: str) -> float:
    """1 for the same name or a part of it that is long enough, else the share of common runs."""
    if shown in wanted and len(shown) >= _SHORTENED * len(wanted):
        return 1.0
    return min(SequenceMatcher(None, wanted, shown, autojunk=False).ratio(), 0.99)


def _is_other_name(line: TextLine) -> bool:
    if _MARGIN < line.y < 1 - _MARGIN or line.confidence < _SURE:
        return False
    return bool(_FACTORY.fullmatch(_letters(line.text))) or len(_CHINESE.findall(line.text)) >= 2
