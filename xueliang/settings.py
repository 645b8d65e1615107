"""What an operator sets: a TOML file, then `XUELIANG_<SECTION>_<KEY>` variables over it.

Only `xueliang` reads settings; everything else receives values. An unknown key or variable is
refused by its name and, in a file, its line: a typing mistake must not be a silent default.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from camera_registry.assessment.vocabulary import PeriodKind
from camera_registry.vocabulary import HealthPolicy
from probes.vocabulary import Budget, StreamKind

ENV_PREFIX = "XUELIANG_"
# The whole of a configuration is a page; more is a wrong file.
MAX_FILE_BYTES = 256 * 1024
# Days, nights and reports are those of the city.
LOCAL_ZONE = ZoneInfo("Asia/Shanghai")


class SettingsError(Exception):
    """The configuration cannot be used; the message says what and where."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(_Section):
    """Where the registry is kept, and the key to its credentials (a file outside of it)."""

    url: str = Field(default="sqlite:///xueliang.sqlite3", repr=False)
    key_file: Path = Path("xueliang.key")


class ProbeSettings(_Section):
    """How one look is made, and how many at a time."""

    timeout_s: float = Field(default=15.0, ge=1, le=120)
    connect_timeout_s: float = Field(default=5.0, ge=0.2, le=60)
    concurrency: int = Field(default=256, ge=1, le=4096)
    per_upstream: int = Field(default=4, ge=1, le=256)
    decoders: int = Field(default=0, ge=0, le=256, description="0: one for each core")
    tls_verify: bool = True
    picture_stream: StreamKind = Field(
        default=StreamKind.MAIN,
        description="the stream whose picture is judged, where the camera has both",
    )

    def budget(self) -> Budget:
        return Budget(total_s=self.timeout_s, connect_s=self.connect_timeout_s)


class ScheduleSettings(_Section):
    """When cameras are looked at, and the service's daily chores (Asia/Shanghai)."""

    sweep_every_s: float = Field(default=300.0, ge=5, le=86_400)
    spread: float = Field(
        default=0.8, ge=0, le=1, description="share of the period to spread starts over"
    )
    picture_every: int = Field(
        default=1,
        ge=1,
        le=288,
        description="the picture is judged in one sweep of so many, the stream alone in the others",
    )
    recheck_after_s: float = Field(default=25.0, ge=1, le=3600)
    onvif_every_s: float = Field(default=86_400.0, ge=60, le=30 * 86_400)
    view_every_s: float = Field(default=5.0, ge=1, le=300)
    nightly_at: time = time(0, 20)
    prune_at: time = time(3, 40)


class HealthSettings(_Section):
    """Damping: how many looks in a row move a status, how long a look speaks for."""

    down_looks: int = Field(default=2, ge=1, le=20)
    up_looks: int = Field(default=1, ge=1, le=20)
    fault_looks: int = Field(default=2, ge=1, le=20)
    clear_looks: int = Field(default=2, ge=1, le=20)
    hold_s: float = Field(default=900.0, ge=30, le=7 * 86_400)


class RetentionSettings(_Section):
    """How long single looks are kept; intervals and rollups stay."""

    raw_days: int = Field(default=7, ge=1, le=3660)


class PlatformSettings(_Section):
    """Points that only a platform reaches: how long its lists speak for them, and are kept."""

    hold_s: float = Field(default=30 * 3600.0, ge=60, le=31 * 86_400)
    keep_days: int = Field(default=400, ge=1, le=3660)


class HttpSettings(_Section):
    """Where the page and the metrics are served."""

    host: str = "127.0.0.1"
    port: int = Field(default=9464, ge=0, le=65_535)


class AlertingSettings(_Section):
    """Which way crews are told of incidents: never both, or each would be told twice."""

    way: Literal["prometheus", "built_in"] = "prometheus"
    crews_file: Path | None = None
    public_url: str = Field(default="", pattern=r"^(https?://[^/\s@]+(/[^\s@]*)?)?$")
    heartbeat_url: str = Field(default="", repr=False, pattern=r"^(https?://\S+)?$")
    heartbeat_every_s: float = Field(default=60.0, ge=10, le=3600)

    @model_validator(mode="after")
    def _somebody_is_told(self) -> AlertingSettings:
        if self.way == "built_in" and self.crews_file is None:
            raise ValueError("way = built_in needs crews_file: nobody would be told")
        return self


class IncidentSettings(_Section):
    """The rules of incidents: a file; none: the one that comes with the program."""

    rules_file: Path | None = None


class PictureSettings(_Section):
    """Cameras' own picture histories; the place of the city tells day from night."""

    learn: bool = True
    latitude: float = Field(default=31.05, ge=-90, le=90)
    longitude: float = Field(default=116.95, ge=-180, le=180)
    burst_every_s: float = Field(
        default=86_400.0,
        ge=5,
        le=30 * 86_400,
        description="how often each camera is looked at for seconds, for what one picture hides",
    )
    burst_share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="the share of cameras that may be in one sweep, suspected ones included",
    )


class OverlaySettings(_Section):
    """The nightly round that reads the place and the clock that cameras write into pictures."""

    read: bool = True
    at: time = time(1, 0)
    hours: float = Field(default=4.0, ge=0.1, le=24)
    every_days: float = Field(default=3.0, ge=0.5, le=60)
    clock_limit_s: float = Field(default=60.0, ge=2, le=86_400)


class EvidenceSettings(_Section):
    """Small pictures of faults, and of how cameras look in good health."""

    keep: bool = True
    folder: Path = Path("xueliang-evidence")
    days: int = Field(default=30, ge=1, le=3660)
    max_mb: int = Field(default=1024, ge=1, le=1_000_000)
    views_days: int = Field(default=400, ge=1, le=3660)
    viewer_header: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9-]*$",
        description="the header in which a proxy in front names who is looking",
    )


