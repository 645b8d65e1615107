"""Parts of records that are kept as JSON: to documents and back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from camera_registry.vocabulary import FaultCount
from probes.vocabulary import (
    Blame,
    Codec,
    Failure,
    FaultKind,
    Media,
    OnvifFacts,
    OnvifProfile,
    Picture,
    PictureFault,
    Stage,
    Transport,
)

Document = dict[str, Any]


def flat_document(data: Any) -> Document:
    """The fields of a slotted dataclass that holds plain values. (`asdict` copies each of them
    deeply, which takes ten times as long.)"""
    return {name: getattr(data, name) for name in data.__slots__}


def failure_document(failure: Failure | None) -> Document | None:
    return flat_document(failure) if failure else None


def failure_of(document: Mapping[str, Any] | None) -> Failure | None:
    if document is None:
        return None
    return Failure(
        stage=Stage(document["stage"]),
        reason=document["reason"],
        blame=Blame(document["blame"]),
        evidence=document["evidence"],
    )


def fault_documents(counts: Iterable[FaultCount]) -> list[Document] | None:
    """None where there are none, which is nearly always."""
    return [
        {
            "kind": count.kind.value,
            "seen": count.seen,
            "missed": count.missed,
            "since": _written(count.since),
            "run_since": _written(count.run_since),
            "judged_at": _written(count.judged_at),
        }
        for count in counts
    ] or None


def fault_counts(documents: Iterable[Mapping[str, Any]] | None) -> tuple[FaultCount, ...]:
    return tuple(
        FaultCount(
            kind=FaultKind(document["kind"]),
            seen=document["seen"],
            missed=document["missed"],
            since=_read(document["since"]),
            run_since=_read(document["run_since"]),
            judged_at=_read(document["judged_at"]),
        )
        for document in documents or ()
    )


def stages_document(stages: Mapping[Stage, float]) -> Document:
    """Seconds by stage, to a tenth of a millisecond."""
    return {stage.value: round(seconds, 4) for stage, seconds in stages.items()}


def media_document(media: Media | None) -> Document | None:
    return flat_document(media) if media else None


def media_of(document: Mapping[str, Any] | None) -> Media | None:
    if document is None:
        return None
    transport = document["transport"]
    return Media(
        codec=Codec(document["codec"]),
        width=document["width"],
        height=document["height"],
        transport=Transport(transport) if transport else None,
        key_frame_bytes=document["key_frame_bytes"],
    )


def picture_document(picture: Picture | None) -> Document | None:
    if picture is None:
        return None
    return {
        "faults": [[fault.kind.value, round(fault.score, 4)] for fault in picture.faults],
        "not_checkable": [kind.value for kind in picture.not_checkable],
    }


def picture_of(document: Mapping[str, Any] | None) -> Picture | None:
    if document is None:
        return None
    return Picture(
        faults=tuple(
            PictureFault(kind=FaultKind(kind), score=score) for kind, score in document["faults"]
        ),
        not_checkable=tuple(FaultKind(kind) for kind in document["not_checkable"]),
    )


def onvif_document(facts: OnvifFacts | None) -> Document | None:
    return asdict(facts) if facts else None


def onvif_of(document: Mapping[str, Any] | None) -> OnvifFacts | None:
    if document is None:
        return None
    profiles = tuple(OnvifProfile(**profile) for profile in document["profiles"])
    return OnvifFacts(**{**document, "profiles": profiles})


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
