"""Writes the figures of docs/pictures.md anew: a table for each set of labelled pictures, judged by
what was learnt without their sources.

    python -m tests.pictures.tables docs/pictures.md own=OUT/manifest.csv shared=DIR/manifest.csv

Each table goes between `<!-- figures NAME -->` and `<!-- end of figures NAME -->`. A set of our own
scenes is made by `python -m tests.pictures.make OUT`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from probes.picture.scoring import Scores, Share, score
from xueliang.commands.evaluate import OVERLAYS
from xueliang.evaluation import Evaluated, Step, evaluate, learnt_without


def table(found: Evaluated) -> str:
    """The figures as Markdown."""
    scores = score(found.judged)
    return "\n".join((*_classes(scores), "", *_sums(scores, found)))


def _classes(scores: Scores) -> Iterator[str]:
    yield "| fault | recall on clear and severe | false alarms | on other faults |"
    yield "| --- | --- | --- | --- |"
    for one in scores.classes:
        beside = f"{one.beside.hits}/{one.beside.of}"
        yield f"| {one.kind} | {_share(one.recall)} | {_share(one.false)} | {beside} |"


def _share(share: Share) -> str:
    low, high = share.interval
    return f"{share.hits}/{share.of} [{low:.2f}, {high:.2f}]"


def _sums(scores: Scores, found: Evaluated) -> Iterator[str]:
    yield f"macro-F1 {scores.macro_f1:.3f}. Any alarm on clean pictures: {_share(scores.clean)}; on"
    yield f"clean and subtle ones: {_share(scores.quiet)}."
    spent_ms = found.costs.middle()
    steps = ", ".join(f"{step} {spent_ms[step]:.1f}" for step in Step if step in spent_ms)
    yield f"CPU of a picture or burst, median, in ms: {steps}."


def replaced(text: str, name: str, figures: str) -> str:
    """The document with one table anew.

    Raises:
        ValueError: it has no place for it.
    """
    begin, end = f"<!-- figures {name} -->", f"<!-- end of figures {name} -->"
    found = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not found.search(text):
        raise ValueError(f"no {begin} … {end}")
    return found.sub(lambda _: f"{begin}\n{figures}\n{end}", text)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("document", type=Path)
    parser.add_argument("sets", nargs="+", metavar="NAME=MANIFEST")
    asked = parser.parse_args(arguments)
    text = asked.document.read_text("utf-8")
    for pair in asked.sets:
        name, _, manifest = pair.partition("=")
        overlays = Path(manifest).with_name(OVERLAYS)
        texts = overlays if overlays.is_file() else None
        found = evaluate(Path(manifest), texts, learnt_without)
        text = replaced(text, name, table(found))
    asked.document.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
