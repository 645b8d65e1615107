"""docs/failures.md lists the closed table of reasons with the catalogues' words, no more and no
less (`python -m tests.core.failures_document` writes it anew)."""

from __future__ import annotations

from tests.core.failures_document import parts, table


def test_the_document_holds_the_table() -> None:
    _, written, _ = parts()
    assert written == table()
