"""Free text of the archive and of people, made fit for a message that leaves the house. Pure.

A name or a note may hold anything that somebody once pasted: a stream's URL with its password, a
token, line breaks that would forge lines of ours. Messages pass through foreign servers and stay
in chats for years, so what looks like a URL or a secret goes, rather than only the password in it.
"""

from __future__ import annotations

import re

# Names of points are a dozen characters; what is longer is a pasted document.
NAME_CHARACTERS = 60
NOTE_CHARACTERS = 200

HIDDEN = "***"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s，。；、（）]*")
_LOGIN = re.compile(r"[^\s@:：/]{1,64}:[^\s@/]{1,128}@(?=[\w.\[-])")
_SECRET = re.compile(
    r"(?i)(password|passwd|passphrase|pwd|pass|secret|token|api[_-]?key|access[_-]?key|authorization"
    r"|口令|密码|密钥|令牌)(\s*[=:：是为]\s*)((?:bearer|basic)\s+)?[^\s，。；、（）&]+"
)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def name(text: str) -> str:
    """A name, in one line of at most 60 characters, without URLs and secrets."""
    return _cut(_hidden(text), NAME_CHARACTERS)


def note(text: str) -> str:
    """A person's note, the same in 200 characters."""
    return _cut(_hidden(text), NOTE_CHARACTERS)


def _hidden(text: str) -> str:
    # What is longer than this is cut off anyway; the patterns need not walk through a megabyte.
    line = _UNPRINTABLE.sub(" ", text[: NOTE_CHARACTERS * 8]).strip()
    line = _URL.sub(HIDDEN, line)
    line = _SECRET.sub(rf"\1\2{HIDDEN}", line)
    return _LOGIN.sub(f"{HIDDEN}@", line)


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1] + "…"
