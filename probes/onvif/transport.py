"""One SOAP request over HTTP, with every bound and every network error in its place."""

from __future__ import annotations

import asyncio
import errno
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from probes.deadline import Deadline
from probes.onvif.addresses import is_at_host, service_url
from probes.onvif.requests import Request
from probes.reasons import ProbeFailedError, failure
from probes.rtsp.auth import Challenge, basic_answer, digest_answer, parse_challenges
from probes.rtsp.connection import connect_failure
from probes.vocabulary import Credentials, Failure, Stage

# The profiles of a 64-channel recorder take 1 MB.
MAX_BODY_BYTES = 4 * 1024 * 1024
# A device answers in 50 to 500 ms; a slow one building its profiles in 3 s.
REQUEST_S = 6.0
_PIECE_BYTES = 64 * 1024

_ERRNOS: Mapping[int, str] = MappingProxyType(
    {
        errno.ECONNREFUSED: "refused",
        errno.EHOSTUNREACH: "unreachable",
        errno.EHOSTDOWN: "unreachable",
        errno.ETIMEDOUT: "timeout",
        errno.ECONNRESET: "peer_closed",
        errno.EPIPE: "peer_closed",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer; `challenge` is the strongest that a 401 offers and we can answer."""

    status: int
    challenge: Challenge | None = None
    body: bytes = field(repr=False)


def _errno_failure(error: OSError) -> Failure:
    own = connect_failure(error)
    if own.stage is Stage.PROBER:
        return own
    name = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return failure(Stage.ONVIF, _ERRNOS.get(error.errno or 0, "peer_closed"), name)


def _name_failure(error: OSError) -> Failure:
    unknown = error.errno in {socket.EAI_NONAME, socket.EAI_NODATA}
    return failure(Stage.RESOLVE, "not_found" if unknown else "server_failure", "name lookup")


def failure_of(error: BaseException) -> Failure:
    """The failure that an exception of aiohttp amounts to."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(error, aiohttp.ClientConnectorDNSError) or isinstance(cause, socket.gaierror):
        return (
            _name_failure(cause)
            if isinstance(cause, OSError)
            else failure(Stage.RESOLVE, "not_found", "name lookup")
        )
    if isinstance(error, (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError)):
        return failure(Stage.TLS, "certificate_invalid", type(error).__name__)
    if isinstance(error, aiohttp.ClientSSLError):
        return failure(Stage.TLS, "malformed", type(cause).__name__)
    if isinstance(error, TimeoutError):
        return failure(Stage.ONVIF, "timeout", "no answer in time")
    if isinstance(error, aiohttp.InvalidURL):
        return failure(Stage.RESOLVE, "bad_address", "ONVIF address")
    if isinstance(error, (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError)):
        return failure(Stage.ONVIF, "peer_closed", type(error).__name__)
    if isinstance(cause, OSError):
        return _errno_failure(cause)
    return failure(Stage.ONVIF, "malformed", f"HTTP: {type(error).__name__}")


def _malformed(evidence: str) -> ProbeFailedError:
    return ProbeFailedError(failure(Stage.ONVIF, "malformed", evidence))


async def _body(response: aiohttp.ClientResponse) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := await response.content.read(_PIECE_BYTES):
        size += len(piece)
        if size > MAX_BODY_BYTES:
            raise _malformed(f"answer longer than {MAX_BODY_BYTES} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def _challenge(response: aiohttp.ClientResponse) -> Challenge | None:
    if response.status != 401:
        return None
    offered = parse_challenges(response.headers.getall("WWW-Authenticate", []))
    best = max(offered, key=lambda one: one.strength, default=None)
    return best if best is not None and best.strength else None


class Transport:
    """The requests of one look at one device.

    HTTP's own login is done here and not by aiohttp's middleware, which gives up where a device
    offers Basic before Digest.
    """

    def __init__(self, session: aiohttp.ClientSession, device_url: str, deadline: Deadline) -> None:
        self._session = session
        self._device_url = device_url
        self._deadline = deadline
        self._login: tuple[Challenge, Credentials] | None = None
        self._uses = 0
        self._accepted = False

    @property
    def logs_in(self) -> bool:
        """Whether requests log in by HTTP now."""
        return self._login is not None

    def may_answer(self, challenge: Challenge) -> bool:
        """Whether answering is no second try of a refused password: it is the first challenge,
        or the nonce that was accepted has run out."""
        if self._login is None:
            return True
        return challenge.stale or (self._accepted and challenge.nonce != self._login[0].nonce)

    def log_in(self, challenge: Challenge, credentials: Credentials) -> None:
        """From now on requests answer this challenge."""
        self._login = (challenge, credentials)
        self._uses, self._accepted = 0, False

    def _authorization(self, url: str) -> dict[str, str]:
        if self._login is None:
            return {}
        challenge, credentials = self._login
        if challenge.scheme == "basic":
            return {"Authorization": basic_answer(credentials)}
        self._uses += 1
        parts = urlsplit(url)
        uri = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        cnonce = secrets.token_hex(8)
        answer = digest_answer(
            challenge, credentials, method="POST", uri=uri, count=self._uses, cnonce=cnonce
        )
        return {"Authorization": answer}

    async def post(self, url: str, request: Request) -> Reply:
        """Sends a request; follows one redirect, at the configured host only.

        Raises:
            ProbeFailedError: no HTTP answer, one past a bound, or a redirect to another host.
        """
        try:
            async with asyncio.timeout(self._deadline.remaining_s(REQUEST_S)):
                reply, location = await self._once(url, request)
                if location is None:
                    return reply
                target = urljoin(url, location)
                if not is_at_host(self._device_url, target):
                    evidence = f"HTTP {reply.status} sends to another host"
                    raise ProbeFailedError(failure(Stage.ONVIF, "address_foreign", evidence))
                reply, _ = await self._once(service_url(self._device_url, target), request)
                return reply
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ProbeFailedError(failure_of(error)) from error

    async def _once(self, url: str, request: Request) -> tuple[Reply, str | None]:
        headers = {"Content-Type": request.content_type, "Accept-Encoding": "identity"}
        async with self._session.post(
            # Paths go out as the device wrote them.
            URL(url, encoded=True),
            data=request.body,
            headers=headers | self._authorization(url),
            allow_redirects=False,
        ) as response:
            reply = Reply(
                status=response.status, challenge=_challenge(response), body=await _body(response)
            )
            self._accepted |= self.logs_in and response.status != 401
            is_redirect = response.status in {301, 302, 303, 307, 308}
            return reply, response.headers.get("Location") if is_redirect else None


@asynccontextmanager
async def connected(
    device_url: str, deadline: Deadline, *, tls_verify: bool
) -> AsyncIterator[Transport]:
    """A transport to one device.

    Each request has a connection of its own: devices close theirs without a word after an answer,
    and a request sent into such a connection is lost.
    """
    connector = aiohttp.TCPConnector(ssl=tls_verify, limit=1, force_close=True)
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=deadline.budget.connect_s, sock_read=REQUEST_S
    )
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        max_line_size=8190,
        max_field_size=8190,
    ) as session:
        yield Transport(session, device_url, deadline)
