"""Evidence without the credentials that a camera may have sent back."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

from probes.vocabulary import Credentials, Failure


def scrubbed(found: Failure, credentials: Credentials | None) -> Failure:
    """A hostile camera may send our own words back: credentials never stay in evidence."""
    if credentials is None:
        return found
    pair = f"{credentials.username}:{credentials.password}".encode()
    evidence = found.evidence
    for secret in (credentials.password, b64encode(pair).decode("ascii")):
        if secret:
            evidence = evidence.replace(secret, "***")
    return replace(found, evidence=evidence)
