"""How well the picture rules do on a folder of labelled pictures.

    python -m tests.devices.evaluate_pictures DIR [--verbose]

DIR holds a `manifest.csv` as `xueliang evaluate` takes it. Prints, for each kind of fault that
there are rules for, the recall on clear and severe and the share of false alarms on what must
stay quiet; exits 1 where one of them is past its floor.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from probes.picture.scoring import ClassScore, score
from probes.vocabulary import FaultKind
from xueliang.evaluation import evaluate

# Least recall; no quiet picture may raise an alarm. Reached when set, from above: 1, 0.77, 1, 1,
# 1, 0.85, 0.95, 0.95, 0.62, 0.72, 0.89, 0.85, 0.50.
FLOORS = {
    FaultKind.NO_SIGNAL: 0.99,
    FaultKind.FROZEN: 0.70,
    FaultKind.TOO_DARK: 0.97,
    FaultKind.TOO_BRIGHT: 0.97,
    FaultKind.LOW_CONTRAST: 0.90,
    FaultKind.BLUR: 0.80,
    FaultKind.COLOR_CAST: 0.80,
    FaultKind.NOISE: 0.90,
    FaultKind.STRIPE: 0.55,
    FaultKind.OCCLUSION: 0.60,
    FaultKind.SCENE_CHANGE: 0.85,
    FaultKind.SHAKE: 0.80,
    FaultKind.CORRUPTION: 0.45,
}
MOST_FALSE = 0.003


def _row(one: ClassScore, verbose: bool) -> bool:
    least = FLOORS.get(one.kind)
    if least is None:
        print(f"{one.kind:12} {one.recall.of:4} not judged: the overlay text is not read")
        return True
    recall, false = one.recall.value or 0.0, one.false.value or 0.0
    good = recall >= least and false <= MOST_FALSE
    print(
        f"{one.kind:12} {one.recall.of:4} {recall:7.3f} (floor {least:.2f})"
        f" {one.false.hits:4}/{one.false.of} = {false:.4f} (at most {MOST_FALSE:.3f})"
        f" {one.beside.hits:4} on other faults  {'ok' if good else 'BELOW'}"
    )
    if verbose:
        print("   missed:", *one.missed, "\n   false:", *one.wrong)
    return good


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; 0 where every class holds its floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--verbose", action="store_true", help="name the files that went wrong")
    asked = parser.parse_args(arguments)
    manifest = asked.folder / "manifest.csv"
    if not manifest.is_file():
        parser.error(f"no manifest.csv in {asked.folder}")
    found = evaluate(manifest)
    scores = score(found.judged)
    print(f"{len(found.judged)} pictures and bursts; {'fault':8} n, recall, false alarms")
    good = [_row(one, asked.verbose) for one in scores.classes]
    print(f"any alarm on what must stay quiet: {scores.quiet.hits}/{scores.quiet.of}")
    spent_ms = found.costs.middle()
    print("ms of CPU (median):", *(f"{step} {spent:.2f}" for step, spent in spent_ms.items()))
    return 0 if all(good) else 1


if __name__ == "__main__":
    raise SystemExit(main())
