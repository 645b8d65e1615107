"""The values that a look takes from a device's answers (ONVIF Device, Media and Media2
services)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from probes.onvif.envelope import Node
from probes.vocabulary import OnvifProfile

DEVICE_NS = "http://www.onvif.org/ver10/device/wsdl"
MEDIA_NS = "http://www.onvif.org/ver10/media/wsdl"
MEDIA2_NS = "http://www.onvif.org/ver20/media/wsdl"

# Texts are stored and shown; no device's name for itself is longer, and no address usable.
MAX_TEXT = 256
MAX_URI = 2048
# A recorder of 256 channels has three profiles for each.
MAX_PROFILES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """GetDeviceInformation, as said."""

    manufacturer: str | None
    model: str | None
    firmware: str | None
    serial: str | None


# What devices say in place of a maker's name.
_NO_MAKER = frozenset({"none", "null", "unknown", "onvif", "h264", "h265", "technology"})


def shown(said: str | None) -> str | None:
    """A device's text fit to be stored and shown, None where nothing is left of it. A terminal
    would obey control characters."""
    return "".join(filter(str.isprintable, said or "")).strip()[:MAX_TEXT] or None


def _text(node: Node, *path: str) -> str | None:
    return shown(node.value(*path))


def maker_of(said: str | None) -> str | None:
    """The maker's name, None where a device says something useless."""
    return None if said is None or said.lower() in _NO_MAKER else said


def read_information(envelope: Node) -> Information | None:
    """The answer to GetDeviceInformation; None where it is none."""
    answer = next(envelope.all("GetDeviceInformationResponse"), None)
    if answer is None:
        return None
    return Information(
        manufacturer=_text(answer, "Manufacturer"),
        model=_text(answer, "Model"),
        firmware=_text(answer, "FirmwareVersion"),
        serial=_text(answer, "SerialNumber"),
    )


def read_mac(envelope: Node, host: str) -> str | None:
    """The answer to GetNetworkInterfaces: the hardware address of the interface that has `host`,
    or of the only one; None where it cannot be told."""
    interfaces = list(envelope.outermost("NetworkInterfaces"))
    ours = [
        one for one in interfaces if any(address.text == host for address in one.all("Address"))
    ]
    chosen = ours or interfaces
    if len(chosen) != 1:
        return None
    digits = re.sub(r"[^0-9A-Fa-f]", "", chosen[0].value("Info", "HwAddress") or "").upper()
    if len(digits) != 12:
        return None
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def read_services(envelope: Node) -> dict[str, str]:
    """The answer to GetServices: addresses by namespace."""
    return {
        namespace: address
        for service in envelope.outermost("Service")
        if (namespace := service.value("Namespace")) and (address := service.value("XAddr"))
    }


def read_capabilities(envelope: Node) -> dict[str, str]:
    """The answer to GetCapabilities, which knows Media but not Media2."""
    address = envelope.value("Capabilities", "Media", "XAddr")
    return {MEDIA_NS: address} if address is not None else {}


def _pixels(node: Node, *path: str) -> int:
    said = node.value(*path) or ""
    return int(said) if said.isdecimal() and len(said) < 6 else 0


# A Media profile holds a VideoEncoderConfiguration, a Media2 profile Configurations/VideoEncoder.
_VIDEO = ("VideoEncoderConfiguration", "VideoEncoder")
_SOURCE = ("VideoSourceConfiguration", "VideoSource")


def _first(node: Node, names: tuple[str, ...]) -> Node | None:
    return next((found for name in names if (found := node.first(name)) is not None), None)


def _profile(node: Node) -> OnvifProfile:
    video, source = _first(node, _VIDEO), _first(node, _SOURCE)
    token = node.attributes.get("token", "")[:MAX_TEXT]
    seen = "" if source is None else _text(source, "SourceToken") or ""
    if video is None:
        return OnvifProfile(
            token=token, name=_text(node, "Name") or "", codec="", width=0, height=0, source=seen
        )
    return OnvifProfile(
        token=token,
        name=_text(node, "Name") or "",
        codec=(_text(video, "Encoding") or "").upper(),
        width=_pixels(video, "Resolution", "Width"),
        height=_pixels(video, "Resolution", "Height"),
        source=seen,
    )


def read_profiles(envelope: Node) -> tuple[OnvifProfile, ...]:
    """The answer to GetProfiles. A profile without video has an empty codec."""
    found = [node for node in envelope.outermost("Profiles") if "token" in node.attributes]
    return tuple(_profile(node) for node in found[:MAX_PROFILES])


def read_uri(envelope: Node) -> str | None:
    """The answer to GetStreamUri or GetSnapshotUri, line breaks inside it removed; None where it
    holds none or one too long to be used."""
    said = "".join((envelope.value("Uri") or "").split())
    return said if 0 < len(said) <= MAX_URI else None


_DECODABLE = frozenset({"H264", "H265", "HEVC", "JPEG", "MJPEG"})


def choose_profile(profiles: tuple[OnvifProfile, ...]) -> OnvifProfile | None:
    """The profile whose stream is asked for: the first with video that we decode (a device lists
    its main stream first), else the first whose codec it doesn't tell, else the first."""
    ranks = (
        [one for one in profiles if one.codec in _DECODABLE],
        [one for one in profiles if not one.codec],
        list(profiles),
    )
    return next((found[0] for found in ranks if found), None)


# Pictures are measured at 640 wide, so that less would show less; below the width of CIF (ITU-T
# H.261 section 3.1) there is too little to be judged at all.
_FULL_WIDTH, _LEAST_WIDTH = 640, 352


def choose_sub_profile(
    profiles: tuple[OnvifProfile, ...], main: OnvifProfile
) -> OnvifProfile | None:
    """The profile to judge the picture by in place of the main one: a smaller one of the same
    video input, the smallest of at least 640 wide, else the widest of at least 352.

    None where there is none, or where the device doesn't tell which input is which: of a recorder
    it might be another channel.
    """
    smaller = [
        one
        for one in profiles
        if one.source == main.source != ""
        and one.codec in _DECODABLE
        and _LEAST_WIDTH <= one.width < main.width
    ]
    full = [one for one in smaller if one.width >= _FULL_WIDTH]
    if full:
        return min(full, key=_size)
    return max(smaller, key=_size, default=None)


def _size(profile: OnvifProfile) -> tuple[int, int]:
    return profile.width, profile.height
