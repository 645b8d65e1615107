"""Records that claim the same thing, and which of them is probably right. Pure.

What is the same: a device code; an address and channel (ports apart where the same protocol tells
two of them: a port mapping); a stream address; a MAC address at two addresses (a recorder's
channels share its own); a position, unless the points hang on one pole or at one address or key
location; a name within a village.

Of each group one record is suggested to be kept, and there is a finding for each of the others. Of
two things that both could be right, the one that more of its own record, or of its neighbourhood,
agrees with is kept; then the fuller record, then the older one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from camera_registry.addresses import host_of
from camera_registry.lint.names import plain
from camera_registry.lint.rules import Rules
from camera_registry.lint.telling import found
from camera_registry.lint.vocabulary import Entry, Finding, Kind
from camera_registry.vocabulary import Access

# MAC addresses that no device was given: all zeros or ones, and the group bit (IEEE 802).
_NO_MACS = frozenset({"00:00:00:00:00:00", "FF:FF:FF:FF:FF:FF"})
# The fields that tell one spot, so that two points of one position are no slip.
_SPOTS = ("pole_number", "installation_address", "key_location")


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """What speaks for a record: how many points there are of its town in its network, and the
    middle of its village."""

    networks: Mapping[tuple[str, str], int]
    of_network: Mapping[str, int]
    villages: Mapping[tuple[str, str], tuple[float, float]]
    macs: Mapping[tuple[str, str], int]


Key = Callable[[Entry], Hashable | None]
Score = Callable[[Entry, Neighbourhood], float]


def check_duplicates(entries: Sequence[Entry], rules: Rules) -> Iterator[Finding]:
    """`entries` are the records in use."""
    around = _neighbourhood(entries)
    for kind, field, key, score in _TABLE:
        for group in _groups(entries, key):
            yield from _told(group, kind, field, score, around, rules)
    yield from _same_addresses(entries, around, rules)
    yield from _same_places(entries, around, rules)


def is_useless_mac(mac: str) -> bool:
    """Whether no single device can have it."""
    return mac in _NO_MACS or bool(int(mac[:2], 16) & 1)


def host_of_entry(entry: Entry) -> str:
    """The address as archived."""
    return entry.values["ipv4"] or entry.values["ipv6"] or ""


def _groups(entries: Iterable[Entry], key: Key) -> Iterator[list[Entry]]:
    groups: dict[Hashable, list[Entry]] = {}
    for entry in entries:
        of_group = key(entry)
        if of_group is not None:
            groups.setdefault(of_group, []).append(entry)
    yield from (group for group in groups.values() if len(group) > 1)


def _told(
    group: Sequence[Entry],
    kind: Kind,
    field: str,
    score: Score,
    around: Neighbourhood,
    rules: Rules,
) -> Iterator[Finding]:
    ranked = sorted(group, key=lambda one: (-score(one, around), -_fullness(one), one.id))
    keep = ranked[0]
    for entry in ranked[1:]:
        yield found(
            rules,
            kind,
            entry,
            field,
            others=[one.label for one in ranked if one is not entry],
            keep=keep.label,
            count=len(group),
            reason=_reason(keep, entry, score, around),
            proposal=_PROPOSALS[kind](entry, ranked) if kind in _PROPOSALS else None,
        )


def _reason(keep: Entry, entry: Entry, score: Score, around: Neighbourhood) -> str:
    """The key of why the one is kept (`lint.keep.*`)."""
    if score(keep, around) > score(entry, around):
        return "agrees"
    return "fuller" if _fullness(keep) > _fullness(entry) else "older"


def _fullness(entry: Entry) -> int:
    return sum(value is not None for value in entry.values.values())


# What is the same


def _code(entry: Entry) -> Hashable | None:
    code: str | None = entry.values["device_code"]
    return code


def _stream(entry: Entry) -> Hashable | None:
    url: str | None = entry.values["stream_url"]
    return url


def _name(entry: Entry) -> Hashable | None:
    name, village = entry.values["device_name"], entry.values["village"]
    return (entry.town, village, plain(name)) if name and village else None


def _mac(entry: Entry) -> Hashable | None:
    mac = entry.values["mac_address"]
    return mac if mac and not is_useless_mac(mac) else None


def _same_addresses(
    entries: Sequence[Entry], around: Neighbourhood, rules: Rules
) -> Iterator[Finding]:
    def key(entry: Entry) -> Hashable | None:
        host, channel = host_of_entry(entry), entry.values["channel_number"]
        # A platform's points have the platform's address, if any.
        if not host or entry.access is Access.PLATFORM:
            return None
        return host, 1 if channel is None else channel

    for group in _groups(entries, key):
        if not _is_port_mapping(group):
            yield from _told(group, Kind.DUPLICATE_ADDRESS, "ipv4", _fits_network, around, rules)
    for group in _groups(entries, _mac):
        hosts = {host_of_entry(entry) for entry in group if host_of_entry(entry)}
        if len(hosts) > 1:
            yield from _same_macs(group, around, rules)


def _is_port_mapping(group: Sequence[Entry]) -> bool:
    """One address and several ports of the same protocol: devices behind it."""
    ports = [(one.values["connection_protocol"], one.values["access_port"]) for one in group]
    return (
        len({protocol for protocol, _ in ports}) == 1
        and all(port is not None for _, port in ports)
        and len(set(ports)) == len(ports)
    )


def _same_macs(group: Sequence[Entry], around: Neighbourhood, rules: Rules) -> Iterator[Finding]:
    """Of those at one address the first stands for all: they are one device."""
    ranked = sorted(group, key=lambda one: (-_fits_mac(one, around), -_fullness(one), one.id))
    keep = host_of_entry(ranked[0])
    rest = [entry for entry in ranked if host_of_entry(entry) != keep]
    for entry in rest:
        yield from (
            finding
            for finding in _told(
                [ranked[0], entry],
                Kind.DUPLICATE_MAC,
                "mac_address",
                _fits_mac,
                around,
                rules,
            )
        )


def _same_places(
    entries: Sequence[Entry], around: Neighbourhood, rules: Rules
) -> Iterator[Finding]:
    size = rules.duplicates.same_place_degrees

    def key(entry: Entry) -> Hashable | None:
        position = entry.position
        if position is None or not rules.county.holds(*position):
            return None
        return round(position[0] / size), round(position[1] / size)

    for group in _groups(entries, key):
        apart: list[Entry] = []
        for entry in sorted(group, key=lambda one: (-_fits_village(one, around), one.id)):
            if not any(_one_spot(entry, other) for other in apart):
                apart.append(entry)
        if len(apart) > 1:
            yield from _told(
                apart, Kind.DUPLICATE_COORDINATES, "longitude", _fits_village, around, rules
            )


def _one_spot(one: Entry, other: Entry) -> bool:
    """Whether both name the same pole, address or key location."""
    return one.town == other.town and any(
        one.values[field] and one.values[field] == other.values[field] for field in _SPOTS
    )


# Which of them is right


def _neighbourhood(entries: Iterable[Entry]) -> Neighbourhood:
    networks: Counter[tuple[str, str]] = Counter()
    of_network: Counter[str] = Counter()
    macs: Counter[tuple[str, str]] = Counter()
    sums: dict[tuple[str, str], tuple[float, float, int]] = {}
    for entry in entries:
        host, position = host_of_entry(entry), entry.position
        if host:
            networks[_network(host), entry.town] += 1
            of_network[_network(host)] += 1
            macs[entry.values["mac_address"] or "", host] += 1
        if position is not None:
            village = (entry.town, entry.values["village"] or "")
            east, north, count = sums.get(village, (0.0, 0.0, 0))
            sums[village] = (east + position[0], north + position[1], count + 1)
    return Neighbourhood(
        networks=networks,
        of_network=of_network,
        villages={key: (east / count, north / count) for key, (east, north, count) in sums.items()},
        macs=macs,
    )


def _network(host: str) -> str:
    """What a town's addresses share: the first 24 bits of IPv4, 64 of IPv6."""
    return host.rpartition(".")[0] if "." in host else ip_address(host).exploded[:19]


