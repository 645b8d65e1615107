"""Learns the finer faults from labelled pictures, and says how well it went.

    python -m tests.pictures.learn FOLDER ... [--judged FOLDER]

Each folder holds a manifest.csv with labels and sources, as `tests.pictures.make` writes it and
`xueliang evaluate` takes it; the pictures of `--judged` weigh more, and the margins are set by
them. Folds are by source, never by picture. Needs scikit-learn; what it learns is written to
`probes/picture` as plain arrays, which need nothing but numpy.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

import probes.picture
from probes.decode.files import frame_paths, read_planes
from probes.picture.features import NAMES, row
from probes.picture.learnt import FOLDS, fold_of, view_of, without_fold
from probes.picture.measures import measure
from probes.picture.scoring import ALARMING, Share, fair_beside
from probes.picture.thresholds import THRESHOLDS
from probes.vocabulary import FaultKind

HOME = Path(probes.picture.__file__).parent
# What a rule on one or two measures does not tell well enough.
KINDS = (
    FaultKind.LOW_CONTRAST,
    FaultKind.BLUR,
    FaultKind.COLOR_CAST,
    FaultKind.NOISE,
    FaultKind.STRIPE,
    FaultKind.OCCLUSION,
    FaultKind.CORRUPTION,
)
MEASURING = (
    *("measures", "planes", "bands", "concealment", "cover", "grain", "tone", "torn"),
    "features",
)
# Below these odds it is no longer a matter of false alarms.
SAFEST = -2.0
# How far the margin stays above what must not be found.
CLEARANCE = 0.05
ROUNDS, DEPTH = 70, 4
# The share of the quiet pictures that may reach the margin of one kind.
MOST_FALSE = {
    FaultKind.LOW_CONTRAST: 0.001,
    FaultKind.BLUR: 0.003,
    FaultKind.COLOR_CAST: 0.003,
    FaultKind.NOISE: 0.001,
    FaultKind.STRIPE: 0.002,
    FaultKind.OCCLUSION: 0.003,
    FaultKind.CORRUPTION: 0.002,
}
# A picture that a person labelled weighs as much as so many of those made here, which come in
# dozens of one scene; a drawn scene weighs less than a photograph.
JUDGED_WEIGHT, DRAWN_WEIGHT, OTHER_FAULT_WEIGHT = 4.0, 0.5, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """All pictures: one row of measures each, and what is known of them."""

    rows: NDArray[np.float32]
    label: NDArray[Any]
    quiet: NDArray[np.bool_]
    fold: NDArray[np.int64]
    judged: NDArray[np.bool_]
    drawn: NDArray[np.bool_]
    view: NDArray[Any]
    sources: int


def _digest(manifest: Path) -> str:
    """Of the manifest and of the code that measures."""
    found = hashlib.sha256(manifest.read_bytes())
    for name in MEASURING:
        found.update((HOME / f"{name}.py").read_bytes())
    return found.hexdigest()[:16]


def _measured(folder: Path, cache: Path) -> NDArray[np.float32]:
    """The measures of a folder's pictures, measured once."""
    manifest = folder / "manifest.csv"
    kept = cache / f"measures-{_digest(manifest)}.npy"
    if kept.exists():
        return np.asarray(np.load(kept), np.float32)
    cv2.setNumThreads(1)
    scaler = VideoReformatter()
    rows = []
    for one in _listed(folder):
        measures = measure(read_planes(frame_paths(folder / one["file"])[-1], scaler))
        assert measures.details is not None
        rows.append(row(measures, measures.details))
    cache.mkdir(parents=True, exist_ok=True)
    np.save(kept, np.array(rows))
    return np.array(rows)


