"""The truth: what is wrong with which camera, and what a look at it must come to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from tests.fleet.faults import expected
from tests.fleet.plan import CityPlan, Point
from tests.fleet.schedule import Faults

# How far a camera with the fault `wrong_clock` is off, seconds, by its serial.
CLOCK_OFFSETS_S = (7 * 3600 + 420, -86_400, 1_260)


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthRow:
    """One camera over [from_s, to_s) (to_s None: no end known).

    `verdict`, `stage` and `reason` are what each look must come to; where `from_look` is 2 the
    first look finds nothing (ok) and the second does. `clock_offset_s` is the ONVIF device's
    clock less the real time (0 for a right one, None without ONVIF). `stream_known` is false
    where only the ONVIF address is archived.
    """

    camera: str
    address: str
    channel: int
    town: str
    fault: str
    verdict: str
    stage: str
    reason: str
    from_look: int
    clock_offset_s: int | None
    stream_known: bool
    administrative: str
    from_s: float
    to_s: float | None


def clock_offset_s(point: Point, fault: str) -> int | None:
    """How far the device's clock is off, in seconds."""
    if not point.onvif:
        return None
    return CLOCK_OFFSETS_S[point.serial % 3] if fault == "wrong_clock" else 0


def truth_row(point: Point, fault: str, from_s: float = 0, to_s: float | None = None) -> TruthRow:
    """The row of a camera with this fault."""
    look = expected(fault, stream_known=point.stream_known)
    return TruthRow(
        camera=point.label,
        address=point.address,
        channel=point.channel,
        town=point.town,
        fault=fault,
        verdict=look.verdict,
        stage=look.stage,
        reason=look.reason,
        from_look=look.from_look,
        clock_offset_s=clock_offset_s(point, fault),
        stream_known=point.stream_known,
        administrative=point.administrative,
        from_s=from_s,
        to_s=to_s,
    )


def present(plan: CityPlan, faults: Faults, at_s: float) -> list[TruthRow]:
    """A row for each camera as it is at this time."""
    return [truth_row(point, faults.of(point, at_s), at_s) for point in plan.points]


def history(plan: CityPlan, faults: Faults) -> Iterator[TruthRow]:
    """Rows for each camera over all of the schedule, healthy stretches included."""
    times = sorted({0.0, *faults.changes()})
    for point in plan.points:
        since, fault = 0.0, faults.of(point, 0.0)
        for time_s in times:
            now = faults.of(point, time_s)
            if now != fault:
                yield truth_row(point, fault, since, time_s)
                since, fault = time_s, now
        yield truth_row(point, fault, since)


def as_dict(row: TruthRow) -> dict[str, object]:
    """For JSON and CSV."""
    return asdict(row)
