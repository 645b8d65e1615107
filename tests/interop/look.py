"""Runs the command `xueliang probe` as an operator would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.interop.clips import HEIGHT, WIDTH

COMMAND = Path(sys.executable).parent / "xueliang"
CLIP_SIZE = (WIDTH, HEIGHT)
# Each of these is passed by a look that ends with a picture.
PASSED = {"connect", "describe", "setup", "play", "first_packet", "key_frame", "decode", "picture"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the command did: its exit status, its JSON document, all that it wrote."""

    exit_status: int
    document: dict[str, Any]
    written: str

    @property
    def failure(self) -> tuple[str, str] | None:
        found = self.document["failure"]
        return (found["stage"], found["reason"]) if found else None


def probe(url: str, *options: str, folder: Path, enter: Sequence[str] = ()) -> Look:
    """One look at the URL, with `folder` as working directory; `enter` steps into a namespace."""
    settings = {name: value for name, value in os.environ.items() if "XUELIANG" not in name}
    done = subprocess.run(
        [*enter, COMMAND, "probe", url, "--json", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
        env=settings,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout.strip(), done.stderr
    return Look(
        exit_status=done.returncode,
        document=json.loads(done.stdout),
        written=done.stdout + done.stderr,
    )


def assert_good(look: Look, codec: str, size: tuple[int, int], transport: str) -> None:
    """The look found a usable picture of that make, and says so everywhere."""
    document = look.document
    assert (document["verdict"], document["failure"]) == ("ok", None), document
    assert look.exit_status == 0
    media = document["media"]
    assert (media["codec"], media["width"], media["height"]) == (codec, *size)
    assert media["transport"] == transport
    assert document["stages"].keys() >= PASSED
    assert document["picture"]["faults"] == []


def assert_bad(look: Look, stage: str, reason: str, verdict: str = "down") -> None:
    assert (look.failure, look.document["verdict"]) == ((stage, reason), verdict), look.document
    assert look.exit_status == 1