def _fits_network(entry: Entry, around: Neighbourhood) -> float:
    """Its stream is at this address, its own protocol's port is too, its town's points are in
    this network."""
    host = host_of_entry(entry)
    stream = entry.values["stream_url"]
    own = 0 if not stream else (2 if host_of(stream) == host else -2)
    network = _network(host)
    return own + around.networks[network, entry.town] / around.of_network[network]


def _fits_mac(entry: Entry, around: Neighbourhood) -> float:
    """How many points at its address have this MAC address."""
    return around.macs.get((entry.values["mac_address"], host_of_entry(entry)), 0)


def _fits_village(entry: Entry, around: Neighbourhood) -> float:
    """How near it is to the middle of its village."""
    position = entry.position
    middle = around.villages.get((entry.town, entry.values["village"] or ""))
    if position is None or middle is None:
        return -1.0
    return -round(abs(position[0] - middle[0]) + abs(position[1] - middle[1]), 3)


def _alike(_: Entry, __: Neighbourhood) -> float:
    return 0.0


_TABLE: tuple[tuple[Kind, str, Key, Score], ...] = (
    (Kind.DUPLICATE_CODE, "device_code", _code, _alike),
    (Kind.DUPLICATE_STREAM, "stream_url", _stream, _alike),
    (Kind.DUPLICATE_NAME, "device_name", _name, _alike),
)


def _numbered_name(entry: Entry, group: Sequence[Entry]) -> dict[str, str]:
    """The same name with its number within the village behind it."""
    return {"device_name": f"{entry.values['device_name']}-{group.index(entry) + 1}"}


_PROPOSALS: Mapping[Kind, Callable[[Entry, Sequence[Entry]], dict[str, str]]] = {
    Kind.DUPLICATE_NAME: _numbered_name,
}
