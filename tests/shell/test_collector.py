"""What was under way while all else was frozen is let go of later."""

from __future__ import annotations

import gc
import weakref

from xueliang import collector


class Remains:
    """Holds itself, as a failed look's frames do."""

    def __init__(self) -> None:
        self.itself = self


def test_a_cycle_that_was_in_use_when_settled_does_not_stay_for_good() -> None:
    remains = Remains()
    collector.settle()
    left = weakref.ref(remains)
    del remains
    for _ in range(collector.ALL_EVERY):
        collector.settle()
    gone = left() is None
    gc.unfreeze()
    assert gone
