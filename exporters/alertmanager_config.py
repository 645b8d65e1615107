"""Alertmanager's configuration, made from the city's towns and crews. Pure.

Routes are by town to its crew, by repair class how often is reminded, and above the crews to the
office and to whoever runs the monitor. It holds no secret: tokens and passwords stand in files that
it names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

import yaml

from camera_registry.rollups import LOCAL_ZONE
from exporters.notices.vocabulary import QuietHours

_HEADER = """\
# Made by `xueliang alertmanager-config` from crews.toml and the city's towns: change those instead.
"""
# A message of more is not read; the console lists them all.
_MAX_ALERTS = 50
_QUIET = "quiet-hours"
_INCIDENTS = (
    "XueliangCameraDown",
    "XueliangPictureFault",
    "XueliangUpstreamDown",
    "XueliangTownUplinkDown",
    "XueliangIncidentEscalated",
)
_BURNS = ("XueliangOnlineRateBurn", "XueliangCoverageBurn")
_POOR = ("XueliangPicturesPoor", "XueliangArchivePoor")
# Seen only because the uplink is: with it gone they are its consequences.
_BELOW_AN_UPLINK = (*_INCIDENTS, "XueliangKeyLocationBlind", *_BURNS, "XueliangPicturesPoor")
_OWN_CONSEQUENCES = (
    "XueliangSweepLate",
    "XueliangSweepNever",
    "XueliangSweepSlow",
    "XueliangProberTrouble",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Who is told: `webhooks` are URLs without secrets, `mails` addresses."""

    name: str
    webhooks: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TownCrew:
    """The crew of some towns, by their names."""

    towns: tuple[str, ...]
    contact: Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    smarthost: str
    sender: str
    require_tls: bool = True
    username: str = ""
    password_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All who are told. `token_file` holds the bearer token sent with webhooks, if any; `quiet` is
    when crews are told of what is urgent only."""

    crews: tuple[TownCrew, ...]
    office: Contact
    monitor: Contact
    watcher: Contact | None = None
    mail: MailServer | None = None
    token_file: str = ""
    quiet: QuietHours | None = None


def alertmanager_config(desk: Desk, reminders: Mapping[str, timedelta]) -> str:
    """The file's text. `reminders`: by repair class, how often an open incident is told again."""
    document = {
        **({"global": _global(desk.mail)} if desk.mail else {}),
        "templates": ["templates/*.tmpl"],
        "route": _route(desk, reminders),
        "receivers": _receivers(desk),
        "inhibit_rules": _inhibitions(),
        **({"time_intervals": [_night(desk.quiet)]} if desk.quiet else {}),
    }
    return _HEADER + yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )


class _Dumper(yaml.SafeDumper):
    """Names what stands in several places after what it is."""

    def generate_anchor(self, node: yaml.Node) -> str:  # noqa: ARG002 - yaml's
        return "by_class"


def _global(mail: MailServer) -> dict[str, Any]:
    document: dict[str, Any] = {
        "smtp_smarthost": mail.smarthost,
        "smtp_from": mail.sender,
        "smtp_require_tls": mail.require_tls,
    }
    if mail.username:
        document["smtp_auth_username"] = mail.username
    if mail.password_file:
        document["smtp_auth_password_file"] = mail.password_file
    return document


# Routes


def _route(desk: Desk, reminders: Mapping[str, timedelta]) -> dict[str, Any]:
    by_class = _by_class(reminders, desk.quiet)
    return {
        "receiver": desk.monitor.name,
        "group_by": ["alertname", "town"],
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "12h",
        "routes": [
            _watchdog(desk.watcher),
            {"matchers": [_is("severity", "none")], "receiver": "nobody"},
            *_to_the_office(desk.office.name),
            *(
                {
                    "matchers": [_one_of("town", crew.towns)],
                    "receiver": crew.contact.name,
                    "group_by": ["alertname", "town", "repair_class"],
                    "routes": by_class,
                }
                for crew in desk.crews
            ),
        ],
    }


def _watchdog(watcher: Contact | None) -> dict[str, Any]:
    return {
        "matchers": [_is("alertname", "XueliangWatchdog")],
        "receiver": watcher.name if watcher else "nobody",
        "group_wait": "0s",
        "group_interval": "1m",
        "repeat_interval": "1m",
    }


def _to_the_office(office: str) -> list[dict[str, Any]]:
    """What goes one level up; an overdue incident is told to its crew as well."""
    return [
        {
            "matchers": [_is("alertname", "XueliangIncidentEscalated")],
            "receiver": office,
        },
        {
            "matchers": [_is("alertname", "XueliangIncidentOverdue")],
            "receiver": office,
            "repeat_interval": "1d",
            "continue": True,
        },
        {"matchers": [_one_of("alertname", _BURNS)], "receiver": office, "repeat_interval": "1d"},
        {"matchers": [_one_of("alertname", _POOR)], "receiver": office, "repeat_interval": "4d"},
    ]


