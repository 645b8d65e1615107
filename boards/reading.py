"""Boards as they were written, and what a Prometheus answers to them: for tests, benchmarks and
pictures."""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "config" / "grafana" / "dashboards"
# A board's query is over long before; a Prometheus that hangs must not hang us.
ANSWER_S = 60.0
# What a panel over half the screen asks for.
_MOMENTS = 720
_ASKED = re.compile(r"(label_values|query_result)\((.*?)(?:, (\w+))?\)$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One query of a panel; `ref` is its letter."""

    ref: str
    expr: str
    legend: str
    instant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel; `source` is all that Grafana knows of it."""

    id: int
    title: str
    type: str
    targets: tuple[Target, ...]
    source: Mapping[str, Any]

    @property
    def moments(self) -> int:
        """Into how many steps it divides the time shown, at most."""
        return int(self.source.get("maxDataPoints", _MOMENTS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable that is asked for. Where several may be chosen, all of them are: as `everything`
    where that is told, else one by one."""

    name: str
    query: str
    pattern: str
    everything: str
    several: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A board's file. `constants` are variables with one value."""

    name: str
    document: Mapping[str, Any]
    panels: tuple[Panel, ...]
    variables: tuple[Variable, ...]
    constants: Mapping[str, str]


def boards() -> list[Written]:
    """All boards, by the names of their files."""
    return [_read(path) for path in sorted(FOLDER.glob("*.json"))]


def _read(path: Path) -> Written:
    document = json.loads(path.read_text("utf-8"))
    listed = document["templating"]["list"]
    return Written(
        name=path.stem,
        document=document,
        panels=tuple(map(_panel, document["panels"])),
        variables=tuple(_variable(one) for one in listed if one["type"] == "query"),
        constants={one["name"]: one["query"] for one in listed if one["type"] == "constant"},
    )


def _panel(source: Mapping[str, Any]) -> Panel:
    targets = tuple(
        Target(
            ref=one["refId"],
            expr=one["expr"],
            legend=one.get("legendFormat", ""),
            instant=bool(one.get("instant")),
        )
        for one in source["targets"]
    )
    return Panel(
        id=source["id"],
        title=source["title"],
        type=source["type"],
        targets=targets,
        source=source,
    )


def _variable(source: Mapping[str, Any]) -> Variable:
    return Variable(
        name=source["name"],
        query=source["query"]["query"],
        pattern=source.get("regex", ""),
        everything=source.get("allValue", ""),
        several=bool(source.get("includeAll")),
    )


def filled(expr: str, values: Mapping[str, str], span: str = "24h") -> str:
    """The query with variables put in; `span` is the time shown."""
    known = {**values, "__range": span, "__rate_interval": "5m"}
    return re.sub(r"\$\{?(\w+)\}?", lambda found: known.get(found[1], found[0]), expr)


class Prometheus:
    """One that is asked over HTTP."""

    def __init__(self, address: str) -> None:
        self._address = address

    def get(self, path: str, **parameters: object) -> Any:
        """The answer's data.

        Raises:
            OSError: there is none, or it refuses the query (`HTTPError`, its text says why).
        """
        url = f"{self._address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=ANSWER_S) as answer:
            return json.load(answer)["data"]

    def now(self, expr: str, at: float | None = None) -> list[dict[str, Any]]:
        """The series of an instant query, each with its `value`."""
        when = {} if at is None else {"time": at}
        answer = self.get("query", query=expr, **when)
        found: list[dict[str, Any]] = answer["result"]
        return found

    def over(self, expr: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """The series of a range query, each with its `values`."""
        answer = self.get("query_range", query=expr, start=start, end=end, step=step)
        found: list[dict[str, Any]] = answer["result"]
        return found

    def offered(
        self,
        variable: Variable,
        values: Mapping[str, str],
        at: float | None = None,
        span: str = "24h",
    ) -> list[str]:
        """What a variable may be: what stands for all of it, or else each of its choices."""
        if variable.everything:
            return [variable.everything]
        found = list(self.choices(variable, values, at, span))
        return ["|".join(found)] if variable.several else found

    def choices(
        self,
        variable: Variable,
        values: Mapping[str, str],
        at: float | None = None,
        span: str = "24h",
    ) -> dict[str, str]:
        """A variable's values and how they are shown, as Grafana makes them of the answer."""
        asked = _ASKED.match(filled(variable.query, values, span))
        if asked is None:
            raise ValueError(f"no query of a variable: {variable.query}")
        function, expr, label = asked.groups()
        if function == "label_values":
            found = (one["metric"].get(label, "") for one in self.now(expr, at))
            return {value: value for value in sorted(set(found)) if value}
        return dict(_captured(variable.pattern, self.now(expr, at)))


def _captured(pattern: str, series: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    wanted = re.compile(pattern.strip("/").replace("(?<", "(?P<"))
    for one in series:
        labels = dict(one["metric"])
        name = labels.pop("__name__", "")
        text = ",".join(f'{key}="{value}"' for key, value in labels.items())
        found = wanted.search(f"{name}{{{text}}} {one['value'][1]} {one['value'][0]}")
        if found:
            named = found.groupdict() or {"value": found[1], "text": found[1]}
            yield named["value"], named["text"]
