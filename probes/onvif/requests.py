"""Requests to ONVIF services, built by zeep from the service descriptions of onvif-zeep-async.

The descriptions are parsed once for all cameras (0.15 s, 40 MB), in a thread; a request then
takes 0.4 ms. The library's own camera class is not used: it connects wherever an answer says,
never verifies a certificate, waits up to 90 s, and knows no HTTP Digest for its services. Of its
services Media2 is missing, so those three requests are written here.

The library is imported in that thread too, not with this module: importing it takes 0.3 s and
sets up logging wherever nobody has done so before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from lxml import etree

from probes.onvif.answers import DEVICE_NS, MEDIA2_NS, MEDIA_NS
from probes.vocabulary import Credentials

_SOAP_NS = "http://www.w3.org/2003/05/soap-envelope"


class Service(Enum):
    """Services that a look asks, by namespace."""

    DEVICE = DEVICE_NS
    MEDIA = MEDIA_NS
    MEDIA2 = MEDIA2_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation of a service. `takes_nothing`: it has no parameters worth objecting to."""

    service: Service
    name: str
    takes_nothing: bool = False


GET_TIME = Operation(service=Service.DEVICE, name="GetSystemDateAndTime", takes_nothing=True)
GET_INFORMATION = Operation(service=Service.DEVICE, name="GetDeviceInformation", takes_nothing=True)
GET_SERVICES = Operation(service=Service.DEVICE, name="GetServices")
GET_CAPABILITIES = Operation(service=Service.DEVICE, name="GetCapabilities")
GET_INTERFACES = Operation(service=Service.DEVICE, name="GetNetworkInterfaces", takes_nothing=True)


def get_profiles(service: Service) -> Operation:
    """GetProfiles of Media or Media2."""
    return Operation(service=service, name="GetProfiles", takes_nothing=service is Service.MEDIA)


def get_stream_uri(service: Service) -> Operation:
    """GetStreamUri of Media or Media2."""
    return Operation(service=service, name="GetStreamUri")


def get_snapshot_uri(service: Service) -> Operation:
    """GetSnapshotUri of Media or Media2."""
    return Operation(service=service, name="GetSnapshotUri")


STREAM_SETUP = MappingProxyType({"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request ready to be sent."""

    body: bytes
    content_type: str


def _media2(operation: Operation, arguments: Mapping[str, Any]) -> Any:
    """A Media2 request: its parameters are all plain values, in the order of the schema."""
    envelope = etree.Element(f"{{{_SOAP_NS}}}Envelope", nsmap={"s": _SOAP_NS, "tr2": MEDIA2_NS})
    body = etree.SubElement(envelope, f"{{{_SOAP_NS}}}Body")
    call = etree.SubElement(body, f"{{{MEDIA2_NS}}}{operation.name}")
    for name, value in arguments.items():
        etree.SubElement(call, f"{{{MEDIA2_NS}}}{name}").text = value
    return envelope


class Descriptions:
    """The parsed service descriptions; read-only after loading, shared by all cameras."""

    def __init__(self, services: dict[Service, tuple[Any, Any, Any]], token: Any) -> None:
        self._services = services
        self._token = token

    @classmethod
    def load(cls) -> Self:
        """Reads and parses the library's files. Blocking: call it in a thread."""
        import onvif
        from onvif.client import UsernameDigestTokenDtDiff
        from onvif.transport import ASYNC_TRANSPORT
        from zeep import Client, Settings

        connect: Any = Client
        folder = Path(onvif.__file__).parent / "wsdl"
        settings = Settings(strict=False, xml_huge_tree=False)
        services = {}
        for service, file, name in (
            (Service.DEVICE, "devicemgmt.wsdl", "DeviceBinding"),
            (Service.MEDIA, "media.wsdl", "MediaBinding"),
        ):
            client = connect(str(folder / file), transport=ASYNC_TRANSPORT, settings=settings)
            qualified = f"{{{service.value}}}{name}"
            # The address is given when a request is sent.
            proxy = client.create_service(qualified, "http://0.0.0.0/")
            services[service] = (client, proxy, client.wsdl.bindings[qualified])
        return cls(services, UsernameDigestTokenDtDiff)

    def request(
        self,
        operation: Operation,
        arguments: Mapping[str, Any],
        credentials: Credentials | None = None,
        created_at: datetime | None = None,
    ) -> Request:
        """A request; with credentials it carries a WS-Security token of password digest (OASIS
        UsernameToken Profile 1.1) created at `created_at`, which is the device's clock."""
        if operation.service is Service.MEDIA2:
            envelope = _media2(operation, arguments)
            action = f"{MEDIA2_NS}/{operation.name}"
        else:
            client, proxy, binding = self._services[operation.service]
            envelope = client.create_message(proxy, operation.name, **arguments)
            action = binding.get(operation.name).soapaction
        if credentials is not None and created_at is not None:
            token = self._token(
                credentials.username,
                credentials.password,
                use_digest=True,
                created=created_at.replace(tzinfo=None, microsecond=0),
            )
            envelope, _ = token.apply(envelope, {})
        return Request(
            body=etree.tostring(envelope, xml_declaration=True, encoding="utf-8"),
            content_type=f'application/soap+xml; charset=utf-8; action="{action}"',
        )
