"""Challenges and answers, against the examples of the RFCs."""

from __future__ import annotations

import hashlib

import pytest

from probes.reasons import ProbeFailedError
from probes.rtsp.auth import (
    Authenticator,
    Challenge,
    basic_answer,
    digest_answer,
    parse_challenges,
)
from probes.vocabulary import Credentials, Stage

MUFASA = Credentials(username="Mufasa", password="Circle Of Life")
KNOWN = Credentials(username="admin", password="secret")


@pytest.mark.parametrize(
    ("values", "schemes"),
    [
        pytest.param(['Basic realm="a"'], ["basic"], id="Basic"),
        pytest.param(['Digest realm="a", nonce="b"'], ["digest"], id="GStreamer"),
        pytest.param(['Digest realm="a",nonce="b",stale=FALSE'], ["digest"], id="no blanks"),
        pytest.param(
            ['Basic realm="a, b=c"', 'Digest realm="a", nonce="b"'],
            ["basic", "digest"],
            id="TP-Link Tapo C110: two headers, Basic first",
        ),
        pytest.param(
            ['Basic realm="a", Digest realm="a", nonce="b"'], ["basic", "digest"], id="one header"
        ),
        pytest.param(['DIGEST  realm = "a" , nonce = "b"'], ["digest"], id="blanks and capitals"),
        pytest.param(['Digest realm="a\\"b", nonce="c'], ["digest"], id="unterminated"),
        pytest.param(["Negotiate"], ["negotiate"], id="no parameters"),
        pytest.param([""], [], id="empty"),
        pytest.param(['=,="'], [], id="nonsense"),
    ],
)
def test_challenges(values: list[str], schemes: list[str]) -> None:
    assert [challenge.scheme for challenge in parse_challenges(values)] == schemes


def test_parameters() -> None:
    (challenge,) = parse_challenges(['Digest realm="Caméra \\"1\\"", Nonce="98481030", STALE=True'])
    assert challenge.parameters["realm"] == 'Caméra "1"'
    assert (challenge.nonce, challenge.algorithm, challenge.stale) == ("98481030", "MD5", True)