def _by_class(reminders: Mapping[str, timedelta], quiet: QuietHours | None) -> list[dict[str, Any]]:
    """How often an alert is told again, and whether in quiet hours. An upstream's is a message of
    its own, and as urgent as the most urgent class."""
    upstreams = {
        "matchers": ['cause =~ "recorder|switch|town_uplink"', _is_not("severity", "ticket")],
        "group_by": ["alertname", "town", "incident"],
        "group_wait": "10s",
        "repeat_interval": _duration(min(reminders.values())),
    }
    classes = [
        {
            "matchers": [_is("repair_class", name)],
            "repeat_interval": _duration(every),
            **_muted(quiet, name),
        }
        for name, every in reminders.items()
    ]
    tickets = {"matchers": [_is("severity", "ticket")], "repeat_interval": "1d", **_muted(quiet)}
    return [upstreams, *classes, tickets]


def _muted(quiet: QuietHours | None, repair_class: str = "") -> dict[str, list[str]]:
    if quiet is None or repair_class in quiet.passing:
        return {}
    return {"mute_time_intervals": [_QUIET]}


def _night(quiet: QuietHours) -> dict[str, Any]:
    """A range of Alertmanager's lies within one day."""
    if quiet.start < quiet.end:
        parts = [(_clock(quiet.start), _clock(quiet.end))]
    else:
        parts = [(_clock(quiet.start), "24:00")]
        parts += [("00:00", _clock(quiet.end))] if quiet.end > time(0) else []
    times = [{"start_time": start, "end_time": end} for start, end in parts]
    return {"name": _QUIET, "time_intervals": [{"times": times, "location": str(LOCAL_ZONE)}]}


def _clock(at: time) -> str:
    return f"{at:%H:%M}"


def _is(label: str, value: str) -> str:
    return f"{label} = {json.dumps(value, ensure_ascii=False)}"


def _is_not(label: str, value: str) -> str:
    return f"{label} != {json.dumps(value, ensure_ascii=False)}"


def _one_of(label: str, values: Sequence[str]) -> str:
    if len(values) == 1:
        return _is(label, values[0])
    pattern = "|".join(re.escape(value) for value in values)
    return f"{label} =~ {json.dumps(pattern, ensure_ascii=False)}"


def _duration(time: timedelta) -> str:
    seconds = round(time.total_seconds())
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


# Receivers


def _receivers(desk: Desk) -> list[dict[str, Any]]:
    contacts: Iterable[Contact] = (
        *(crew.contact for crew in desk.crews),
        desk.office,
        desk.monitor,
    )
    found = [{"name": "nobody"}]
    found += [_receiver(one, desk.token_file) for one in contacts]
    if desk.watcher is not None:
        found.append(_receiver(desk.watcher, desk.token_file))
    return found


def _receiver(contact: Contact, token_file: str) -> dict[str, Any]:
    document: dict[str, Any] = {"name": contact.name}
    if contact.webhooks:
        document["webhook_configs"] = [_webhook(url, token_file) for url in contact.webhooks]
    if contact.mails:
        document["email_configs"] = [
            {
                "to": ", ".join(contact.mails),
                "send_resolved": True,
                "headers": {"Subject": '{{ template "xueliang.title" . }}'},
                "html": "",
                "text": '{{ template "xueliang.text" . }}',
            }
        ]
    return document


def _webhook(url: str, token_file: str) -> dict[str, Any]:
    document: dict[str, Any] = {"url": url, "send_resolved": True, "max_alerts": _MAX_ALERTS}
    if token_file:
        document["http_config"] = {"authorization": {"credentials_file": token_file}}
    return document


# Inhibitions


def _inhibitions() -> list[dict[str, Any]]:
    told = _one_of("alertname", _INCIDENTS)
    return [
        # With the monitor gone nothing else is known, and nothing that vanishes is over.
        _inhibition(
            [_is("alertname", "XueliangAbsent")],
            ['alertname !~ "XueliangAbsent|XueliangWatchdog"'],
        ),
        _inhibition(
            [_is("alertname", "XueliangOwnOutage")], [_one_of("alertname", _OWN_CONSEQUENCES)]
        ),
        _inhibition(
            [_is("alertname", "XueliangTownUplinkDown")],
            [_one_of("alertname", _BELOW_AN_UPLINK), _is_not("cause", "town_uplink")],
            ["town"],
        ),
        _inhibition([_is("alertname", "XueliangIncidentAcknowledged")], [told], ["incident"]),
        _inhibition([_is("alertname", "XueliangIncidentMerged")], [told], ["incident"]),
        # The faster way to miss a target says all that the slower one does.
        _inhibition(
            [_one_of("alertname", _BURNS), _is("window", "1h")],
            ['window =~ "6h|3d"'],
            ["alertname", "town"],
        ),
        _inhibition(
            [_one_of("alertname", _BURNS), _is("window", "6h")],
            [_is("window", "3d")],
            ["alertname", "town"],
        ),
    ]


def _inhibition(source: list[str], target: list[str], equal: Sequence[str] = ()) -> dict[str, Any]:
    document: dict[str, Any] = {"source_matchers": source, "target_matchers": target}
    if equal:
        document["equal"] = list(equal)
    return document
