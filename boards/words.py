"""Texts of the boards: Chinese first, English beside it."""

from __future__ import annotations

from exporters.words import LANGUAGES, Words

_CATALOGUES = tuple(Words.load(language) for language in LANGUAGES)


def both(key: str) -> str:
    """A name in both languages, on one line.

    Raises:
        KeyError: a catalogue has no such text.
    """
    return " ".join(words[key] for words in _CATALOGUES)


def explained(key: str) -> str:
    """A text in both languages, a paragraph each."""
    return "\n\n".join(words[key] for words in _CATALOGUES)
