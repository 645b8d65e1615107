"""PromQL that several boards ask. `where` is a selector without its braces, such as
`town=~"$town"`. Labels of the scrape (`job`, `instance`) are summed away, so answers join."""

from __future__ import annotations

TOWNS = 'town=~"$town"'
TOWN = 'town="$town"'
CAMERA = 'camera="$camera"'
KIND = 'kind=~"$kind"'
# Found once, as a variable: a question over time then reads twenty cameras, not a town's thousand.
AMONG_WORST = 'camera=~"$worst"'
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


def with_names(expr: str, where: str) -> str:
    """The same with what the camera is called and where it belongs, by the archive as it is at the
    end of the time shown: so it is read once, not at each step."""
    return (
        f"({expr}) * on (camera) group_left (name, town, village, kind, upstream)"
        f" max by (camera, name, town, village, kind, upstream)"
        f" (xueliang_camera_info{{{where}}} @ end())"
    )


def worst(where: str) -> str:
    """The cameras that were offline longest in the time shown."""
    away = f"1 - avg_over_time(xueliang_camera_up{{{where}}}[$__range])"
    info = f"xueliang_camera_info{{{where},{KIND}}}"
    return f"topk({WORST}, (max by (camera) ({away}) > 0) and on (camera) {info})"


def outages(where: str) -> str:
    """Seconds that the cameras longest offline have been so."""
    since = f"xueliang_camera_offline_since_timestamp_seconds{{{where}}}"
    return f"topk({OUTAGES}, {of_kind(f'time() - max by (camera) ({since})', where)})"


def incident_of(cameras: str, where: str) -> str:
    """The open incidents that explain these cameras: their own, or else one of what they hang on,
    or of the town's uplink."""
    known = f"xueliang_camera_info{{{where}}}"
    opened = f"xueliang_incident_opened_timestamp_seconds{{{where}"
    above = f'max by (incident, subject) ({opened},cause=~"recorder|switch"}})'
    named = f'label_replace({above}, "upstream", "$1", "subject", "(.+)")'
    upstreams = f"topk by (upstream) (1, {named})"
    towns = f'topk by (town) (1, max by (incident, town) ({opened},cause="town_uplink"}}))'
    own = f'xueliang_incident_info{{{where},camera!=""}}'
    found = (
        f"max by (camera, incident) ({own})",
        f"max by (camera, incident) ({known} * on (upstream) group_left (incident) {upstreams})",
        f"max by (camera, incident) ({known} * on (town) group_left (incident) {towns})",
    )
    return f"({' or on (camera) '.join(found)}) and on (camera) ({cameras})"


def place(axis: str, where: str) -> str:
    """Degrees of longitude or latitude."""
    return f"max by (camera) (xueliang_camera_{axis}_degrees{{{where}}})"


def worded(expr: str) -> str:
    """The same with what its `stage` and `reason` are called: the label `text`, in Chinese."""
    subject = f'label_replace({expr}, "subject", "reason", "", "")'
    keyed = f'label_join({subject}, "key", ".", "subject", "stage", "reason")'
    words = 'max by (key, text) (xueliang_text_info{language="zh_CN",key=~"reason.+"})'
    return f"{keyed} * on (key) group_left (text) {words}"


def reason(where: str) -> str:
    """What open incidents failed with, in words: the label `text`."""
    return f"max by (incident, text) ({worded(f'xueliang_incident_info{{{where}}}')})"