def _listed(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def read(folders: Sequence[Path], judged: Path | None, cache: Path) -> Pictures:
    every = [*folders, *([judged] if judged else [])]
    listed = [(one, folder == judged) for folder in every for one in _listed(folder)]
    return Pictures(
        rows=np.vstack([_measured(folder, cache) for folder in every]),
        label=np.array([one["label"] for one, _ in listed]),
        quiet=np.array([one["severity"] not in ALARMING for one, _ in listed]),
        fold=np.array([fold_of(one["source"]) for one, _ in listed]),
        judged=np.array([is_judged for _, is_judged in listed]),
        drawn=np.array([one["source"].startswith("own:") for one, _ in listed]),
        view=np.array([view_of(one["source"]) for one, _ in listed]),
        sources=len({view_of(one["source"]) for one, _ in listed}),
    )


def _weights(pictures: Pictures, kind: FaultKind, wanted: NDArray[np.bool_]) -> NDArray[np.float64]:
    weights = np.where(pictures.judged, JUDGED_WEIGHT, 1.0)
    weights = weights * np.where(pictures.drawn, DRAWN_WEIGHT, 1.0)
    faulty = ~wanted & ~pictures.quiet
    weights[faulty] *= OTHER_FAULT_WEIGHT
    # Two findings on one picture may both be fair: a covered lens is also dark.
    both = np.array([fair_beside(label, kind) for label in pictures.label])
    weights[faulty & both] = 0
    return weights


def _boosted() -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_depth=DEPTH,
        max_iter=ROUNDS,
        learning_rate=0.12,
        min_samples_leaf=15,
        l2_regularization=3,
        max_features=0.3,
        max_bins=64,
        early_stopping=False,
        random_state=0,
    )


Model = HistGradientBoostingClassifier
# The model of all, those without each fold, and the margins of pictures by what has not seen them.
Fitted = tuple[Model, list[Model], NDArray[np.float64]]


def fit(pictures: Pictures, kind: FaultKind) -> Fitted:
    wanted = (pictures.label == kind) & ~pictures.quiet
    weights = _weights(pictures, kind, wanted)
    unseen = np.zeros(len(wanted))
    folds = []
    for fold in [*range(FOLDS), None]:
        inside = (pictures.fold != fold) & (weights > 0) if fold is not None else weights > 0
        model = _boosted()
        model.fit(pictures.rows[inside], wanted[inside], sample_weight=weights[inside])
        folds.append(model)
        if fold is not None:
            there = pictures.fold == fold
            unseen[there] = model.decision_function(pictures.rows[there])
    return folds.pop(), folds, _judged_by_rule(pictures, kind, unseen)


