"""Texts for people, by key, from the message catalogues under `config/locale/`: one file for each
subject, in each language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from babel.messages.pofile import read_po

LANGUAGES = ("zh_CN", "en")


class Words(Mapping[str, str]):
    """One language's catalogue. `Words.load("en")["status.online"]`."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    @staticmethod
    @cache
    def load(language: str) -> Words:
        """The catalogue of `zh_CN` or `en`, read once.

        Raises:
            KeyError: there is no such language.
            babel.messages.pofile.PoFileError: the file is malformed.
        """
        if language not in LANGUAGES:
            raise KeyError(f"no message catalogue for the language {language!r}")
        folder = files("config") / "locale" / language / "LC_MESSAGES"
        texts: dict[str, str] = {}
        for path in sorted(folder.iterdir(), key=lambda path: path.name):
            if path.name.endswith(".po"):
                texts |= _read(path, language)
        return Words(language, texts)

    def __getitem__(self, key: str) -> str:
        """The text, as it stands.

        Raises:
            KeyError: naming the key and the language.
        """
        try:
            return self._texts[key]
        except KeyError:
            raise KeyError(f"no text {key!r} in the {self.language} catalogue") from None

    def fill(self, key: str, **fields: object) -> str:
        """The text with its {fields} filled in."""
        return self[key].format(**fields)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def _read(path: Traversable, language: str) -> dict[str, str]:
    with path.open("rb") as catalogue:
        messages = read_po(catalogue, locale=language, abort_invalid=True)
    return {
        message.id: message.string
        for message in messages
        if isinstance(message.id, str) and message.id
        if isinstance(message.string, str) and message.string
    }