class ReportSettings(_Section):
    """The reports of days, weeks and months: which are made, when (Asia/Shanghai), and for whom.
    `target_file` holds an Apprise address, which they are sent to."""

    city: str = Field(default="桐城市", min_length=1, max_length=40)
    folder: Path = Path("xueliang-reports")
    at: time = time(0, 40)
    periods: tuple[PeriodKind, ...] = (PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH)
    languages: tuple[Literal["zh_CN", "en"], ...] = Field(default=("zh_CN",), min_length=1)
    formats: tuple[Literal["xlsx", "pdf", "html", "csv", "json"], ...] = Field(
        default=("xlsx", "pdf", "html", "csv", "json"), min_length=1
    )
    keep_days: int = Field(default=800, ge=1, le=36_600)
    target_file: Path | None = None
    scheme_file: Path | None = None

    @field_validator("periods", "languages", "formats", mode="before")
    @classmethod
    def _listed_in_a_variable(cls, value: object) -> object:
        """A variable lists several with commas; an empty one lists none."""
        if not isinstance(value, str):
            return value
        return [one.strip() for one in value.split(",") if one.strip()]


class LogSettings(_Section):
    """What goes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(_Section):
    """All settings; each default runs a city of 7,000 points on two cores."""

    database: DatabaseSettings = DatabaseSettings()
    probe: ProbeSettings = ProbeSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    health: HealthSettings = HealthSettings()
    retention: RetentionSettings = RetentionSettings()
    platform: PlatformSettings = PlatformSettings()
    http: HttpSettings = HttpSettings()
    incidents: IncidentSettings = IncidentSettings()
    alerting: AlertingSettings = AlertingSettings()
    pictures: PictureSettings = PictureSettings()
    overlay: OverlaySettings = OverlaySettings()
    evidence: EvidenceSettings = EvidenceSettings()
    report: ReportSettings = ReportSettings()
    log: LogSettings = LogSettings()

    @model_validator(mode="after")
    def _evidence_outlasts_a_sweep(self) -> Settings:
        if self.health.hold_s < self.schedule.sweep_every_s + self.probe.timeout_s:
            raise ValueError(
                "health.hold_s is shorter than schedule.sweep_every_s + probe.timeout_s: "
                "every camera would be unknown between two looks"
            )
        return self

    def health_policy(self) -> HealthPolicy:
        return HealthPolicy(
            down_looks=self.health.down_looks,
            up_looks=self.health.up_looks,
            fault_looks=self.health.fault_looks,
            clear_looks=self.health.clear_looks,
            hold=timedelta(seconds=self.health.hold_s),
            recheck=timedelta(seconds=self.schedule.recheck_after_s),
        )


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Reads the file (if any), lays the variables over it and checks all of it.

    Raises:
        SettingsError: unreadable, not TOML, an unknown key, or a value out of its bounds.
    """
    text = _read(path) if path else ""
    document = _parse(path, text)
    origins = {key: f"{path}:{_line_of(text, key)}" for key in _keys_of(document)}
    variables = _from_environment(environ)
    origins |= {key: name for key, (name, _) in variables.items()}
    for (section, key), (_, value) in variables.items():
        document.setdefault(section, {})[key] = value
    try:
        return Settings.model_validate(document)
    except ValidationError as error:
        raise SettingsError(_explain(error, origins)) from None


def environment_names() -> dict[str, tuple[str, str]]:
    """Every variable understood, with its section and key."""
    return {
        f"{ENV_PREFIX}{section}_{key}".upper(): (section, key)
        for section, info in Settings.model_fields.items()
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
        for key in info.annotation.model_fields
    }


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SettingsError(f"{path}: larger than {MAX_FILE_BYTES} bytes, not a configuration")
        return path.read_text("utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 at byte {error.start}") from None


def _parse(path: Path | None, text: str) -> dict[str, Any]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}") from None
    for section, table in document.items():
        if not isinstance(table, dict):
            line = _line_of(text, ("", section))
            raise SettingsError(f"{path}:{line}: {section}: not in a section such as [probe]")
    return document


def _keys_of(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    keys = [(section, key) for section, table in document.items() for key in table]
    return keys + [("", section) for section in document]


def _line_of(text: str, wanted: tuple[str, str]) -> int:
    """The line (from 1) on which a section or a section's key stands."""
    section, key = wanted
    current = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\s*\"?([\w.-]+)\"?\s*\]", line):
            current = header[1]
            if not section and current == key:
                return number
        elif current == section and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", line):
            return number
    return 1


def _from_environment(
    environ: Mapping[str, str],
) -> dict[tuple[str, str], tuple[str, str]]:
    known = environment_names()
    found = {}
    for name, value in environ.items():
        if not name.startswith(ENV_PREFIX):
            continue
        if name not in known:
            raise SettingsError(f"{name}: unknown variable")
        found[known[name]] = (name, value)
    return found


def _explain(error: ValidationError, origins: Mapping[tuple[str, str], str]) -> str:
    """One line for each mistake: where, which key, what is wrong. Values are not repeated, as
    one of them may hold a password."""
    lines = []
    for mistake in error.errors(include_input=False, include_url=False):
        where = [str(part) for part in mistake["loc"]]
        section, key = (where[0], where[1]) if len(where) > 1 else ("", "".join(where))
        origin = origins.get((section, key), "settings")
        dotted = ".".join(where)
        unknown = mistake["type"] == "extra_forbidden"
        text = "unknown key" if unknown else mistake["msg"].removeprefix("Value error, ")
        lines.append(f"{origin}: {dotted}: {text}" if dotted else f"{origin}: {text}")
    return "\n".join(lines)
