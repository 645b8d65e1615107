"""How well pictures with known faults were diagnosed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from types import MappingProxyType

from probes.vocabulary import FaultKind

# Severities that must raise an alarm; all others (none, subtle) must not.
ALARMING = frozenset({"clear", "severe"})
_Z95 = 1.959964
# What a picture shows that must raise no alarm, and what is found where nothing is.
QUIET = "quiet"
NOTHING = "nothing"


# (what a picture has, what is found as well): both may be fair.
_FAIR: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "no_signal": frozenset(
            {"too_dark", "low_contrast", "occlusion", "color_cast", "blur", "too_bright"}
        ),
        "too_dark": frozenset({"low_contrast", "no_signal", "blur", "noise"}),
        "too_bright": frozenset({"low_contrast", "blur", "color_cast", "occlusion"}),
        "low_contrast": frozenset({"blur", "too_bright"}),
        "occlusion": frozenset({"blur", "too_dark", "low_contrast", "scene_change", "no_signal"}),
        "blur": frozenset({"low_contrast"}),
        "noise": frozenset({"stripe"}),
        "stripe": frozenset({"noise"}),
        "corruption": frozenset({"color_cast", "blur", "stripe", "occlusion", "no_signal"}),
        "scene_change": frozenset({"osd_wrong", "occlusion"}),
        "osd_missing": frozenset({"osd_wrong"}),
        "color_cast": frozenset({"too_bright"}),
    }
)


def fair_beside(has: str, found: str) -> bool:
    """Whether a picture with one fault may well be said to have the other too: a fully covered
    lens is also dark."""
    return found in _FAIR.get(has, frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A picture: the severity of each fault it is known to have, and the faults found. `levels`
    are what each rule said by itself (0 to 1), also below an alarm or where another fault
    explained it."""

    name: str
    truth: Mapping[str, str]
    found: frozenset[FaultKind]
    levels: Mapping[FaultKind, float] = field(default_factory=dict)

    @property
    def quiet(self) -> bool:
        """Must raise no alarm at all."""
        return not any(severity in ALARMING for severity in self.truth.values())

    @property
    def clean(self) -> bool:
        """Has no fault, not even a subtle one."""
        return set(self.truth) <= {"normal"}

    def has(self, kind: FaultKind) -> bool:
        """Must raise an alarm of this kind."""
        return self.truth.get(kind) in ALARMING


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many, with its 95 % Wilson interval (Wilson, 1927); 0 of 0 tells nothing."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        share, spread = self.hits / self.of, _Z95**2 / self.of
        middle = share + spread / 2
        half = _Z95 * sqrt(share * (1 - share) / self.of + spread / (4 * self.of))
        return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScore:
    """One kind of fault: `false` on pictures that must stay quiet, `beside` on pictures with
    another fault (which may be fair: a covered lens is dark as well)."""

    kind: FaultKind
    recall: Share
    false: Share
    beside: Share
    missed: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def f1(self) -> float:
        """By recall and the false alarms on quiet pictures."""
        errors = self.recall.of - self.recall.hits + self.false.hits
        total = 2 * self.recall.hits + errors
        return 2 * self.recall.hits / total if total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """All kinds that the pictures show; `clean` and `quiet`: those with any alarm."""

    classes: tuple[ClassScore, ...]
    clean: Share
    quiet: Share

    @property
    def macro_f1(self) -> float:
        return sum(one.f1 for one in self.classes) / max(1, len(self.classes))


def _class_score(kind: FaultKind, pictures: Sequence[Judged]) -> ClassScore:
    wanted = [one for one in pictures if one.has(kind)]
    quiet = [one for one in pictures if one.quiet]
    others = [one for one in pictures if not one.quiet and not one.has(kind)]
    missed = tuple(one.name for one in wanted if kind not in one.found)
    wrong = tuple(one.name for one in quiet if kind in one.found)
    return ClassScore(
        kind=kind,
        recall=Share(hits=len(wanted) - len(missed), of=len(wanted)),
        false=Share(hits=len(wrong), of=len(quiet)),
        beside=_alarms((one for one in others), kind),
        missed=missed,
        wrong=wrong,
    )


def _alarms(pictures: Iterable[Judged], kind: FaultKind | None = None) -> Share:
    alarmed = [kind in one.found if kind else bool(one.found) for one in pictures]
    return Share(hits=sum(alarmed), of=len(alarmed))


def score(pictures: Sequence[Judged]) -> Scores:
    """Counts hits and false alarms; a kind that no picture must show is left out."""
    kinds = [kind for kind in FaultKind if any(one.has(kind) for one in pictures)]
    return Scores(
        classes=tuple(_class_score(kind, pictures) for kind in kinds),
        clean=_alarms(one for one in pictures if one.clean),
        quiet=_alarms(one for one in pictures if one.quiet),
    )


def confusion(pictures: Sequence[Judged]) -> dict[str, Counter[str]]:
    """For what pictures show (a kind of fault, or `quiet`) how many of them were found to have
    what (kinds, or `nothing`). A picture with two faults is in two rows, one found to have two in
    two columns."""
    table: dict[str, Counter[str]] = {}
    for one in pictures:
        shown = [kind.value for kind in FaultKind if one.has(kind)] or [QUIET]
        for row in shown:
            table.setdefault(row, Counter()).update([kind.value for kind in one.found] or [NOTHING])
    order = [kind.value for kind in FaultKind] + [QUIET]
    return {row: table[row] for row in order if row in table}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A picture that was judged wrongly about one kind: a miss, or a false alarm where it must
    stay quiet. `level` is what the kind's rule said."""

    picture: Judged
    kind: FaultKind
    missed: bool

    @property
    def level(self) -> float | None:
        return self.picture.levels.get(self.kind)

    def _order(self) -> tuple[bool, float, str]:
        """What is severe comes first, then what was missed by most, or alarmed most."""
        level = self.level or 0.0
        mild = self.picture.truth.get(self.kind) != "severe"
        return mild, level if self.missed else -level, self.picture.name


def mistakes(pictures: Sequence[Judged]) -> tuple[list[Mistake], list[Mistake]]:
    """(misses, false alarms on quiet pictures), the worst first."""
    missed = [
        Mistake(picture=one, kind=kind, missed=True)
        for one in pictures
        for kind in FaultKind
        if one.has(kind) and kind not in one.found
    ]
    false = [
        Mistake(picture=one, kind=kind, missed=False)
        for one in pictures
        if one.quiet
        for kind in one.found
    ]
    return sorted(missed, key=Mistake._order), sorted(false, key=Mistake._order)
