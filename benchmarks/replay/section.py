"""The replay's figures in the table of all figures."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.lines import Line, Sizes
from benchmarks.replay.play import play

SECTION = "replay"
# False pages in 1,000 camera-days.
_FALSE = 1.0


def lines(sizes: Sizes) -> Iterator[Line]:
    """Who was paged in so many days of a city with a known truth, and how soon."""
    points, days = sizes.replay
    played = play(points, days, seed=1)
    score = played.score
    what = f"{points:,} points, {days} days"
    yield _line(f"troubles owed a page, {what}", f"{len(score.cases):,}")
    yield _line("of which missed", f"{len(score.missed)}", "none", met=not score.missed)
    yield _line("of which later than their class's limit", f"{len(score.late)}", "none")
    rate = score.false_per_1000_camera_days
    yield _line(
        "false pages in 1,000 camera-days", f"{rate:.3f}", f"at most {_FALSE:g}", met=rate <= _FALSE
    )
    for name, (count, median, high, longest) in score.minutes_to_page().items():
        yield _line(
            f"minutes to the page, class {name}: median, 95 %, longest",
            f"{median:.1f}, {high:.1f}, {longest:.1f} ({count:,})",
        )


def _line(what: str, measured: str, goal: str = "", *, met: bool | None = None) -> Line:
    return Line(section=SECTION, what=what, measured=measured, goal=goal, met=met)
