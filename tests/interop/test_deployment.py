"""The files an operator deploys, judged by the tools they are for: the image's recipe, the compose
file, Prometheus's, Alertmanager's and Grafana's files, the shell scripts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from boards.reading import Written, boards, filled

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
PROMETHEUS = ROOT / "config" / "prometheus"
GRAFANA = ROOT / "config" / "grafana"
BIN = Path(sys.executable).parent
SCRIPTS = ("docker/make-secrets.sh", "tests/install_system_packages.sh")


def accepted(*command: object, folder: Path = ROOT) -> str:
    """Runs a checker, which must be content; returns what it printed."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def compose() -> dict[str, Any]:
    """The compose file with its anchors and merges resolved."""
    document: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text("utf-8"))
    return document


def test_the_images_recipe_passes_the_linter() -> None:
    accepted(BIN / "hadolint", "--failure-threshold", "style", DOCKER / "Dockerfile")


def test_what_the_recipe_copies_is_let_into_the_build() -> None:
    """.dockerignore lets in a list; a package missing from it would be missing in the image."""
    allowed = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    build = (ROOT / "pyproject.toml").read_text("utf-8")
    packages = re.search(r"^packages = \[(.*)\]$", build, re.MULTILINE)
    assert packages is not None
    named = set(re.findall(r'"(\w+)"', packages[1]))
    assert named | {"alembic", "pyproject.toml", "requirements.lock", "README.md"} <= allowed
    assert all((ROOT / name).exists() for name in allowed)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_shell_script_passes_the_linter(script: str) -> None:
    accepted(BIN / "shellcheck", script)


def test_the_compose_file_is_valid() -> None:
    accepted("docker-compose", "-f", DOCKER / "compose.yaml", "config", "--quiet")


def test_every_service_is_bounded_and_closed() -> None:
    for name, service in compose()["services"].items():
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["cap_drop"] == ["ALL"], name
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}, name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert re.search(r":v?\d+\.\d+", service["image"]), f"{name}: no pinned version"


def test_the_monitor_alone_reaches_the_database_and_the_cameras() -> None:
    services = compose()["services"]
    assert services["database"]["networks"] == ["inside"]
    assert "ports" not in services["database"]
    assert services["monitor"]["networks"] == ["inside", "outside"]


def test_every_secret_comes_from_a_file_that_the_script_makes(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets.sh"
    script.write_bytes((DOCKER / "make-secrets.sh").read_bytes())
    accepted("sh", script)
    made = {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
    wanted = {Path(secret["file"]).name for secret in compose()["secrets"].values()}
    assert made.keys() == wanted
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    accepted("sh", script)
    assert made == {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}


def test_prometheus_accepts_its_configuration() -> None:
    accepted("promtool", "check", "config", PROMETHEUS / "prometheus.yml")


def metric_names() -> set[str]:
    """The names that docs/metrics.md describes, with what histograms and recording rules add."""
    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    names = set(re.findall(r"^\| `(xueliang_\w+)`", page, re.MULTILINE))
    names |= {f"{name}{end}" for name in names for end in ("_bucket", "_sum", "_count")}
    for rules in (PROMETHEUS / "rules").glob("*.yml"):
        names |= set(re.findall(r"^ +- record: (\S+)$", rules.read_text("utf-8"), re.MULTILINE))
    return names


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.name)
def test_a_board_s_queries_are_promql_over_our_metrics(board: Written, tmp_path: Path) -> None:
    expressions = [
        filled(target.expr, {"town": "孔城镇", "kind": ".*", "camera": "1"})
        for panel in board.panels
        for target in panel.targets
    ]
    assert expressions
    # Recording rules are how promtool is made to parse a query.
    rules = [{"record": f"panel:{n}", "expr": text} for n, text in enumerate(expressions)]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    accepted("promtool", "check", "rules", file)
    used = {name for text in expressions for name in re.findall(r"[\w:]*xueliang_[\w:]+", text)}
    assert used <= metric_names()


def test_boards_use_the_provisioned_datasource_and_folder() -> None:
    source = yaml.safe_load(
        (GRAFANA / "provisioning" / "datasources" / "prometheus.yml").read_text("utf-8")
    )
    provider = yaml.safe_load(
        (GRAFANA / "provisioning" / "dashboards" / "xueliang.yml").read_text("utf-8")
    )
    uids = {entry["uid"] for entry in source["datasources"]}
    for board in boards():
        assert {panel.source["datasource"]["uid"] for panel in board.panels} <= uids
        asked = [one for one in board.document["templating"]["list"] if one["type"] == "query"]
        assert {one["datasource"]["uid"] for one in asked} <= uids
    grafana = compose()["services"]["grafana"]
    mounts = grafana["volumes"]
    folder = provider["providers"][0]["options"]["path"]
    assert f"../config/grafana/dashboards:{folder}:ro" in mounts
    assert "../config/grafana/provisioning:/etc/grafana/provisioning:ro" in mounts
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == folder
    assert home.stem in {board.name for board in boards()}


def test_boards_are_made_for_the_grafana_that_is_deployed() -> None:
    """Grafana's types are published for each of its versions."""
    image = compose()["services"]["grafana"]["image"]
    locked = (ROOT / "requirements-dev.lock").read_text("utf-8")
    types = re.search(r"^grafana_foundation_sdk==\d+!([\d.]+)$", locked, re.MULTILINE)
    assert types is not None
    assert image == f"grafana/grafana:{types[1]}"
