"""Reads the rules of incidents: `config/incidents.toml`, or the operator's copy of it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from camera_registry.incidents.policy import (
    Assignment,
    ExplainingPolicy,
    IncidentPolicy,
    check_policy,
)
from camera_registry.incidents.vocabulary import Cause, RepairClass, Trouble
from camera_registry.vocabulary import Camera, Category, HealthPolicy, KeyLocationKind
from xueliang.settings import Settings, SettingsError

# The rules are a page; more is a wrong file.
MAX_FILE_BYTES = 256 * 1024
_YEAR_S = 366 * 86_400
# What a sweep's silence may be found later than it began: the sweep may take its period and,
# where cameras are slow, somewhat longer.
_SLOW_SWEEP = 1.2


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Damping(_Part):
    kind: KeyLocationKind | None = None
    category: Category | None = None
    down_looks: int | None = Field(default=None, ge=1, le=20)
    up_looks: int | None = Field(default=None, ge=1, le=20)
    fault_looks: int | None = Field(default=None, ge=1, le=20)
    clear_looks: int | None = Field(default=None, ge=1, le=20)
    recheck_s: float | None = Field(default=None, ge=1, le=3600)


class _Explaining(_Part):
    together_s: float = Field(default=600, ge=10, le=86_400)
    nearly_all: float = Field(default=0.9, gt=0.5, le=1)
    min_cameras: int = Field(default=2, ge=2, le=1000)
    min_subnet: int = Field(default=4, ge=2, le=1000)
    min_town: int = Field(default=8, ge=2, le=10_000)


class _Following(_Part):
    recover_after_s: float = Field(default=600, ge=0, le=86_400)
    reopen_within_s: float = Field(default=3600, ge=0, le=30 * 86_400)
    escalations: int = Field(default=2, ge=0, le=9)


class _Flapping(_Part):
    start: float = Field(default=0.35, gt=0, le=1)
    stop: float = Field(default=0.15, gt=0, le=1)


class _Class(_Part):
    page_after_s: float = Field(ge=0, le=_YEAR_S)
    escalate_after_s: float = Field(ge=1, le=_YEAR_S)
    remind_every_s: float = Field(ge=60, le=_YEAR_S)
    repair_within_s: float = Field(ge=60, le=_YEAR_S)


class _Assign(_Part):
    repair_class: str = Field(alias="class")
    cause: Cause | None = None
    trouble: Trouble | None = None
    category: Category | None = None
    kind: KeyLocationKind | None = None


class _File(_Part):
    damping: tuple[_Damping, ...] = ()
    explaining: _Explaining = _Explaining()
    following: _Following = _Following()
    flapping: _Flapping = _Flapping()
    classes: dict[str, _Class] = Field(alias="class", min_length=1)
    assign: tuple[_Assign, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthTable:
    """Which damping a camera has. `rows` are (kind, category, policy); the first that fits."""

    default: HealthPolicy
    rows: tuple[tuple[KeyLocationKind | None, Category | None, HealthPolicy], ...] = ()

    def of(self, camera: Camera | None) -> HealthPolicy:
        if camera is not None:
            for kind, category, policy in self.rows:
                if kind in (None, camera.kind) and category in (None, camera.category):
                    return policy
        return self.default

    def policies(self) -> tuple[HealthPolicy, ...]:
        """All that some camera may have."""
        return (self.default, *(policy for _, _, policy in self.rows))

    def by_camera(self, cameras: Iterable[Camera]) -> dict[int, HealthPolicy]:
        """The damping of each camera, by its id."""
        return {camera.id: self.of(camera) for camera in cameras}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the file and the settings come to."""

    incidents: IncidentPolicy
    health: HealthTable


def load_rules(settings: Settings) -> Rules:
    """Reads the rules that the settings name.

    Raises:
        SettingsError: the file cannot be read, or what it says cannot be used; each key is named.
    """
    path = settings.incidents.rules_file
    where = str(path) if path else "config/incidents.toml"
    read = _parse(where, _text(path))
    rules = Rules(incidents=_incident_policy(read, settings), health=_health(read, settings))
    wrong = check_policy(rules.incidents)
    if wrong:
        raise SettingsError("\n".join(f"{where}: {one}" for one in wrong))
    return rules


def _text(path: Path | None) -> str:
    if path is None:
        return files("config").joinpath("incidents.toml").read_text(encoding="utf-8")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SettingsError(f"{path}: larger than {MAX_FILE_BYTES} bytes, no rules")
        return path.read_text("utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 at byte {error.start}") from None


def _parse(where: str, text: str) -> _File:
    try:
        return _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{where}: {error}") from None
    except ValidationError as error:
        lines = [
            f"{where}: {'.'.join(map(str, one['loc']))}: {one['msg'].removeprefix('Value error, ')}"
            for one in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsError("\n".join(lines)) from None


def _incident_policy(read: _File, settings: Settings) -> IncidentPolicy:
    schedule, explaining = settings.schedule, read.explaining
    damping = _health(read, settings)
    timeout = timedelta(seconds=settings.probe.timeout_s)
    confirmed = max(_confirmed(one, timeout) for one in damping.policies())
    together = max(explaining.together_s, 2 * schedule.sweep_every_s)
    return IncidentPolicy(
        classes={name: _class(name, one) for name, one in read.classes.items()},
        assignments=tuple(Assignment(**dict(one)) for one in read.assign),
        explaining=ExplainingPolicy(
            together=timedelta(seconds=together),
            nearly_all=explaining.nearly_all,
            settle=timedelta(seconds=_SLOW_SWEEP * schedule.sweep_every_s) + confirmed,
            min_cameras=explaining.min_cameras,
            min_subnet=explaining.min_subnet,
            min_town=explaining.min_town,
        ),
        recover_after=timedelta(seconds=read.following.recover_after_s),
        reopen_within=timedelta(seconds=read.following.reopen_within_s),
        flap_start=read.flapping.start,
        flap_stop=read.flapping.stop,
        escalations=read.following.escalations,
    )


def _confirmed(damping: HealthPolicy, timeout: timedelta) -> timedelta:
    """How long after its first failing look a camera is offline at the latest. A neighbour that
    fell silent with it counts only then."""
    return max(1, damping.down_looks - 1) * (damping.recheck + timeout)


def _class(name: str, read: _Class) -> RepairClass:
    return RepairClass(
        name=name,
        page_after=timedelta(seconds=read.page_after_s),
        escalate_after=timedelta(seconds=read.escalate_after_s),
        remind_every=timedelta(seconds=read.remind_every_s),
        repair_within=timedelta(seconds=read.repair_within_s),
    )


def _health(read: _File, settings: Settings) -> HealthTable:
    default = settings.health_policy()
    return HealthTable(
        default=default,
        rows=tuple((one.kind, one.category, _damped(default, one)) for one in read.damping),
    )


def _damped(default: HealthPolicy, row: _Damping) -> HealthPolicy:
    policy = replace(
        default,
        down_looks=row.down_looks or default.down_looks,
        up_looks=row.up_looks or default.up_looks,
        fault_looks=row.fault_looks or default.fault_looks,
        clear_looks=row.clear_looks or default.clear_looks,
    )
    if row.recheck_s is None:
        return policy
    return replace(policy, recheck=timedelta(seconds=row.recheck_s))
