"""The shipped rules, judged by Prometheus's own tool: when each alert fires and when it does not,
in which words, over metrics that there are, under names as they should be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.interop.test_deployment import PROMETHEUS, ROOT, accepted, metric_names

FILES = sorted((PROMETHEUS / "rules").glob("*.yml"))
CASES = sorted((PROMETHEUS / "tests").glob("*.yml"))
# For Alertmanager only: they inhibit, and nobody reads them.
SILENT = {"XueliangIncidentAcknowledged", "XueliangIncidentMerged"}
LEVELS = "town|city|cause|fault|incident|stage|stage_le|stage_reason|verdict"


def rules() -> list[dict[str, Any]]:
    files = [yaml.safe_load(path.read_text("utf-8")) for path in FILES]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


def alert_rules() -> dict[str, dict[str, Any]]:
    """The shipped alerts by their names; of one with several rules the last."""
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def test_the_rules_are_valid() -> None:
    accepted("promtool", "check", "rules", *FILES)


@pytest.mark.parametrize("cases", CASES, ids=lambda path: path.stem)
def test_the_rules_fire_when_they_should(cases: Path) -> None:
    accepted("promtool", "test", "rules", cases)


def test_every_alert_has_a_case_that_fires_and_one_that_does_not() -> None:
    files = [yaml.safe_load(path.read_text("utf-8")) for path in CASES]
    tried = {
        (case["alertname"], bool(case.get("exp_alerts")))
        for file in files
        for test in file["tests"]
        for case in test.get("alert_rule_test", [])
    }
    alerts = alert_rules().keys()
    # The watchdog never falls silent: that is what it is for.
    silent = alerts - {"XueliangWatchdog"}
    assert {(alert, True) for alert in alerts} | {(alert, False) for alert in silent} <= tried


def test_every_alert_is_told_in_both_languages_and_has_its_page() -> None:
    page = (ROOT / "docs" / "alerts.md").read_text("utf-8")
    for rule in rules():
        name, told = rule.get("alert", ""), rule.get("annotations", {})
        if name:
            assert told["summary"], name
            assert told["summary_en"], name
        if name and name not in SILENT:
            assert told["runbook"] == f"docs/alerts.md#{name.lower()}", name
            assert f"#### {name}\n" in page, name


def test_what_is_recorded_is_named_level_metric_operation() -> None:
    recorded = [rule["record"] for rule in rules() if "record" in rule]
    assert len(set(recorded)) == len(recorded)
    pattern = re.compile(rf"({LEVELS}):xueliang_[a-z_]+:[a-z0-9_]+")
    assert [name for name in recorded if not pattern.fullmatch(name)] == []


def test_rules_read_what_there_is() -> None:
    known = metric_names()
    for rule in rules():
        texts = [rule["expr"], *rule.get("annotations", {}).values()]
        used = {name for text in texts for name in re.findall(r"[\w:]*xueliang_[\w:]+", text)}
        # A town's own target is an operator's to add, and a window is filled in by a text.
        missing = {
            name for name in used - known if not name.endswith((":own_target", ":ratio_avg"))
        }
        assert missing == set(), rule
