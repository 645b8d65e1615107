"""One look as a JSON document: what `xueliang probe --json` prints."""

from __future__ import annotations

from typing import Any

from probes.vocabulary import Failure, Media, OnvifFacts, Picture, ProbeResult


def probe_document(target: str, result: ProbeResult) -> dict[str, Any]:
    """The look at `target` (a camera's label, or a URL without user information).

    Stage values are seconds; `failure` is None when the verdict is ok; stages not reached are
    absent.
    `stream` is `main` or `sub`, the stream that was looked at.
    """
    return {
        "target": target,
        "verdict": result.verdict.value,
        "failure": _failure(result.failure),
        "stages": {stage.value: round(spent_s, 4) for stage, spent_s in result.stages.items()},
        "stream": result.stream.value if result.stream else None,
        "media": _media(result.media),
        "picture": _picture(result.picture),
        "onvif": onvif_document(result.onvif, result.onvif_failure),
        "started_at": result.started_at.isoformat(timespec="milliseconds"),
    }


def _failure(failure: Failure | None) -> dict[str, str] | None:
    if failure is None:
        return None
    return {
        "stage": failure.stage.value,
        "reason": failure.reason,
        "blame": failure.blame.value,
        "evidence": failure.evidence,
    }


def _media(media: Media | None) -> dict[str, Any] | None:
    if media is None:
        return None
    return {
        "codec": media.codec.value,
        "width": media.width,
        "height": media.height,
        "transport": media.transport.value if media.transport else None,
        "key_frame_bytes": media.key_frame_bytes,
    }


def _picture(picture: Picture | None) -> dict[str, Any] | None:
    return None if picture is None else picture_document(picture)


def picture_document(picture: Picture) -> dict[str, Any]:
    """The verdict on a picture: faults with their scores, and what could not be judged."""
    return {
        "faults": [
            {"kind": fault.kind.value, "score": round(fault.score, 4)} for fault in picture.faults
        ],
        "not_checkable": [kind.value for kind in picture.not_checkable],
    }


def onvif_document(facts: OnvifFacts | None, failure: Failure | None) -> dict[str, Any] | None:
    """What a device said of itself, and what it did not say, and why."""
    if facts is None:
        return {"failure": _failure(failure)} if failure else None
    return {
        "manufacturer": facts.manufacturer,
        "model": facts.model,
        "firmware": facts.firmware,
        "serial": facts.serial,
        "mac": facts.mac,
        "clock_offset_s": facts.clock_offset_s,
        "profiles": [
            {
                "token": profile.token,
                "name": profile.name,
                "codec": profile.codec,
                "width": profile.width,
                "height": profile.height,
            }
            for profile in facts.profiles
        ],
        "stream_url": facts.stream_url,
        "sub_stream_url": facts.sub_stream_url,
        "snapshot_url": facts.snapshot_url,
        "failure": _failure(failure),
    }
