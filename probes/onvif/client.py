"""One look at a device by ONVIF: its clock, what it is, its profiles, where its streams are.

Requests are sent one after another, and none again once the device has refused our password:
some count the attempts and lock the account.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from probes.clock import Clock, SystemClock
from probes.deadline import Deadline
from probes.onvif import addresses, answers, requests
from probes.onvif.device_time import device_clock, read_device_time
from probes.onvif.envelope import Node, read
from probes.onvif.faults import Outcome, fault_of, outcome
from probes.onvif.requests import Descriptions, Operation, Service
from probes.onvif.transport import Reply, Transport, connected
from probes.reasons import ProbeFailedError, failure
from probes.vocabulary import (
    Credentials,
    Failure,
    OnvifFacts,
    OnvifProfile,
    ProbeTarget,
    Stage,
    StreamKind,
)

# An answer of 32 KB is read in 2 ms; a longer one would hold the event loop up.
READ_HERE_BYTES = 32 * 1024


class _RefusedError(Exception):
    """A device understood a request and did not grant it."""

    def __init__(self, what: Outcome, evidence: str) -> None:
        super().__init__(evidence)
        self.what = what
        self.evidence = evidence


class _MalformedError(ProbeFailedError):
    """An answer that cannot be read."""


def _failed(reason: str, evidence: str) -> ProbeFailedError:
    return ProbeFailedError(failure(Stage.ONVIF, reason, evidence))


def _scrubbed(found: Failure, credentials: Credentials | None) -> Failure:
    """A hostile device may send our password back as a fault code."""
    if credentials is None or not credentials.password:
        return found
    return replace(found, evidence=found.evidence.replace(credentials.password, "***"))


def _answer(operation: Operation, reply: Reply) -> Node:
    """The envelope of a granted request.

    Raises:
        _RefusedError: the device refused, or doesn't know the operation.
        ProbeFailedError: the answer cannot be read.
    """
    try:
        envelope = read(reply.body)
    except ValueError as error:
        what = outcome(reply.status, None, takes_nothing=operation.takes_nothing)
        if what is Outcome.ANSWERED:
            evidence = f"{operation.name}: {error}"
            raise _MalformedError(failure(Stage.ONVIF, "malformed", evidence)) from error
        raise _RefusedError(what, f"{operation.name}: HTTP {reply.status}") from error
    fault = fault_of(envelope)
    what = outcome(reply.status, fault, takes_nothing=operation.takes_nothing)
    seen = f"{operation.name}: HTTP {reply.status}" + ("" if fault is None else f", {fault}")
    if what is not Outcome.ANSWERED:
        raise _RefusedError(what, seen)
    if next(envelope.all(f"{operation.name}Response"), None) is None:
        # Some devices answer 200 to operations that they don't know.
        raise _RefusedError(Outcome.NOT_SUPPORTED, f"{seen}, without an answer to it")
    return envelope


@dataclass(slots=True, kw_only=True)
class _Visit:
    """The course of one look."""

    transport: Transport
    descriptions: Descriptions
    device_url: str
    credentials: Credentials | None
    clock: Clock
    offset: timedelta | None = None
    addresses: dict[Service, str] = field(default_factory=dict)
    learnt: OnvifFacts = field(default_factory=OnvifFacts)

    async def ask(
        self,
        operation: Operation,
        arguments: Mapping[str, Any] = MappingProxyType({}),
        *,
        log_in: bool = True,
    ) -> Node:
        """The answer to an operation.

        Raises:
            _RefusedError: the device refused it for another reason than who we are.
            ProbeFailedError: it could not be asked, or our credentials are wrong or missing.
        """
        credentials = self.credentials if log_in else None
        try:
            return await self._send(operation, arguments, credentials)
        except _RefusedError as refused:
            if refused.what is not Outcome.NOT_AUTHORIZED:
                raise
            if credentials is None and self.credentials is not None:
                return await self.ask(operation, arguments)
            reason = "credentials_missing" if credentials is None else "credentials_wrong"
            raise _failed(reason, refused.evidence) from refused

    async def _send(
        self, operation: Operation, arguments: Mapping[str, Any], credentials: Credentials | None
    ) -> Node:
        url = self.addresses.get(operation.service, self.device_url)
        reply = await self._post(url, operation, arguments, credentials)
        asked = reply.challenge
        if asked is not None and self.credentials is not None and self.transport.may_answer(asked):
            # HTTP's own login in place of WS-Security.
            self.transport.log_in(asked, self.credentials)
            reply = await self._post(url, operation, arguments, self.credentials)
        if reply.status == 401 and self.transport.logs_in:
            raise _failed("credentials_wrong", f"{operation.name}: HTTP 401 after login")
        if len(reply.body) > READ_HERE_BYTES:
            return await asyncio.to_thread(_answer, operation, reply)
        return _answer(operation, reply)

    async def _post(
        self,
        url: str,
        operation: Operation,
        arguments: Mapping[str, Any],
        credentials: Credentials | None,
    ) -> Reply:
        token_for = None if self.transport.logs_in else credentials
        request = self.descriptions.request(operation, arguments, token_for, self.device_now())
        return await self.transport.post(url, request)

    def device_now(self) -> datetime:
        """The present by the device's clock, or by ours while that is not known."""
        return self.clock.now() + (self.offset or timedelta(0))

    async def read_clock(self) -> None:
        """Asked first and without credentials, as the standard has it (ONVIF Core, access class
        PRE_AUTH); devices that want them even here get them."""
        try:
            envelope = await self.ask(requests.GET_TIME, log_in=False)
        except (_RefusedError, _MalformedError):
            return
        said = read_device_time(envelope)
        now = self.clock.now()
        theirs = None if said is None else device_clock(said, now)
        self.offset = None if theirs is None else theirs - now

    async def read_information(self) -> answers.Information | None:
        """What the device says it is; None where it doesn't know the question."""
        try:
            return answers.read_information(await self.ask(requests.GET_INFORMATION))
        except _RefusedError as refused:
            if refused.what is Outcome.NOT_SUPPORTED:
                return None
            raise _failed("rejected", refused.evidence) from refused

    async def find_services(self) -> None:
        """Media's and Media2's addresses; where a device names none, it is asked for them at its
        one address."""
        found: dict[str, str] = {}
        for operation, arguments, reader in (
            (requests.GET_SERVICES, {"IncludeCapability": False}, answers.read_services),
            (requests.GET_CAPABILITIES, {"Category": "All"}, answers.read_capabilities),
        ):
            try:
                found = reader(await self.ask(operation, arguments))
            except (_RefusedError, _MalformedError):
                continue
            if answers.MEDIA_NS in found or answers.MEDIA2_NS in found:
                break
        for service in (Service.MEDIA, Service.MEDIA2):
            if service.value in found:
                said = found[service.value]
                self.addresses[service] = addresses.service_url(self.device_url, said)
        if not self.addresses:
            self.addresses[Service.MEDIA] = self.device_url

    async def read_profiles(self) -> tuple[Service, tuple[OnvifProfile, ...]]:
        """The profiles, from Media if it has any, else from Media2."""
        refusals = []
        for service in (one for one in (Service.MEDIA, Service.MEDIA2) if one in self.addresses):
            # Without `Type` a Media2 device leaves the configurations out.
            arguments = {"Type": "All"} if service is Service.MEDIA2 else {}
            try:
                envelope = await self.ask(requests.get_profiles(service), arguments)
            except _RefusedError as refused:
                refusals.append(refused)
                continue
            if profiles := answers.read_profiles(envelope):
                return service, profiles
        if refusals:
            raise _failed("rejected", refusals[0].evidence)
        raise _failed("no_stream", "the device has no media profile")

    async def read_stream(self, service: Service, token: str) -> str:
        """The stream's address at the configured host."""
        arguments = (
            {"Protocol": "RTSP", "ProfileToken": token}
            if service is Service.MEDIA2
            else {"StreamSetup": dict(requests.STREAM_SETUP), "ProfileToken": token}
        )
        try:
            envelope = await self.ask(requests.get_stream_uri(service), arguments)
        except _RefusedError as refused:
            raise _failed("no_stream", refused.evidence) from refused
        said = answers.read_uri(envelope)
        found = addresses.media_url(self.device_url, said, addresses.STREAM_SCHEMES)
        if found is None:
            raise _failed("no_stream", "GetStreamUri gave no rtsp address")
        return found

    async def read_snapshot(self, service: Service, token: str) -> str | None:
        """The snapshot's address at the configured host; None where there is none."""
        try:
            envelope = await self.ask(requests.get_snapshot_uri(service), {"ProfileToken": token})
        except (_RefusedError, ProbeFailedError):
            # The least of the facts: what was learnt before it stands.
            return None
        said = answers.read_uri(envelope)
        return addresses.media_url(self.device_url, said, addresses.SNAPSHOT_SCHEMES)

    async def read_mac(self) -> str | None:
        """The hardware address behind the configured host; None where the device doesn't tell."""
        try:
            envelope = await self.ask(requests.GET_INTERFACES)
        except (_RefusedError, ProbeFailedError):
            # As the snapshot's: everything that a look needs is known by now.
            return None
        return answers.read_mac(envelope, urlsplit(self.device_url).hostname or "")

    async def read_sub_stream(
        self, service: Service, profiles: tuple[OnvifProfile, ...], main: OnvifProfile
    ) -> str | None:
        """The sub-stream's address at the configured host; None where there is none."""
        chosen = answers.choose_sub_profile(profiles, main)
        if chosen is None:
            return None
        try:
            return await self.read_stream(service, chosen.token)
        except ProbeFailedError:
            # The main stream is known and will do.
            return None

    async def facts(self, *, want_sub_stream: bool) -> OnvifFacts:
        """All of it; what has been learnt so far stands in `learnt`."""
        await self.read_clock()
        if self.offset is not None:
            self._learn(clock_offset_s=round(self.offset.total_seconds(), 3))
        told = await self.read_information()
        if told is not None:
            self._learn(
                manufacturer=answers.maker_of(told.manufacturer),
                model=told.model,
                firmware=told.firmware,
                serial=told.serial,
            )
        await self.find_services()
        service, profiles = await self.read_profiles()
        self._learn(profiles=profiles)
        chosen = answers.choose_profile(profiles)
        if chosen is None:
            raise _failed("no_stream", "the device has no media profile")
        self._learn(stream_url=await self.read_stream(service, chosen.token))
        if want_sub_stream:
            found = await self.read_sub_stream(service, profiles, chosen)
            self._learn(sub_stream_url=found)
        self._learn(snapshot_url=await self.read_snapshot(service, chosen.token))
        self._learn(mac=await self.read_mac())
        return self.learnt

    def _learn(self, **facts: Any) -> None:
        self.learnt = replace(self.learnt, **facts)


