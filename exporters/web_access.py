"""Who looks and who writes over HTTP.

The program has no login: a proxy in front has one and names its user in a header. What changes
something is taken only from our own pages, and from programs that are no browsers: a page of
somebody else's must not take an incident on in the name of whoever happens to look at it.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from exporters.api import BadQueryError
from exporters.page import content_security_policy

# A name that a proxy gives is shown in the log; more than a line is none.
MAX_VIEWER = 200
LOCAL_VIEWER = "local"
# A form or a document of ours has a dozen fields.
_MAX_FIELDS = 20
# A form of some hundred bytes takes no longer, however slow the link.
_BODY_S = 20
# Of a page that has a form.
FORM_HEADERS = {
    "Content-Security-Policy": content_security_policy(forms=True),
    # With none at all a browser would not say where a form comes from (`Origin: null`).
    "Referrer-Policy": "same-origin",
}
_FORM, _DOCUMENT = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAccess:
    """`viewer_header` is the header in which the proxy names the user (empty: there is none); it
    must strike out what a client sends by that name. `public_url` is the console's address as
    people call it, where it has a name."""

    viewer_header: str = ""
    public_url: str = ""

    def named(self, request: web.Request) -> str:
        """Who the proxy says it is; empty where it says nothing."""
        named = request.headers.get(self.viewer_header, "") if self.viewer_header else ""
        return "".join(filter(str.isprintable, named)).strip()[:MAX_VIEWER]

    def viewer(self, request: web.Request) -> str:
        """Who looks."""
        return self.named(request) or LOCAL_VIEWER

    def admit(self, request: web.Request) -> str:
        """Who writes, where the proxy says it.

        Raises:
            web.HTTPForbidden: sent by another site's page, or past the proxy.
        """
        # Fetch Metadata: browsers say where a request comes from, to https and to loopback.
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        origin = request.headers.get("Origin")
        if site != "same-origin" or (origin is not None and not self._is_ours(origin, request)):
            raise web.HTTPForbidden(
                reason="sent from another site; alerting.public_url names the console's own address"
            )
        named = self.named(request)
        if self.viewer_header and not named:
            raise web.HTTPForbidden(reason="the proxy names no user")
        return named

    def _is_ours(self, origin: str, request: web.Request) -> bool:
        """By a name it is ours only where the name is configured: what `Host` says, a foreign page
        can bring about by pointing a name of its own at our address."""
        if self.public_url and origin == _origin_of(self.public_url):
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.netloc == request.host and _is_no_name(parts.hostname or "")


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_no_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


async def form_of(request: web.Request) -> dict[str, str]:
    """The fields of a form.

    Raises:
        web.HTTPException: no form, too large, or too slow.
    """
    text = await _text(request, _FORM)
    try:
        fields = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise web.HTTPBadRequest(reason="too many fields") from None
    return dict(fields)


async def document_of(request: web.Request) -> dict[str, object]:
    """A JSON object. A form of another site's cannot be one.

    Raises:
        BadQueryError: not a JSON object.
        web.HTTPException: another type, too large, or too slow.
    """
    text = await _text(request, _DOCUMENT)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise BadQueryError("the body is no JSON") from None
    if not isinstance(document, dict):
        raise BadQueryError("the body is no JSON object")
    return document


async def _text(request: web.Request, content_type: str) -> str:
    if request.content_type != content_type:
        raise web.HTTPUnsupportedMediaType(reason=f"{content_type} is expected")
    try:
        async with asyncio.timeout(_BODY_S):
            raw = await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout(reason="the body did not come") from None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise web.HTTPBadRequest(reason=f"the body is not UTF-8 at byte {error.start}") from None
