"""`xueliang incidents`, `ack` and `maintenance` as they are run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from camera_registry.credentials import Vault
from camera_registry.database import Database, open_database
from camera_registry.incidents.vocabulary import Cause, Event, Happening
from camera_registry.store import incidents as store
from probes.reasons import failure
from probes.vocabulary import Stage
from tests.made_incidents import incident
from tests.store.city import row, write_csv
from xueliang.cli import main

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
UPLINK = incident(
    20,
    NOW - HOUR,
    cause=Cause.SWITCH,
    camera_id=None,
    inferred="10.20.3.0/24",
    subject="",
    town="文昌街道",
    members=(1, 2),
    failure=failure(Stage.CONNECT, "timeout"),
)
OWN = incident(
    3, NOW, subject="[红]点位3", town="龙腾街道", acknowledged_at=NOW, acknowledged_by="李工"
)
OVER = incident(
    2,
    NOW - 9 * HOUR,
    id="i-over",
    resolved_at=NOW - 4 * HOUR,
    timeline=(Event(number=1, at=NOW - 4 * HOUR, what=Happening.RESOLVED),),
)
MERGED = incident(1, NOW, id="i-part", resolved_at=NOW, merged_into=UPLINK.id)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of a registry with three cameras and the incidents above."""
    folder = tmp_path_factory.mktemp("registry")
    path = folder / "c.toml"
    path.write_text(
        f'[database]\nurl = "sqlite:///{folder}/x.db"\nkey_file = "{folder}/key"\n', "utf-8"
    )
    write_csv(folder / "rows.csv", [row(number) for number in (1, 2, 3)])
    assert run(path, "db", "upgrade").exit_code == 0
    assert run(path, "import", str(folder / "rows.csv")).exit_code == 0
    made = (UPLINK, OWN, OVER, MERGED)
    lines = [(one.id, event) for one in made for event in one.timeline]
    in_database(path, lambda database: store.record(database, made, lines))
    return path


def in_database(config: Path, do: Callable[[Database], Awaitable[Any]]) -> Any:
    async def work() -> Any:
        vault = Vault.from_file(config.parent / "key")
        database = open_database(f"sqlite:///{config.parent}/x.db", vault=vault)
        try:
            return await do(database)
        finally:
            await database.close()

    return asyncio.run(work())


def run(config: Path, *arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(main, ["--config", str(config), *arguments])


def ids(config: Path, *arguments: str) -> list[str]:
    told = run(config, "incidents", *arguments, "--json")
    assert told.exit_code == 0, told.output
    return [one["id"] for one in json.loads(told.stdout)]


# Incidents


def test_the_open_ones_the_oldest_first(config: Path) -> None:
    assert ids(config) == [UPLINK.id, OWN.id]
    shown = run(config, "incidents").output
    assert "交换机 10.20.3.0/24 [推断]" in shown
    assert "[红]点位3" in shown, "names are no markup"
    assert "李工" in shown
    assert "Comes" not in run(config, "incidents", "--lang", "en").output


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--town", "龙腾街道"], [OWN.id]),
        (["--camera", "1"], [UPLINK.id]),
        (["--camera", "34088100001320000003"], [OWN.id]),
        (["--all"], [UPLINK.id, OWN.id, OVER.id, MERGED.id]),
        (["--since", (NOW - 5 * HOUR).isoformat()], [OVER.id, UPLINK.id, OWN.id, MERGED.id]),
        (["--since", (NOW - HOUR / 2).isoformat()], [UPLINK.id, OWN.id, MERGED.id]),
        (["--town", "nowhere"], []),
    ],
)
def test_which_are_listed(config: Path, arguments: list[str], found: list[str]) -> None:
    assert sorted(ids(config, *arguments)) == sorted(found)


def test_one_with_its_timeline_and_cameras(config: Path) -> None:
    document = json.loads(run(config, "incidents", UPLINK.id, "--json").stdout)
    assert (document["cause"], document["inferred_from"]) == ("switch", "10.20.3.0/24")
    assert [one["id"] for one in document["members"]] == [1, 2]
    assert [line["what"] for line in document["timeline"]] == ["paged"]
    shown = run(config, "incidents", UPLINK.id).output
    for text in ("同一网段 10.20.3.0/24", "网络连接", "通知抢修", "点位1", "点位2"):
        assert text in shown
    english = run(config, "incidents", UPLINK.id, "--lang", "en").output
    assert "of one network 10.20.3.0/24" in english


def test_figures_by_town_maintainer_and_model(config: Path) -> None:
    document = json.loads(run(config, "incidents", "--figures", "--json").stdout)
    assert document["city"]["repairs"] == 1
    assert document["city"]["mttr_s"] == pytest.approx(7 * 3600, abs=1)
    # Two under the upstream, one of its own, and one that is over.
    assert document["city"]["failures"] == 4
    assert [one["name"] for one in document["by_town"]] == ["文昌街道"]
    assert "平均无故障时间" in run(config, "incidents", "--figures").output


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["no-such"], 1, "没有编号为 no-such 的故障"),
        (["--camera", "99"], 1, "no camera 99"),
        (["x", "--figures"], 2, "give an ID"),
        (["--figures", "--all"], 2, "give an ID"),
        (["--since", "yesterday"], 2, "no time such as"),
    ],
)
def test_what_is_refused(config: Path, arguments: list[str], status: int, words: str) -> None:
    refused = run(config, "incidents", *arguments)
    assert (refused.exit_code, words in refused.output) == (status, True), refused.output


