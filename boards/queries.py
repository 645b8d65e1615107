"""PromQL that several boards ask. `where` is a selector without its braces, such as
`town=~"$town"`. Labels of the scrape (`job`, `instance`) are summed away, so answers join."""

from __future__ import annotations

TOWNS = 'town=~"$town"'
TOWN = 'town="$town"'
CAMERA = 'camera="$camera"'
KIND = 'kind=~"$kind"'
# The longest outages that a table shows: more than a town's recorder has channels.
OUTAGES = 60
# The cameras of a state timeline: as many as a screen has rows.
WORST = 20


def state(where: str) -> str:
    """0 offline, 1 online, 2 online with a picture fault; nothing while unknown."""
    return (
        f"2 * max by (camera) (xueliang_camera_picture_fault{{{where}}})"
        f" or on (camera) max by (camera) (xueliang_camera_up{{{where}}})"
    )


def of_kind(expr: str, where: str) -> str:
    """Of these cameras those of the chosen kinds of key location."""
    return f"({expr}) and on (camera) xueliang_camera_info{{{where},{KIND}}}"


def with_names(expr: str) -> str:
    """The same with what the camera is called and where it belongs."""
    return (
        f"({expr}) * on (camera) group_left (name, town, village, kind, upstream)"
        " max by (camera, name, town, village, kind, upstream) (xueliang_camera_info)"
    )


def outages(where: str) -> str:
    """Seconds that the cameras longest offline have been so."""
    since = f"xueliang_camera_offline_since_timestamp_seconds{{{where}}}"
    return f"topk({OUTAGES}, {of_kind(f'time() - max by (camera) ({since})', where)})"


def incident_of(cameras: str, where: str) -> str:
    """The open incidents of these cameras themselves."""
    held = f'max by (camera, incident) (xueliang_incident_info{{{where},camera!=""}})'
    return f"{held} and on (camera) ({cameras})"


def place(axis: str, where: str) -> str:
    """Degrees of longitude or latitude."""
    return f"max by (camera) (xueliang_camera_{axis}_degrees{{{where}}})"


def reason(where: str, language: str = "zh_CN") -> str:
    """What open incidents failed with, in words: the label `text`."""
    subject = f'label_replace(xueliang_incident_info{{{where}}}, "subject", "reason", "", "")'
    keyed = f'label_join({subject}, "key", ".", "subject", "stage", "reason")'
    words = f'max by (key, text) (xueliang_text_info{{language="{language}",key=~"reason.+"}})'
    return f"max by (incident, text) ({keyed} * on (key) group_left (text) {words})"
