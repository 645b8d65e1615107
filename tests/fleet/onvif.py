"""An ONVIF device over HTTP: the Device and Media services as far as a look asks for them, with
WS-UsernameToken (OASIS WSS UsernameToken Profile 1.0) and the device's own clock.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import socket
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from tests.fleet.peer import Peer
from tests.fleet.truth import clock_offset_s

if TYPE_CHECKING:
    from tests.fleet.clips import Clip
    from tests.fleet.host import Host

DEVICE_PATH, MEDIA_PATH, SNAPSHOT_PATH = (
    "/onvif/device_service",
    "/onvif/media_service",
    "/snapshot.jpg",
)
_TOKEN_AGE = timedelta(seconds=300)
_WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
_WSU = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}"
_SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
_OPEN_TO_ALL = frozenset({"GetSystemDateAndTime", "GetCapabilities", "GetServices", "GetHostname"})
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:tt="http://www.onvif.org/ver10/schema"'
    ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl"'
    ' xmlns:trt="http://www.onvif.org/ver10/media/wsdl"'
    ' xmlns:ter="http://www.onvif.org/ver10/error"><s:Body>{body}</s:Body></s:Envelope>'
)
_ENCODINGS = {"h264": "H264", "h265": "H265", "mjpeg": "JPEG"}
_MAKER_NAMES = {
    "hikvision": "HIKVISION",
    "dahua": "Dahua",
    "uniview": "UNIVIEW",
    "tplink": "TP-LINK",
    "tiandy": "Tiandy",
}


class OnvifPeer(Peer):
    """One HTTP connection to the device, kept alive."""

    def __init__(self, host: Host, sock: socket.socket, on_closed: Callable[[Peer], None]) -> None:
        super().__init__(host.world.loop, sock, on_closed)
        self._host = host

    def received(self) -> None:
        while not self.closed:
            end = self.unread.find(b"\r\n\r\n")
            if end < 0:
                return
            lines = bytes(self.unread[:end]).decode("latin-1").split("\r\n")
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines[1:])
            }
            length = headers.get("content-length", "0")
            size = int(length) if length.isdigit() else 0
            if len(self.unread) < end + 4 + size:
                return
            body = bytes(self.unread[end + 4 : end + 4 + size])
            del self.unread[: end + 4 + size]
            method, path = [*lines[0].split(" "), "", ""][:2]
            self._answer(method, path, body)
            if headers.get("connection", "").lower() == "close":
                self.close_when_sent()

    def _answer(self, method: str, path: str, body: bytes) -> None:
        if method == "GET" and path == SNAPSHOT_PATH:
            still = self._host.clip(self._host.cameras[0]).still_jpeg
            self._respond(200, "OK", "image/jpeg", still)
        elif method == "POST" and path in (DEVICE_PATH, MEDIA_PATH):
            self._soap(body)
        else:
            self._respond(404, "Not Found", "text/plain", b"not found\n")

    def _soap(self, body: bytes) -> None:
        try:
            envelope = ET.fromstring(body)
        except ET.ParseError:
            self._fault(400, "ter:WellFormed", "not well-formed XML")
            return
        call = envelope.find(f"{_SOAP}Body")
        operation = call[0].tag.rpartition("}")[2] if call is not None and len(call) else ""
        if operation not in _OPEN_TO_ALL and not self._admits(envelope):
            self._host.cameras[0].logins_refused += 1
            self._fault(400, "ter:NotAuthorized", "Sender not authorized")
            return
        answer = _OPERATIONS.get(operation)
        if operation == "GetStreamUri":
            profile = "" if call is None else call.findtext(".//{*}ProfileToken", "")
            text = _stream_uri(self._host, profile)
        elif answer is None:
            self._fault(400, "ter:ActionNotSupported", "optional action not implemented")
            return
        else:
            text = answer(self._host)
        if not text:
            self._fault(400, "ter:NoProfile", "no such profile")
            return
        self._respond(200, "OK", _SOAP_TYPE, _ENVELOPE.format(body=text).encode())

    def _admits(self, envelope: ET.Element) -> bool:
        account = self._host.account
        token = envelope.find(f".//{_WSSE}UsernameToken")
        if token is None:
            return False
        created = token.findtext(f"{_WSU}Created", "")
        if self._host.cameras[0].point.onvif_strict_time and not self._is_fresh(created):
            return False
        try:
            nonce = base64.b64decode(token.findtext(f"{_WSSE}Nonce", ""), validate=True)
        except binascii.Error:
            return False
        digest = hashlib.sha1(nonce + created.encode() + account.password.encode()).digest()
        given = token.findtext(f"{_WSSE}Password", "")
        right_name = token.findtext(f"{_WSSE}Username", "") == account.username
        return right_name and hmac.compare_digest(base64.b64encode(digest).decode(), given)

    def _is_fresh(self, created: str) -> bool:
        """Whether the token was made about now, by the device's clock."""
        try:
            made = datetime.fromisoformat(created.replace("Z", "+00:00"))
        except ValueError:
            return False
        if made.tzinfo is None:
            made = made.replace(tzinfo=UTC)
        return abs(made - device_time(self._host)) <= _TOKEN_AGE

    def _fault(self, status: int, code: str, reason: str) -> None:
        body = (
            "<s:Fault><s:Code><s:Value>s:Sender</s:Value>"
            f"<s:Subcode><s:Value>{code}</s:Value></s:Subcode></s:Code>"
            f'<s:Reason><s:Text xml:lang="en">{reason}</s:Text></s:Reason></s:Fault>'
        )
        self._respond(status, "Bad Request", _SOAP_TYPE, _ENVELOPE.format(body=body).encode())

    def _respond(self, status: int, phrase: str, content_type: str, body: bytes) -> None:
        head = (
            f"HTTP/1.1 {status} {phrase}\r\nServer: gSOAP/2.8\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.write(head.encode() + body)


_SOAP_TYPE = "application/soap+xml; charset=utf-8"


def device_time(host: Host) -> datetime:
    """The device's clock, UTC as it believes."""
    camera = host.cameras[0]
    return datetime.now(UTC) + timedelta(seconds=clock_offset_s(camera.point, camera.fault) or 0)


def _clock(tag: str, at: datetime) -> str:
    return (
        f"<tt:{tag}><tt:Time><tt:Hour>{at.hour}</tt:Hour><tt:Minute>{at.minute}</tt:Minute>"
        f"<tt:Second>{at.second}</tt:Second></tt:Time><tt:Date><tt:Year>{at.year}</tt:Year>"
        f"<tt:Month>{at.month}</tt:Month><tt:Day>{at.day}</tt:Day></tt:Date></tt:{tag}>"
    )


def _date_and_time(host: Host) -> str:
    now = device_time(host)
    return (
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>"
        "<tt:DateTimeType>NTP</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings>"
        "<tt:TimeZone><tt:TZ>CST-8</tt:TZ></tt:TimeZone>"
        + _clock("UTCDateTime", now)
        + _clock("LocalDateTime", now + timedelta(hours=8))
        + "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def _device_information(host: Host) -> str:
    point = host.cameras[0].point
    return (
        "<tds:GetDeviceInformationResponse>"
        f"<tds:Manufacturer>{_MAKER_NAMES[point.maker]}</tds:Manufacturer>"
        f"<tds:Model>{escape(point.model)}</tds:Model>"
        f"<tds:FirmwareVersion>V5.{point.serial % 7}.{point.serial % 40}</tds:FirmwareVersion>"
        f"<tds:SerialNumber>{point.model}{point.serial:08d}</tds:SerialNumber>"
        "<tds:HardwareId>88</tds:HardwareId></tds:GetDeviceInformationResponse>"
    )


def _network_interfaces(host: Host) -> str:
    """One interface, whose hardware address is the archive's."""
    address = host.cameras[0].point.address
    second, third, fourth = (int(part) for part in address.split(".")[1:])
    return (
        '<tds:GetNetworkInterfacesResponse><tds:NetworkInterfaces token="eth0">'
        "<tt:Enabled>true</tt:Enabled><tt:Info><tt:Name>eth0</tt:Name>"
        f"<tt:HwAddress>02:58:4c:{second:02x}:{third:02x}:{fourth:02x}</tt:HwAddress></tt:Info>"
        "<tt:IPv4><tt:Enabled>true</tt:Enabled><tt:Config><tt:Manual>"
        f"<tt:Address>{address}</tt:Address><tt:PrefixLength>16</tt:PrefixLength></tt:Manual>"
        "<tt:DHCP>false</tt:DHCP></tt:Config></tt:IPv4>"
        "</tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>"
    )


def _address(host: Host, path: str) -> str:
    return f"http://{host.address}:{host.onvif_port}{path}"


def _capabilities(host: Host) -> str:
    return (
        "<tds:GetCapabilitiesResponse><tds:Capabilities>"
        f"<tt:Device><tt:XAddr>{_address(host, DEVICE_PATH)}</tt:XAddr></tt:Device>"
        f"<tt:Media><tt:XAddr>{_address(host, MEDIA_PATH)}</tt:XAddr>"
        "<tt:StreamingCapabilities><tt:RTPMulticast>false</tt:RTPMulticast>"
        "<tt:RTP_TCP>true</tt:RTP_TCP><tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP>"
        "</tt:StreamingCapabilities></tt:Media>"
        "</tds:Capabilities></tds:GetCapabilitiesResponse>"
    )


def _services(host: Host) -> str:
    rows = (("device", DEVICE_PATH), ("media", MEDIA_PATH))
    every = "".join(
        f"<tds:Service><tds:Namespace>http://www.onvif.org/ver10/{name}/wsdl</tds:Namespace>"
        f"<tds:XAddr>{_address(host, path)}</tds:XAddr><tds:Version><tt:Major>2</tt:Major>"
        "<tt:Minor>42</tt:Minor></tds:Version></tds:Service>"
        for name, path in rows
    )
    return f"<tds:GetServicesResponse>{every}</tds:GetServicesResponse>"


def _hostname(host: Host) -> str:
    return (
        "<tds:GetHostnameResponse><tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP>"
        f"<tt:Name>cam{host.cameras[0].point.serial}</tt:Name>"
        "</tds:HostnameInformation></tds:GetHostnameResponse>"
    )


def _scopes(host: Host) -> str:
    point = host.cameras[0].point
    scopes = (
        "onvif://www.onvif.org/type/video_encoder",
        "onvif://www.onvif.org/Profile/Streaming",
        f"onvif://www.onvif.org/hardware/{point.model}",
    )
    every = "".join(
        f"<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>{scope}</tt:ScopeItem></tds:Scopes>"
        for scope in scopes
    )
    return f"<tds:GetScopesResponse>{every}</tds:GetScopesResponse>"


def _profiles(host: Host) -> str:
    camera = host.cameras[0]
    each = [_profile(1, "mainStream", host.clip(camera), camera.clip)]
    if camera.point.sub_resource:
        each.append(_profile(2, "subStream", host.clip(camera, sub=True), camera.clip))
    return f"<trt:GetProfilesResponse>{''.join(each)}</trt:GetProfilesResponse>"


def _profile(number: int, name: str, clip: Clip, source: Clip) -> str:
    return (
        f'<trt:Profiles token="Profile_{number}" fixed="true">'
        f"<tt:Name>{name}</tt:Name>"
        '<tt:VideoSourceConfiguration token="VideoSourceToken"><tt:Name>VideoSource</tt:Name>'
        "<tt:UseCount>2</tt:UseCount><tt:SourceToken>VideoSource_1</tt:SourceToken>"
        f'<tt:Bounds x="0" y="0" width="{source.width}" height="{source.height}"/>'
        "</tt:VideoSourceConfiguration>"
        f'<tt:VideoEncoderConfiguration token="VideoEncoderToken_{number}">'
        "<tt:Name>Encoder</tt:Name>"
        f"<tt:UseCount>1</tt:UseCount><tt:Encoding>{_ENCODINGS[clip.codec]}</tt:Encoding>"
        f"<tt:Resolution><tt:Width>{clip.width}</tt:Width><tt:Height>{clip.height}</tt:Height>"
        "</tt:Resolution><tt:Quality>3</tt:Quality><tt:RateControl>"
        f"<tt:FrameRateLimit>{clip.fps}</tt:FrameRateLimit>"
        "<tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>4096</tt:BitrateLimit>"
        "</tt:RateControl><tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type>"
        "<tt:IPv4Address>0.0.0.0</tt:IPv4Address></tt:Address><tt:Port>0</tt:Port>"
        "<tt:TTL>1</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>"
        "<tt:SessionTimeout>PT60S</tt:SessionTimeout></tt:VideoEncoderConfiguration>"
        "</trt:Profiles>"
    )


def _video_sources(host: Host) -> str:
    clip = host.clip(host.cameras[0])
    return (
        '<trt:GetVideoSourcesResponse><trt:VideoSources token="VideoSource_1">'
        f"<tt:Framerate>{clip.fps}</tt:Framerate><tt:Resolution><tt:Width>{clip.width}</tt:Width>"
        f"<tt:Height>{clip.height}</tt:Height></tt:Resolution>"
        "</trt:VideoSources></trt:GetVideoSourcesResponse>"
    )


def _media_uri(operation: str, uri: str) -> str:
    return (
        f"<trt:{operation}Response><trt:MediaUri><tt:Uri>{escape(uri)}</tt:Uri>"
        "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>"
        "<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT60S</tt:Timeout>"
        f"</trt:MediaUri></trt:{operation}Response>"
    )


def _stream_uri(host: Host, profile: str) -> str:
    camera = host.cameras[0]
    resources = {"Profile_1": camera.point.resource, "Profile_2": camera.point.sub_resource}
    resource = resources.get(profile)
    if camera.fault == "onvif_no_stream" or not resource:
        return ""
    return _media_uri("GetStreamUri", f"rtsp://{host.address}:{host.rtsp_port}{resource}")


def _snapshot_uri(host: Host) -> str:
    return _media_uri("GetSnapshotUri", _address(host, SNAPSHOT_PATH))


_OPERATIONS: dict[str, Callable[[Host], str]] = {
    "GetSystemDateAndTime": _date_and_time,
    "GetDeviceInformation": _device_information,
    "GetNetworkInterfaces": _network_interfaces,
    "GetCapabilities": _capabilities,
    "GetServices": _services,
    "GetHostname": _hostname,
    "GetScopes": _scopes,
    "GetProfiles": _profiles,
    "GetVideoSources": _video_sources,
    "GetSnapshotUri": _snapshot_uri,
}
