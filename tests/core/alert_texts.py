"""What every notice says, in both languages, as files to be read and reviewed:
`python -m tests.core.alert_texts` writes them anew under `tests/golden/alerts/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from camera_registry.incidents.vocabulary import Cause, Event, Happening, Incident, Trouble
from camera_registry.outbox import Notice, Text
from camera_registry.vocabulary import Category, KeyLocationKind
from exporters.notices.grouping import compose_draft
from exporters.notices.messages import compose, compose_own
from exporters.notices.rules import Draft
from exporters.notices.vocabulary import (
    PAGES,
    Crew,
    Facts,
    OwnTrouble,
    OwnTroubleKind,
    PointFacts,
)
from exporters.words import LANGUAGES, Words
from probes.reasons import failure
from probes.vocabulary import Failure, Stage

GOLDEN = Path(__file__).parents[1] / "golden" / "alerts"
OPENED = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
TOWN = "文昌街道"
TOLD = (
    Happening.PAGED,
    Happening.ACKNOWLEDGED,
    Happening.ESCALATED,
    Happening.REMINDED,
    Happening.OVERDUE,
    Happening.RESOLVED,
    Happening.REOPENED,
)
AFTER = {
    Happening.PAGED: timedelta(minutes=5),
    Happening.ACKNOWLEDGED: timedelta(minutes=17),
    Happening.ESCALATED: timedelta(minutes=35),
    Happening.REMINDED: timedelta(hours=4),
    Happening.OVERDUE: timedelta(hours=24),
    Happening.RESOLVED: timedelta(hours=26, minutes=30),
    Happening.REOPENED: timedelta(hours=27),
}
SUBJECTS = {
    Cause.CAMERA: "人民路口枪机",
    Cause.RECORDER: "文昌-NVR-01",
    Cause.SWITCH: "",
    Cause.TOWN_UPLINK: "文昌街道专线",
}
FAILURES: dict[Trouble, Failure] = {
    Trouble.DOWN: failure(Stage.CONNECT, "timeout", "no answer in 5 s"),
    Trouble.PICTURE: failure(Stage.PICTURE, "occlusion"),
    Trouble.FLAPPING: failure(Stage.FIRST_PACKET, "timeout"),
}
POINTS = tuple(
    PointFacts(
        name="人民路口枪机" if number == 1 else f"点位{number}",
        label=f"3408810000132000{number:04d}",
        town=TOWN,
        village="同安社区",
        upstream="文昌-NVR-01",
        key_location="人民路口" if number == 1 else "",
        kind=KeyLocationKind.JUNCTION if number == 1 else None,
    )
    for number in range(1, 31)
)


def incident(cause: Cause, trouble: Trouble, what: Happening) -> tuple[Incident, Event, Facts]:
    """An incident as it stands at one event, and what is known of its cameras."""
    number = TOLD.index(what) + 2
    event = Event(
        number=number,
        at=OPENED + AFTER[what],
        what=what,
        by="王工" if what is Happening.ACKNOWLEDGED else "",
        note="光缆被挖断，正在熔接" if what is Happening.ACKNOWLEDGED else "",
    )
    alone = cause is Cause.CAMERA
    acknowledged = OPENED + AFTER[Happening.ACKNOWLEDGED]
    known = what in (Happening.ACKNOWLEDGED, Happening.OVERDUE, Happening.RESOLVED)
    case = Incident(
        id="c1-20260501T040000Z",
        cause=cause,
        trouble=trouble,
        camera_id=1 if alone else None,
        upstream_id=7 if cause in (Cause.RECORDER, Cause.TOWN_UPLINK) else None,
        inferred="10.20.3.0/24" if cause is Cause.SWITCH else "",
        subject=SUBJECTS[cause],
        town=TOWN,
        category=Category.BUILT,
        kind=KeyLocationKind.JUNCTION,
        repair_class="urgent",
        opened_at=OPENED,
        noticed_at=OPENED + timedelta(minutes=1),
        members=(1,) if alone else tuple(range(1, 31)),
        failure=FAILURES[trouble],
        paged_at=OPENED + AFTER[Happening.PAGED],
        acknowledged_at=acknowledged if known else None,
        acknowledged_by="王工" if known else "",
        due_at=OPENED + timedelta(hours=24),
        resolved_at=event.at if what is Happening.RESOLVED else None,
        reopened=2 if what is Happening.REOPENED else 0,
        timeline=(event,),
    )
    facts = Facts(
        points=POINTS[: len(case.members)],
        blind=("人民路口",) if trouble is not Trouble.FLAPPING else (),
        link="https://monitor.example/incidents/c1-20260501T040000Z",
    )
    return case, event, facts


def _shown(text: Text) -> str:
    return f"{text.title}\n\n{text.body}\n"


def _own(words: Words) -> str:
    begun = [OwnTrouble(kind=kind, since=OPENED, unknown=6980) for kind in OwnTroubleKind]
    over = [replace(one, until=OPENED + timedelta(minutes=42)) for one in begun]
    texts = [compose_own(one, words, "https://monitor.example/") for one in (*begun, *over)]
    return "\n----\n".join(map(_shown, texts))


def notice(number: int, what: Happening, crew: Crew) -> Notice:
    case, event, facts = incident(Cause.CAMERA, Trouble.DOWN, what)
    facts = replace(facts, points=(POINTS[number % len(POINTS)],))
    return Notice(
        incident_id=f"c{number}",
        event_number=1,
        crew=crew.name,
        what=what,
        page=what in PAGES,
        town=TOWN,
        repair_class="urgent",
        at=event.at,
        release_at=event.at,
        texts=tuple(compose(case, event, facts, Words.load(one)) for one in crew.languages),
    )


def draft(count: int, crew: Crew) -> Draft:
    whats = (Happening.PAGED, Happening.PAGED, Happening.RESOLVED)
    notices = tuple(notice(number, whats[number % 3], crew) for number in range(count))
    return Draft(crew=crew, notices=notices, page=True, digest=count > 5)


def golden(language: str) -> Iterator[tuple[str, str]]:
    """File names and what stands in them."""
    words = Words.load(language)
    for cause in Cause:
        for trouble in Trouble:
            texts = [compose(*incident(cause, trouble, what), words) for what in TOLD]
            yield f"{cause.value}-{trouble.value}.txt", "\n----\n".join(map(_shown, texts))
    yield "monitor.txt", _own(words)
    crew = Crew(name="文昌抢修班", languages=(language,))
    yield "group.txt", _shown(compose_draft(draft(3, crew), "0123456789abcdef"))
    digest = compose_draft(
        draft(25, crew), "0123456789abcdef", passed=4, link="https://monitor.example/"
    )
    yield "digest.txt", _shown(digest)


if __name__ == "__main__":
    for language in LANGUAGES:
        for name, text in golden(language):
            path = GOLDEN / language / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
