"""What was learnt of the finer faults: a few boosted trees for each, as data.

`python -m tests.pictures.learn` makes the data from labelled pictures, by gradient boosting
(Friedman, 2001); here they are only followed. `learnt.json` tells what they were learnt from and
how well they did on sources that they had not seen; `folds.npz` holds those of the
cross-validation, each of which has not seen a fifth of the sources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import pairwise
from types import MappingProxyType
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from probes.picture.features import NAMES
from probes.vocabulary import FaultKind

FOLDS = 5
_FIELDS = ("feature", "threshold", "missing_left", "left", "right", "value", "root", "kind")
Arrays = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """One measure's part in a finding: its name, its value and what it added to the margin."""

    measure: str
    value: float
    added: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Nodes of all trees in one array each; `root` and `kind` have one entry for each tree. A
    node's own number is its child where it is a leaf. `start` and `least` are, for each kind, the
    margin before any tree and the one from which a fault is reported."""

    kinds: tuple[FaultKind, ...]
    start: tuple[float, ...]
    least: tuple[float, ...]
    depth: int
    arrays: Arrays = field(repr=False)

    def _path(self, row: NDArray[np.float32]) -> list[NDArray[np.int64]]:
        """The nodes that each tree is at, after each step."""
        trees = self.arrays
        at = trees["root"].astype(np.int64)
        path = [at]
        for _ in range(self.depth):
            seen = row[trees["feature"][at]]
            goes_left = np.where(
                np.isnan(seen), trees["missing_left"][at], seen <= trees["threshold"][at]
            )
            at = np.where(goes_left, trees["left"][at], trees["right"][at]).astype(np.int64)
            path.append(at)
        return path

    def margins(self, row: NDArray[np.float32]) -> dict[FaultKind, float]:
        """How far (in log-odds) each kind is above the margin it is reported from."""
        leaves = self.arrays["value"][self._path(row)[-1]]
        sums = np.bincount(self.arrays["kind"], weights=leaves, minlength=len(self.kinds))
        parts = zip(self.kinds, sums, self.start, self.least, strict=True)
        return {kind: float(total + start - least) for kind, total, start, least in parts}

    def because(self, row: NDArray[np.float32], kind: FaultKind, most: int = 3) -> list[Because]:
        """The measures that speak most for a kind (Saabas, 2014): the changes of value along the
        path, summed by the measure that each step asked for."""
        path = [nodes[self.arrays["kind"] == self.kinds.index(kind)] for nodes in self._path(row)]
        added = np.zeros(len(NAMES))
        for here, there in pairwise(path):
            change = self.arrays["value"][there] - self.arrays["value"][here]
            np.add.at(added, self.arrays["feature"][here].astype(np.int64), change)
        order = np.argsort(-added)[:most]
        return [
            Because(measure=NAMES[at], value=float(row[at]), added=float(added[at]))
            for at in order
            if added[at] > 0
        ]


def view_of(source: str) -> str:
    """What pictures of one view have in common: the camera of a source that tells it
    (`…/camera_12_2026-…`), else the source."""
    name = source.rpartition("/")[2]
    return "_".join(name.split("_")[:2]) if name.startswith("camera_") else source


def fold_of(source: str) -> int:
    """The fold of the cross-validation that pictures of this source are in."""
    return crc32(view_of(source).encode()) % FOLDS


def _read(name: str) -> bytes:
    return files("probes.picture").joinpath(name).read_bytes()


@cache
def _told() -> Mapping[str, object]:
    told: dict[str, object] = json.loads(_read("learnt.json"))
    if told["measures"] != list(NAMES):
        raise ValueError("learnt.json is of other measures: run tests.pictures.learn anew")
    return MappingProxyType(told)


def _trees(name: str, prefix: str = "") -> Trees:
    told = _told()
    kinds = told["kinds"]
    if not isinstance(kinds, dict):
        raise TypeError("learnt.json names no kinds")
    with np.load(BytesIO(_read(name)), allow_pickle=False) as data:
        arrays = {field: data[prefix + field] for field in _FIELDS}
        start = tuple(float(at) for at in data[f"{prefix}start"])
    return Trees(
        kinds=tuple(FaultKind(kind) for kind in kinds),
        start=start,
        least=tuple(float(one["least_margin"]) for one in kinds.values()),
        depth=int(str(told["depth"])),
        arrays=MappingProxyType(arrays),
    )


@cache
def learnt() -> Trees:
    """The trees that all sources went into; read once from the package's data."""
    return _trees("learnt.npz")


@cache
def without_fold(fold: int) -> Trees:
    """The trees that have not seen the sources of a fold (`fold_of`)."""
    return _trees("folds.npz", f"fold{fold}_")