def _judged_by_rule(
    pictures: Pictures, kind: FaultKind, unseen: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The margins, without those of pictures that the rule judges by no margin."""
    seen = {name: pictures.rows[:, at] for at, name in enumerate(NAMES)}
    if kind is FaultKind.BLUR:
        return np.where(seen["texture_share"] < THRESHOLDS.blur_min_texture, -np.inf, unseen)
    if kind is FaultKind.NOISE:
        grainy = seen["grain.noise"] >= THRESHOLDS.noise_sigma[0]
        return np.where(grainy | (seen["grain.spots"] >= THRESHOLDS.noise_spots), unseen, -np.inf)
    return unseen


def shipped(pictures: Pictures) -> dict[FaultKind, NDArray[np.float64]]:
    """Each picture's margin by the trees at hand that have not seen its source."""
    folds = [without_fold(fold) for fold in range(FOLDS)]
    rows = zip(pictures.rows, pictures.fold, strict=True)
    found = [folds[fold].margins(one) for one, fold in rows]
    return {
        kind: _judged_by_rule(pictures, kind, np.array([one[kind] for one in found]) + least)
        for kind, least in zip(folds[0].kinds, folds[0].least, strict=True)
    }


def least_margin(pictures: Pictures, kind: FaultKind, unseen: NDArray[np.float64]) -> float:
    """The margin that the allowed share of quiet pictures reach: of the judged ones and of the
    sources of photographs, each of which counts as one picture however many were made of it; and
    of the drawn scenes by themselves."""
    made = pictures.quiet & ~pictures.judged
    photographs = _by_view(pictures, made & ~pictures.drawn)
    photographs[pictures.judged & pictures.quiet] = 1
    groups = photographs, _by_view(pictures, made & pictures.drawn)
    reached = [_reached(counts, kind, unseen) for counts in groups if counts.any()]
    return max(*reached, SAFEST)


def _by_view(pictures: Pictures, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    counts = np.zeros(len(chosen))
    _, place, sizes = np.unique(pictures.view[chosen], return_inverse=True, return_counts=True)
    counts[chosen] = 1 / sizes[place]
    return counts


def _reached(counts: NDArray[np.float64], kind: FaultKind, unseen: NDArray[np.float64]) -> float:
    order = np.argsort(-unseen)
    shares = np.cumsum(counts[order]) / counts.sum()
    first = int(np.searchsorted(shares, MOST_FALSE[kind], side="right"))
    return float(unseen[order[first]]) + CLEARANCE


def _arrays(models: Sequence[Model]) -> dict[str, NDArray[Any]]:
    parts: dict[str, list[NDArray[Any]]] = {}
    root, kind, first = [], [], 0
    for number, model in enumerate(models):
        for (tree,) in model._predictors:
            nodes = tree.nodes
            own = np.arange(len(nodes))
            leaf = nodes["is_leaf"].astype(bool)
            found = {
                "feature": np.where(leaf, 0, nodes["feature_idx"]).astype(np.int16),
                "threshold": nodes["num_threshold"].astype(np.float32),
                "missing_left": nodes["missing_go_to_left"].astype(bool),
                "left": (np.where(leaf, own, nodes["left"]) + first).astype(np.int32),
                "right": (np.where(leaf, own, nodes["right"]) + first).astype(np.int32),
                "value": nodes["value"].astype(np.float32),
            }
            for name, values in found.items():
                parts.setdefault(name, []).append(values)
            root.append(first)
            kind.append(number)
            first += len(nodes)
    arrays = {name: np.concatenate(values) for name, values in parts.items()}
    start = [float(model._baseline_prediction.ravel()[0]) for model in models]
    return {
        **arrays,
        "root": np.array(root, np.int32),
        "kind": np.array(kind, np.int64),
        "start": np.array(start, np.float64),
    }


def _share(hits: NDArray[np.bool_]) -> dict[str, Any]:
    share = Share(hits=int(hits.sum()), of=int(hits.size))
    return {"hits": share.hits, "of": share.of, "interval": [round(at, 4) for at in share.interval]}


def _told(
    pictures: Pictures, kind: FaultKind, unseen: NDArray[np.float64], least: float
) -> dict[str, Any]:
    found = unseen >= least
    wanted = (pictures.label == kind) & ~pictures.quiet
    told: dict[str, Any] = {"least_margin": round(least, 4)}
    for name, group in (("judged", pictures.judged), ("made", ~pictures.judged)):
        told[name] = {
            "found": _share(found[group & wanted]),
            "false": _share(found[group & pictures.quiet]),
        }
    return told


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--judged", type=Path)
    parser.add_argument("--cache", type=Path, default=Path(".cache/pictures"))
    parser.add_argument("--dry-run", action="store_true", help="only show the table")
    parser.add_argument(
        "--margins",
        action="store_true",
        help="keep the trees, set only the margins anew: where measures changed a little",
    )
    asked = parser.parse_args(arguments)
    pictures = read(asked.folder, asked.judged, asked.cache)
    fitted = {} if asked.margins else {kind: fit(pictures, kind) for kind in KINDS}
    margins = shipped(pictures) if asked.margins else {k: one[2] for k, one in fitted.items()}
    kinds = {}
    alarmed = np.zeros(len(pictures.label), bool)
    for kind, unseen in margins.items():
        least = least_margin(pictures, kind, unseen)
        kinds[kind.value] = _told(pictures, kind, unseen, least)
        alarmed |= unseen >= least
        print(kind, json.dumps(kinds[kind.value]), file=sys.stderr)
    manifests = [*asked.folder, *([asked.judged] if asked.judged else [])]
    told = {
        "learnt_on": datetime.now(UTC).date().isoformat(),
        "by": "python -m tests.pictures.learn",
        "manifests": [
            hashlib.sha256((one / "manifest.csv").read_bytes()).hexdigest() for one in manifests
        ],
        "pictures": len(pictures.label),
        "sources": pictures.sources,
        "folds_by_source": FOLDS,
        "depth": DEPTH,
        "quiet_judged_with_any": _share(alarmed[pictures.judged & pictures.quiet]),
        "kinds": kinds,
        "measures": list(NAMES),
    }
    print(json.dumps(told["quiet_judged_with_any"]), file=sys.stderr)
    if asked.dry_run:
        return
    if fitted:
        _write_trees(fitted)
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (HOME / "learnt.json").write_text(text + "\n", encoding="utf-8")


def _write_trees(fitted: Mapping[FaultKind, Fitted]) -> None:
    np.savez_compressed(HOME / "learnt.npz", **_arrays([one[0] for one in fitted.values()]))
    by_fold = {
        f"fold{fold}_{name}": values
        for fold in range(FOLDS)
        for name, values in _arrays([one[1][fold] for one in fitted.values()]).items()
    }
    np.savez_compressed(HOME / "folds.npz", **by_fold)


if __name__ == "__main__":
    main()
