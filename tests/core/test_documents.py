"""The pages hold together: links lead somewhere, both READMEs say the same in the same order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def anchors(page: Path) -> set[str]:
    """What a heading can be linked by, as GitHub makes it."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


def links(page: Path) -> list[tuple[Path, str]]:
    """The page's links within the project: the file and the anchor."""
    found = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text("utf-8"))
    return [((page.parent / path).resolve() if path else page, anchor) for path, anchor in found]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in links(page):
        assert target.exists(), target
        assert not anchor or anchor in anchors(target), f"{target}#{anchor}"


def outline(name: str) -> tuple[list[int], list[str], list[str]]:
    """A README's headings by their level, its links (each language's own pages aside) and the
    commands of its examples without their comments."""
    text = (ROOT / name).read_text("utf-8")
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", prose, re.MULTILINE)]
    targets = [link for link in re.findall(r"\]\(([^)]+)\)", prose) if "README" not in link]
    examples = re.findall(r"```\w+\n(.*?)```", text, re.DOTALL)
    commands = [line.partition("  #")[0].strip() for part in examples for line in part.splitlines()]
    return levels, sorted(targets), [re.sub(r" # .*", "", line) for line in commands]


def test_both_readmes_say_the_same() -> None:
    assert outline("README.md") == outline("README.zh-CN.md")