# Taking one on


def test_an_open_one_is_taken_on(config: Path) -> None:
    done = run(config, "ack", OWN.id, "--by", " 王工 ", "--note", "光缆断了", "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert (document["incident"], document["by"], document["note"]) == (OWN.id, "王工", "光缆断了")
    (asked,) = in_database(config, store.asked)
    assert (asked.acknowledgement.incident_id, asked.acknowledgement.by) == (OWN.id, "王工")
    assert "王工 已认领" in run(config, "ack", OWN.id, "--by", "王工").output


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["no-such", "--by", "x"], 1, "没有编号为 no-such 的故障"),
        ([OVER.id, "--by", "x"], 1, "不必认领"),
        ([OVER.id, "--by", "x", "--lang", "en"], 1, "is over since"),
        ([MERGED.id, "--by", "x"], 1, f"已并入 {UPLINK.id}"),
        ([OWN.id], 2, "--by"),
        ([OWN.id, "--by", "  "], 2, "没有写明姓名"),
        ([OWN.id, "--by", "x" * 61], 2, "超过 60 个字"),
        ([OWN.id, "--by", "x", "--note", "y" * 501], 2, "超过 500 个字"),
        ([OWN.id, "--by", "x\x1b[31m"], 2, "无法显示"),
    ],
)
def test_nobody_takes_on_what_is_not_open(
    config: Path, arguments: list[str], status: int, words: str
) -> None:
    refused = run(config, "ack", *arguments)
    assert (refused.exit_code, words in refused.output) == (status, True), refused.output


# Maintenance


def window(config: Path, *arguments: str) -> Result:
    return run(config, "maintenance", "add", "--by", "王工", *arguments)


def test_windows_are_announced_listed_and_taken_back(config: Path) -> None:
    end = (NOW + 2 * HOUR).isoformat()
    once = window(config, "--town", "文昌街道", "--to", end, "--note", "割接", "--json")
    assert once.exit_code == 0, once.output
    first = json.loads(once.stdout)
    assert (first["state"], first["subject"], first["scope"]) == ("active", "文昌街道", "town")
    weekly = window(
        config, "--upstream", "文昌-NVR-01", "--weekdays", "2,4", "--at", "23:30", "--minutes", "90"
    )
    assert "文昌-NVR-01 及其下点位，每周二、周四 23:30 起 90 分钟" in weekly.output
    camera = window(config, "--camera", "1", "--from", (NOW + HOUR).isoformat(), "--to", end)
    assert "点位 点位1" in camera.output
    listed = json.loads(run(config, "maintenance", "list", "--json").stdout)
    assert [one["scope"] for one in listed] == ["camera", "upstream", "town"]
    assert "进行中" in run(config, "maintenance", "list").output
    removed = run(config, "maintenance", "remove", str(first["id"]), "--by", "李工")
    assert removed.exit_code == 0
    again = run(config, "maintenance", "remove", str(first["id"]), "--by", "李工")
    assert (again.exit_code, "没有生效的维护窗口" in again.output) == (1, True)
    everything = json.loads(run(config, "maintenance", "list", "--all", "--json").stdout)
    assert (everything[-1]["state"], everything[-1]["removed_by"]) == ("removed", "李工")
    assert len(json.loads(run(config, "maintenance", "list", "--json").stdout)) == 2


LATER = (NOW + 40 * 24 * HOUR).isoformat()


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ([], 2, "give one of --camera, --upstream and --town"),
        (["--town", "文昌街道", "--camera", "1"], 2, "give one of"),
        (["--town", "nowhere", "--to", LATER], 1, "no town nowhere"),
        (["--upstream", "nothing", "--to", LATER], 1, "0 devices are named nothing"),
        (["--camera", "99", "--to", LATER], 1, "no camera 99"),
        (["--town", "文昌街道"], 2, "须写明结束时间"),
        (["--town", "文昌街道", "--to", LATER], 2, "不超过 30 天"),
        (["--town", "文昌街道", "--to", "2020-01-01", "--from", "2019-12-31"], 2, "结束时间已过"),
        (["--town", "文昌街道", "--to", "2020-01-01"], 2, "结束时间不晚于开始时间"),
        (["--town", "文昌街道", "--weekdays", "8"], 2, "no list such as 1,3,5"),
        (["--town", "文昌街道", "--weekdays", "1", "--minutes", "0"], 2, "1 到 1440 分钟"),
        (["--town", "文昌街道", "--weekdays", "1", "--at", "25:00"], 2, "no time of day"),
        (["--town", "文昌街道", "--note", "x" * 501], 2, "超过 500 个字"),
    ],
)
def test_wrong_windows_are_refused(
    config: Path, arguments: list[str], status: int, words: str
) -> None:
    refused = window(config, *arguments)
    assert (refused.exit_code, words in refused.output) == (status, True), refused.output
