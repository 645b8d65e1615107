"""Parameter sets from the session description and from the stream (RFC 6184 section 8.2.2,
RFC 7798 section 7.1)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

from probes.rtp.codecs import NalRules
from probes.rtp.nal import split_annex_b
from probes.rtp.packet import MalformedRtpError

# H.264 allows 32 SPS and 256 PPS; cameras send one of each, a few two.
MAX_SETS = 64
# With every scaling list written out a set stays under 2 KB.
MAX_SET_BYTES = 8192
# As many sets as a city has models, times three; a set of them has some dozen bytes, so these take
# some hundred KB, and 8 MB where all are as large as they may be.
MAX_REMEMBERED = 1024


class ParameterSets:
    """The sets known so far, by type and id.

    Sets of the description may be empty, spoiled or outdated; as soon as the stream brings a
    whole set of its own, the description's are forgotten.
    """

    def __init__(self, rules: NalRules, described: Iterable[bytes] = ()) -> None:
        self._rules = rules
        self._described: dict[tuple[int, int], bytes] = {}
        self._in_band: dict[tuple[int, int], bytes] = {}
        units = (unit for text in described for unit in split_annex_b(text))
        for unit in islice(units, MAX_SETS):
            self._take(unit, self._described)

    def anew(self) -> ParameterSets:
        """For another source: what the description said, without reading it again."""
        other = ParameterSets(self._rules)
        other._described = self._described
        return other

    def take(self, unit: bytes) -> None:
        """A parameter set from the stream."""
        self._take(unit, self._in_band)

    def _take(self, unit: bytes, known: dict[tuple[int, int], bytes]) -> None:
        if not self._rules.is_parameter_set(unit) or len(unit) > MAX_SET_BYTES:
            return
        try:
            key = _key_of(unit, self._rules)
        except MalformedRtpError:
            return
        if key in known or len(known) < MAX_SETS:
            known[key] = unit

    def units(self) -> list[bytes] | None:
        """The sets to put before a picture, ordered by type; None while one is missing."""
        for known in (self._in_band, {**self._described, **self._in_band}):
            if {kind for kind, _ in known} >= self._rules.required_sets:
                return [known[key] for key in sorted(known)]
        return None


@lru_cache(MAX_REMEMBERED)
def _key_of(unit: bytes, rules: NalRules) -> tuple[int, int]:
    """A set's type and id. Cameras of a model send the same sets, at each look.

    Raises:
        MalformedRtpError: it is cut off, or claims no size.
    """
    key = rules.parameter_set_key(unit)
    if key[0] == rules.sps_type:
        rules.picture_size(unit)
    return key
