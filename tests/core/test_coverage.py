"""A key location's state, as a table."""

from __future__ import annotations

import pytest

from camera_registry.coverage import location_state
from camera_registry.vocabulary import KeyLocationState, Status

ON, BAD, OFF = Status.ONLINE, Status.DEGRADED, Status.OFFLINE
DARK, WORK, GONE = Status.UNKNOWN, Status.MAINTENANCE, Status.RETIRED


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ([ON], KeyLocationState.COVERED),
        ([OFF, BAD, DARK, ON], KeyLocationState.COVERED),
        ([OFF], KeyLocationState.BLIND),
        ([BAD], KeyLocationState.BLIND),
        ([OFF, BAD], KeyLocationState.BLIND),
        ([OFF, DARK], KeyLocationState.UNKNOWN),
        ([DARK], KeyLocationState.UNKNOWN),
        ([WORK], KeyLocationState.UNKNOWN),
        ([WORK, OFF], KeyLocationState.UNKNOWN),
        ([GONE], KeyLocationState.BLIND),
        ([GONE, OFF], KeyLocationState.BLIND),
        ([GONE, ON], KeyLocationState.COVERED),
        ([], KeyLocationState.BLIND),
    ],
)
def test_table(statuses: list[Status], state: KeyLocationState) -> None:
    assert location_state(statuses) is state
    assert location_state(reversed(statuses)) is state
