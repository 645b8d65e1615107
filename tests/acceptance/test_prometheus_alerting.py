"""Telling crews by Prometheus and Alertmanager, end to end: a simulated city, the service, the
shipped rules and routes, a webhook and a mail server. A town of 400 cameras, some of other towns
beside it."""

from __future__ import annotations

import csv
import re
import signal
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.alerting_chain import alerting, crews_file, texts, told
from tests.acceptance.program import (
    Program,
    RunningCity,
    get_json,
    make_program,
    running_city,
    stopping,
    until,
)
from tests.acceptance.test_service import statuses
from tests.fleet import files
from tests.fleet.plan import CityPlan
from tests.sinks import Webhook, mailbox, webhook

# A city whose largest town has 400 points; of the others only some are archived.
CITY, TOWN_CAMERAS, OTHERS = 3400, 400, 12
# A page waits for two sweeps, for three looks at a village's camera, and for a slow machine.
RULES = """
[following]
recover_after_s = 5
escalations = 1

[class.soon]
page_after_s = 30
escalate_after_s = 30
remind_every_s = 86400
repair_within_s = 86400

[[assign]]
class = "soon"
"""
DOWN, UPLINK = "XueliangCameraDown", "XueliangTownUplinkDown"
ESCALATED, OURS = "XueliangIncidentEscalated", "XueliangOwnOutage"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    (tmp_path / "rules.toml").write_text(RULES, "utf-8")
    return make_program(
        tmp_path,
        alerting_way="prometheus",
        incidents_rules_file=tmp_path / "rules.toml",
        schedule_sweep_every_s=20,
        schedule_recheck_after_s=4,
        schedule_view_every_s=1,
        probe_picture_stream="sub",
        probe_timeout_s=6,
        probe_connect_timeout_s=2,
        health_hold_s=600,
    )


