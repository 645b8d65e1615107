"""Which cameras hang together: below an upstream that the registry knows, or by signs of one that
it does not know (one host, one pole, one /24, one town). Pure; made once for each state of the
registry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address

from camera_registry.incidents.policy import ExplainingPolicy
from camera_registry.incidents.vocabulary import Cause
from camera_registry.vocabulary import Access, Camera, Status, Upstream, UpstreamKind


class Tie(StrEnum):
    """What ties a group together: a known upstream, or a sign of an unknown one."""

    UPSTREAM = "upstream"
    HOST = "host"
    POLE = "pole"
    SUBNET = "subnet"
    TOWN = "town"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cameras that one thing may take down. `sign` is what an unknown upstream is inferred from;
    `subject` its name as far as it has one that may be shown anywhere (never an address)."""

    key: str
    tie: Tie
    cause: Cause
    cameras: tuple[int, ...]
    min_cameras: int
    subject: str
    town: str
    upstream_id: int | None = None
    sign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """The cameras, and the groups of each, the largest in front: the highest that explains a
    camera's silence is found first. `below` are all cameras under each known upstream."""

    cameras: Mapping[int, Camera] = field(default_factory=dict)
    below: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    groups_of: Mapping[int, tuple[Group, ...]] = field(default_factory=dict)


_CAUSES = {
    UpstreamKind.RECORDER: Cause.RECORDER,
    UpstreamKind.SWITCH: Cause.SWITCH,
    UpstreamKind.TOWN_UPLINK: Cause.TOWN_UPLINK,
}
# A stem shared by more is a habit of naming ("监控1" up to "监控200"), not a pole.
_POLE_CAMERAS = 8
_STEM_CHARACTERS = 4
_TAIL = re.compile(r"[\s\d\-_#号东南西北左右前后内外侧向]*(?:枪机|球机|半球|枪|球)?[\s\d\-_#号]*$")
# At equal size a known upstream is preferred, then the narrower sign.
_PREFERENCE = (Tie.UPSTREAM, Tie.POLE, Tie.HOST, Tie.SUBNET, Tie.TOWN)


def build_topology(
    cameras: Iterable[Camera], upstreams: Iterable[Upstream], policy: ExplainingPolicy
) -> Topology:
    """The groups of the cameras that are looked at. A sign that ties the same cameras as a known
    upstream says nothing new and is left out."""
    all_cameras = {camera.id: camera for camera in cameras}
    tree = {upstream.id: upstream for upstream in upstreams}
    used = [camera for camera in all_cameras.values() if _is_looked_at(camera)]
    found: dict[tuple[int, ...], Group] = {}
    for group in (*_known(used, tree, policy), *_inferred(used, policy)):
        other = found.get(group.cameras)
        if other is None or _rank(group) < _rank(other):
            found[group.cameras] = group
    groups_of: dict[int, list[Group]] = {}
    for group in sorted(found.values(), key=lambda one: (-len(one.cameras), _rank(one), one.key)):
        for camera_id in group.cameras:
            groups_of.setdefault(camera_id, []).append(group)
    return Topology(
        cameras=all_cameras,
        below={one: _ids(held) for one, held in _below(all_cameras.values(), tree).items()},
        groups={group.key: group for group in found.values()},
        groups_of={camera_id: tuple(groups) for camera_id, groups in groups_of.items()},
    )


def _is_looked_at(camera: Camera) -> bool:
    reachable = bool(camera.stream_url or camera.onvif_url)
    in_use = camera.administrative is not Status.RETIRED
    return in_use and reachable and camera.access is not Access.PLATFORM


def _rank(group: Group) -> tuple[int, int]:
    # Of two known upstreams over the same cameras the higher one.
    height = (Cause.TOWN_UPLINK, Cause.SWITCH, Cause.RECORDER).index(group.cause)
    return _PREFERENCE.index(group.tie), height


def _below(cameras: Iterable[Camera], tree: Mapping[int, Upstream]) -> dict[int, list[Camera]]:
    below: dict[int, list[Camera]] = {}
    for camera in cameras:
        for upstream_id in chain_of(camera.upstream_id, tree):
            below.setdefault(upstream_id, []).append(camera)
    return below


