"""What every failure must be, whatever a camera sent."""

from __future__ import annotations

from probes.reasons import REASONS
from probes.vocabulary import Failure


def check_failure(found: Failure, password: str) -> None:
    """A row of the table, and evidence without the password."""
    assert (found.stage, found.reason) in REASONS
    assert password not in found.evidence
