"""What a device's refusal means.

Decided by HTTP status and fault codes (SOAP 1.2 section 5.4, SOAP 1.1 section 4.4, ONVIF Core
section 5.11.2), never by the text: `NotAuthorized` comes as HTTP 400, 401, 500 and 200, with
texts in any words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from probes.onvif.envelope import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Codes by their local names, outermost first: (`Sender`, `NotAuthorized`)."""

    codes: tuple[str, ...]

    def __str__(self) -> str:
        return "/".join(self.codes) or "fault without a code"


class Outcome(Enum):
    """What became of a request."""

    ANSWERED = "answered"
    NOT_AUTHORIZED = "not_authorized"
    NOT_SUPPORTED = "not_supported"
    REJECTED = "rejected"


# WS-Security 1.1 section 12 and the ONVIF codes; compared in lower case.
_SECURITY_CODES = frozenset(
    {
        *("notauthorized", "sendernotauthorized", "operationprohibited"),
        *("failedauthentication", "failedcheck", "invalidsecurity", "invalidsecuritytoken"),
        *("securitytokenunavailable", "messageexpired"),
    }
)
_UNSUPPORTED_CODES = frozenset(
    {
        *("actionnotsupported", "optionalactionnotimplemented", "unknownaction"),
        *("notimplemented", "mustunderstand", "nosuchservice"),
    }
)
_SENDER_CODES = frozenset({"sender", "client"})


# The longest code of the standard has 40 letters.
_MAX_CODE = 64
_MAX_CODES = 4


def _local(code: str) -> str:
    return code.strip().rpartition(":")[2][:_MAX_CODE]


def fault_of(envelope: Node) -> Fault | None:
    """The fault in an answer, whichever SOAP version it is of."""
    fault = next(envelope.all("Fault"), None)
    if fault is None:
        return None
    old = next(fault.all("faultcode"), None)
    if old is not None:
        # Some write a SOAP 1.1 code as `SOAP-ENV:Client.NotAuthorized`.
        return Fault(codes=tuple(_local(old.text).split(".")[:_MAX_CODES]))
    code = next(fault.all("Code"), fault)
    codes = [_local(value.text) for value in code.all("Value") if value.text]
    return Fault(codes=tuple(codes[:_MAX_CODES]))


def outcome(status: int, fault: Fault | None, *, takes_nothing: bool) -> Outcome:
    """What an answer of this HTTP status with this fault means.

    `takes_nothing` says that the request had no parameters. Where the device then blames the
    sender and gives no further code, all it can object to is who sent it.
    """
    codes = {code.lower() for code in fault.codes} if fault is not None else set()
    bare = fault is not None and len(fault.codes) == 1 and bool(codes & _SENDER_CODES)
    if status in {401, 403} or codes & _SECURITY_CODES or (bare and takes_nothing):
        return Outcome.NOT_AUTHORIZED
    if codes & _UNSUPPORTED_CODES or status in {404, 405, 501}:
        return Outcome.NOT_SUPPORTED
    if fault is not None or status >= 300:
        return Outcome.REJECTED
    return Outcome.ANSWERED
