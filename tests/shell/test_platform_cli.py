"""`xueliang platform import` as it is run."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from tests.core.test_platform import catalogue, item
from tests.store.city import row, write_csv
from xueliang.cli import main

ONE, TWO, OURS = (f"3408810000132{number:07d}" for number in (1, 2, 3))


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), *arguments])


def made(folder: Path) -> Path:
    """The configuration of a registry with two points of a platform and one of ours."""
    config = folder / "c.toml"
    config.write_text(
        f'[database]\nurl = "sqlite:///{folder}/x.db"\nkey_file = "{folder}/key"\n', "utf-8"
    )
    rows = [row(1, 接入协议="平台"), row(2, 接入协议="平台"), row(3)]
    write_csv(folder / "rows.csv", rows)
    assert run(config, "db", "upgrade").exit_code == 0
    assert run(config, "import", str(folder / "rows.csv")).exit_code == 0
    return config


def test_a_list_is_taken_in(tmp_path: Path) -> None:
    config, path = made(tmp_path), tmp_path / "list.xml"
    path.write_bytes(catalogue(item(ONE, "ON"), item(OURS, "ON"), announced=9).encode("gb18030"))
    told = run(config, "platform", "import", str(path), "--at", "2026-05-01T08:00")
    assert told.exit_code == 0
    assert "reported 1 points: 1 online, 0 offline (0 unchanged)" in told.output
    assert "announces 9 entries and holds 2" in told.output
    assert f"the list leaves out: 1 ({TWO})" in told.output
    assert f"left alone: 1 ({OURS})" in told.output
    again = run(config, "platform", "import", str(path), "--at", "2026-05-01T00:00Z", "--json")
    document = json.loads(again.stdout)
    assert (document["at"], document["unchanged"]) == ("2026-05-01T00:00:00+00:00", 1)


def test_what_is_refused(tmp_path: Path) -> None:
    config, path = made(tmp_path), tmp_path / "list.xml"
    path.write_bytes(catalogue(item(ONE, "MAYBE")).encode("gb18030"))
    rejected = run(config, "platform", "import", str(path))
    assert (rejected.exit_code, "says neither online nor offline" in rejected.output) == (1, True)
    path.write_bytes(b"<html/>")
    unread = run(config, "platform", "import", str(path))
    assert (unread.exit_code, "is no answer to a Catalog query" in unread.output) == (1, True)
    assert run(config, "platform", "import", str(path), "--at", "noon").exit_code == 2
