"""`xueliang evaluate` on pictures of the project's own."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from probes.picture.rules import Evidence
from probes.picture.scoring import score
from probes.vocabulary import FaultKind, Picture, PictureFault
from tests.core.picture_scenes import card, disk_blurred, street
from xueliang.cli import main
from xueliang.contact_sheet import MOST_OF_EACH
from xueliang.evaluation import Rules, Step, evaluate, learnt_without

ROWS = """file,source,label,severity,reference
good.jpg,a,normal,none,good.jpg
black.jpg,b,no_signal,severe,
soft.jpg,a,blur,clear,good.jpg
hardly.jpg,a,blur,severe,
lies.jpg,b,normal,none,
burst,c,frozen,clear,
"""


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A good picture, two faults, one that is labelled worse than it is, a false alarm, a burst."""
    pictures = {
        "good": street(),
        "black": card(0),
        "soft": disk_blurred(street(), 5),
        "hardly": street(4),
        "lies": card(30, "NO VIDEO"),
    }
    for name, view in pictures.items():
        cv2.imwrite(str(tmp_path / f"{name}.jpg"), view)
    (tmp_path / "burst").mkdir()
    for number in range(3):
        cv2.imwrite(str(tmp_path / "burst" / f"{number}.jpg"), street(2))
    listed = tmp_path / "m.csv"
    listed.write_text(ROWS)
    return listed


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


def test_shares_confusion_and_costs(manifest: Path) -> None:
    document = json.loads(run(manifest, "--json").stdout)
    classes = {one["kind"]: one for one in document["classes"]}
    assert set(classes) == {"no_signal", "blur", "frozen"}
    assert classes["blur"]["recall"] == {
        "hits": 1,
        "of": 2,
        "share": 0.5,
        "interval": [pytest.approx(0.0945, abs=1e-3), pytest.approx(0.9055, abs=1e-3)],
    }
    assert classes["blur"]["missed"] == ["hardly.jpg"]
    assert classes["no_signal"]["wrong"] == ["lies.jpg"]
    assert document["quiet_with_any_alarm"]["hits"] == 1
    assert document["confusion"] == {
        "no_signal": {"no_signal": 1},
        "frozen": {"frozen": 1},
        "blur": {"blur": 1, "nothing": 1},
        "quiet": {"nothing": 1, "no_signal": 1},
    }
    assert list(document["cpu_ms"]) == ["read", "planes", "measures", "rules"]
    assert document["cpu_ms"]["measures"] > 0


def test_the_tables_are_for_people(manifest: Path) -> None:
    done = run(manifest)
    assert done.exit_code == 0
    assert "1/2 0.500 [0.095, 0.905]" in done.stdout
    assert "quiet" in done.stdout
    assert "measures" in done.stdout


def test_the_sheet_shows_what_went_wrong_and_is_written_only_when_asked(manifest: Path) -> None:
    before = set(manifest.parent.iterdir())
    run(manifest)
    assert set(manifest.parent.iterdir()) == before
    sheet = manifest.parent / "sheet.jpg"
    done = run(manifest, "--sheet", sheet)
    assert "2 pictures" in done.stderr
    shown = cv2.imread(str(sheet))
    assert shown is not None
    rows = 2 * (30 + 254)
    assert shown.shape == (rows, 1600, 3)
    first = shown[30:210, :320].astype(np.float32)
    missed = cv2.resize(cv2.imread(str(manifest.parent / "hardly.jpg")), (320, 180))
    assert float(np.abs(first - missed).mean()) < 20
    # The other tiles of the row are empty.
    assert shown[60:200, 340:1580].min() > 240


def test_a_sheet_is_bounded_and_a_place_that_cannot_be_written_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "black.jpg"), card(0))
    cv2.imwrite(str(tmp_path / "good.jpg"), street())
    rows = [f"./{'./' * number}good.jpg,blur,clear" for number in range(MOST_OF_EACH + 3)]
    listed = tmp_path / "m.csv"
    listed.write_text("\n".join(["file,label,severity", *rows]))
    sheet = tmp_path / "sheet.jpg"
    assert f"{MOST_OF_EACH} pictures" in run(listed, "--sheet", sheet).stderr
    refused = run(listed, "--sheet", tmp_path / "none" / "sheet.jpg")
    assert refused.exit_code == 2
    assert "none/sheet.jpg" in refused.stderr


def test_rules_are_those_of_a_pictures_source(manifest: Path) -> None:
    def all_dark(_: Evidence) -> Picture:
        fault = PictureFault(kind=FaultKind.TOO_DARK, score=0.9)
        return Picture(faults=(fault,), not_checkable=())

    dark = Rules(judge=all_dark, levels=lambda _: {FaultKind.BLUR: 0.4})
    found = evaluate(manifest, rules_of=lambda source: dark if source == "a" else Rules())
    by_name = {one.name: one for one in found.judged}
    assert by_name["good.jpg"].found == {FaultKind.TOO_DARK}
    assert by_name["soft.jpg"].levels == {FaultKind.BLUR: 0.4, FaultKind.TOO_DARK: 0.9}
    assert by_name["black.jpg"].found == {FaultKind.NO_SIGNAL}
    assert score(found.judged).clean.hits == 2
    assert Step.TEXT not in found.costs.middle()


def test_folds_judge_without_what_was_learnt_from_a_pictures_source(manifest: Path) -> None:
    found = evaluate(manifest, rules_of=learnt_without)
    shipped = {one.name: one for one in evaluate(manifest).judged}
    assert {one.name: one.found for one in found.judged} == {
        name: one.found for name, one in shipped.items()
    }
    moved = [one for one in found.judged if one.levels != shipped[one.name].levels]
    assert moved, "the trees of a fold say what those of all sources do"
    assert "macro-F1" in run(manifest, "--folds").stdout


def test_labels_and_pictures_that_cannot_be_are_refused(tmp_path: Path) -> None:
    listed = tmp_path / "m.csv"
    listed.write_text("file,label,severity\na.jpg,fuzzy,clear\n")
    refused = run(listed)
    assert refused.exit_code == 2
    assert "label 'fuzzy'" in refused.stderr
    listed.write_text("file,label,severity\na.jpg,blur,clear\n")
    absent = run(listed)
    assert absent.exit_code == 1
    assert "a.jpg" in absent.stderr
