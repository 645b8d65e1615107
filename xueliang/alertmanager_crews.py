"""Reads the file of whom Alertmanager tells, and completes it with the city's towns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import time
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from camera_registry.vocabulary import Town
from exporters.alertmanager_config import Contact, Desk, MailServer, TownCrew
from exporters.notices.vocabulary import QuietHours
from xueliang.settings import SettingsError
from xueliang.toml_files import mistakes, toml_document

# A token in it would be a secret in a file that is none: webhooks have `token_file` for it.
_URL = r"^https?://[^/\s@?#]+(/[^\s@?#]*)?$"
_Mailbox = Annotated[str, Field(pattern=r"^[^\s@,<>]+@[^\s@,<>]+$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Contact(_Part):
    webhook: str = Field(default="", pattern=rf"{_URL}|^$")
    mail: tuple[_Mailbox, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _can_be_told(self) -> _Contact:
        if not (self.webhook or self.mail):
            raise ValueError("neither webhook nor mail: nobody would be told")
        return self


class _Crew(_Contact):
    name: str = Field(min_length=1, max_length=100)
    towns: tuple[str, ...] = Field(min_length=1, max_length=200)


class _Webhook(_Part):
    token_file: Path | None = None


class _Mail(_Part):
    smarthost: str = Field(pattern=r"^[^\s:]+:\d{1,5}$")
    sender: _Mailbox = Field(alias="from")
    require_tls: bool = True
    username: str = ""
    password_file: Path | None = None


class _Watcher(_Part):
    webhook: str = Field(pattern=_URL)


class _Quiet(_Part):
    start: time
    end: time
    passing: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _takes_some_time(self) -> _Quiet:
        if self.start == self.end:
            raise ValueError("start and end are the same")
        return self


class _File(_Part):
    webhook: _Webhook = _Webhook()
    mail: _Mail | None = None
    towns: _Contact
    crew: tuple[_Crew, ...] = Field(default=(), max_length=200)
    office: _Contact
    monitor: _Contact
    watcher: _Watcher | None = None
    quiet: _Quiet | None = None

    @model_validator(mode="after")
    def _every_name_stands_once(self) -> _File:
        for kind, names in (
            ("crews are", [one.name for one in self.crew]),
            ("crews have the town", [town for one in self.crew for town in one.towns]),
        ):
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"two {kind} {name!r}")
        contacts = (self.towns, self.office, self.monitor, *self.crew)
        if self.mail is None and any(one.mail for one in contacts):
            raise ValueError("[mail] is missing: by which server are mails sent?")
        return self


def load_desk(path: Path, towns: Sequence[Town], classes: Collection[str]) -> Desk:
    """Whom the file names, and for each town that it does not name a crew of its own. `classes`
    are the repair classes that there are.

    Raises:
        SettingsError: unreadable, or a mistake in it, by its key.
    """
    try:
        read = _File.model_validate(toml_document(path, "crews"))
    except ValidationError as error:
        raise SettingsError(mistakes(path, error)) from None
    known = {town.name for town in towns}
    for crew in read.crew:
        for town in crew.towns:
            if town not in known:
                raise SettingsError(f"{path}: crew {crew.name!r}: no town is named {town!r}")
    for name in read.quiet.passing if read.quiet else ():
        if name not in classes:
            raise SettingsError(f"{path}: quiet.passing: no repair class is called {name!r}")
    return Desk(
        crews=(*map(_crew, read.crew), *_others(read, towns)),
        office=_contact("office", read.office),
        monitor=_contact("monitor", read.monitor),
        watcher=Contact(name="watcher", webhooks=(read.watcher.webhook,)) if read.watcher else None,
        mail=_mail_server(read.mail) if read.mail else None,
        token_file=str(read.webhook.token_file or ""),
        quiet=_quiet(read.quiet) if read.quiet else None,
    )


def _quiet(one: _Quiet) -> QuietHours:
    return QuietHours(start=one.start, end=one.end, passing=frozenset(one.passing))


def _crew(one: _Crew) -> TownCrew:
    return TownCrew(towns=one.towns, contact=_contact(f"crew-{one.name}", one))


def _others(read: _File, towns: Sequence[Town]) -> list[TownCrew]:
    named = {town for crew in read.crew for town in crew.towns}
    return [
        TownCrew(
            towns=(town.name,),
            contact=_contact(f"crew-{town.name}", read.towns, code=town.code),
        )
        for town in towns
        if town.name not in named
    ]


def _contact(name: str, one: _Contact, *, code: str = "") -> Contact:
    filled = [text.replace("{code}", code) for text in (one.webhook, *one.mail)]
    return Contact(name=name, webhooks=tuple(filter(None, filled[:1])), mails=tuple(filled[1:]))


def _mail_server(mail: _Mail) -> MailServer:
    return MailServer(
        smarthost=mail.smarthost,
        sender=mail.sender,
        require_tls=mail.require_tls,
        username=mail.username,
        password_file=str(mail.password_file or ""),
    )
