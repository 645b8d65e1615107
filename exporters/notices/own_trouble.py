"""When the monitor's own trouble begins and ends. Pure: signs and the time come in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from exporters.notices.vocabulary import OwnTrouble, OwnTroubleKind

# A sign must stand, or be gone, for so long: a switch that restarts is not worth a page.
STEADY = timedelta(minutes=2)


class OwnTroubles:
    """Follows the signs of trouble. `open_` are the troubles that a process before this one told
    of and saw no end of."""

    def __init__(self, open_: Collection[OwnTrouble] = ()) -> None:
        self._open = {trouble.kind: trouble for trouble in open_}
        self._turning: dict[OwnTroubleKind, datetime] = {}

    def step(
        self, signs: Mapping[OwnTroubleKind, bool], unknown: int, now: datetime
    ) -> list[OwnTrouble]:
        """Takes the signs at `now`; the troubles that began (`until` None) and ended just now.
        Each dates from where its sign turned, not from where it was believed."""
        changed: list[OwnTrouble] = []
        for kind, stands in signs.items():
            before = self._open.get(kind)
            if stands is (before is not None):
                self._turning.pop(kind, None)
                continue
            since = self._turning.setdefault(kind, now)
            if now - since < STEADY:
                continue
            del self._turning[kind]
            if before is None:
                changed.append(OwnTrouble(kind=kind, since=since, unknown=unknown))
                self._open[kind] = changed[-1]
            else:
                changed.append(OwnTrouble(kind=kind, since=before.since, until=since))
                del self._open[kind]
        return changed
