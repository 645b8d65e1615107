"""What the servers share: the clips, and a place for their logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.clips import Clips, make_clips


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    folder = tmp_path_factory.mktemp("clips")
    # pytest keeps its folders to the user who runs it; VLC runs as another one.
    for parent in list(folder.parents)[:2]:
        parent.chmod(0o711)
    return make_clips(folder)


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("servers")
    folder.chmod(0o711)
    return folder
