"""`xueliang lint` as it is run, and its words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from camera_registry.lint import Grade, Kind
from exporters.words import LANGUAGES, Words
from tests.archives import city_rows
from tests.store.city import write_csv
from xueliang.cli import main


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of a registry with sixty points, of which one has a wrong code."""
    folder = tmp_path_factory.mktemp("lint")
    rows = [row for row in city_rows(60, 3) if row["设备编码"]]
    for row in rows:
        for heading in ("维护单位", "管理单位", "安装地址"):
            row[heading] = row[heading] or "某处"
    rows[0]["设备编码"] = "110101" + rows[0]["设备编码"][6:]
    rows[1]["行政区划编码"] = "340822"
    write_csv(folder / "rows.csv", rows)
    path = folder / "c.toml"
    path.write_text(
        f'[database]\nurl = "sqlite:///{folder}/x.db"\nkey_file = "{folder}/key"\n', "utf-8"
    )
    assert run(path, "db", "upgrade").exit_code == 0
    assert run(path, "import", str(folder / "rows.csv")).exit_code == 0
    return path


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), *arguments])


def test_the_document(config: Path) -> None:
    answer = run(config, "lint", "--json")
    document = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert [(one["kind"], one["grade"]) for one in document["findings"]] == [
        ("code_region", "error"),
        ("division_region", "error"),
    ]
    first, second = document["findings"]
    assert first["camera"].startswith("110101")
    assert (first["field"], first["heading"], first["value"]) == (
        "device_code",
        "设备编码",
        first["camera"],
    )
    assert first["why"] == "前六位 110101 不是本县区划 340881"
    assert list(second["proposal"]) == ["division_code"]
    assert document["summary"]["grades"] == {"error": 2, "warning": 0, "advice": 0}
    assert document["archive_ratio"] == (document["records"] - 2) / document["records"]
    assert {one["field"] for one in document["completeness"]} >= {"device_name", "longitude"}


def test_the_table_in_both_languages(config: Path) -> None:
    chinese, english = run(config, "lint"), run(config, "lint", "--lang", "en")
    assert chinese.exit_code == english.exit_code == 1
    assert "设备编码区划不符" in chinese.stdout
    assert "Device code of another region" in english.stdout


def test_one_town(config: Path) -> None:
    towns = {one["town"] for one in json.loads(run(config, "lint", "--json").stdout)["findings"]}
    clean = next(name for name in ("唐湾镇", "黄甲镇", "鲟鱼镇") if name not in towns)
    answer = run(config, "lint", "--town", clean)
    assert (answer.exit_code, "未发现问题" in answer.stdout) == (0, True)
    refused = run(config, "lint", "--town", "某镇")
    assert (refused.exit_code, "某镇: none of the city's towns" in refused.output) == (2, True)


def test_the_workbook(config: Path, tmp_path: Path) -> None:
    path = tmp_path / "found.xlsx"
    assert run(config, "lint", "--out", str(path), "--lang", "en").exit_code == 1
    book = load_workbook(path)
    assert book.sheetnames == ["Corrections", "All findings", "Rates", "Completeness"]
    assert book["All findings"].max_row == 3
    assert path.stat().st_mode & 0o077 == 0
    refused = run(config, "lint", "--out", str(tmp_path / "found.csv"))
    assert (refused.exit_code, "not .xlsx" in refused.output) == (2, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_can_be_found_has_a_text(language: str) -> None:
    words = Words.load(language)
    wanted = {f"lint.grade.{grade.value}" for grade in Grade}
    wanted |= {f"lint.kind.{kind.value}" for kind in Kind}
    wanted |= {f"lint.why.{kind.value}" for kind in Kind if kind is not Kind.DATES}
    wanted |= {f"lint.why.dates.{reason}" for reason in ("order", "scrapped", "future")}
    wanted |= {f"lint.keep.{reason}" for reason in ("agrees", "fuller", "older")}
    assert wanted - words.keys() == set()
    told = {key for key in words if key.startswith(("lint.kind.", "lint.why.", "lint.keep."))}
    assert told - wanted == set()
