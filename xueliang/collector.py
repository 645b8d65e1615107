"""How often Python looks for cycles among objects.

Nearly all that we make is frozen data without cycles, which is gone when its last user is. By
default Python looks through all of it again and again as it grows, and what it looks through no
longer fits the processor's caches: with 70,000 points that costs up to half as much as the work
itself, and more for each point than with 7,000. So it looks through what is new seldom, and
through the rest when told.
"""

from __future__ import annotations

import gc

# New objects before the young are looked through; how many such rounds before the middle-aged
# are, and how many of those before all are. (Python's own: 700, 10, 10.)
THRESHOLDS = (50_000, 20, 100)


def relax() -> None:
    """Looks seldom, from now on."""
    gc.set_threshold(*THRESHOLDS)


def settle() -> None:
    """Looks through all that came since the last time, and then leaves it alone: call it when
    much has been loaded, and after each sweep."""
    gc.collect()
    gc.freeze()
