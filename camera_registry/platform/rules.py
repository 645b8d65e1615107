"""How platforms' lists are read, from `config/platform_list.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from camera_registry.fields import heading_key, spelling
from camera_registry.vocabulary import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRules:
    """`headings` are each column's in the order of preference, as `heading_key` has them; `words`
    map a word (see `spelling`) to the status that it means."""

    headings: Mapping[str, Sequence[str]]
    words: Mapping[str, Status]

    def status_of(self, text: str) -> Status | None:
        """Online or offline; None for another word."""
        return self.words.get(spelling(text))


@cache
def load_list_rules() -> ListRules:
    """The rules that stand in `config/`."""
    text = files("config").joinpath("platform_list.toml").read_text("utf-8")
    document = tomllib.loads(text)
    words = {
        spelling(word): Status(name)
        for name, listed in document["words"].items()
        for word in listed
    }
    headings = {
        name: tuple(map(heading_key, listed)) for name, listed in document["headings"].items()
    }
    return ListRules(headings=MappingProxyType(headings), words=MappingProxyType(words))
