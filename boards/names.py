"""What values are called and which colours they have, for mappings and legends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from boards.kit import BLUE, DARK, GREEN, GREY, RED, YELLOW
from boards.words import both
from camera_registry.assessment.vocabulary import PeriodKind
from camera_registry.incidents.vocabulary import Cause, Trouble
from camera_registry.pictures.vocabulary import EvidenceKind
from camera_registry.vocabulary import Category, KeyLocationKind, Status
from exporters.notices import metrics
from probes.vocabulary import FaultKind, PictureSlot, Stage, Verdict

Names = Mapping[str, tuple[str, str]]


def _names(prefix: str, values: Iterable[StrEnum], tints: Mapping[str, str] | None = None) -> Names:
    return {
        one.value: (both(f"{prefix}.{one.value}"), (tints or {}).get(one.value, ""))
        for one in values
    }


_STATUS_TINTS: Mapping[str, str] = {
    Status.ONLINE: GREEN,
    Status.DEGRADED: YELLOW,
    Status.OFFLINE: RED,
    Status.UNKNOWN: GREY,
    Status.MAINTENANCE: BLUE,
    Status.RETIRED: DARK,
}
_VERDICT_TINTS: Mapping[str, str] = {
    Verdict.OK: GREEN,
    Verdict.DEGRADED: YELLOW,
    Verdict.DOWN: RED,
    Verdict.UNKNOWN: GREY,
}
STATUSES = _names("status", Status, _STATUS_TINTS)
VERDICTS = _names("verdict", Verdict, _VERDICT_TINTS)
CATEGORIES = _names("category", Category)
KINDS = _names("kind", KeyLocationKind)
FAULTS = _names("fault", FaultKind)
STAGES = _names("stage", Stage)
CAUSES = _names("cause", Cause)
TROUBLES = _names("trouble", Trouble)
# The values of `queries.state`.
STATES: Names = {
    "0": STATUSES[Status.OFFLINE],
    "1": STATUSES[Status.ONLINE],
    "2": STATUSES[Status.DEGRADED],
}
TAKEN: Names = {
    "0": (both("board.value.not_taken"), YELLOW),
    "1": (both("board.value.taken"), GREEN),
}
NETWORK: Names = {
    "0": (both("board.value.network_gone"), RED),
    "1": (both("board.value.network_up"), GREEN),
}
PRESENT: Names = {"1": (both("board.value.present"), YELLOW)}


def _texts(prefix: str, values: Iterable[str]) -> Names:
    return {one: (both(f"{prefix}.{one}"), "") for one in values}


OUTCOMES = _texts("board.outcome", metrics.OUTCOMES)
WAITING = _texts("board.waiting", ("notices", "messages", "queue"))
EVIDENCE = _texts("board.evidence", EvidenceKind)
SLOTS = _texts("board.slot", PictureSlot)
PERIODS = _texts("report.period", PeriodKind)
STEPS = _texts("board.step", ("make", "send"))
