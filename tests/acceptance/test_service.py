"""The running service on a PostgreSQL, as a city would run it: what it tells at its addresses,
and that results wait while the database is away."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.acceptance.program import Program, get_json, make_program, running_city, stopping, until
from tests.postgres import Server, running_server

CAMERAS = 200
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as started:
        yield started


@pytest.fixture(scope="module")
def program(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Program:
    return make_program(
        tmp_path_factory.mktemp("service"),
        database_url=f"{server.url}/postgres",
        schedule_sweep_every_s=15,
        schedule_recheck_after_s=3,
        schedule_view_every_s=1,
        probe_timeout_s=6,
        probe_connect_timeout_s=2,
        health_hold_s=300,
    )


def series(metrics: str, name: str) -> list[tuple[dict[str, str], float]]:
    found = []
    for line in metrics.splitlines():
        if line.startswith((f"{name}{{", f"{name} ")):
            labels, _, value = line.removeprefix(name).rpartition(" ")
            found.append((dict(_LABEL.findall(labels)), float(value)))
    return found


def test_a_city_on_postgresql(program: Program, server: Server, tmp_path: Path) -> None:
    with running_city(tmp_path / "city", CAMERAS) as city:
        program.done("db", "upgrade")
        program.done("import", str(tmp_path / "city" / "archive.csv"))
        truth = [row for row in city.truth() if row["administrative"] == "在用"]
        with stopping(program.serve()):
            swept = "xueliang_sweep_last_completed_timestamp_seconds"
            until(lambda: series(program.metrics(), swept) or None, 90, "a sweep is complete")
            check_labels(until(lambda: settled(program.metrics(), truth), 60, "the truth"))
            operate(program)
            server.stop()
            reasons = until(lambda: not_ready(program), 60, "the database is missed")
            assert "127.0.0.1" in reasons[0]
            assert "xueliang_camera_up{" in program.metrics()
            server.start()
            done = series(program.metrics(), swept)[0][1]
            until(lambda: series(program.metrics(), swept)[0][1] > done or None, 90, "a next sweep")
            assert not_ready(program) is None
            until(lambda: settled(program.metrics(), truth), 60, "the truth once more")


def operate(program: Program) -> None:
    """A dead recorder's incident is taken on, and a camera is put into maintenance and back, from
    the command line beside the service."""
    incident = until(lambda: listed(program, "incidents?cause=recorder"), 120, "a recorder is gone")
    assert incident["cameras"] > 1
    path = f"incidents/{incident['id']}"
    program.done("ack", incident["id"], "--by", "王工", "--note", "在路上")
    until(lambda: taken_on(get_json(f"{program.url}/api/v1/{path}")), 60, "it is taken on")
    for page in ("/incidents", f"/{path}", f"/{path}?lang=en"):
        with urllib.request.urlopen(f"{program.url}{page}", timeout=30) as answer:
            assert incident["subject"] in answer.read().decode()
    look_up(program, incident["id"])
    assert "王工" in program.done("incidents", incident["id"])
    assert program.run("ack", "nothing", "--by", "王工").returncode == 1
    camera = get_json(f"{program.url}/api/v1/cameras?status=online")["items"][0]["camera"]
    program.done(
        *("maintenance", "add", "--camera", camera, "--by", "王工"),
        *("--weekdays", "1,2,3,4,5,6,7", "--minutes", "1440"),
    )
    until(lambda: in_maintenance(program, camera) or None, 90, "it is in maintenance")
    program.done("maintenance", "remove", "1", "--by", "王工")
    until(lambda: not in_maintenance(program, camera) or None, 90, "it is out of it")


def look_up(program: Program, incident_id: str) -> None:
    """A camera of that incident is found among the offline ones, with its past."""
    found = until(
        lambda: (
            [
                one
                for one in get_json(f"{program.url}/api/v1/cameras?status=offline")["items"]
                if incident_id in one["incidents"]
            ]
            or None
        ),
        60,
        "its cameras are offline",
    )
    camera = found[0]
    document = get_json(f"{program.url}/api/v1/cameras/{quote(camera['camera'])}")
    assert "offline" in [one["status"] for one in document["history"]]
    assert "down" in [look["verdict"] for look in document["looks"]]
    for path in (f"cameras?q={quote(camera['name'])}", f"cameras/{camera['id']}"):
        with urllib.request.urlopen(f"{program.url}/{path}", timeout=30) as answer:
            assert camera["name"] in answer.read().decode()


def listed(program: Program, query: str) -> Any:
    """The first of a list, once there is one."""
    return next(iter(get_json(f"{program.url}/api/v1/{query}")["items"]), None)


def taken_on(incident: dict[str, Any]) -> bool | None:
    lines = [(line["what"], line["by"], line["note"]) for line in incident["timeline"]]
    told = ("acknowledged", "王工", "在路上") in lines
    return True if told and incident["acknowledged_by"] == "王工" else None


def in_maintenance(program: Program, label: str) -> bool:
    found = get_json(f"{program.url}/api/v1/cameras?status=maintenance")["items"]
    return label in [one["camera"] for one in found]


def statuses(metrics: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for labels, value in series(metrics, "xueliang_cameras"):
        counts[labels["status"]] += int(value)
    return counts


def settled(metrics: str, truth: list[dict[str, Any]]) -> str | None:
    """The metrics, once they say of every camera whether it is up, as it truly is. A frozen
    picture takes a while to be told from a quiet one; cameras that answer busy stay unknown."""
    verdicts = Counter(row["verdict"] for row in truth)
    counts = statuses(metrics)
    delivering = counts["online"] + counts["degraded"]
    right = counts["offline"] == verdicts["down"] and counts["unknown"] == verdicts["unknown"]
    return metrics if right and delivering == verdicts["ok"] + verdicts["degraded"] else None


def not_ready(program: Program) -> list[str] | None:
    try:
        get_json(f"{program.url}/readyz")
    except urllib.error.HTTPError as error:
        with error:
            return list(json.load(error)["reasons"])
    return None


def check_labels(metrics: str) -> None:
    towns = {labels["town"] for labels, _ in series(metrics, "xueliang_cameras")}
    assert len(towns) == 15
    located = {
        (labels["town"], labels["kind"]) for labels, _ in series(metrics, "xueliang_key_locations")
    }
    covered = series(metrics, "xueliang_coverage_ratio")
    assert {(labels["town"], labels["kind"]) for labels, _ in covered} == located
    assert all(0.0 <= value <= 1.0 for _, value in covered)
    up = series(metrics, "xueliang_camera_up")
    counts = statuses(metrics)
    assert len(up) == counts["online"] + counts["degraded"] + counts["offline"]
    assert sum(value for _, value in up) == counts["online"] + counts["degraded"]
    assert len(series(metrics, "xueliang_camera_info")) == CAMERAS
    assert not re.search(r"127\.\d+\.\d+\.\d+|rtsp:|\badmin\b", metrics)
