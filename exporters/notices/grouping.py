"""Composes one message out of the notices that go out together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from camera_registry.outbox import Notice, Text
from exporters.notices.rules import DIGEST_LINES, Draft
from exporters.notices.vocabulary import Crew
from exporters.words import Words

# Targets cut what is longer, in the middle of a line: WeCom at 2048 bytes, mail never. Ours ends
# at a line's end and says how much is missing.
BODY_CHARACTERS = 6_000


def compose_draft(draft: Draft, number: str, *, passed: int = 0, link: str = "") -> Text:
    """The message of a draft in the crew's languages, one after the other. `passed` incidents
    were over before anybody was told; `number` is the message's id, which the reader may compare;
    `link` is where all of a digest is found.
    """
    parts = [
        _in_language(draft, index, Words.load(language), passed, link)
        for index, language in enumerate(draft.crew.languages)
    ]
    numbers = Words.load(draft.crew.languages[0]).fill("alert.number", number=number)
    title = parts[0].title
    return Text(title=title, line=title, body="\n\n".join([*(p.body for p in parts), numbers]))


def compose_trial(crew: Crew, words: Words) -> Text:
    """A message that shows that a crew's targets work."""
    title = words.fill("alert.test.title", mark=words["alert.mark.test"])
    return Text(title=title, line=title, body=words.fill("alert.test.body", crew=crew.name))


def marked_repeated(body: str, words: Words) -> str:
    """A message that may have been delivered already, saying so."""
    note = words["alert.repeated"]
    return f"{note}\n\n{body}"


def _in_language(draft: Draft, index: int, words: Words, passed: int, link: str) -> Text:
    # Pages first: a digest cut off at its bound must not lose one behind a list of recoveries.
    texts = [one.texts[index] for one in sorted(draft.notices, key=lambda one: not one.page)]
    if len(texts) == 1:
        title, lines = texts[0].title, [texts[0].body]
    elif draft.digest:
        title = _title(draft.notices, words)
        lines = [*_bounded((text.line for text in texts), len(texts), words)]
    else:
        title = _title(draft.notices, words)
        lines = ["\n\n".join(f"{text.title}\n{text.body}" for text in texts)]
    if passed:
        lines.append(words.fill("alert.group.passed", count=passed))
    if draft.digest and link:
        lines.append(words.fill("alert.link", link=link))
    return Text(title=title, line=title, body="\n".join(lines))


def _title(notices: Sequence[Notice], words: Words) -> str:
    towns = {one.town for one in notices if one.town}
    pages = sum(one.page for one in notices)
    return words.fill(
        "alert.group.title",
        mark=words["alert.mark.digest"],
        town=towns.pop() if len(towns) == 1 else words["alert.group.towns"],
        pages=pages,
        others=len(notices) - pages,
    )


def _bounded(lines: Iterable[str], total: int, words: Words) -> list[str]:
    kept: list[str] = []
    room = BODY_CHARACTERS
    for line in lines:
        room -= len(line)
        if len(kept) == DIGEST_LINES or room < 0:
            kept.append(words.fill("alert.group.more", more=total - len(kept)))
            break
        kept.append(line)
    return kept
