"""Whether a camera goes to and fro: the share of weighted changes among its last looks. Pure.

As Nagios does it ("Detection and Handling of State Flapping", Nagios Core documentation): the last
21 looks have 20 places where one differs from the one before it; a change weighs the more the
later it is, the newest half as much again as the oldest; flapping starts above one threshold and
stops below a lower one, so that it does not flap itself. Its thresholds (20 % and 5 % as shipped)
take three blips in 105 minutes for flapping; ours are the policy's.

The looks are the bits of a number, the newest lowest, 1 for a look that found the camera down,
below a leading 1 that marks where they begin. So they fit in a column and in a state.
"""

from __future__ import annotations

LOOKS = 21
NO_LOOKS = 1
_CHANGES = LOOKS - 1
_FULL = 1 << LOOKS
_OLDEST, _NEWEST = 0.8, 1.2
# By the place of a change, the newest in front.
_WEIGHTS = tuple(
    _NEWEST - (_NEWEST - _OLDEST) * place / (_CHANGES - 1) for place in range(_CHANGES)
)


def remember(looks: int, *, down: bool) -> int:
    """The looks with one more, the oldest forgotten."""
    longer = (looks << 1) | down
    return longer if longer < 2 * _FULL else (longer & (_FULL - 1)) | _FULL


def flapping_share(looks: int) -> float:
    """The weighted changes of the last looks, 0 to 1. With fewer than 21 looks the missing ones
    count as unchanged: a new camera is not flapping after its first change."""
    changes = changed_places(looks)
    weight = 0.0
    while changes:
        lowest = changes & -changes
        weight += _WEIGHTS[lowest.bit_length() - 1]
        changes ^= lowest
    return weight / _CHANGES


def changed_places(looks: int) -> int:
    """A bit for each look that differs from the one before it."""
    count = looks.bit_length() - 1
    return (looks ^ (looks >> 1)) & ((1 << max(count - 1, 0)) - 1)


def is_flapping(looks: int, *, was: bool, start: float, stop: float) -> bool:
    """Whether it flaps, having flapped before or not."""
    threshold = stop if was else start
    # Each change weighs at most 1.2: most cameras are told apart by counting.
    if changed_places(looks).bit_count() * _NEWEST < threshold * _CHANGES:
        return False
    return flapping_share(looks) >= threshold
