"""Authentication (RFC 2326 section 14, RFC 2617, RFC 7616, RFC 7617): reading challenges,
answering the strongest one, and knowing when an answer has been refused for good."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from probes.reasons import ProbeFailedError, failure
from probes.vocabulary import Credentials, Failure, Stage

_TOKEN = re.compile(
    r"""(?P<name>[A-Za-z0-9_-]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"?|(?P<bare>[^\s,]*))"""
    r"""|(?P<scheme>[A-Za-z0-9_-]+)"""
)
_ESCAPED = re.compile(r"\\(.)")

_HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}
_BASIC_STRENGTH, _MD5_STRENGTH, _SHA256_STRENGTH = 1, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One challenge of a WWW-Authenticate header; parameter names are in lower case."""

    scheme: str
    parameters: dict[str, str]

    @property
    def algorithm(self) -> str:
        """The Digest algorithm in capitals, MD5 where none is named (RFC 7616 section 3.3)."""
        return self.parameters.get("algorithm", "MD5").upper()

    @property
    def nonce(self) -> str:
        return self.parameters.get("nonce", "")

    @property
    def stale(self) -> bool:
        return self.parameters.get("stale", "").lower() == "true"

    @property
    def strength(self) -> int:
        """0 where we cannot answer it."""
        if self.scheme == "basic":
            return _BASIC_STRENGTH
        if self.scheme != "digest" or not self.nonce:
            return 0
        name = self.algorithm.removesuffix("-SESS")
        return {"MD5": _MD5_STRENGTH, "SHA-256": _SHA256_STRENGTH}.get(name, 0)


def parse_challenges(values: Iterable[str]) -> list[Challenge]:
    """The challenges of all WWW-Authenticate headers of a reply, several to a header too.

    Blanks after commas may be missing, values may be unquoted (`stale=FALSE`).
    """
    challenges: list[Challenge] = []
    for value in values:
        for token in _TOKEN.finditer(value):
            if token["scheme"]:
                challenges.append(Challenge(scheme=token["scheme"].lower(), parameters={}))
            elif challenges:
                text = token["bare"] if token["quoted"] is None else token["quoted"]
                text = _ESCAPED.sub(r"\1", text)
                challenges[-1].parameters.setdefault(token["name"].lower(), text)
    return challenges


def basic_answer(credentials: Credentials) -> str:
    """RFC 7617 section 2, in UTF-8."""
    pair = f"{credentials.username}:{credentials.password}"
    return f"Basic {b64encode(pair.encode()).decode('ascii')}"


def digest_answer(
    challenge: Challenge,
    credentials: Credentials,
    *,
    method: str,
    uri: str,
    count: int,
    cnonce: str,
) -> str:
    """The Authorization value for a Digest challenge (RFC 7616 section 3.4; without qop as in
    RFC 2069). `count` is how often this nonce has been used, from 1. `uri` holds no user
    information: TP-Link refuses an answer that does (mpromonet/webrtc-streamer issue 698).
    """
    digest = _HASHES[challenge.algorithm.removesuffix("-SESS")]
    realm = challenge.parameters.get("realm", "")
    nonce = challenge.nonce
    secret = digest(
        b":".join([credentials.username.encode(), raw(realm), credentials.password.encode()])
    )
    if challenge.algorithm.endswith("-SESS"):
        secret = digest(raw(f"{secret}:{nonce}:{cnonce}"))
    offered = {part.strip().lower() for part in challenge.parameters.get("qop", "").split(",")}
    qop = next((kind for kind in ("auth", "auth-int") if kind in offered), None)
    target = f"{method}:{uri}"
    if qop == "auth-int":
        target += f":{digest(b'')}"
    middle = f"{nonce}:{count:08x}:{cnonce}:{qop}" if qop else nonce
    response = digest(raw(f"{secret}:{middle}:{digest(raw(target))}"))
    # In UTF-8, seen as Latin-1 like all that came from the camera.
    username = credentials.username.encode().decode("latin-1")
    fields = {"username": username, "realm": realm, "nonce": nonce, "uri": uri}
    text = ", ".join(f'{name}="{_quoted(value)}"' for name, value in fields.items())
    text += f', response="{response}"'
    if "algorithm" in challenge.parameters:
        text += f", algorithm={challenge.parameters['algorithm']}"
    if "opaque" in challenge.parameters:
        text += f', opaque="{_quoted(challenge.parameters["opaque"])}"'
    if qop:
        text += f', qop={qop}, nc={count:08x}, cnonce="{cnonce}"'
    elif challenge.algorithm.endswith("-SESS"):
        text += f', cnonce="{cnonce}"'
    return f"Digest {text}"


def raw(text: str) -> bytes:
    """Back to the bytes received: heads are decoded as Latin-1; our own texts are ASCII or fall
    back to UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


class Authenticator:
    """The credentials' state on one connection.

    A nonce belongs to the connection that gave it: Hikvision ("HIK Media Server" V4.51) refuses
    right passwords otherwise. Wrong passwords are counted and lock the account, so an answer to
    a fresh challenge that is refused is final; only `stale=true`, or a nonce that had already
    been accepted and has now changed, allows one more.
    """

    def __init__(self, credentials: Credentials | None, make_cnonce: Callable[[], str]) -> None:
        self._credentials = credentials
        self._make_cnonce = make_cnonce
        self._challenge: Challenge | None = None
        self._uses = 0
        self._accepted = False
        self._renewed = False

    def accepted(self) -> None:
        """The last request was answered other than by 401."""
        if self._uses:
            self._accepted = True
            self._renewed = False

    def challenged(self, values: list[str]) -> None:
        """A 401 with these WWW-Authenticate values: makes ready to answer it.

        Raises:
            ProbeFailedError: at stage auth; there is nothing (more) to try.
        """
        if self._credentials is None:
            raise ProbeFailedError(
                failure(Stage.AUTH, "credentials_missing", "401 and no credentials are known")
            )
        challenges = parse_challenges(values)
        best = max(challenges, key=lambda offered: offered.strength, default=None)
        if best is None:
            raise ProbeFailedError(
                failure(Stage.AUTH, "malformed", "401 without a readable WWW-Authenticate")
            )
        if best.strength == 0:
            raise ProbeFailedError(_unanswerable(challenges))
        if self._challenge is not None:
            self._renew(best)
        self._challenge, self._uses = best, 0

    def _renew(self, best: Challenge) -> None:
        answered = self._challenge
        replaced = self._accepted and answered is not None and best.nonce != answered.nonce
        if self._renewed or not (best.stale or replaced):
            raise ProbeFailedError(
                failure(Stage.AUTH, "credentials_wrong", f"401 to a {best.scheme} answer")
            )
        self._renewed = True
        self._accepted = False

    def header(self, method: str, uri: str) -> str | None:
        """The Authorization value for a request, or None while nobody has asked for one."""
        if self._challenge is None or self._credentials is None:
            return None
        self._uses += 1
        if self._challenge.scheme == "basic":
            return basic_answer(self._credentials)
        return digest_answer(
            self._challenge,
            self._credentials,
            method=method,
            uri=uri,
            count=self._uses,
            cnonce=self._make_cnonce(),
        )


def _unanswerable(challenges: list[Challenge]) -> Failure:
    nonceless = [c for c in challenges if c.scheme == "digest" and not c.nonce]
    if nonceless:
        return failure(Stage.AUTH, "malformed", "Digest challenge without a nonce")
    offered = ", ".join(f"{c.scheme[:20]} {c.algorithm[:20]}" for c in challenges[:4])
    return failure(Stage.AUTH, "scheme_unsupported", f"offered: {offered}")
