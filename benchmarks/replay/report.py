"""A replay's figures as lines to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from benchmarks.replay.play import Played
from benchmarks.replay.score import kinds

# As many examples of what went wrong are shown.
_SHOWN = 10


def lines(played: Played) -> Iterator[str]:
    """What happened, what was told, what was missed."""
    score, outcomes = played.score, played.outcomes
    happened = Counter(one.kind for one in played.truth)
    yield f"{len(played.city.cameras)} points, {played.days} days; what really happened:"
    for kind, count in happened.items():
        yield f"  {kind.value}: {count}"
    yield (
        f"looks made: {outcomes.looks}; incidents: {len(outcomes.incidents)}; pages: {score.pages}"
        f" in {outcomes.messages} messages with {outcomes.notices} notices; moot: {outcomes.moot}"
    )
    yield f"owed a page: {len(score.cases)} ({_listed(kinds(score.cases))})"
    yield f"  missed: {len(score.missed)} ({_listed(kinds(score.missed))})"
    yield f"  later than the class's limit: {len(score.late)} ({_listed(kinds(score.late))})"
    yield (
        f"false pages: {len(score.false_pages)}, "
        f"{score.false_per_1000_camera_days:.3f} in 1,000 camera-days"
    )
    yield f"pages of a dead upstream: {_spread(score.pages_of_upstreams)}"
    yield (
        "further pages, of its cameras that the archive hangs on nothing: "
        f"{sum(score.pages_of_unregistered)}"
    )
    yield f"pages of a flapping camera: {_spread(score.pages_of_flapping)}"
    yield "minutes from the beginning to the page, by class (number, median, 95 %, longest):"
    for name, (count, median, high, longest) in score.minutes_to_page().items():
        yield f"  {name}: {count}, {median:.1f}, {high:.1f}, {longest:.1f}"
    for case in score.missed[:_SHOWN]:
        yield f"missed: {case}"
    for case in sorted(score.late, key=lambda one: one.limit - (one.paged_after or one.limit))[
        :_SHOWN
    ]:
        yield f"late: {case}"
    for page in score.false_pages[:_SHOWN]:
        yield f"false: {page.at} {page.incident}"


def _listed(counts: Counter[object] | Counter[str]) -> str:
    return ", ".join(f"{kind}: {count}" for kind, count in counts.items())


def _spread(counts: tuple[int, ...]) -> str:
    if not counts:
        return "none"
    once = sum(count <= 1 for count in counts)
    return f"{once} of {len(counts)} at most once, at most {max(counts)}"
