"""The vault, and the file that its key is kept in."""

import logging
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from camera_registry.credentials import KeyFileError, Vault, WrongKeyError


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "xueliang.key"
    token = Vault.from_file(path).seal("口令")
    assert path.stat().st_mode & 0o777 == 0o600
    assert Vault.from_file(path).open(token, of="x") == "口令"
    assert path.read_text().strip() not in repr(Vault.from_file(path))


def test_a_new_key_on_top_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "key"
    old = Vault.from_file(path)
    path.write_text(Fernet.generate_key().decode() + "\n" + path.read_text())
    path.chmod(0o600)
    new = Vault.from_file(path)
    assert new.open(old.seal("a"), of="x") == "a"
    with pytest.raises(WrongKeyError):
        old.open(new.seal("a"), of="x")


def test_nothing_is_sealed_as_nothing() -> None:
    vault = Vault([Fernet.generate_key().decode()])
    assert vault.seal(None) is None
    assert vault.open(None, of="x") is None
    assert vault.open(vault.seal(""), of="x") == ""


@pytest.mark.parametrize("content", ["", "hunter2", "hunter2\n" * 3, "口令"])
def test_a_file_without_a_usable_key_is_named_and_not_quoted(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match=str(path)) as caught:
        Vault.from_file(path)
    assert "hunter2" not in str(caught.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="cannot be made: No such file or directory"):
        Vault.from_file(tmp_path / "none" / "key")


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="Is a directory"):
        Vault.from_file(tmp_path)


def test_a_key_that_others_can_read_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "key"
    path.write_text(Fernet.generate_key().decode())
    path.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        Vault.from_file(path)
    assert "chmod 600" in caplog.text
