"""The asking side of HTTP authentication: Basic (RFC 7617), Digest (RFC 2617, RFC 7616)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))')
_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who may look, and by which scheme: `md5`, `md5_qop`, `sha256`, `basic` or `none`."""

    scheme: str
    username: str
    password: str


class Guard:
    """The authentication of one connection; its nonce is of no use on another."""

    def __init__(
        self,
        account: Account,
        realm: str,
        *,
        name_algorithm: bool,
        make_nonce: Callable[[], str] = secrets.token_hex,
    ) -> None:
        self._account = account
        self._realm = realm
        self._name_algorithm = name_algorithm
        self._make_nonce = make_nonce
        self._nonce = ""

    def challenge(self) -> list[str]:
        """Values for WWW-Authenticate, one for each header line."""
        if self._account.scheme == "basic":
            return [f'Basic realm="{self._realm}"']
        self._nonce = self._make_nonce()
        base = f'Digest realm="{self._realm}", nonce="{self._nonce}"'
        if self._account.scheme == "sha256":
            return [f'{base}, qop="auth", algorithm=SHA-256']
        if self._account.scheme == "md5_qop":
            return [f'{base}, qop="auth", algorithm="MD5"']
        return [f'{base}, algorithm="MD5"' if self._name_algorithm else f'{base}, stale="FALSE"']

    def admits(self, authorization: str, method: str, uri: str) -> bool:
        """Whether a request with this Authorization value may pass."""
        if self._account.scheme == "none":
            return True
        scheme, _, rest = authorization.partition(" ")
        if self._account.scheme == "basic":
            return scheme.lower() == "basic" and self._basic(rest.strip())
        return scheme.lower() == "digest" and self._digest(rest, method, uri)

    def _basic(self, token: str) -> bool:
        try:
            pair = base64.b64decode(token, validate=True)
        except binascii.Error:
            return False
        account = self._account
        return hmac.compare_digest(pair, f"{account.username}:{account.password}".encode())

    def _digest(self, parameters: str, method: str, uri: str) -> bool:
        given = {
            m[1].lower(): m[2] if m[2] is not None else m[3]
            for m in _PARAMETER.finditer(parameters)
        }
        account = self._account
        algorithm = "SHA-256" if account.scheme == "sha256" else "MD5"
        wanted = {
            "username": account.username,
            "realm": self._realm,
            "nonce": self._nonce,
            "uri": uri,
        }
        if not self._nonce or any(given.get(key) != value for key, value in wanted.items()):
            return False
        if given.get("algorithm", "MD5").upper() != algorithm:
            return False

        def digest(text: str) -> str:
            return _HASHES[algorithm](text.encode()).hexdigest()

        secret = digest(f"{account.username}:{self._realm}:{account.password}")
        request = digest(f"{method}:{uri}")
        middle = self._nonce
        if "qop" in given:
            middle = ":".join(
                (self._nonce, given.get("nc", ""), given.get("cnonce", ""), given["qop"])
            )
        return hmac.compare_digest(
            digest(f"{secret}:{middle}:{request}"), given.get("response", "")
        )
