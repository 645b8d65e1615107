"""Reads the crews' file: who repairs what, and how they are reached.

The addresses hold tokens, so the file holds none: each target names a file or an environment
variable with its address.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from exporters.notices.vocabulary import Crew, QuietHours, Target
from xueliang.settings import ENV_PREFIX, SettingsError
from xueliang.toml_files import mistakes, toml_document

# Fifteen towns and a few offices; more is a wrong file.
MAX_CREWS = 200
# An address is a line; the longest, of mail with many recipients, are some hundred characters.
MAX_ADDRESS_BYTES = 4096


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Target(_Part):
    name: str = Field(min_length=1, max_length=100)
    url_file: Path | None = None
    url_env: str | None = None

    @model_validator(mode="after")
    def _has_one_source(self) -> _Target:
        if (self.url_file is None) is (self.url_env is None):
            raise ValueError("give one of url_file and url_env")
        if self.url_env is not None and self.url_env.startswith(ENV_PREFIX):
            raise ValueError(f"a variable {ENV_PREFIX}… is a setting; take another name")
        return self


class _Quiet(_Part):
    start: time
    end: time
    passing: tuple[str, ...] = ()


class _Crew(_Part):
    name: str = Field(min_length=1, max_length=100)
    towns: tuple[str, ...] = ()
    level: int = Field(default=1, ge=1, le=9)
    languages: tuple[Literal["zh_CN", "en"], ...] = Field(default=("zh_CN",), min_length=1)
    monitor: bool = False
    quiet: _Quiet | None = None
    digest_at: time = time(8, 30)
    digest_classes: tuple[str, ...] = ()
    group_wait_s: float = Field(default=30.0, ge=0, le=3600)
    per_hour: int = Field(default=20, ge=1, le=1000)
    target: tuple[_Target, ...] = Field(min_length=1, max_length=10)


class _File(_Part):
    crew: tuple[_Crew, ...] = Field(min_length=1, max_length=MAX_CREWS)

    @model_validator(mode="after")
    def _names_are_unique(self) -> _File:
        names = [one.name for one in self.crew]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two crews are named {name!r}")
        for one in self.crew:
            targets = [target.name for target in one.target]
            if len(set(targets)) < len(targets):
                raise ValueError(f"two targets of {one.name!r} have the same name")
        if not any(one.level == 1 and not one.towns for one in self.crew):
            raise ValueError("no crew of level 1 without towns: who is told of the other towns?")
        if not any(one.monitor for one in self.crew):
            raise ValueError("no crew with monitor = true: who is told of the monitor's trouble?")
        return self


def load_crews(path: Path, environ: Mapping[str, str]) -> tuple[Crew, ...]:
    """The crews of a file, with their targets' addresses.

    Raises:
        SettingsError: unreadable, not TOML, an unknown key, a value out of its bounds, or an
            address that is missing. The message names the crew and the key, never an address.
    """
    try:
        parsed = _File.model_validate(toml_document(path, "crews"))
    except ValidationError as error:
        raise SettingsError(mistakes(path, error)) from None
    return tuple(_crew(path, one, environ) for one in parsed.crew)


def _crew(path: Path, one: _Crew, environ: Mapping[str, str]) -> Crew:
    quiet = one.quiet
    return Crew(
        name=one.name,
        towns=frozenset(one.towns),
        level=one.level,
        languages=one.languages,
        monitor=one.monitor,
        quiet=QuietHours(start=quiet.start, end=quiet.end, passing=frozenset(quiet.passing))
        if quiet
        else None,
        digest_at=one.digest_at,
        digest_classes=frozenset(one.digest_classes),
        group_wait=timedelta(seconds=one.group_wait_s),
        per_hour=one.per_hour,
        targets=tuple(
            Target(name=target.name, url=_address(path, one.name, target, environ))
            for target in one.target
        ),
    )


def _address(path: Path, crew: str, target: _Target, environ: Mapping[str, str]) -> str:
    where = f"{path}: crew {crew!r}, target {target.name!r}"
    if target.url_env is not None:
        if not environ.get(target.url_env):
            raise SettingsError(f"{where}: the variable {target.url_env} is not set")
        return environ[target.url_env].strip()
    assert target.url_file is not None  # noqa: S101 - the model has one of the two
    try:
        text = target.url_file.read_bytes()[: MAX_ADDRESS_BYTES + 1]
    except OSError as error:
        raise SettingsError(f"{where}: {target.url_file}: {error.strerror}") from None
    try:
        address = text.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise SettingsError(f"{where}: {target.url_file}: not UTF-8") from None
    if not address or len(text) > MAX_ADDRESS_BYTES or "\n" in address:
        raise SettingsError(f"{where}: {target.url_file}: not one line with an address")
    return address
