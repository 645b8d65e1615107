"""What can be wrong in the city, and what a look at such a camera must come to.

The words for stages, reasons and verdicts are those of the product's table of reasons, written
here as plain strings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

HEALTHY = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The outcome of a look. `from_look` is the first look of a series that can tell."""

    verdict: str
    stage: str = ""
    reason: str = ""
    from_look: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of fault.

    `by_stream` is what a look through a stream URL comes to, `by_onvif` what a look that has
    only the ONVIF address comes to (None: the same). `whole_host` faults strike an address, not
    one channel of a recorder. `scripted` faults are dealt out by the archive's schedule; the
    others are there to be set at run time. `fine` ones are told only with the camera's history, in
    a burst or by its overlay text; `tests.fleet.host` has the clips.
    """

    name: str
    by_stream: Expected
    by_onvif: Expected | None = None
    whole_host: bool = False
    scripted: bool = False
    needs_onvif: bool = False
    look: str | None = None
    fine: bool = False


def _down(stage: str, reason: str) -> Expected:
    return Expected(verdict="down", stage=stage, reason=reason)


def _unknown(stage: str, reason: str) -> Expected:
    return Expected(verdict="unknown", stage=stage, reason=reason)


def _picture(reason: str, from_look: int = 1) -> Expected:
    return Expected(verdict="degraded", stage="picture", reason=reason, from_look=from_look)


_OK = Expected(verdict="ok")
_SILENT, _SILENT_ONVIF = _down("connect", "timeout"), _down("onvif", "timeout")

_ROWS = (
    Fault(name=HEALTHY, by_stream=_OK),
    Fault(
        name="refused",
        by_stream=_down("connect", "refused"),
        by_onvif=_down("onvif", "refused"),
        whole_host=True,
        scripted=True,
    ),
    Fault(name="silent", by_stream=_SILENT, by_onvif=_SILENT_ONVIF, whole_host=True, scripted=True),
    Fault(
        name="wrong_password",
        by_stream=_down("auth", "credentials_wrong"),
        by_onvif=_down("onvif", "credentials_wrong"),
        whole_host=True,
        scripted=True,
    ),
    Fault(name="not_found", by_stream=_down("describe", "not_found"), scripted=True),
    Fault(name="busy_453", by_stream=_unknown("setup", "busy"), scripted=True),
    Fault(name="busy_503", by_stream=_unknown("describe", "busy"), scripted=True),
    Fault(name="no_video", by_stream=_down("describe", "no_video"), scripted=True),
    Fault(name="play_nothing", by_stream=_down("first_packet", "timeout"), scripted=True),
    Fault(name="half_key_frame", by_stream=_down("key_frame", "peer_closed"), scripted=True),
    Fault(name="garbage", by_stream=_down("describe", "malformed"), whole_host=True, scripted=True),
    Fault(name="trickle", by_stream=_down("setup", "timeout"), scripted=True),
    Fault(name="wrong_clock", by_stream=_OK, whole_host=True, scripted=True, needs_onvif=True),
    Fault(name="black", by_stream=_picture("no_signal"), scripted=True, look="black"),
    Fault(name="blue", by_stream=_picture("no_signal"), scripted=True, look="blue"),
    Fault(name="dark", by_stream=_picture("too_dark"), scripted=True, look="dark"),
    Fault(name="overexposed", by_stream=_picture("too_bright"), scripted=True, look="overexposed"),
    Fault(name="blurred", by_stream=_picture("blur"), scripted=True, look="blurred"),
    Fault(name="frozen", by_stream=_picture("frozen", 2), scripted=True, look="frozen"),
    # An upstream's faults, seen from a camera below it.
    Fault(name="recorder_gone", by_stream=_SILENT, by_onvif=_SILENT_ONVIF, whole_host=True),
    Fault(name="switch_down", by_stream=_SILENT, by_onvif=_SILENT_ONVIF, whole_host=True),
    Fault(name="uplink_down", by_stream=_SILENT, by_onvif=_SILENT_ONVIF, whole_host=True),
    # Only by hand.
    Fault(name="closes", by_stream=_down("describe", "peer_closed"), whole_host=True),
    Fault(name="forbidden", by_stream=_down("auth", "forbidden")),
    Fault(name="odd_auth", by_stream=_down("auth", "scheme_unsupported")),
    Fault(name="redirected", by_stream=_down("describe", "redirected")),
    Fault(name="server_error", by_stream=_down("describe", "server_error")),
    Fault(name="rejected", by_stream=_down("describe", "rejected")),
    Fault(name="odd_codec", by_stream=_down("describe", "codec_unsupported")),
    Fault(name="no_transport", by_stream=_down("setup", "transport_refused")),
    Fault(name="play_error", by_stream=_down("play", "server_error")),
    Fault(name="no_key_frame", by_stream=_down("key_frame", "timeout")),
    Fault(name="trickle_key_frame", by_stream=_down("key_frame", "timeout")),
    Fault(
        name="onvif_no_stream",
        by_stream=_OK,
        by_onvif=_down("onvif", "no_stream"),
        needs_onvif=True,
    ),
)


def _fine(name: str, reason: str, from_look: int = 1) -> Fault:
    return Fault(name=name, by_stream=_picture(reason, from_look), look=name, fine=True)


_FINE = (
    _fine("fogged", "low_contrast"),
    _fine("tinted", "color_cast"),
    _fine("noisy", "noise"),
    _fine("striped", "stripe"),
    _fine("covered", "occlusion"),
    _fine("turned", "scene_change"),
    _fine("shaking", "shake", 2),
    _fine("corrupt", "corruption"),
    # Found by two readings of the overlay, shown by the looks behind them.
    _fine("overlay_gone", "osd_missing", 3),
    _fine("overlay_other", "osd_wrong", 3),
    _fine("overlay_slow", "clock_drift", 3),
    Fault(name="overlay_right", by_stream=_OK, look="overlay_right", fine=True),
)

FAULTS: Mapping[str, Fault] = MappingProxyType({row.name: row for row in (*_ROWS, *_FINE)})
SCRIPTED: tuple[str, ...] = tuple(row.name for row in _ROWS if row.scripted)

# Of the faults of an upstream, by its kind.
UPSTREAM_FAULTS: Mapping[str, str] = MappingProxyType(
    {"recorder": "recorder_gone", "switch": "switch_down", "town_uplink": "uplink_down"}
)
SILENCING = frozenset({"silent", *UPSTREAM_FAULTS.values()})


def expected(fault: str, *, stream_known: bool) -> Expected:
    """What a look comes to; `stream_known` is whether the archive names a stream URL."""
    row = FAULTS[fault]
    if stream_known or row.by_onvif is None:
        return row.by_stream
    return row.by_onvif