def test_blips_our_own_outage_and_a_dead_uplink(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "city"
    with (
        webhook() as hook,
        mailbox() as box,
        running_city(folder, CITY, "--faults", "0") as city,
    ):
        plan, *_ = files.read_city(folder)
        well = {row["camera"] for row in city.truth() if row["fault"] == "none"}
        town, labels = archived(plan, folder, well)
        crews = crews_file(tmp_path, hook, box, town)
        program.done("db", "upgrade")
        program.done("import", str(tmp_path / "some.csv"))
        service = program.serve()
        with alerting(program, tmp_path, crews):
            with stopping(service):
                until(lambda: all_online(program, len(labels)), 180, "all cameras are online")
                blips_page_nobody(program, city, labels)
                our_own_outage_is_one_alert(program, city, plan, hook, len(labels))
                assert not told(hook, "/crew")
                city.set_fault(f"{town}-上联", "uplink_down")
                until(lambda: told(hook, "/crew") or None, 180, "the uplink's page")
                service.send_signal(signal.SIGKILL)
                service.wait()
            with stopping(program.serve()):
                # The office is told of broken promises too, and maybe sooner.
                until(lambda: subjects(hook, "/office", ESCALATED) or None, 240, "escalation")
                alone = on_their_own(plan, town, labels)
                dead = alone[:: len(alone) // 3][:3]
                for label in dead:
                    city.set_fault(label, "refused")
                city.set_fault(f"{town}-上联", None)
                until(
                    lambda: subjects(hook, "/crew", DOWN) == 3 or None, 240, "the three are paged"
                )
                until(
                    lambda: subjects(hook, "/crew", UPLINK, "resolved") or None, 120, "the recovery"
                )
                until(lambda: box.mails or None, 60, "the mail")
        names = {point.name for point in plan.points if point.label in dead}
        uplink = next(key[1] for key in told(hook, "/crew") if key[0] == UPLINK)
        # A message names all of its group: a camera that was told of may be named once more
        # beside the next one.
        pages = told(hook, "/crew")
        assert {key: count for key, count in pages.items() if key[0] == UPLINK} == {
            (UPLINK, uplink, "firing"): 1,
            (UPLINK, uplink, "resolved"): 1,
        }
        assert {key for key in pages if key[0] != UPLINK} == {
            (DOWN, name, "firing") for name in names
        }
        assert told(hook, "/office")[ESCALATED, uplink, "firing"] == 1
        assert {post.path for post in hook.posted} <= {"/crew", "/office", "/monitor"}
        assert town in str(box.mails[0]["Subject"])
        assert re.search(r"影响 \d{3} 个点位", texts(hook.posted))
        assert re.findall(r"\w+://(?!monitor\.example)\S+", texts(hook.posted)) == []


def archived(plan: CityPlan, folder: Path, well: set[str]) -> tuple[str, set[str]]:
    """The largest town, and the points that are archived: 400 of it, some of each other, all of
    them well. Writes the archive of those."""
    town, _ = Counter(point.town for point in plan.points).most_common(1)[0]
    taken: Counter[str] = Counter()
    with (folder / "archive.csv").open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    kept = []
    for row, point in zip(rows, plan.points, strict=True):
        if (
            point.administrative == "在用"
            and point.label in well
            and taken[point.town] < (TOWN_CAMERAS if point.town == town else OTHERS)
        ):
            taken[point.town] += 1
            kept.append((row, point.label))
    assert taken[town] == TOWN_CAMERAS
    with (folder.parent / "some.csv").open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.DictWriter(target, rows[0])
        writer.writeheader()
        writer.writerows(row for row, _ in kept)
    return town, {label for _, label in kept}


def on_their_own(plan: CityPlan, town: str, labels: set[str]) -> list[str]:
    """The archived points of a town that are no recorder's channels."""
    return [
        point.label
        for point in plan.points
        if point.town == town and point.label in labels and not point.recorder
    ]


def subjects(hook: Webhook, path: str, alert: str, state: str = "firing") -> int:
    """How many subjects an alert was told of."""
    return sum(1 for name, _, was in told(hook, path) if (name, was) == (alert, state))


def all_online(program: Program, cameras: int) -> bool | None:
    counts = statuses(program.metrics())
    return (counts["online"] + counts["degraded"] == cameras) or None


def blips_page_nobody(program: Program, city: RunningCity, labels: set[str]) -> None:
    """Two cameras in a hundred fail for one look each."""
    coded = sorted(label for label in labels if "#" not in label)
    blips = coded[::50]
    before = looks(program, blips)
    for label in blips:
        city.set_fault(label, "not_found")
    waiting = set(blips)

    def mended() -> bool | None:
        for label, look in looks(program, waiting).items():
            if look[0] != before[label][0] and look[1] == before[label][1]:
                city.set_fault(label, None)
                waiting.discard(label)
            else:
                before[label] = look
        return not waiting or None

    until(mended, 90, "each has failed for a look")
    until(
        lambda: (
            all(look[1] != before[label][1] for label, look in looks(program, blips).items())
            or None
        ),
        90,
        "each delivers again",
    )
    assert all_online(program, len(labels))
    assert get_json(f"{program.url}/api/v1/incidents")["total"] == 0


def looks(program: Program, labels: Iterable[str]) -> dict[str, tuple[datetime, datetime]]:
    """When each was looked at last, and when it last delivered."""
    wanted = set(labels)
    found: dict[str, Any] = {}
    offset, total = 0, 1
    while offset < total:
        page = get_json(f"{program.url}/api/v1/cameras?limit=500&offset={offset}")
        total, offset = page["total"], offset + 500
        for one in page["items"]:
            if one["camera"] in wanted:
                found[one["camera"]] = one["last_look_at"], one["last_frame_at"]
    return found


def our_own_outage_is_one_alert(
    program: Program, city: RunningCity, plan: CityPlan, hook: Webhook, cameras: int
) -> None:
    """No packet comes back from anywhere: no camera is down, and who runs the monitor is told."""
    uplinks = [one.name for one in plan.upstreams if one.kind == "town_uplink"]
    for uplink in uplinks:
        city.set_fault(uplink, "uplink_down")
    until(lambda: subjects(hook, "/monitor", OURS) or None, 180, "our own outage is told")
    assert statuses(program.metrics())["offline"] == 0
    for uplink in uplinks:
        city.set_fault(uplink, None)
    until(lambda: subjects(hook, "/monitor", OURS, "resolved") or None, 180, "its end is told")
    until(lambda: all_online(program, cameras), 120, "all cameras are online again")
    assert told(hook, "/monitor")[OURS, "", "firing"] == 1
    assert get_json(f"{program.url}/api/v1/incidents")["total"] == 0
