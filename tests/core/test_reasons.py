"""The table of reasons is closed and agrees with the vocabulary."""

from __future__ import annotations

import pytest

from probes.reasons import REASONS, failure, verdict_of
from probes.vocabulary import Blame, FaultKind, Stage, Verdict


def test_every_picture_fault_is_a_reason_and_no_other() -> None:
    names = {reason.name for reason in REASONS.values() if reason.stage is Stage.PICTURE}
    assert names == {kind.value for kind in FaultKind}


@pytest.mark.parametrize("kind", list(FaultKind))
def test_a_picture_fault_degrades_and_blames_the_camera(kind: FaultKind) -> None:
    found = failure(Stage.PICTURE, kind)
    assert found.blame is Blame.CAMERA
    assert verdict_of(found) is Verdict.DEGRADED


def test_only_pictures_degrade() -> None:
    degrading = {reason.stage for reason in REASONS.values() if reason.verdict is Verdict.DEGRADED}
    assert degrading == {Stage.PICTURE}


def test_our_own_failures_never_count_against_a_camera() -> None:
    for reason in REASONS.values():
        ours = reason.stage is Stage.PROBER
        assert ours == (reason.blame is Blame.PROBER)
        if ours:
            assert reason.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "stage",
    [
        *(Stage.CONNECT, Stage.TLS, Stage.AUTH, Stage.DESCRIBE, Stage.SETUP, Stage.PLAY),
        *(Stage.FIRST_PACKET, Stage.KEY_FRAME, Stage.ONVIF),
    ],
)
@pytest.mark.parametrize("name", ["timeout", "peer_closed", "malformed"])
def test_every_networked_stage_has_the_common_reasons(stage: Stage, name: str) -> None:
    assert (stage, name) in REASONS


def test_each_row_is_filed_under_its_own_name() -> None:
    for key, reason in REASONS.items():
        assert key == (reason.stage, reason.name)


def test_no_failure_is_ok() -> None:
    assert verdict_of(None) is Verdict.OK


def test_a_busy_camera_is_not_down() -> None:
    assert verdict_of(failure(Stage.SETUP, "busy")) is Verdict.UNKNOWN


@pytest.mark.parametrize("name", ["timeout", "server_failure"])
def test_a_name_server_in_trouble_says_nothing_of_the_camera(name: str) -> None:
    assert verdict_of(failure(Stage.RESOLVE, name)) is Verdict.UNKNOWN
    assert verdict_of(failure(Stage.CONNECT, "timeout")) is Verdict.DOWN


def test_the_table_is_closed() -> None:
    with pytest.raises(KeyError):
        failure(Stage.DECODE, "no_such_reason")
