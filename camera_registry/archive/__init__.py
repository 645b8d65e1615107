"""The archive (一机一档) as a sheet: read into the registry, and written from it."""

from camera_registry.archive.exporting import SHEET_SUFFIXES, export_archive, write_draft
from camera_registry.archive.importing import import_archive
from camera_registry.archive.report import ArchiveError, ImportReport, Rejection, Why
from camera_registry.archive.tree import import_upstreams

__all__ = [
    "SHEET_SUFFIXES",
    "ArchiveError",
    "ImportReport",
    "Rejection",
    "Why",
    "export_archive",
    "import_archive",
    "import_upstreams",
    "write_draft",
]
