"""Challenges of any form: each is answered or refused with a reason, and the answer can end no
line and tells no password."""

from __future__ import annotations

from probes.reasons import ProbeFailedError
from probes.rtsp.auth import Authenticator, parse_challenges
from probes.vocabulary import Credentials
from tests.fuzz.failures import check_failure

_PASSWORD = "correct-horse-4711"

SEEDS = [
    b'Digest realm="r", nonce="n"\nDigest realm="r", nonce="n2", stale=true',
    b'Basic realm="r"\0Digest realm="r",nonce="4e",stale=FALSE,algorithm=MD5',
    b'Digest realm="a \\"b\\"", qop="auth,auth-int", opaque="o", nonce=n, algorithm=SHA-256',
    b'Digest nonce="n", algorithm=MD5-sess, qop=auth-int, Basic realm=x',
    b"Negotiate abc==, Bearer, Digest algorithm=SHA-512-256, nonce=x",
    b'Digest realm="\xe5\xad\x94", nonce="n',
]


def check(data: bytes) -> None:
    """A line break parts replies, a zero byte the headers of one; as on the wire, Latin-1."""
    lock = Authenticator(Credentials(username="操作员", password=_PASSWORD), lambda: "00")
    for reply in data.decode("latin-1").split("\n")[:8]:
        values = reply.split("\0")
        for challenge in parse_challenges(values):
            assert 0 <= challenge.strength <= 3
        try:
            lock.challenged(values)
        except ProbeFailedError as error:
            check_failure(error.failure, _PASSWORD)
            return
        answer = lock.header("DESCRIBE", "rtsp://192.0.2.7/live")
        assert answer is not None
        assert answer.startswith(("Basic ", "Digest "))
        assert "\n" not in answer
        assert _PASSWORD not in answer
        lock.accepted()
