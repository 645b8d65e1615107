"""Overlay text: times in all the ways cameras write them, place names, and what follows."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.osd.clock import clock_offset
from probes.osd.judging import hides_overlay, judge_overlay, with_overlay
from probes.osd.place import PlaceShown, compare_place
from probes.osd.vocabulary import Expected, TextLine
from probes.vocabulary import FaultKind, Picture, PictureFault

CITY = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 7, 5, 14, 20, 9, tzinfo=CITY)
PLACE = "人民路与文昌路口东"


def line(text: str, *, y: float = 0.05, x: float = 0.3, confidence: float = 0.98) -> TextLine:
    return TextLine(text=text, confidence=confidence, x=x, y=y, height=0.05)


@pytest.mark.parametrize(
    ("texts", "offset_s"),
    [
        (["2026-07-05 14:20:09"], 0),
        (["2026/07/05 14:20:11"], 2),
        (["2026/07/0514:20:09"], 0),
        (["2026年07月05日 星期日 14:20:09"], 0),
        (["2026年07月05日星期日14:20:09"], 0),
        (["2026年7月05日 14:20:09"], 0),
        (["07-05-2026 Sun 14:20:09"], 0),
        (["05-07-2026 Sun 14:20:09"], 0),
        (["2026.07.05 14.20.09"], 0),
        (["2026-07-05 02:20:09 PM"], 0),
        (["2O26-O7-O5 l4:2O:O9"], 0),
        (["2026-07-0514-20-09"], 0),
        (["2026-07-05 14:16:09"], -240),
        (["1970-01-01 00:10:00"], (datetime(1970, 1, 1, 0, 10, tzinfo=CITY) - AT).total_seconds()),
        (["2015-03-08 08:08:31", "2026-07-05 14:20:19"], 10),
        (["国道G206K12", "14:20:09"], None),
        (["2026-13-45 14:20:09"], None),
        (["2026-07-05 25:61:09"], None),
        ([], None),
    ],
)
def test_shown_times(texts: list[str], offset_s: float | None) -> None:
    offset = clock_offset([line(text, y=0.05 + 0.2 * i) for i, text in enumerate(texts)], AT)
    assert offset == (None if offset_s is None else timedelta(seconds=offset_s))


def test_date_and_time_far_apart_in_a_row() -> None:
    lines = [line("14:20:09", x=0.8), line("2026-07-05", x=0.2, y=0.06), line(PLACE, y=0.95)]
    assert clock_offset(lines, AT) == timedelta()


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 12, 31)),  # noqa: DTZ001
    st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y年%m月%d日 星期三 %H:%M:%S", "%m-%d-%Y Wed %H:%M:%S"]),
)
def test_any_time_is_read_as_it_was_written(shown: datetime, form: str) -> None:
    shown = shown.replace(microsecond=0, tzinfo=CITY)
    assert clock_offset([line(shown.strftime(form))], shown) == timedelta()


@given(st.lists(st.text(max_size=40), max_size=8))
def test_any_text_is_survived(texts: list[str]) -> None:
    lines = [line(text, y=i / 8) for i, text in enumerate(texts)]
    judge_overlay(lines, Expected(place=PLACE, at=AT))


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ([line(PLACE)], PlaceShown.RIGHT),
        ([line("人民路 与 文昌路囗东")], PlaceShown.RIGHT),
        ([line("人民路与"), line("文昌路口东", y=0.1)], PlaceShown.RIGHT),
        ([line("桐城市 人民路与文昌路口东 枪机")], PlaceShown.RIGHT),
        ([line("人民路与文昌路口")], PlaceShown.RIGHT),
        ([line("人民路与文昌路口西")], PlaceShown.WRONG),
        ([line("人民路与文昌路丙东")], PlaceShown.WRONG),
        ([line("人民路与文昌路丙东", confidence=0.7)], PlaceShown.UNSURE),
        ([line("IPCamera 01")], PlaceShown.WRONG),
        ([line("Camera 01", y=0.95)], PlaceShown.WRONG),
        ([line("通道1")], PlaceShown.WRONG),
        ([line("菜市场北")], PlaceShown.WRONG),
        ([line("中国移动营业厅", y=0.5)], PlaceShown.MISSING),
        ([line("HOTEL", y=0.9)], PlaceShown.MISSING),
        ([line("2026-07-05 14:20:09")], PlaceShown.MISSING),
        ([], PlaceShown.MISSING),
    ],
)
def test_place_names(lines: list[TextLine], shown: PlaceShown) -> None:
    assert compare_place(PLACE, lines)[0] is shown


CLOCK = line("2026-07-05 14:20:09")
NAME = line(PLACE, y=0.95)


@pytest.mark.parametrize(
    ("lines", "expected", "faults", "unknown"),
    [
        ([CLOCK, NAME], Expected(place=PLACE, at=AT), set(), set()),
        ([NAME], Expected(place=PLACE, at=AT), {"osd_missing"}, {"clock_drift"}),
        ([CLOCK], Expected(place=PLACE, at=AT), {"osd_missing"}, {"osd_wrong"}),
        ([], Expected(place=PLACE, at=AT), {"osd_missing"}, {"osd_wrong", "clock_drift"}),
        ([CLOCK, NAME], Expected(at=AT), set(), {"osd_missing", "osd_wrong"}),
        ([CLOCK, NAME], Expected(place=PLACE), set(), {"clock_drift"}),
        # Enough digits for a clock that cannot be read: not missing, and nobody knows.
        ([NAME, line("2026-0#-05 14:2#:09")], Expected(place=PLACE, at=AT), set(), {"clock_drift"}),
    ],
)
def test_what_follows(
    lines: list[TextLine], expected: Expected, faults: set[str], unknown: set[str]
) -> None:
    _, picture = judge_overlay(lines, expected)
    assert {fault.kind.value for fault in picture.faults} == faults
    assert {kind.value for kind in picture.not_checkable} == unknown


@pytest.mark.parametrize(
    ("ahead_s", "score"), [(0, None), (60, None), (-60, None), (61, 0.508), (-90, 0.75), (500, 1.0)]
)
def test_a_clock_counts_past_its_limit(ahead_s: int, score: float | None) -> None:
    shown = (AT + timedelta(seconds=ahead_s)).strftime("%Y-%m-%d %H:%M:%S")
    overlay, picture = judge_overlay([line(shown)], Expected(at=AT))
    assert overlay.clock_offset == timedelta(seconds=ahead_s)
    found = {fault.kind: fault.score for fault in picture.faults}
    assert found.get(FaultKind.CLOCK_DRIFT) == (pytest.approx(score, abs=0.001) if score else None)


def test_both_verdicts_in_one() -> None:
    blurred = Picture(
        faults=(PictureFault(kind=FaultKind.BLUR, score=0.9),),
        not_checkable=(FaultKind.STRIPE, FaultKind.OSD_WRONG, FaultKind.CLOCK_DRIFT),
    )
    drifted = Picture(
        faults=(PictureFault(kind=FaultKind.CLOCK_DRIFT, score=1.0),),
        not_checkable=(FaultKind.OSD_MISSING,),
    )
    both = with_overlay(blurred, drifted)
    assert [fault.kind for fault in both.faults] == [FaultKind.BLUR, FaultKind.CLOCK_DRIFT]
    assert both.not_checkable == (FaultKind.STRIPE, FaultKind.OSD_MISSING)
    assert not hides_overlay(both)
    assert hides_overlay(Picture(faults=(PictureFault(kind=FaultKind.CORRUPTION, score=1.0),)))