class OnvifClient:
    """Asks devices; the service descriptions are loaded at the first question and shared."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._loading = asyncio.Lock()
        self._descriptions: Descriptions | None = None

    async def _described(self) -> Descriptions:
        async with self._loading:
            if self._descriptions is None:
                self._descriptions = await asyncio.to_thread(Descriptions.load)
        return self._descriptions

    async def ask(self, target: ProbeTarget, deadline: Deadline) -> OnvifFacts:
        """What the device at `target.onvif_url` says of itself.

        Raises:
            ProbeFailedError: at stage onvif; at resolve or tls where it is the name or the
                certificate that fails.
        """
        facts, found = await self.identify(target, deadline)
        if found is not None:
            raise ProbeFailedError(found)
        return facts

    async def identify(
        self, target: ProbeTarget, deadline: Deadline
    ) -> tuple[OnvifFacts, Failure | None]:
        """What the device told before something failed, and what that was, None where nothing
        did; stages as for `ask`."""
        try:
            device_url = addresses.device_url(target.onvif_url or "")
        except ValueError as error:
            evidence = f"ONVIF address: {error}"
            return OnvifFacts(), failure(Stage.RESOLVE, "bad_address", evidence)
        descriptions = await self._described()
        async with connected(device_url, deadline, tls_verify=target.tls_verify) as transport:
            visit = _Visit(
                transport=transport,
                descriptions=descriptions,
                device_url=device_url,
                credentials=target.credentials,
                clock=self._clock,
            )
            try:
                wanted = target.picture and target.picture_stream is StreamKind.SUB
                return await visit.facts(want_sub_stream=wanted), None
            except ProbeFailedError as error:
                return visit.learnt, _scrubbed(error.failure, target.credentials)
