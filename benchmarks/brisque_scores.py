"""BRISQUE (Mittal et al., 2012) of the frames in a file, by another Python with opencv-contrib and
the model of the brisque package: `python brisque_scores.py FRAMES.npy`. Prints one JSON document:
a score for each frame (more is worse) and the CPU milliseconds of one.

The features are opencv-contrib's, in C++; the package's own are ten times slower.
"""

from __future__ import annotations

import json
import pickle
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np


def _model() -> tuple[np.ndarray, np.ndarray, float, float, np.ndarray, np.ndarray]:
    """(support vectors, their weights, gamma, rho, least and greatest of each feature)."""
    found = find_spec("brisque")
    assert found is not None
    assert found.submodule_search_locations
    folder = Path(found.submodule_search_locations[0]) / "models"
    head, _, body = (folder / "svm.txt").read_text().partition("\nSV\n")
    named = dict(line.split(maxsplit=1) for line in head.splitlines())
    rows = [line.split() for line in body.splitlines()]
    weights = np.array([float(row[0]) for row in rows])
    vectors = np.zeros((len(rows), 36))
    for at, row in enumerate(rows):
        for pair in row[1:]:
            number, _, value = pair.partition(":")
            vectors[at, int(number) - 1] = float(value)
    scale: Any = pickle.loads((folder / "normalize.pickle").read_bytes())
    least, greatest = (np.array(scale[name], np.float64) for name in ("min_", "max_"))
    return vectors, weights, float(named["gamma"]), float(named["rho"]), least, greatest


def main() -> None:
    cv2.setNumThreads(1)
    frames = np.load(sys.argv[1])
    vectors, weights, gamma, rho, least, greatest = _model()
    scores = []
    begun_s = time.process_time()
    for frame in frames:
        features = cv2.quality.QualityBRISQUE_computeFeatures(frame).ravel()
        scaled = 2 * (features - least) / (greatest - least) - 1
        near = np.exp(-gamma * ((vectors - scaled) ** 2).sum(axis=1))
        scores.append(float(weights @ near - rho))
    spent_ms = (time.process_time() - begun_s) * 1000 / max(1, len(frames))
    print(json.dumps({"scores": scores, "cpu_ms": spent_ms}))


if __name__ == "__main__":
    main()