def test_rfc_2617_example() -> None:
    challenge = Challenge(
        scheme="digest",
        parameters={
            "realm": "testrealm@host.com",
            "qop": "auth,auth-int",
            "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            "opaque": "5ccc069c403ebaf9f0171e9517f40e41",
        },
    )
    answer = digest_answer(
        challenge, MUFASA, method="GET", uri="/dir/index.html", count=1, cnonce="0a4f113b"
    )
    assert 'response="6629fae49393a05397450978507c4ef1"' in answer
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in answer
    assert 'qop=auth, nc=00000001, cnonce="0a4f113b"' in answer


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_rfc_7616_examples(algorithm: str, response: str) -> None:
    """Section 3.9.1."""
    challenge = Challenge(
        scheme="digest",
        parameters={
            "realm": "http-auth@example.org",
            "qop": "auth, auth-int",
            "algorithm": algorithm,
            "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        },
    )
    answer = digest_answer(
        challenge,
        Credentials(username="Mufasa", password="Circle of Life"),
        method="GET",
        uri="/dir/index.html",
        count=1,
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert f'response="{response}"' in answer
    assert f"algorithm={algorithm}" in answer


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("extra", "middle", "secret"),
    [
        pytest.param({}, "98481030", "{a1}", id="Longse: neither qop nor algorithm"),
        pytest.param({"qop": "auth"}, "98481030:00000002:cc:auth", "{a1}", id="qop"),
        pytest.param({"algorithm": "MD5-sess"}, "98481030", "sess", id="MD5-sess"),
    ],
)
def test_digest_forms(extra: dict[str, str], middle: str, secret: str) -> None:
    challenge = Challenge(scheme="digest", parameters={"realm": "r", "nonce": "98481030", **extra})
    uri = "rtsp://192.0.2.7/a"
    answer = digest_answer(challenge, KNOWN, method="PLAY", uri=uri, count=2, cnonce="cc")
    first = md5("admin:r:secret")
    if secret == "sess":
        first = md5(f"{first}:98481030:cc")
    assert f'response="{md5(f"{first}:{middle}:" + md5(f"PLAY:{uri}"))}"' in answer
    assert f'uri="{uri}"' in answer


def test_quotes_are_escaped_in_the_answer() -> None:
    challenge = Challenge(scheme="digest", parameters={"realm": 'a"b', "nonce": "n"})
    user = Credentials(username='x"y', password="p")
    answer = digest_answer(challenge, user, method="PLAY", uri="/", count=1, cnonce="c")
    assert answer.startswith('Digest username="x\\"y", realm="a\\"b"')


def test_basic() -> None:
    aladdin = Credentials(username="Aladdin", password="open sesame")
    assert basic_answer(aladdin) == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


def authenticator(credentials: Credentials | None = KNOWN) -> Authenticator:
    return Authenticator(credentials, lambda: "00")


def reason(found: pytest.ExceptionInfo[ProbeFailedError]) -> str:
    assert found.value.failure.stage is Stage.AUTH
    return found.value.failure.reason


MD5 = 'Digest realm="r", nonce="n1"'
SHA256 = 'Digest realm="r", nonce="n2", algorithm=SHA-256'
BASIC = 'Basic realm="r"'


@pytest.mark.parametrize(
    ("offered", "contains"),
    [
        ([BASIC, MD5, SHA256], 'nonce="n2"'),
        ([SHA256, MD5, BASIC], 'nonce="n2"'),
        ([BASIC, MD5], 'nonce="n1"'),
        ([MD5, 'Digest realm="r", nonce="n9", algorithm=WHIRLPOOL'], 'nonce="n1"'),
        ([BASIC], "Basic "),
        (["Negotiate", BASIC], "Basic "),
    ],
)
def test_the_strongest_is_answered(offered: list[str], contains: str) -> None:
    state = authenticator()
    state.challenged(offered)
    assert contains in (state.header("PLAY", "/") or "")


def test_nothing_is_said_before_it_is_asked_for() -> None:
    assert authenticator().header("DESCRIBE", "/") is None


def test_a_refused_answer_is_final() -> None:
    """Even where the refusal brings a new nonce: the password was wrong for the one before."""
    for second in (MD5, MD5.replace("n1", "n7")):
        state = authenticator()
        state.challenged([MD5])
        state.header("DESCRIBE", "/")
        with pytest.raises(ProbeFailedError) as found:
            state.challenged([second])
        assert reason(found) == "credentials_wrong"


def test_stale_allows_one_more() -> None:
    state = authenticator()
    state.challenged([MD5])
    state.header("DESCRIBE", "/")
    state.challenged([MD5.replace("n1", "n2") + ', stale="true"'])
    state.header("DESCRIBE", "/")
    with pytest.raises(ProbeFailedError) as found:
        state.challenged([MD5.replace("n1", "n3") + ", stale=true"])
    assert reason(found) == "credentials_wrong"


def test_a_nonce_used_before_may_be_replaced() -> None:
    """The password has been right once on this connection."""
    state = authenticator()
    state.challenged([MD5])
    state.header("DESCRIBE", "/")
    state.accepted()
    state.header("SETUP", "/")
    state.challenged([MD5.replace("n1", "n2")])
    assert 'nonce="n2"' in (state.header("SETUP", "/") or "")
    with pytest.raises(ProbeFailedError) as found:
        state.challenged([MD5.replace("n1", "n3")])
    assert reason(found) == "credentials_wrong"


def test_the_nonce_count_rises() -> None:
    state = authenticator()
    state.challenged([MD5 + ', qop="auth"'])
    assert "nc=00000001" in (state.header("DESCRIBE", "/") or "")
    assert "nc=00000002" in (state.header("SETUP", "/") or "")


@pytest.mark.parametrize(
    ("credentials", "offered", "expected"),
    [
        (None, [MD5], "credentials_missing"),
        (KNOWN, [], "malformed"),
        (KNOWN, ['Digest realm="r"'], "malformed"),
        (KNOWN, ["Negotiate", "Bearer x=y"], "scheme_unsupported"),
        (KNOWN, ['Digest nonce="n", algorithm=SHA-512-256'], "scheme_unsupported"),
    ],
)
def test_unanswerable(credentials: Credentials | None, offered: list[str], expected: str) -> None:
    with pytest.raises(ProbeFailedError) as found:
        authenticator(credentials).challenged(offered)
    assert reason(found) == expected
