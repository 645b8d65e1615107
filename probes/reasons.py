"""The closed table of failures: which reason can occur at which stage, whom it blames, and what
verdict follows. Its texts for people (`reason.<stage>.<reason>` and `….action`) stand in the
message catalogues under `config/locale/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from probes.vocabulary import Blame, Failure, FaultKind, Stage, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One row of the table."""

    stage: Stage
    name: str
    blame: Blame
    verdict: Verdict


class ProbeFailedError(Exception):
    """Carries a `Failure` from where it was met to the look that reports it as a value."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.stage}: {failure.reason}: {failure.evidence}")
        self.failure = failure


_ROWS: dict[Stage, dict[str, Blame]] = {
    Stage.RESOLVE: {
        "bad_address": Blame.CONFIG,
        "not_found": Blame.CONFIG,
        "timeout": Blame.NETWORK,
        "server_failure": Blame.NETWORK,
    },
    Stage.CONNECT: {
        "timeout": Blame.NETWORK,
        "refused": Blame.CAMERA,
        "unreachable": Blame.NETWORK,
        "peer_closed": Blame.NETWORK,
        "malformed": Blame.CAMERA,
    },
    Stage.TLS: {
        "timeout": Blame.CAMERA,
        "peer_closed": Blame.CAMERA,
        "malformed": Blame.CAMERA,
        "certificate_invalid": Blame.CONFIG,
    },
    Stage.AUTH: {
        "credentials_missing": Blame.CONFIG,
        "credentials_wrong": Blame.CONFIG,
        "forbidden": Blame.CONFIG,
        "scheme_unsupported": Blame.CAMERA,
        "timeout": Blame.CAMERA,
        "peer_closed": Blame.CAMERA,
        "malformed": Blame.CAMERA,
    },
    Stage.DESCRIBE: {
        "timeout": Blame.CAMERA,
        "peer_closed": Blame.CAMERA,
        "malformed": Blame.CAMERA,
        "not_found": Blame.CONFIG,
        "redirected": Blame.CONFIG,
        "busy": Blame.CAMERA,
        "rejected": Blame.CAMERA,
        "server_error": Blame.CAMERA,
        "no_video": Blame.CAMERA,
        "codec_unsupported": Blame.CONFIG,
    },
    Stage.SETUP: {
        "timeout": Blame.CAMERA,
        "peer_closed": Blame.CAMERA,
        "malformed": Blame.CAMERA,
        "not_found": Blame.CONFIG,
        "busy": Blame.CAMERA,
        "rejected": Blame.CAMERA,
        "server_error": Blame.CAMERA,
        "transport_refused": Blame.CAMERA,
    },
    Stage.PLAY: {
        "timeout": Blame.CAMERA,
        "peer_closed": Blame.CAMERA,
        "malformed": Blame.CAMERA,
        "not_found": Blame.CONFIG,
        "busy": Blame.CAMERA,
        "rejected": Blame.CAMERA,
        "server_error": Blame.CAMERA,
    },
    Stage.FIRST_PACKET: {
        "timeout": Blame.CAMERA,
        "peer_closed": Blame.CAMERA,
        "malformed": Blame.CAMERA,
    },
    Stage.KEY_FRAME: {
        "timeout": Blame.CAMERA,
        "peer_closed": Blame.CAMERA,
        "malformed": Blame.CAMERA,
        "too_large": Blame.CAMERA,
        "packet_loss": Blame.NETWORK,
        "parameter_sets_missing": Blame.CAMERA,
    },
    Stage.DECODE: {
        "damaged": Blame.CAMERA,
        "no_picture": Blame.CAMERA,
        "too_large": Blame.CAMERA,
        "codec_unsupported": Blame.CONFIG,
    },
    Stage.PICTURE: {kind.value: Blame.CAMERA for kind in FaultKind},
    Stage.ONVIF: {
        "timeout": Blame.CAMERA,
        "refused": Blame.CAMERA,
        "unreachable": Blame.NETWORK,
        "peer_closed": Blame.CAMERA,
        "malformed": Blame.CAMERA,
        "credentials_missing": Blame.CONFIG,
        "credentials_wrong": Blame.CONFIG,
        "rejected": Blame.CAMERA,
        "no_stream": Blame.CAMERA,
        "address_foreign": Blame.CONFIG,
    },
    Stage.PROBER: {
        "overload": Blame.PROBER,
        "no_network": Blame.PROBER,
        "no_descriptors": Blame.PROBER,
        "decoder_died": Blame.PROBER,
        "decoder_timeout": Blame.PROBER,
        "internal_error": Blame.PROBER,
    },
}

# What is no evidence that a camera delivers no picture: all sessions of a busy one (453, 503) are
# taken by other viewers, and a name server that is silent or in trouble never says a thing about
# the camera behind the name.
_NOT_CHECKABLE = frozenset(
    {
        (Stage.RESOLVE, "timeout"),
        (Stage.RESOLVE, "server_failure"),
        (Stage.DESCRIBE, "busy"),
        (Stage.SETUP, "busy"),
        (Stage.PLAY, "busy"),
    }
)


def _verdict(stage: Stage, name: str) -> Verdict:
    if stage is Stage.PROBER or (stage, name) in _NOT_CHECKABLE:
        return Verdict.UNKNOWN
    return Verdict.DEGRADED if stage is Stage.PICTURE else Verdict.DOWN


REASONS: Mapping[tuple[Stage, str], Reason] = MappingProxyType(
    {
        (stage, name): Reason(stage=stage, name=name, blame=blame, verdict=_verdict(stage, name))
        for stage, names in _ROWS.items()
        for name, blame in names.items()
    }
)


def failure(stage: Stage, reason: str, evidence: str = "") -> Failure:
    """A failure from the table.

    Raises:
        KeyError: the table has no such reason at that stage (a fault of ours).
    """
    return Failure(
        stage=stage, reason=reason, blame=REASONS[stage, reason].blame, evidence=evidence
    )


def verdict_of(found: Failure | None) -> Verdict:
    """The verdict that a look's first failure (or none) amounts to."""
    return Verdict.OK if found is None else REASONS[found.stage, found.reason].verdict
