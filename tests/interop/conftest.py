"""What the servers share: the clips, and a place for their logs.

Both lie outside pytest's own temporary folders, which it keeps closed to the other users that some
of the servers run as.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.clips import Clips, make_clips


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="xueliang-interop-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


@pytest.fixture(scope="session")
def clips(open_folder: Path) -> Clips:
    folder = open_folder / "clips"
    folder.mkdir()
    return make_clips(folder)


@pytest.fixture(scope="session")
def logs(open_folder: Path) -> Path:
    folder = open_folder / "servers"
    folder.mkdir()
    folder.chmod(0o711)
    return folder
