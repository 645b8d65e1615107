"""The report of a city by the program itself, on demand and when it was missed."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from camera_registry.archive import import_archive
from camera_registry.migrations import upgrade
from camera_registry.store import intervals as interval_store
from exporters.reports.metrics import ReportMetrics
from exporters.reports.owed import owed
from tests.fleet import files
from tests.fleet.plan import plan_city
from tests.histories import write_months
from tests.sinks import mailbox
from xueliang.registry import open_registry
from xueliang.reporting import Reporting
from xueliang.settings import LOCAL_ZONE, DatabaseSettings, ReportSettings


class StoppedClock:
    """A clock that stands."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def monotonic(self) -> float:
        return 0.0


def reporting(
    city: Path, settings: ReportSettings, metrics: ReportMetrics, now: datetime
) -> Reporting:
    """As the service has it, over the registry of `city`."""

    async def history() -> datetime | None:
        async with open_registry(registry_of(city)) as database:
            return await interval_store.began(database)

    program = [sys.executable, "-m", "xueliang"]
    return Reporting(settings, program, metrics, StoppedClock(now), history)


def registry_of(folder: Path) -> DatabaseSettings:
    return DatabaseSettings(url=f"sqlite:///{folder}/r.db", key_file=folder / "key")


async def make_city(folder: Path, last: date) -> None:
    settings = registry_of(folder)
    await upgrade(settings.url)
    files.write_city(folder, plan_city(60, seed=3), [], rtsp_port=8554, onvif_port=8080)
    async with open_registry(settings) as database:
        now = datetime.now(UTC)
        await import_archive(database, folder / "archive.csv", who="x", now=now)
        await write_months(database, last - timedelta(days=3), last)


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XUELIANG_DATABASE_URL", f"sqlite:///{tmp_path}/r.db")
    monkeypatch.setenv("XUELIANG_DATABASE_KEY_FILE", str(tmp_path / "key"))
    asyncio.run(make_city(tmp_path, date(2026, 10, 20)))
    return tmp_path


async def run(*arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "xueliang", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    return process.returncode or 0, out.decode(), errors.decode()


async def test_a_day_with_a_correction(city: Path) -> None:
    status, out, _ = await run(
        *("correct", "add", "--town", "孔城镇", "--from", "2026-10-19 00:00"),
        *("--to", "2026-10-19 12:00", "--reason", "停电", "--by", "王工"),
    )
    assert (status, out) == (0, "1\n")
    status, out, errors = await run(
        *("report", "--date", "2026-10-19", "--out", str(city / "out")),
        *("--format", "xlsx,pdf,html,json", "--json"),
    )
    assert status == 0, errors
    told = json.loads(out)
    assert (told["first"], told["last"], told["complete"]) == ("2026-10-19", "2026-10-19", True)
    assert [Path(name).suffix for name in told["files"]] == [".xlsx", ".pdf", ".html", ".json"]
    figures = json.loads(Path(told["files"][-1]).read_text("utf-8"))
    [correction] = figures["corrections"]
    assert correction["points"] > 0
    town = next(
        one for one in figures["groups"] if (one["scope"], one["name"]) == ("town", "孔城镇")
    )
    online = town["figures"]["online"]
    assert online["corrected"]["denominator"] < online["observed"]["denominator"]


async def test_a_camera_s_figures_are_traced_to_its_intervals(city: Path) -> None:
    await run(
        *("report", "--date", "2026-10-19", "--out", str(city / "out"), "--format", "json"),
    )
    [path] = (city / "out").iterdir()
    rows = json.loads(path.read_text("utf-8"))["cameras"]
    judged = [one for one in rows if one["online"]["denominator"]]
    row = min(judged, key=lambda one: one["online"]["numerator"])
    status, out, errors = await run("history", str(row["id"]), "--date", "2026-10-19", "--json")
    assert status == 0, errors
    told = json.loads(out)["corrected"]
    assert told["online_us"] == row["online"]["numerator"]
    assert told["judged_us"] == row["online"]["denominator"]
    assert sum(one["us"] for one in told["intervals"]) == told["window_us"] == 86_400_000_000
    status, _, errors = await run("history", "nobody", "--date", "2026-10-19")
    assert (status, "no camera nobody" in errors) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("--date", "2026-10-40"), 2, "2026-10-40"),
        (("--format", "docx"), 2, "docx"),
        (("--date", "2099-01-01"), 1, "has not begun"),
        (("--date", "2020-01-01"), 1, "no point was known"),
    ],
)
async def test_refusals(city: Path, arguments: tuple[str, ...], status: int, says: str) -> None:
    found, _, errors = await run("report", "--out", str(city / "out"), *arguments)
    assert found == status
    assert says in errors
    assert not (city / "out").exists()


