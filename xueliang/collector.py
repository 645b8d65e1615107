"""How often Python looks for cycles among objects, and how the C library keeps what is freed.

Nearly all that we make is frozen data without cycles, which is gone when its last user is. By
default Python looks through all of it again and again as it grows, and what it looks through no
longer fits the processor's caches: with 70,000 points that costs up to half as much as the work
itself, and more for each point than with 7,000. So it looks through what is new seldom, and
through the rest when told.

What is frozen is looked through no more, and hundreds of looks are under way each time: what they
leave behind in cycles would stay for good. So now and then all is looked through again.

The C library keeps large blocks for use again once some were freed, among smaller ones that live
on; a look's buffers and key frame are such, and 256 looks at a time leave the heap full of holes.
With a threshold that is set, large blocks go back to the system at once. But each that does costs
page faults when it is taken again, so the threshold lies above the usual key frame of 0.2 MB.
"""

from __future__ import annotations

import ctypes
import gc
from itertools import count

from probes import heap

# New objects before the young are looked through; how many such rounds before the middle-aged
# are, and how many of those before all are. (Python's own: 700, 10, 10.)
THRESHOLDS = (50_000, 20, 100)
# All is looked through at each such `settle`: 95 ms of CPU with 6,980 points before a first look.
ALL_EVERY = 8
# Eight times what glibc begins with, and it no longer grows. Threads (SQLite's, name resolution's)
# share two heaps instead of having eight for each core.
_KEPT_BYTES = 1024 * 1024
_ARENAS = 2
_libc = ctypes.CDLL(None)
_settled = count(1)


def relax() -> None:
    """Looks seldom, from now on, and keeps no freed blocks beyond `_KEPT_BYTES`."""
    gc.set_threshold(*THRESHOLDS)
    heap.tune(kept_bytes=_KEPT_BYTES, mapped_from_bytes=_KEPT_BYTES, arenas=_ARENAS)


def settle() -> None:
    """Looks through all that came since the last time, and then leaves it alone: call it when
    much has been loaded, and after each sweep. What is free goes back to the system."""
    if next(_settled) % ALL_EVERY == 0:
        gc.unfreeze()
    gc.collect()
    gc.freeze()
    if hasattr(_libc, "malloc_trim"):
        _libc.malloc_trim(0)
