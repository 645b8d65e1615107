"""Bad input of every kind: one clear line that names what and where, no traceback, nothing lost."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.program import Program, make_program

HEADINGS = "设备编码,设备名称,乡镇街道,建设类别,IPv4地址,通道号\n"
GOOD_ROW = "34088100001320000001,人民路口,文昌街道,建成,127.0.0.9,1\n"


def write(name: str, text: str | bytes) -> Callable[[Program], None]:
    content = text.encode() if isinstance(text, str) else text
    return lambda program: (program.folder / name).write_bytes(content) and None


def nothing(_: Program) -> None:
    return None


CASES = {
    "a file that is not there": (nothing, ["import", "none.xlsx"], 1, "none.xlsx"),
    "a file that is no workbook": (write("a.xlsx", b"\x00PK"), ["import", "a.xlsx"], 1, "a.xlsx"),
    "a sheet without our headings": (write("a.csv", "x,y\n1,2\n"), ["import", "a.csv"], 1, "a.csv"),
    "an empty sheet": (write("a.csv", ""), ["import", "a.csv"], 1, "a.csv"),
    "another kind of file": (write("a.pdf", "%PDF"), ["import", "a.pdf"], 1, "a.pdf"),
    "a folder that is not there": (nothing, ["export", "no/such/a.csv"], 1, "no/such"),
    "a broken configuration": (
        write("x.toml", "[probe]\ntimeout = 3\n"),
        ["--config", "x.toml", "sweep"],
        2,
        "x.toml:2: probe.timeout: unknown key",
    ),
    "a configuration that is not there": (nothing, ["serve", "--config", "y.toml"], 2, "y.toml"),
    "an unknown camera": (nothing, ["probe", "34088100001320009999"], 2, "34088100001320009999"),
    "an address of another kind": (nothing, ["probe", "ftp://127.0.0.1/"], 2, "rtsp://"),
    "a device service that is none": (
        nothing,
        ["probe", "rtsp://127.0.0.1/", "--onvif", "ftp://u:hunter2@127.0.0.1"],
        2,
        "--onvif",
    ),
    "a town without cameras": (nothing, ["sweep", "--town", "北京"], 2, "北京"),
    "an unknown command": (nothing, ["watch"], 2, "watch"),
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    made = make_program(tmp_path_factory.mktemp("refusals"))
    made.done("db", "upgrade")
    return made


@pytest.mark.parametrize(("prepare", "command", "status", "named"), CASES.values(), ids=CASES)
def test_bad_input(
    program: Program,
    prepare: Callable[[Program], None],
    command: list[str],
    status: int,
    named: str,
) -> None:
    prepare(program)
    finished = program.run(*command)
    assert finished.returncode == status, finished.stderr
    assert named in finished.stderr
    assert "Traceback" not in finished.stderr
    assert "hunter2" not in finished.stderr
    assert finished.stdout == ""


UNUSABLE = {
    "an unreachable PostgreSQL": ("postgresql://u:hunter2@127.0.0.1:1/x", 1, "127.0.0.1:1"),
    "another kind of database": ("mysql://u:hunter2@127.0.0.1/x", 2, "mysql"),
    "no database at all": ("nonsense", 2, "database.url"),
    "a folder that is not there": ("sqlite:////no/such/folder/x.sqlite3", 1, "/no/such/folder"),
}


@pytest.mark.parametrize(("url", "status", "named"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_database(tmp_path: Path, url: str, status: int, named: str) -> None:
    program = make_program(tmp_path, database_url=url)
    for command in (["db", "upgrade"], ["serve"], ["sweep"]):
        finished = program.run(*command)
        assert finished.returncode == status, finished.stderr
        assert named in finished.stderr
        assert "Traceback" not in finished.stderr
        assert "hunter2" not in finished.stderr


def test_a_database_that_was_never_made(tmp_path: Path) -> None:
    finished = make_program(tmp_path).run("serve")
    assert finished.returncode == 1
    assert "xueliang db upgrade" in finished.stderr


def test_a_busy_port(program: Program) -> None:
    with socket.create_server(("127.0.0.1", program.port)):
        finished = program.run("serve")
    assert finished.returncode == 1
    assert f"127.0.0.1:{program.port}: in use" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_another_key(tmp_path: Path) -> None:
    program = make_program(tmp_path)
    program.done("db", "upgrade")
    headings = HEADINGS.strip() + ",用户名,口令\n"
    (tmp_path / "a.csv").write_text(headings + GOOD_ROW.strip() + ",admin,hunter2\n")
    program.done("import", "a.csv")
    (tmp_path / "xueliang.key").unlink()
    finished = program.run("sweep")
    assert finished.returncode == 2
    assert "another key" in finished.stderr
    assert "hunter2" not in finished.stderr


def test_a_bad_row_never_stops_the_good_ones(tmp_path: Path) -> None:
    program = make_program(tmp_path)
    program.done("db", "upgrade")
    bad = GOOD_ROW.replace("0001,人", "0002,人").replace("文昌街道", "无此镇")
    (tmp_path / "a.csv").write_text(HEADINGS + GOOD_ROW + bad)
    finished = program.run("import", "a.csv", "--json")
    report = json.loads(finished.stdout)
    assert (report["created"], finished.returncode) == (1, 1)
    (rejected,) = report["rejected"]
    assert (rejected["row"], rejected["column"], rejected["value"]) == (3, "乡镇街道", "无此镇")
    assert rejected["why"]
    again = json.loads(program.run("import", "a.csv", "--json").stdout)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 1)


def test_an_export_holds_passwords_only_where_asked_for(tmp_path: Path) -> None:
    program = make_program(tmp_path)
    program.done("db", "upgrade")
    headings = HEADINGS.strip() + ",用户名,口令\n"
    (tmp_path / "a.csv").write_text(headings + GOOD_ROW.strip() + ",admin,hunter2\n")
    program.done("import", "a.csv")
    program.done("export", "plain.csv")
    program.done("export", "full.csv", "--with-passwords")
    assert "hunter2" not in (tmp_path / "plain.csv").read_text("utf-8-sig")
    assert "hunter2" in (tmp_path / "full.csv").read_text("utf-8-sig")
    for name in ("plain.csv", "full.csv"):
        assert "unchanged 1" in program.done("import", name)
