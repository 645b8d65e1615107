"""The course of one RTSP session (RFC 2326 section 10) without I/O: which request comes next,
and what each answer means. DESCRIBE, SETUP and PLAY: a look needs nothing else, but where a camera
asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from probes.reasons import ProbeFailedError, failure
from probes.rtsp.auth import Authenticator, raw
from probes.rtsp.headers import parse_session, parse_transport
from probes.rtsp.sdp import Description, SdpError, Video, parse_sdp
from probes.rtsp.url import StreamUrl, control_url, repaired_base, without_user
from probes.rtsp.wire import Response
from probes.vocabulary import Credentials, Failure, Stage, Transport

USER_AGENT = "xueliang"

# The longest sensible course: two challenges with one renewal each, a path-only DESCRIBE, a
# redirect, two SETUPs and PLAY. More means that the camera leads us in circles.
MAX_REQUESTS = 12
MAX_REDIRECTS = 2
# A timeout of 0 or 1 s is a slip of the camera; nobody needs more signs of life than this.
MIN_KEEP_ALIVE_S = 5.0

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_STAGES = {
    "OPTIONS": Stage.DESCRIBE,
    "DESCRIBE": Stage.DESCRIBE,
    "SETUP": Stage.SETUP,
    "PLAY": Stage.PLAY,
}
_REASONS = {404: "not_found", 453: "busy", 503: "busy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Bytes to put on the connection."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenPorts:
    """Open a pair of UDP ports and tell them to `RtspSession.ports_opened`."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Wait on."""


Step = Send | OpenPorts | Nothing


