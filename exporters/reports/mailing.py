"""Sends a report that is made: by e-mail, or to a group robot, through Apprise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

# What mail servers take as a rule is 20 to 25 MB; encoding adds a third.
MAX_ATTACHED_BYTES = 15 * 1024 * 1024
# A workbook of each point and the paper; a reader's mail needs no more.
ATTACHED = (".pdf", ".xlsx")


def send_report(url: str, title: str, body: str, files: Sequence[Path]) -> bool:
    """Whether it was taken. `url` is an Apprise address, which holds secrets and is told nobody;
    files too large for a mail are left out."""
    # Not above: Apprise takes 13 MB, and a service that sends no report shall not hold them.
    import apprise

    room = MAX_ATTACHED_BYTES
    attached = apprise.AppriseAttachment()
    for path in files:
        size_bytes = path.stat().st_size
        if path.suffix in ATTACHED and size_bytes <= room:
            attached.add(str(path))
            room -= size_bytes
    target = apprise.Apprise()
    if not target.add(url):
        return False
    return bool(
        target.notify(
            body=body,
            title=title,
            body_format=apprise.NotifyFormat.TEXT,
            attach=attached if len(attached) else None,
        )
    )
