"""What a Prometheus answers to a panel, named, mapped and coloured as the panel says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from boards.reading import Panel, Prometheus, filled

# Grafana's names of colours.
COLOURS = {
    "green": "#56A64B",
    "yellow": "#E0A800",
    "red": "#E02F44",
    "blue": "#3274D9",
    "text": "#24292E",
}
# What a panel over half the screen asks for, of a day.
STEP_S = 300.0
_LEGEND = re.compile(r"{{\s*(\w+)\s*}}")
Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The time that a board shows, in Unix time, and its variables."""

    begin: float
    end: float
    values: Mapping[str, str]

    @property
    def span(self) -> str:
        return f"{(self.end - self.begin) / 60:.0f}m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Values over time of one name; `tint` is empty where the palette chooses."""

    name: str
    tint: str
    times: tuple[float, ...]
    values: tuple[float, ...]
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A text and its colour."""

    text: str
    tint: str = COLOURS["text"]


def defaults(panel: Panel) -> Properties:
    found: Properties = panel.source["fieldConfig"]["defaults"]
    return found


def overrides(panel: Panel) -> dict[str, Properties]:
    """What is set for single fields, by the field's name."""
    return {
        one["matcher"]["options"]: {each["id"]: each["value"] for each in one["properties"]}
        for one in panel.source["fieldConfig"]["overrides"]
    }


def series(panel: Panel, prometheus: Prometheus, moment: Moment) -> list[Series]:
    """All series of a panel; one value each where it asks for the present."""
    special = overrides(panel)
    found = []
    for target in panel.targets:
        expr = filled(target.expr, moment.values, moment.span)
        if target.instant:
            answer = [{**one, "values": [one["value"]]} for one in prometheus.now(expr, moment.end)]
        else:
            answer = prometheus.over(expr, moment.begin, moment.end, STEP_S)
        for one in answer:
            field = _field(target.legend, one["metric"])
            own = special.get(field, {})
            found.append(
                Series(
                    name=own.get("displayName", field),
                    tint=_fixed(own),
                    times=tuple(float(at) for at, _ in one["values"]),
                    values=tuple(float(value) for _, value in one["values"]),
                    dashed="custom.lineStyle" in own,
                )
            )
    return found


def _field(legend: str, labels: Mapping[str, str]) -> str:
    return _LEGEND.sub(lambda found: labels.get(found[1], ""), legend)


def _fixed(own: Properties) -> str:
    tint = str(own.get("color", {}).get("fixedColor", ""))
    return COLOURS.get(tint, tint)


def rows(panel: Panel, prometheus: Prometheus, moment: Moment) -> list[dict[str, Any]]:
    """The answers of a table or a map as rows, joined where their labels are the same."""
    merged: list[dict[str, Any]] = []
    for target in panel.targets:
        value = "Value" if len(panel.targets) == 1 else f"Value #{target.ref}"
        expr = filled(target.expr, moment.values, moment.span)
        asked = prometheus.now(expr, moment.end)
        frame = [{**one["metric"], value: float(one["value"][1])} for one in asked]
        merged = list(_joined(merged, frame)) if merged else frame
    return merged


def _joined(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    if not right:
        yield from left
        return
    common = sorted({key for row in left for key in row} & right[0].keys())
    by_key: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in right:
        by_key.setdefault(tuple(row[key] for key in common), []).append(row)
    used = set()
    for row in left:
        key = tuple(row.get(name) for name in common)
        used.add(key)
        yield from ({**row, **other} for other in by_key.get(key, [{}]))
    for key, others in by_key.items():
        if key not in used:
            yield from others


def table(
    panel: Panel, prometheus: Prometheus, moment: Moment
) -> tuple[list[str], list[list[Cell]]]:
    """A table's headings and cells, sorted as the panel says."""
    found = rows(panel, prometheus, moment)
    special = overrides(panel)
    columns = list(special)
    for by in panel.source["options"].get("sortBy", ()):
        field = next(name for name in columns if special[name]["displayName"] == by["displayName"])
        found.sort(key=lambda row: _order(row.get(field)), reverse=by["desc"])
    columns = [name for name in columns if not special[name].get("custom.hidden")]
    headings = [special[name]["displayName"] for name in columns]
    return headings, [[cell(row.get(name), special[name]) for name in columns] for row in found]


def _order(value: Any) -> tuple[bool, float, str]:
    if isinstance(value, float):
        return True, value, ""
    return value is not None, 0.0, str(value or "")


def cell(value: Any, properties: Properties) -> Cell:
    """A value as its mappings, unit and thresholds show it."""
    if value is None or value == "":
        return Cell(text="—", tint="#B0B0B0")
    key = f"{value:g}" if isinstance(value, float) else value
    for mapping in properties.get("mappings", ()):
        if key in mapping["options"]:
            mapped = mapping["options"][key]
            tint = COLOURS.get(mapped.get("color", ""), COLOURS["text"])
            return Cell(text=mapped["text"], tint=tint)
    if not isinstance(value, float):
        return Cell(text=value)
    text = shown(value, properties.get("unit", "none"), properties.get("decimals"))
    return Cell(text=text, tint=stepped(value, properties.get("thresholds", {}).get("steps", ())))


def stepped(value: float, steps: Iterable[Mapping[str, Any]]) -> str:
    """The colour of the last step that the value has reached."""
    tint = "text"
    for step in steps:
        if step["value"] is None or value >= step["value"]:
            tint = step["color"]
    return COLOURS.get(tint, tint)


_SPANS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"))
_BYTES = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"))


def shown(value: float, unit: str, decimals: int | None = None) -> str:
    """A value with its unit."""
    if value != value:
        return "—"
    if unit == "percentunit":
        return f"{value * 100:.{1 if decimals is None else decimals}f}%"
    if unit == "s":
        return _scaled(value, _SPANS, 1) if abs(value) >= 1 else f"{value * 1000:.3g} ms"
    if unit == "bytes":
        return _scaled(value, _BYTES, 0)
    if unit == "cps":
        return f"{value:.1f}/s"
    return f"{value:,.{decimals}f}" if decimals is not None else f"{value:,.4g}"


def _scaled(value: float, units: Iterable[tuple[float, str]], decimals: int) -> str:
    for size, name in units:
        if abs(value) >= size:
            return f"{value / size:.{decimals}f} {name}"
    return f"{value:.0f}"