class RtspSession:
    """Yields requests and takes answers until RTP may flow.

    One request is outstanding at a time, so an answer belongs to it whatever its CSeq says:
    VLC's 401 has none, other cameras repeat the one before. The session id is whatever the last
    answer named (scottlamb/retina saw it change between SETUPs).
    """

    def __init__(
        self,
        url: StreamUrl,
        credentials: Credentials | None,
        make_cnonce: Callable[[], str],
    ) -> None:
        self._url = url
        self._request_url = url.text
        self._auth = Authenticator(credentials, make_cnonce)
        self._cseq = 0
        self._redirects = 0
        self._method = ""
        self._uri = ""
        self._headers: dict[str, str] = {}
        self._challenge_open = False
        self._started_over = False
        self._greeted = False
        self._session_id: str | None = None
        self._timeout_s = 60
        self._set_up = False
        self._refused: dict[Transport, str] = {}
        self._aggregate_url = ""
        self._setup_url = ""
        self._ports = (0, 0)
        self.stage = Stage.DESCRIBE
        self.transport = Transport.TCP
        self.video: Video | None = None
        self.channel = 0
        self.ssrc: int | None = None
        self.play_sent = False
        self.playing = False

    def begin(self) -> Send:
        """The first request: DESCRIBE."""
        return self._describe(self._url.text)

    def receive(self, response: Response) -> Step:
        """Takes the answer to the outstanding request.

        Raises:
            ProbeFailedError: the camera cannot be looked at; stage and reason tell why.
        """
        if response.status < 200:
            return Nothing()
        self._note_session(response)
        self._challenge_open = response.status == 401
        if self._challenge_open:
            return self._challenged(response)
        self._auth.accepted()
        self.stage = _STAGES[self._method]
        if response.status >= 300:
            return self._not_ok(response)
        accepted = {
            "OPTIONS": self._greeted_back,
            "DESCRIBE": self._described,
            "SETUP": self._was_set_up,
            "PLAY": self._plays,
        }
        return accepted[self._method](response)

    def start_over(self) -> Send | None:
        """The outstanding request once more, for a new connection, where the camera closed the
        old one behind its challenge, as some do with each 401. None where it closed for another
        reason, or did so before: a wrong password must not be tried again and again."""
        if not self._challenge_open or self._started_over or self._set_up:
            return None
        self._started_over = True
        self._session_id = None
        return self._next(self._method, self._uri, self._headers)

    def ports_opened(self, rtp_port: int, rtcp_port: int) -> Send:
        """The UDP ports are open: the SETUP that names them."""
        self._ports = (rtp_port, rtcp_port)
        return self._setup(f"RTP/AVP;unicast;client_port={rtp_port}-{rtcp_port}")

    @property
    def keep_alive_s(self) -> float:
        """How often a sign of life is due: twice within the session's timeout, which is as short
        as 15 s on some cameras."""
        return max(MIN_KEEP_ALIVE_S, self._timeout_s / 2)

    def keep_alive(self) -> Send:
        """OPTIONS, which every server knows; GET_PARAMETER goes unanswered on some that announce
        it (ZLMediaKit issue 642). What comes back does not matter."""
        return self._request("OPTIONS", self._aggregate_url, {})

    def farewell(self) -> bytes | None:
        """TEARDOWN, or None where the camera holds no session of ours."""
        if not self._set_up:
            return None
        return self._request("TEARDOWN", self._aggregate_url, {}).data

    # Requests

    def _request(self, method: str, uri: str, headers: dict[str, str]) -> Send:
        self._cseq += 1
        self._method, self._uri, self._headers = method, uri, headers
        fields = {"CSeq": str(self._cseq), "User-Agent": USER_AGENT, **headers}
        if self._session_id is not None:
            fields["Session"] = self._session_id
        authorization = self._auth.header(method, uri)
        if authorization is not None:
            fields["Authorization"] = authorization
        # Session ids, realms and nonces are the camera's: they go back byte by byte, but can end
        # no line.
        lines = "".join(f"{name}: {_CONTROL.sub('', text)}\r\n" for name, text in fields.items())
        first = f"{method} {uri} RTSP/1.0\r\n".encode("utf-8", "replace")
        return Send(data=first + raw(lines) + b"\r\n")

    def _next(self, method: str, uri: str, headers: dict[str, str]) -> Send:
        stage = _STAGES[method]
        if self._cseq >= MAX_REQUESTS:
            raise ProbeFailedError(
                failure(stage, "rejected", f"no agreement within {MAX_REQUESTS} requests")
            )
        self.stage = stage
        return self._request(method, uri, headers)

    def _describe(self, uri: str) -> Send:
        return self._next("DESCRIBE", uri, {"Accept": "application/sdp"})

    def _setup(self, transport: str) -> Send:
        return self._next("SETUP", self._setup_url, {"Transport": transport})

    # Answers

    def _note_session(self, response: Response) -> None:
        named = response.headers.get("Session")
        session = parse_session(named) if named else None
        if session is not None:
            self._session_id, self._timeout_s = session.id, session.timeout_s

    def _challenged(self, response: Response) -> Step:
        self.stage = Stage.AUTH
        closing = (response.headers.get("Connection") or "").lower() == "close"
        if self._started_over and not closing:
            # Why it closed is not told: this proves no wrong password.
            evidence = "closed behind its challenge, refused the answer on a new connection"
            raise ProbeFailedError(failure(Stage.AUTH, "peer_closed", evidence))
        self._auth.challenged(response.headers.get_all("WWW-Authenticate"))
        return self._next(self._method, self._uri, self._headers)

    def _not_ok(self, response: Response) -> Step:
        ways = {
            "DESCRIBE": self._other_describe,
            "SETUP": self._other_transport,
            "PLAY": self._other_play,
        }
        other = ways[self._method](response) if self._method in ways else None
        if other is not None:
            return other
        found = _refusal(self._method, response)
        self.stage = found.stage
        raise ProbeFailedError(found)

    def _other_describe(self, response: Response) -> Step | None:
        if response.status == 404 and self._uri == self._url.text != self._url.path:
            # VIVOTEK answers 404 to a full address and wants the path (meetecho/janus-gateway
            # issue 2906).
            return self._describe(self._url.path)
        if response.status == 455 and not self._greeted:
            # DESCRIBE is not valid in this state (RFC 2326 section 11.3.6): the camera wants the
            # OPTIONS first with which most clients begin.
            self._greeted = True
            return self._next("OPTIONS", self._request_url, {})
        location = response.headers.get("Location")
        if 300 <= response.status < 400 and location and self._redirects < MAX_REDIRECTS:
            self._redirects += 1
            target = self._url.redirected(location)
            if target is not None:
                self._url = target
                self._request_url = target.text
                return self._describe(target.text)
        return None

    def _other_transport(self, response: Response) -> Step | None:
        """461 (RFC 2326 section 11.3.14), or 400, with which rtsp-server-perl refuses TCP."""
        refused_tcp = self.transport is Transport.TCP and response.status in (400, 461)
        refused_udp = self.transport is Transport.UDP and (
            response.status == 461 or (response.status == 400 and "400" in self._refused.values())
        )
        if not (refused_tcp or refused_udp):
            return None
        return self._transport_refused(str(response.status))

    def _other_play(self, response: Response) -> Step | None:
        """457 (RFC 2326 section 11.3.8): a live source that knows no range at all."""
        if response.status != 457 or "Range" not in self._headers:
            return None
        return self._next("PLAY", self._aggregate_url, {})

    def _transport_refused(self, how: str) -> Step:
        self._refused[self.transport] = how
        if len(self._refused) == len(Transport):
            evidence = ", ".join(f"{kind} {status}" for kind, status in self._refused.items())
            raise ProbeFailedError(failure(Stage.SETUP, "transport_refused", evidence))
        self.transport = Transport.UDP
        return OpenPorts()

    def _greeted_back(self, _response: Response) -> Step:
        return self._describe(self._request_url)

    def _described(self, response: Response) -> Step:
        try:
            description = parse_sdp(response.body)
        except SdpError as error:
            raise ProbeFailedError(failure(Stage.DESCRIBE, "malformed", str(error))) from error
        self.video = description.video()
        if self.video is None:
            raise ProbeFailedError(_no_video(description))
        base = repaired_base(response.headers.get("Content-Base"), self._request_url)
        self._setup_url = _sendable(control_url(base, self.video.control))
        self._aggregate_url = _sendable(control_url(base, description.control))
        return self._setup("RTP/AVP/TCP;unicast;interleaved=0-1")

    def _was_set_up(self, response: Response) -> Step:
        self._set_up = True
        answered = parse_transport(response.headers.get("Transport") or "")
        named = response.headers.get("Transport") is not None
        if named and answered.lower is not self.transport:
            # Some recorders answer a TCP SETUP with their UDP ports: that is a refusal.
            return self._transport_refused(f"answered {answered.lower}")
        if answered.interleaved is not None:
            # The answer counts, also where it names other channels than asked.
            self.channel = answered.interleaved[0]
        self.ssrc = answered.ssrc
        self.play_sent = True
        return self._next("PLAY", self._aggregate_url, {"Range": "npt=0.000-"})

    def _plays(self, _response: Response) -> Step:
        self.stage = Stage.FIRST_PACKET
        self.playing = True
        return Nothing()


def _sendable(url: str) -> str:
    """A camera's own text goes into our request line: control characters and blanks may not."""
    if not url.isprintable() or " " in url:
        url = "".join(char for char in url if char.isprintable() and char != " ")
    return without_user(url)


def _refusal(method: str, response: Response) -> Failure:
    stage = _STAGES[method]
    evidence = f"{method} answered {response.status} {response.reason[:40]!r}"
    if response.status == 403:
        return failure(Stage.AUTH, "forbidden", evidence)
    if response.status < 400:
        reason = "redirected" if stage is Stage.DESCRIBE else "rejected"
        return failure(stage, reason, evidence)
    default = "rejected" if response.status < 500 else "server_error"
    return failure(stage, _REASONS.get(response.status, default), evidence)


def _no_video(description: Description) -> Failure:
    encodings = description.video_encodings()
    if encodings:
        named = ", ".join(name[:20] for name in encodings[:4])
        return failure(Stage.DESCRIBE, "codec_unsupported", f"video is {named}")
    kinds = ", ".join(media.kind[:20] for media in description.media[:6]) or "none"
    return failure(Stage.DESCRIBE, "no_video", f"media: {kinds}")
