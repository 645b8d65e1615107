"""The payload formats side by side: one table of what the assembly asks of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from probes.rtp import h264, h265
from probes.rtp.h264 import H264Depacketizer
from probes.rtp.h265 import H265Depacketizer
from probes.rtp.passage import UselessSlices
from probes.vocabulary import Codec


class Depacketizer(Protocol):
    """Payloads in sequence to NAL units. `goes_on_with` is how the payload of each middle
    fragment begins that goes on with the unit which `payload` left open, empty where it left
    none; `extend` takes such fragments without that beginning. `open_head` is the open unit's
    header."""

    def push(self, payload: bytes) -> list[bytes]: ...

    def goes_on_with(self, payload: bytes) -> bytes: ...

    @property
    def open_head(self) -> bytes: ...

    def extend(self, fragments: list[bytes]) -> None: ...

    def leave_open(self, head: bytes) -> None: ...

    def forget(self) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NalRules:
    """How a codec made of NAL units is put together to a picture."""

    depacketizer: Callable[[], Depacketizer]
    is_slice: Callable[[bytes], bool]
    starts_picture: Callable[[bytes], bool]
    is_parameter_set: Callable[[bytes], bool]
    is_dispensable: Callable[[bytes], bool]
    is_key_picture: Callable[[list[bytes]], bool]
    may_become_key: Callable[[list[bytes], bytes], bool]
    parameter_set_key: Callable[[bytes], tuple[int, int]]
    required_sets: frozenset[int]
    picture_size: Callable[[bytes], tuple[int, int]]
    sps_type: int
    useless: UselessSlices


NAL_RULES: Mapping[Codec, NalRules] = MappingProxyType(
    {
        Codec.H264: NalRules(
            depacketizer=H264Depacketizer,
            is_slice=h264.is_slice,
            starts_picture=h264.starts_picture,
            is_parameter_set=h264.is_parameter_set,
            is_dispensable=h264.is_dispensable,
            is_key_picture=h264.is_key_picture,
            may_become_key=h264.may_become_key,
            parameter_set_key=h264.parameter_set_key,
            required_sets=h264.REQUIRED_SETS,
            picture_size=h264.picture_size,
            sps_type=h264.SPS,
            useless=h264.USELESS,
        ),
        Codec.H265: NalRules(
            depacketizer=H265Depacketizer,
            is_slice=h265.is_slice,
            starts_picture=h265.starts_picture,
            is_parameter_set=h265.is_parameter_set,
            is_dispensable=h265.is_dispensable,
            is_key_picture=h265.is_key_picture,
            may_become_key=h265.may_become_key,
            parameter_set_key=h265.parameter_set_key,
            required_sets=h265.REQUIRED_SETS,
            picture_size=h265.picture_size,
            sps_type=h265.SPS,
            useless=h265.USELESS,
        ),
    }
)