def _known(
    cameras: Iterable[Camera], tree: Mapping[int, Upstream], policy: ExplainingPolicy
) -> Iterable[Group]:
    for upstream_id, held in _below(cameras, tree).items():
        upstream = tree[upstream_id]
        if len(held) >= policy.min_cameras:
            yield Group(
                key=f"upstream:{upstream_id}",
                tie=Tie.UPSTREAM,
                cause=_CAUSES[upstream.kind],
                cameras=_ids(held),
                min_cameras=policy.min_cameras,
                subject=upstream.name,
                town=upstream.town or _common_town(held),
                upstream_id=upstream_id,
            )


def chain_of(upstream_id: int | None, tree: Mapping[int, Upstream]) -> list[int]:
    """An upstream and all above it, the lowest in front; a circle in the tree ends it."""
    chain: list[int] = []
    while upstream_id is not None and upstream_id in tree and upstream_id not in chain:
        chain.append(upstream_id)
        upstream_id = tree[upstream_id].parent_id
    return chain


def _inferred(cameras: Iterable[Camera], policy: ExplainingPolicy) -> Iterable[Group]:
    by_sign: dict[tuple[Tie, str, str], list[Camera]] = {}
    for camera in cameras:
        for tie, sign in _signs(camera):
            by_sign.setdefault((tie, camera.town, sign), []).append(camera)
    for (tie, town, sign), held in by_sign.items():
        fewest = {Tie.SUBNET: policy.min_subnet, Tie.TOWN: policy.min_town}.get(
            tie, policy.min_cameras
        )
        if len(held) < fewest or (tie is Tie.POLE and len(held) > _POLE_CAMERAS):
            continue
        yield Group(
            key=sign_key(_INFERRED_CAUSES[tie], town, sign),
            tie=tie,
            cause=_INFERRED_CAUSES[tie],
            cameras=_ids(held),
            min_cameras=fewest,
            subject=sign if tie in (Tie.POLE, Tie.TOWN) else "",
            town=town,
            sign=sign,
        )


_INFERRED_CAUSES = {
    Tie.HOST: Cause.RECORDER,
    Tie.POLE: Cause.SWITCH,
    Tie.SUBNET: Cause.SWITCH,
    Tie.TOWN: Cause.TOWN_UPLINK,
}


def sign_key(cause: Cause, town: str, sign: str) -> str:
    """The key of the group of an unknown upstream. No two ties share a cause and a sign: a pole's
    number is no /24."""
    return f"{cause.value}:{town}:{sign}"


def tie_of(cause: Cause, sign: str) -> Tie:
    """What ties the cameras of an upstream that was inferred from this sign."""
    if cause is Cause.RECORDER:
        return Tie.HOST
    if cause is Cause.TOWN_UPLINK:
        return Tie.TOWN
    return Tie.SUBNET if subnet_of(sign.removesuffix("/24")) == sign else Tie.POLE


def _signs(camera: Camera) -> Iterable[tuple[Tie, str]]:
    yield Tie.TOWN, camera.town
    if camera.host:
        yield Tie.HOST, camera.host
    subnet = subnet_of(camera.host)
    if subnet:
        yield Tie.SUBNET, subnet
    pole = pole_of(camera)
    if pole:
        yield Tie.POLE, pole


def subnet_of(host: str) -> str:
    """The /24 of an IPv4 address, or nothing for a name or another kind of address."""
    try:
        octets = str(IPv4Address(host)).split(".")
    except AddressValueError:
        return ""
    return ".".join((*octets[:3], "0/24"))


def pole_of(camera: Camera) -> str:
    """The pole by its number or coordinates, else by what the names of its cameras share in one
    village."""
    if camera.pole:
        return camera.pole
    stem = _TAIL.sub("", camera.name)
    return f"{camera.village} {stem}".strip() if len(stem) >= _STEM_CHARACTERS else ""


def _ids(cameras: Iterable[Camera]) -> tuple[int, ...]:
    return tuple(sorted(camera.id for camera in cameras))


def _common_town(cameras: Iterable[Camera]) -> str:
    towns = {camera.town for camera in cameras}
    return towns.pop() if len(towns) == 1 else ""
