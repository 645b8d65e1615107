"""Addresses on the pages, which keep the reader's language. Pure."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from exporters.words import Words

# The pages, in the order in which every one of them names them, with the keys of their names.
PAGES = (
    ("/", "page.nav.city"),
    ("/cameras", "cameras.title"),
    ("/incidents", "incident.page.title"),
    ("/maintenance", "maintenance.title"),
    ("/archive", "page.link.archive"),
    ("/reports", "report.page.title"),
    ("/notices", "alert.page.title"),
)


class Links:
    """Addresses for a reader of these words."""

    def __init__(self, words: Words) -> None:
        self._language = {} if words.language == "zh_CN" else {"lang": "en"}

    def to(self, path: str, **query: str) -> str:
        """A page of ours; what is empty in the query is left out."""
        asked = {**{name: value for name, value in query.items() if value}, **self._language}
        return quote(path) + (f"?{urlencode(asked)}" if asked else "")
