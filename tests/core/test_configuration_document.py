"""docs/configuration.md lists every setting with its default and its bounds, and no other."""

from __future__ import annotations

import re
import tomllib
from datetime import time
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from xueliang.settings import Settings, load_settings

DOCUMENT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text("utf-8")


def told() -> dict[tuple[str, str], tuple[str, str]]:
    """(section, key) to (default, bounds) as the document writes them."""
    found = {}
    for part in re.split(r"^## ", DOCUMENT, flags=re.MULTILINE)[1:]:
        section = part[: part.index("\n")].strip("`[]")
        for key, default, bounds in re.findall(
            r"^\| `(\w+)` \| (?:`([^`]+)` )?\| ([^|]*)\|", part, re.MULTILINE
        ):
            found[section, key] = (default, bounds.strip())
    return found


def written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def bounds_of(field: FieldInfo) -> str:
    ends = {
        name: getattr(rule, name)
        for rule in field.metadata
        for name in ("ge", "le")
        if hasattr(rule, name)
    }
    return f"{ends['ge']} to {ends['le']}" if ends else ""


def known() -> dict[tuple[str, str], FieldInfo]:
    return {
        (section, key): field
        for section, info in Settings.model_fields.items()
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
        for key, field in info.annotation.model_fields.items()
    }


def test_every_setting_is_told_with_its_default() -> None:
    defaults = {name: written(field.default) for name, field in known().items()}
    assert {name: default for name, (default, _) in told().items()} == defaults


def test_every_bound_is_told() -> None:
    rows = told()
    bounds = {name: bounds_of(field) for name, field in known().items()}
    assert {name: rows[name][1] for name, text in bounds.items() if text} == {
        name: text for name, text in bounds.items() if text
    }


def test_the_example_is_a_valid_configuration(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    assert example is not None
    tomllib.loads(example[1])
    file = tmp_path / "xueliang.toml"
    file.write_text(example[1], "utf-8")
    assert load_settings(file, {}).schedule.sweep_every_s == 600.0


def test_the_variables_of_the_example_are_understood() -> None:
    example = re.search(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)
    assert example is not None
    variables = dict(re.findall(r"(XUELIANG_\w+)=(\S+)", example[1]))
    assert load_settings(None, variables).health.hold_s == 1800.0