async def test_what_was_missed_is_made_at_the_start(city: Path) -> None:
    folder = city / "reports"
    folder.mkdir()
    for day in range(14, 20):
        (folder / f"day-2026-10-{day}.zh_CN.json").write_text("{}")
    settings = ReportSettings(folder=folder, periods=("day",), formats=("json",))
    metrics = ReportMetrics()
    now = datetime(2026, 10, 21, 9, 0, tzinfo=LOCAL_ZONE)
    made_when_due = reporting(city, settings, metrics, now)
    await made_when_due.make_due()
    made = folder / "day-2026-10-20.zh_CN.json"
    assert json.loads(made.read_text("utf-8"))["period"]["first"] == "2026-10-20"
    samples = {
        (one.name, *one.labels.values()): one.value
        for family in metrics.collect()
        for one in family.samples
    }
    assert samples["xueliang_report_last_success_timestamp_seconds", "day"] == now.timestamp()
    # Nothing is due any more.
    before = made.stat().st_mtime_ns
    await made_when_due.make_due()
    assert made.stat().st_mtime_ns == before


def failures(metrics: ReportMetrics) -> dict[str, float]:
    return {
        one.labels["step"]: one.value
        for family in metrics.collect()
        for one in family.samples
        if one.name == "xueliang_report_failures_total"
    }


async def test_a_report_that_cannot_be_made_is_counted(city: Path) -> None:
    settings = ReportSettings(folder=city / "archive.csv" / "no", periods=("day",))
    metrics = ReportMetrics()
    now = datetime(2026, 10, 18, 9, 0, tzinfo=LOCAL_ZONE)
    made_when_due = reporting(city, settings, metrics, now)
    await made_when_due.make_due()
    # The history begins on the 17th; the six days before it are no failures.
    assert failures(metrics) == {"make": 1.0, "send": 0.0}
    # It is tried again half an hour later, not before.
    await made_when_due.make_due()
    assert failures(metrics) == {"make": 1.0, "send": 0.0}


async def test_days_before_the_first_look_hold_no_report_up(city: Path) -> None:
    folder = city / "reports"
    settings = ReportSettings(folder=folder, periods=("day",), formats=("json",))
    metrics = ReportMetrics()
    now = datetime(2026, 10, 18, 9, 0, tzinfo=LOCAL_ZONE)
    await reporting(city, settings, metrics, now).make_due()
    assert [one.name for one in folder.iterdir()] == ["day-2026-10-17.zh_CN.json"]
    assert failures(metrics) == {"make": 0.0, "send": 0.0}


async def test_a_report_reaches_its_readers_by_mail_once_the_server_takes_it(city: Path) -> None:
    folder, address = city / "reports", city / "address"
    settings = ReportSettings(
        folder=folder, periods=("day",), formats=("pdf", "json"), target_file=address
    )
    day = datetime(2026, 10, 18, 9, 0, tzinfo=LOCAL_ZONE)

    async def make_due(at: datetime) -> dict[str, float]:
        metrics = ReportMetrics()
        await reporting(city, settings, metrics, at).make_due()
        return failures(metrics)

    with mailbox() as box:
        address.write_text(f"{box.url()}\n", "utf-8")
        box.refusals["RCPT"] = "450 later"
        assert await make_due(day) == {"make": 0.0, "send": 1.0}
        assert (folder / "day-2026-10-17.zh_CN.pdf").exists()
        box.refusals.clear()
        # Another process, which knows of the report by its folder.
        assert await make_due(day + timedelta(hours=1)) == {"make": 0.0, "send": 0.0}
        assert await make_due(day + timedelta(hours=2)) == {"make": 0.0, "send": 0.0}
        (mail,) = box.mails
    assert "2026-10-17" in str(mail["Subject"])
    (paper,) = mail.iter_attachments()
    assert paper.get_filename() == "day-2026-10-17.zh_CN.pdf"
    assert paper.get_content() == (folder / "day-2026-10-17.zh_CN.pdf").read_bytes()


async def test_a_report_that_nobody_takes_for_a_week_is_not_sent_any_more(city: Path) -> None:
    folder, address = city / "reports", city / "address"
    address.write_text("json://127.0.0.1:9/", "utf-8")
    settings = ReportSettings(
        folder=folder, periods=("day",), formats=("json",), target_file=address
    )
    day = datetime(2026, 10, 18, 9, 0, tzinfo=LOCAL_ZONE)
    await reporting(city, settings, ReportMetrics(), day).make_due()
    assert list(owed(folder)) == [("day", date(2026, 10, 17))]
    nothing_due = settings.model_copy(update={"periods": ()})
    await reporting(city, nothing_due, ReportMetrics(), day + timedelta(days=8)).make_due()
    assert owed(folder) == {}
