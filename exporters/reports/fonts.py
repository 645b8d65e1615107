"""The font of charts and PDF: Noto Sans SC (SIL Open Font License), which the package zhplot ships.

A fresh machine has no Chinese font; a wheel brings one wherever pip runs.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

FAMILY = "Noto Sans SC"


def font_file() -> Path:
    """The TrueType file. The package itself is not imported: it would bring a plotting setup.

    Raises:
        FileNotFoundError: the package is not installed, or has moved its fonts.
    """
    package = find_spec("zhplot")
    folders = package.submodule_search_locations if package is not None else None
    for folder in folders or ():
        path = Path(folder) / "fonts" / "NotoSansSC-Regular.ttf"
        if path.is_file():
            return path
    raise FileNotFoundError("NotoSansSC-Regular.ttf of the package zhplot")
