"""Reads an assessment scheme's file, strictly: a mistake in it would be a wrong score."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from camera_registry.assessment.scheme import DEFAULT_CLASS, Mark, Scheme
from camera_registry.assessment.vocabulary import Indicator
from camera_registry.vocabulary import Category, KeyLocationKind
from xueliang.settings import SettingsError

# A scheme is a page; a city may list some thousand excluded points.
MAX_FILE_BYTES = 256 * 1024
_CLASSES = frozenset({DEFAULT_CLASS, *KeyLocationKind, *Category})


def _exact(value: object) -> object:
    """A number as it is written: 0.98 is 98/100, not the nearest binary fraction."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("not a number")
    return Fraction(str(value))


_Exact = Annotated[Fraction, BeforeValidator(_exact)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class _Mark(_Part):
    weight: _Exact
    floor: _Exact
    full: _Exact

    @model_validator(mode="after")
    def _is_a_slope(self) -> _Mark:
        if self.weight <= 0:
            raise ValueError("weight is not above 0")
        if self.floor == self.full:
            raise ValueError("floor and full are the same")
        return self


class _Excluded(_Part):
    categories: tuple[Category, ...] = ()
    points: tuple[str, ...] = ()


class _Scheme(_Part):
    name: str = Field(min_length=1, max_length=200)
    version: str = Field(min_length=1, max_length=40)
    clock_limit_s: int = Field(ge=1, le=86_400)
    repair_limits_h: dict[str, int]
    indicators: dict[Indicator, _Mark]
    excluded: _Excluded = _Excluded()

    @model_validator(mode="after")
    def _knows_its_classes(self) -> _Scheme:
        unknown = sorted(set(self.repair_limits_h) - _CLASSES)
        if unknown:
            raise ValueError(f"repair_limits_h: unknown {', '.join(unknown)}")
        if DEFAULT_CLASS not in self.repair_limits_h:
            raise ValueError(f"repair_limits_h: {DEFAULT_CLASS} is missing")
        if min(self.repair_limits_h.values()) <= 0:
            raise ValueError("repair_limits_h: hours are above 0")
        return self


def load_scheme(path: Path | None) -> Scheme:
    """The scheme of a file; of none, the one that comes with the program.

    Raises:
        SettingsError: unreadable, or a mistake in it, by its name.
    """
    origin = str(path) if path is not None else "config/scheme.toml"
    try:
        data = path.read_bytes() if path is not None else _shipped()
        if len(data) > MAX_FILE_BYTES:
            raise SettingsError(f"{origin}: larger than {MAX_FILE_BYTES} bytes, not a scheme")
        read = _Scheme.model_validate(tomllib.loads(data.decode("utf-8")))
    except OSError as error:
        raise SettingsError(f"{origin}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{origin}: {error}") from None
    except ValidationError as error:
        lines = (
            f"{origin}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
        )
        raise SettingsError("\n".join(lines)) from None
    return Scheme(
        name=read.name,
        version=read.version,
        clock_limit_s=read.clock_limit_s,
        repair_limits_h=read.repair_limits_h,
        marks={
            one: Mark(weight=mark.weight, floor=mark.floor, full=mark.full)
            for one, mark in read.indicators.items()
        },
        excluded_categories=read.excluded.categories,
        excluded_points=read.excluded.points,
    )


def _shipped() -> bytes:
    return (files("config") / "scheme.toml").read_bytes()
