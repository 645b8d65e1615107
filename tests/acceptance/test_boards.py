"""Every query of every board, asked of a real Prometheus that scrapes the running service, which
looks at a simulated city with faults and keeps its incidents."""

from __future__ import annotations

from pathlib import Path

import pytest

from boards.reading import boards
from tests.acceptance.program import (
    Program,
    free_port,
    make_program,
    running_city,
    stopping,
    until,
)
from tests.asked import still_silent
from tests.fleet import files
from tests.scraping import answers, scraping

CAMERAS = 120
RULES = """
[following]
recover_after_s = 3
escalations = 1

[class.soon]
page_after_s = 10
escalate_after_s = 3600
remind_every_s = 86400
repair_within_s = 86400

[[assign]]
class = "soon"
"""
CREWS = """
[[crew]]
name = "一班"
monitor = true
[[crew.target]]
name = "hook"
url_env = "CREW_ADDRESS"
"""
# The report of a day is made in the night after it; what it then tells, the test beside a made-up
# page asks for.
IN_THE_NIGHT = "xueliang_report_last_success_timestamp_seconds"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    (tmp_path / "crews.toml").write_text(CREWS, "utf-8")
    (tmp_path / "rules.toml").write_text(RULES, "utf-8")
    made = make_program(
        tmp_path,
        alerting_way="built_in",
        alerting_crews_file=tmp_path / "crews.toml",
        alerting_heartbeat_every_s=10,
        incidents_rules_file=tmp_path / "rules.toml",
        schedule_sweep_every_s=8,
        schedule_recheck_after_s=1,
        schedule_view_every_s=1,
        probe_timeout_s=6,
        probe_connect_timeout_s=2,
        health_hold_s=300,
    )
    made.environ["CREW_ADDRESS"] = f"json://127.0.0.1:{free_port()}/"  # type: ignore[index]
    return made.with_settings(alerting_heartbeat_url=f"{made.url}/healthz")


def test_every_query_of_every_board_finds_something(program: Program, tmp_path: Path) -> None:
    options = ("--faults", "0.15")
    with running_city(tmp_path / "city", CAMERAS, *options) as city:
        program.done("db", "upgrade")
        program.done("import", str(tmp_path / "city" / "archive.csv"))
        plan, *_ = files.read_city(tmp_path / "city")
        well = {row["camera"] for row in city.truth() if row["fault"] == "none"}
        place = next(point for point in plan.points if point.key_location)
        for point in plan.points:
            if (point.town, point.key_location) == (place.town, place.key_location):
                city.set_fault(point.label, "refused")
        mended = next(
            point.label for point in plan.points if point.label in well and not point.key_location
        )
        city.set_fault(mended, "refused")
        with stopping(program.serve()), scraping(program.port, tmp_path) as prometheus:
            open_ = f'xueliang_incident_info{{camera="{mended}"}}'
            until(lambda: answers(prometheus, open_) or None, 120, "the incident is open")
            city.set_fault(mended, None)
            repairs = "xueliang_repairs > 0"
            until(lambda: answers(prometheus, repairs) or None, 180, "the repair counts")
            for board in boards():
                assert still_silent(prometheus, board, 120, known=IN_THE_NIGHT) == []
