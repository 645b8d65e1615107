"""Who is told what, and when: tables of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from camera_registry.incidents.vocabulary import Cause, Event, Happening, Incident, Trouble
from camera_registry.outbox import Notice, Text
from exporters.notices.rules import (
    Sent,
    addressees,
    draft,
    message_id,
    quiet_end,
    release_at,
    sort_out,
)
from exporters.notices.vocabulary import PAGES, Crew, QuietHours
from tests.core.alert_texts import incident

NOW = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)  # noon in the city
WENCHANG = Crew(name="文昌班", towns=frozenset({"文昌街道"}))
KONGCHENG = Crew(name="孔城班", towns=frozenset({"孔城镇", "吕亭镇"}))
REST = Crew(name="机动班")
CHIEF = Crew(name="科长", level=2)
MAYOR = Crew(name="局长", level=3)
CREWS = (WENCHANG, KONGCHENG, REST, CHIEF, MAYOR)


def happened(town: str, *whats: Happening) -> tuple[Incident, Event]:
    case, event, _ = incident(Cause.CAMERA, Trouble.DOWN, Happening.PAGED)
    events = tuple(
        replace(event, number=number, what=what) for number, what in enumerate(whats, start=1)
    )
    return replace(case, town=town, timeline=events), events[-1]


O, P, E, A = Happening.OPENED, Happening.PAGED, Happening.ESCALATED, Happening.ACKNOWLEDGED  # noqa: E741
M, D, R, B = Happening.REMINDED, Happening.OVERDUE, Happening.RESOLVED, Happening.REOPENED
G = Happening.MERGED


@pytest.mark.parametrize(
    ("town", "whats", "told", "expected"),
    [
        ("文昌街道", (O, P), (), "文昌班"),
        ("吕亭镇", (O, P), (), "孔城班"),
        ("大关镇", (O, P), (), "机动班"),
        ("文昌街道", (O, P, E), ("文昌班",), "科长"),
        ("文昌街道", (O, P, E, E), ("文昌班", "科长"), "局长"),
        ("文昌街道", (O, P, E, E, E), ("文昌班", "科长", "局长"), "局长"),
        ("文昌街道", (O, P, M), ("文昌班",), "文昌班"),
        ("文昌街道", (O, P, D), ("文昌班",), "文昌班 科长"),
        ("文昌街道", (O, P, E, D), ("文昌班", "科长"), "文昌班 科长 局长"),
        ("文昌街道", (O, P, E, A), ("文昌班", "科长"), "文昌班 科长"),
        ("文昌街道", (O, P, E, R), ("文昌班", "科长"), "文昌班 科长"),
        ("文昌街道", (O, R), (), ""),
        ("文昌街道", (O, P, R, B), ("文昌班",), "文昌班"),
        ("文昌街道", (O, P, E, R, B), ("文昌班", "科长"), "文昌班"),
        ("文昌街道", (O, P, E, R, B, E), ("文昌班", "科长"), "科长"),
        # Its first page was moot; that it came back is told all the same.
        ("文昌街道", (O, P, R, B), (), "文昌班"),
    ],
)
def test_who_is_told(
    town: str, whats: Sequence[Happening], told: Sequence[str], expected: str
) -> None:
    case, event = happened(town, *whats)
    assert " ".join(c.name for c in addressees(case, event, CREWS, told)) == expected


def test_an_escalation_without_a_chief_goes_to_the_crew_again() -> None:
    case, event = happened("文昌街道", O, P, E)
    assert addressees(case, event, (WENCHANG, REST), ("文昌班",)) == (WENCHANG,)


NIGHT = QuietHours(start=time(22), end=time(7, 30), passing=frozenset({"urgent"}))
NAP = QuietHours(start=time(12), end=time(14))


def at(clock: str) -> datetime:
    """A moment of the day in the city, as UTC."""
    hour, minute = map(int, clock.split(":"))
    local = NOW.replace(hour=0) + timedelta(hours=hour, minutes=minute)
    return local - timedelta(hours=8)


@pytest.mark.parametrize(
    ("quiet", "now", "end"),
    [
        (NIGHT, at("21:59"), None),
        (NIGHT, at("22:00"), at("31:30")),
        (NIGHT, at("03:00"), at("07:30")),
        (NIGHT, at("07:29"), at("07:30")),
        (NIGHT, at("07:30"), None),
        (NAP, at("12:00"), at("14:00")),
        (NAP, at("14:00"), None),
        (NAP, at("23:00"), None),
    ],
)
def test_quiet_hours(quiet: QuietHours, now: datetime, end: datetime | None) -> None:
    assert quiet_end(quiet, now) == end


SLEEPER = Crew(name="夜", quiet=NIGHT, digest_classes=frozenset({"slow"}), digest_at=time(8, 30))
WAIT = timedelta(seconds=30)


@pytest.mark.parametrize(
    ("crew", "what", "repair_class", "now", "expected"),
    [
        (WENCHANG, P, "urgent", NOW, NOW + WAIT),
        (SLEEPER, P, "urgent", at("12:00"), at("12:00") + WAIT),
        (SLEEPER, P, "urgent", at("02:00"), at("02:00") + WAIT),
        (SLEEPER, R, "urgent", at("02:00"), at("07:30")),
        (SLEEPER, M, "urgent", at("02:00"), at("07:30")),
        (SLEEPER, P, "normal", at("02:00"), at("07:30")),
        (SLEEPER, P, "normal", at("23:00"), at("31:30")),
        (SLEEPER, P, "slow", at("12:00"), at("32:30")),
        (SLEEPER, P, "slow", at("02:00"), at("08:30")),
    ],
)
def test_when_it_may_go_out(
    crew: Crew, what: Happening, repair_class: str, now: datetime, expected: datetime
) -> None:
    assert release_at(crew, what, repair_class, now) == expected


def notice(name: str, number: int, what: Happening, release: datetime = NOW) -> Notice:
    return Notice(
        incident_id=name,
        event_number=number,
        crew="文昌班",
        what=what,
        page=what in PAGES,
        town="文昌街道",
        repair_class="urgent",
        at=NOW + timedelta(seconds=number),
        release_at=release,
        texts=(Text(title="t", line="l", body="b"),),
    )


@pytest.mark.parametrize(
    ("waiting", "told", "kept", "moot"),
    [
        ([("a", 2, P)], [], "a2", ""),
        # Over before anybody was told: nothing is said, neither of the fault nor of its end.
        ([("a", 2, P), ("a", 3, R)], [], "", "a2 a3"),
        # The page went out: its end is told, and what waited in between is not.
        ([("a", 3, M), ("a", 4, R)], ["a"], "a4", "a3"),
        ([("a", 3, E), ("a", 4, R)], [], "", "a3 a4"),
        # It came back after that: the new beginning is told.
        ([("a", 2, P), ("a", 3, R), ("a", 4, B)], [], "a4", "a2 a3"),
        ([("a", 2, P), ("a", 3, R), ("b", 2, P)], [], "b2", "a2 a3"),
        # An upstream explains it now, whether or not anybody was told of the camera's own.
        ([("a", 2, P), ("a", 3, G)], [], "", "a2 a3"),
        ([("a", 3, G)], ["a"], "", "a3"),
    ],
)
def test_what_is_over_is_not_told(
    waiting: list[tuple[str, int, Happening]], told: list[str], kept: str, moot: str
) -> None:
    parts = sort_out([notice(*one) for one in waiting], told)
    names = [" ".join(f"{n.incident_id}{n.event_number}" for n in part) for part in parts]
    assert names == [kept, moot]


LATER = NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("waiting", "sent", "out", "digest"),
    [
        ([], Sent(), None, False),
        ([notice("a", 2, P, LATER)], Sent(), None, False),
        ([notice("a", 2, P)], Sent(), "a", False),
        # One cause's cameras within the window are one message.
        ([notice("a", 2, P), notice("b", 2, P)], Sent(), "a b", False),
        ([notice(str(n), 2, P) for n in range(6)], Sent(), "0 1 2 3 4 5", True),
        # What may wait goes along with a page that goes out anyhow, what must not go out doesn't.
        ([notice("a", 2, P), notice("b", 3, R), notice("c", 3, R, LATER)], Sent(), "a b", False),
        # The bound used up by information holds no page back, and the other way round.
        ([notice("a", 2, P)], Sent(others=20), "a", False),
        ([notice("a", 3, R)], Sent(others=20), None, False),
        ([notice("a", 3, R)], Sent(pages=20), "a", False),
        ([notice("a", 2, P), notice("b", 3, R)], Sent(pages=20), "b", False),
        ([notice("a", 2, P), notice("b", 3, R)], Sent(pages=20, others=20), None, False),
    ],
)
def test_what_goes_out_together(
    waiting: list[Notice], sent: Sent, out: str | None, digest: bool
) -> None:
    made = draft(WENCHANG, waiting, sent, NOW)
    if out is None:
        assert made is None
    else:
        assert made is not None
        assert " ".join(one.incident_id for one in made.notices) == out
        assert made.digest is digest
        assert made.page is any(one.page for one in made.notices)


def test_a_storm_is_held_to_its_bound_and_all_of_it_is_told() -> None:
    """A new page each minute for ten hours: at most 20 messages an hour, nothing left out."""
    waiting: list[Notice] = []
    sent: list[datetime] = []
    told = 0
    for minute in range(601):
        now = NOW + timedelta(minutes=minute)
        if minute < 600:
            waiting.append(notice(str(minute), 2, P, now))
        recent = [one for one in sent if one > now - timedelta(hours=1)]
        made = draft(WENCHANG, waiting, Sent(pages=len(recent)), now)
        if made:
            sent.append(now)
            told += len(made.notices)
            waiting = [one for one in waiting if one not in made.notices]
        assert len(recent) <= 20
    assert told + len(waiting) == 600
    assert all(one.at for one in waiting[:40])
    assert len(waiting) <= 40


def test_the_same_notices_make_the_same_message() -> None:
    one, two = notice("a", 2, P), notice("b", 2, P)
    assert message_id([one, two], "wecom") == message_id([two, one], "wecom")
    assert message_id([one], "wecom") != message_id([one], "mail")
    assert message_id([one], "wecom") != message_id([replace(one, event_number=3)], "wecom")
