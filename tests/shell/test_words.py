"""Both catalogues say the same things, and have a text for everything that can be said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from camera_registry.assessment.corrections import Target
from camera_registry.incidents.figures import Grouping
from camera_registry.incidents.maintenance import WindowState
from camera_registry.incidents.vocabulary import Cause, Happening, Trouble
from camera_registry.vocabulary import (
    Category,
    KeyLocationKind,
    KeyLocationState,
    Status,
)
from exporters.incidents.wording import State
from exporters.words import LANGUAGES, Words
from probes.reasons import REASONS
from probes.vocabulary import Blame, FaultKind, Stage, Verdict

ENUMS: dict[str, type[StrEnum]] = {
    "status": Status,
    "verdict": Verdict,
    "category": Category,
    "kind": KeyLocationKind,
    "state": KeyLocationState,
    "cause": Cause,
    "trouble": Trouble,
    "happening": Happening,
    "incident.state": State,
    "maintenance.state": WindowState,
    "maintenance": Target,
    "repairs.by": Grouping,
    "stage": Stage,
    "blame": Blame,
    "fault": FaultKind,
}


def needed() -> Iterator[str]:
    for prefix, members in ENUMS.items():
        yield from (f"{prefix}.{member.value}" for member in members)
    for stage, reason in REASONS:
        yield f"reason.{stage.value}.{reason}"
        yield f"reason.{stage.value}.{reason}.action"


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_has_a_text(language: str) -> None:
    assert set(needed()) - Words.load(language).keys() == set()


def test_both_catalogues_have_the_same_keys_and_fields() -> None:
    chinese, english = (Words.load(language) for language in LANGUAGES)
    assert chinese.keys() == english.keys()
    for key in chinese:
        fields = [sorted(re.findall(r"{\w+}", words[key])) for words in (chinese, english)]
        assert fields[0] == fields[1], key


def test_nothing_is_told_of_reasons_that_cannot_occur() -> None:
    told = {key for key in Words.load("en") if key.startswith("reason.")}
    assert told == {key for key in needed() if key.startswith("reason.")}


def test_every_text_of_the_page_is_used() -> None:
    exporters = Path(__file__).parents[2] / "exporters"
    sources = [*exporters.rglob("*.py"), *exporters.rglob("*.html")]
    written = "".join(source.read_text("utf-8") for source in sources)
    kept = {key for key in Words.load("en") if key.startswith(("page.", "time."))}
    assert {key for key in kept if f'"{key}"' not in written} == set()


def test_chinese_is_chinese() -> None:
    words = Words.load("zh_CN")
    latin_only = {key for key in words if not re.search(r"[\u4e00-\u9fff]", words[key])}
    layouts = {"alert.title", "alert.title.own", "alert.line", "alert.comma"}
    assert latin_only == {"page.language", "page.none"} | layouts


def test_a_missing_key_is_named() -> None:
    with pytest.raises(KeyError, match=r"no text 'status\.gone' in the en catalogue"):
        Words.load("en")["status.gone"]
    with pytest.raises(KeyError, match="'fr'"):
        Words.load("fr")


def test_fields_are_filled_in() -> None:
    assert Words.load("zh_CN").fill("time.minutes", count=3) == "3 分钟"
