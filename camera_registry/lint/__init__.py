"""Archive care (档案质检): what is missing, contradictory, doubled or misplaced in the archive."""

from camera_registry.lint.checking import Archive, LintReport, lint, unqualified
from camera_registry.lint.completeness import Fullness
from camera_registry.lint.rules import LintRulesError, Rules, load_rules
from camera_registry.lint.summary import Summary, summarise
from camera_registry.lint.vocabulary import (
    DeviceFacts,
    Entry,
    Finding,
    Grade,
    Kind,
    Place,
    PlaceKind,
)

__all__ = [
    "Archive",
    "DeviceFacts",
    "Entry",
    "Finding",
    "Fullness",
    "Grade",
    "Kind",
    "LintReport",
    "LintRulesError",
    "Place",
    "PlaceKind",
    "Rules",
    "Summary",
    "lint",
    "load_rules",
    "summarise",
    "unqualified",
]
