"""What kind of device an upstream's name or a sheet's word tells. Pure."""

from __future__ import annotations

from camera_registry.vocabulary import UpstreamKind

# The first that occurs in the name decides; names such as 镇上联交换机 are uplinks.
_WORDS: tuple[tuple[str, UpstreamKind], ...] = (
    ("nvr", UpstreamKind.RECORDER),
    ("dvr", UpstreamKind.RECORDER),
    ("hvr", UpstreamKind.RECORDER),
    ("录像机", UpstreamKind.RECORDER),
    ("recorder", UpstreamKind.RECORDER),
    ("上联", UpstreamKind.TOWN_UPLINK),
    ("uplink", UpstreamKind.TOWN_UPLINK),
    ("交换机", UpstreamKind.SWITCH),
    ("switch", UpstreamKind.SWITCH),
)

SHOWN = {
    UpstreamKind.RECORDER: "录像机",
    UpstreamKind.SWITCH: "交换机",
    UpstreamKind.TOWN_UPLINK: "镇上联",
}


def kind_in(text: str) -> UpstreamKind | None:
    """The kind that the text names, if it does."""
    lowered = text.casefold()
    return next((kind for word, kind in _WORDS if word in lowered), None)


def guessed_kind(name: str) -> UpstreamKind:
    """The kind of a device of which only the name is known: a switch unless the name says
    otherwise, as that is what most cameras hang on."""
    return kind_in(name) or UpstreamKind.SWITCH
