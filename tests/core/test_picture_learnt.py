"""What was learnt of the finer faults: that it says why, and that each fold is its own."""

from __future__ import annotations

from importlib.resources import files

import pytest

from probes.picture.features import NAMES, row
from probes.picture.learnt import FOLDS, fold_of, learnt, without_fold
from probes.picture.planes import Samples
from probes.vocabulary import FaultKind
from tests.core.picture_scenes import measured, street
from tests.core.test_picture_classes import STREET, cloaked, fogged, noisy, waved

MOST_BYTES = 2_000_000


@pytest.mark.parametrize(
    ("picture", "kind", "measures"),
    [
        (fogged(STREET, 0.3), FaultKind.LOW_CONTRAST, ("veil.",)),
        (noisy(STREET, 28), FaultKind.NOISE, ("grain.", "focus.fineness")),
        (waved(STREET, 18, 20, 1), FaultKind.STRIPE, ("bands.",)),
        (cloaked(STREET, 0.5), FaultKind.OCCLUSION, ("cover.", "grain.", "concealment.mode")),
    ],
)
def test_a_finding_names_the_measures_that_speak_for_it(
    picture: Samples, kind: FaultKind, measures: tuple[str, ...]
) -> None:
    seen = measured(picture)
    assert seen.details is not None
    values = row(seen, seen.details)
    assert learnt().margins(values)[kind] >= 0
    reasons = learnt().because(values, kind)
    assert reasons[0].measure.startswith(measures)
    assert [one.added for one in reasons] == sorted((one.added for one in reasons), reverse=True)
    assert all(one.value == values[NAMES.index(one.measure)] for one in reasons)


def test_a_good_picture_is_far_from_all_that_was_learnt() -> None:
    seen = measured(street())
    assert seen.details is not None
    assert max(learnt().margins(row(seen, seen.details)).values()) < -0.5


def test_pictures_of_one_camera_are_in_one_fold() -> None:
    days = [f"github:a/b:images/camera_12_2026-01-{day:02d}.jpg" for day in range(1, 29)]
    assert len({fold_of(one) for one in days}) == 1
    assert {fold_of(f"deb:pictures:{number}") for number in range(60)} == set(range(FOLDS))


def test_each_fold_has_trees_of_its_own_for_the_same_kinds() -> None:
    every = [without_fold(fold) for fold in range(FOLDS)]
    assert {one.kinds for one in every} == {learnt().kinds}
    seen = measured(street())
    assert seen.details is not None
    values = row(seen, seen.details)
    assert len({one.margins(values)[FaultKind.BLUR] for one in every}) == FOLDS


def test_what_is_shipped_is_small() -> None:
    shipped = [one for one in files("probes.picture").iterdir() if one.name.endswith(".npz")]
    assert sum(len(one.read_bytes()) for one in shipped) < MOST_BYTES
