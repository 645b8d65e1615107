"""What findings come to, for a page or a report. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from camera_registry.lint.vocabulary import Finding, Grade, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Findings counted. `towns` has what is found in a town, "" what belongs to none; `points`
    counts the records that have a finding of a grade (each once)."""

    total: int
    fixable: int
    grades: Mapping[Grade, int]
    kinds: Mapping[Kind, int]
    towns: Mapping[str, Mapping[Grade, int]]
    town_kinds: Mapping[tuple[str, Kind], int]
    points: Mapping[Grade, int]


def summarise(findings: Iterable[Finding]) -> Summary:
    """Count findings by grade, by kind, and by town."""
    listed = list(findings)
    towns: dict[str, Counter[Grade]] = {}
    points: dict[Grade, set[int]] = {grade: set() for grade in Grade}
    for one in listed:
        towns.setdefault(one.town, Counter())[one.grade] += 1
        if one.camera_id is not None:
            points[one.grade].add(one.camera_id)
    kinds = Counter(one.kind for one in listed)
    grades = Counter(one.grade for one in listed)
    return Summary(
        total=len(listed),
        fixable=sum(one.fixable for one in listed),
        grades={grade: grades[grade] for grade in Grade},
        kinds={kind: kinds[kind] for kind in Kind if kinds[kind]},
        towns={
            town: {grade: counts[grade] for grade in Grade}
            for town, counts in sorted(towns.items())
        },
        town_kinds=dict(Counter((one.town, one.kind) for one in listed)),
        points={grade: len(ids) for grade, ids in points.items()},
    )
