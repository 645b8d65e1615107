"""docs/pictures.md shows every kind of fault, and its figures can be made anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from probes.picture.scoring import Judged
from probes.vocabulary import FaultKind
from tests.pictures.gallery import KINDS, montage
from tests.pictures.make import own_scenes
from tests.pictures.tables import replaced, table
from xueliang.evaluation import Costs, Evaluated, Step

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "pictures.md").read_text("utf-8")
MOST_BYTES = 300_000


@pytest.mark.parametrize("kind", FaultKind)
def test_a_kind_has_a_section_with_an_example(kind: FaultKind) -> None:
    section = re.search(rf"^### {kind} \S+\n(.*?)(?=^##)", TEXT, re.DOTALL | re.MULTILINE)
    assert section is not None
    for part in ("Measured:", "Limits:", f"(images/pictures/{kind}.jpg)"):
        assert part in section[1]
    picture = DOCS / "images" / "pictures" / f"{kind}.jpg"
    assert 2_000 < picture.stat().st_size < MOST_BYTES
    assert kind in KINDS


def test_an_example_is_drawn_on_a_scene_of_our_own() -> None:
    view = next(own_scenes(1)).view
    shown = montage(KINDS[FaultKind.LOW_CONTRAST](view, view))
    assert shown.shape == (182, 4 * 294 - 6, 3)


def test_figures_are_made_anew_in_their_place() -> None:
    judged = (
        Judged(name="a", truth={"blur": "clear"}, found=frozenset({FaultKind.BLUR})),
        Judged(name="b", truth={"normal": "none"}, found=frozenset()),
    )
    costs = Costs({Step.MEASURES: [3.0, 5.0, 4.0]})
    figures = table(Evaluated(judged=judged, rows={}, costs=costs))
    assert "| blur | 1/1 [0.21, 1.00] | 0/1 [0.00, 0.79] | 0/0 |" in figures
    assert "measures 4.0" in figures
    place = "<!-- figures own -->\nold\n<!-- end of figures own -->"
    assert replaced(f"before\n{place}\nafter", "own", "new") == (
        "before\n<!-- figures own -->\nnew\n<!-- end of figures own -->\nafter"
    )
    with pytest.raises(ValueError, match="figures shared"):
        replaced(place, "shared", "new")
    for name in ("shared", "own"):
        assert replaced(TEXT, name, "x") != TEXT
