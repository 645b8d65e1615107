"""`xueliang diagnose` on files."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
from click.testing import CliRunner

from tests.core.picture_scenes import card, street
from xueliang.cli import main


def test_manifest_faults_and_unreadable_files(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "good.png"), street())
    cv2.imwrite(str(tmp_path / "black.jpg"), card(0))
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    listed = tmp_path / "m.csv"
    listed.write_text("file,reference\ngood.png,good.png\nblack.jpg,\nbad.jpg,\n")
    out = tmp_path / "out.csv"
    done = CliRunner().invoke(
        main, ["diagnose", "--manifest", str(listed), "--csv", str(out), "--json"]
    )
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert "bad.jpg" in done.stderr
    assert [(one["file"], one["faults"]) for one in json.loads(done.stdout)] == [
        ("good.png", []),
        ("black.jpg", [{"kind": "no_signal", "score": 1.0}]),
    ]
    assert out.read_text().splitlines() == ["file,label,score", "black.jpg,no_signal,1.0"]


def test_nothing_faulty_and_nothing_asked(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "good.jpg"), street())
    assert CliRunner().invoke(main, ["diagnose", str(tmp_path / "good.jpg")]).exit_code == 0
    assert CliRunner().invoke(main, ["diagnose"]).exit_code == 2
