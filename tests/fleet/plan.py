"""The city, planned from a seed: every point with its place, its device and its upstream.

The same seed and size give the same city, to the byte. `plan_city` is pure.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.fleet.places import (
    BACK_STREETS,
    CROWDED_PLACES,
    DEPARTMENTS,
    MAKERS,
    ROADS,
    TOWNS,
    VILLAGE_FIRST,
    VILLAGE_SECOND,
    Maker,
    Town,
)

FULL_CITY, SMALLEST_CITY = 6980, 30
FULL_BUILT, FULL_INTEGRATED = 1289, 1191
FULL_GRIDS, FULL_KEY_LOCATIONS = 1599, 420
KINDS = ("主要路口", "人员密集场所", "背街小巷")
_SWITCH_PORTS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A recorder, switch or town uplink; `code` is a recorder's GB/T 28181 code."""

    name: str
    kind: str
    parent: str
    town: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One camera: where it is archived, and how its device behaves.

    `label` is the 20-digit code, or `address#channel` for a point without a code. `onvif` says
    that the device answers ONVIF; `stream_known` that the archive names its stream URL.
    `transport` is `both`, `tcp` or `udp`. `sub_resource` is the small stream's, empty where it is
    switched off.
    """

    label: str
    code: str
    name: str
    category: str
    town: str
    town_code: str
    village: str
    grid: str
    department: str = ""
    key_location: str = ""
    key_kind: str = ""
    upstream: str = ""
    recorder: str = ""
    parent_code: str = ""
    address: str = ""
    channel: int = 1
    resource: str = ""
    sub_resource: str = ""
    maker: str = ""
    model: str = ""
    clip: str = ""
    auth: str = "md5"
    transport: str = "both"
    onvif: bool = False
    onvif_strict_time: bool = False
    stream_known: bool = True
    username: str = ""
    password: str = ""
    longitude: float = 0.0
    latitude: float = 0.0
    serial: int = 0
    administrative: str = "在用"


@dataclass(frozen=True, slots=True, kw_only=True)
class CityPlan:
    """All of the city that the archive and the servers are made from."""

    seed: int
    points: tuple[Point, ...]
    upstreams: tuple[Upstream, ...]


def stream(seed: int, purpose: str) -> random.Random:
    """A source of chance of its own for each purpose, so that one doesn't disturb another."""
    return random.Random(f"{seed}:{purpose}")


def shares(total: int, weights: Sequence[float], at_least: int = 0) -> list[int]:
    """`total` split in whole numbers by weight (largest remainders), each at least so much
    where the total allows."""
    floor = at_least if total >= at_least * len(weights) else 0
    rest = total - floor * len(weights)
    exact = [rest * weight / sum(weights) for weight in weights]
    parts = [int(value) for value in exact]
    order = sorted(range(len(exact)), key=lambda i: (parts[i] - exact[i], i))
    for index in order[: rest - sum(parts)]:
        parts[index] += 1
    return [part + floor for part in parts]


def plan_city(cameras: int, seed: int) -> CityPlan:
    """Plan a city of so many cameras.

    Raises:
        ValueError: too few cameras for a village point in each town.
    """
    if cameras < SMALLEST_CITY:
        raise ValueError(f"a city has at least {SMALLEST_CITY} cameras")
    points: list[Point] = []
    upstreams: list[Upstream] = []
    for number, (town, counts) in enumerate(_census(cameras)):
        wanted = FULL_KEY_LOCATIONS * cameras / FULL_CITY / len(TOWNS)
        bare = _with_keys(_settle(town, counts, seed), town, max(3, round(wanted)), seed)
        network = _Network(town=town, number=number, seed=seed)
        points += [network.connect(point) for point in _blocks(bare, town, seed)]
        upstreams += network.upstreams()
    return CityPlan(seed=seed, points=tuple(_numbered(points, seed)), upstreams=tuple(upstreams))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    built: int
    integrated: int
    village: int
    villages: int
    communities: int
    grids: int


def _census(cameras: int) -> Iterator[tuple[Town, _Counts]]:
    part = cameras / FULL_CITY
    built, integrated = round(FULL_BUILT * part), round(FULL_INTEGRATED * part)
    units = [town.villages + town.communities for town in TOWNS]
    urban = [unit * town.urban for unit, town in zip(units, TOWNS, strict=True)]
    grids = shares(max(len(TOWNS), round(FULL_GRIDS * part)), units, 1)
    columns = zip(
        TOWNS,
        shares(cameras - built - integrated, units, 1),
        shares(built, urban, 1),
        shares(integrated, urban, 1),
        grids,
        strict=True,
    )
    for town, village, town_built, town_integrated, town_grids in columns:
        villages, communities = town.villages, town.communities
        if villages + communities > town_grids:
            villages, communities = shares(town_grids, (villages, communities))
        yield (
            town,
            _Counts(
                built=town_built,
                integrated=town_integrated,
                village=village,
                villages=villages,
                communities=communities,
                grids=town_grids,
            ),
        )


def _unit_names(town: Town, counts: _Counts, seed: int) -> list[str]:
    chance = stream(seed, f"units:{town.code}")
    stems = [first + second for first in VILLAGE_FIRST for second in VILLAGE_SECOND]
    picked = chance.sample(stems, counts.villages + counts.communities)
    return [
        stem + ("村" if index < counts.villages else "社区") for index, stem in enumerate(picked)
    ]


def _settle(town: Town, counts: _Counts, seed: int) -> list[Point]:
    """The points of a town with their category, village and grid. Every grid gets a point as
    long as there are points enough."""
    chance = stream(seed, f"settle:{town.code}")
    names = _unit_names(town, counts, seed)
    in_unit = shares(counts.grids, [1.0] * len(names), 1)
    grids = [
        (name, f"{town.code}{unit + 1:03d}{grid + 1:02d}")
        for unit, name in enumerate(names)
        for grid in range(in_unit[unit])
    ]
    total = counts.built + counts.integrated + counts.village
    places = [grids[index % len(grids)] for index in range(total)]
    village_places = sorted(places[: counts.village], key=lambda place: place[1])
    others = places[counts.village :]
    chance.shuffle(others)
    rows = [("建成", place) for place in others[: counts.built]]
    rows += [("整合", place) for place in others[counts.built :]]
    rows += [("村级", place) for place in village_places]
    return [
        Point(
            label="",
            code="",
            name="",
            category=category,
            town=town.name,
            town_code=town.code,
            village=village,
            grid=grid,
            longitude=round(town.longitude + chance.uniform(-0.045, 0.045), 6),
            latitude=round(town.latitude + chance.uniform(-0.04, 0.04), 6),
        )
        for category, (village, grid) in rows
    ]


def _key_names(town: Town, count: int) -> Iterator[tuple[str, str]]:
    short = town.name.removesuffix("街道").removesuffix("镇")
    crossings = [f"{a}与{b}路口" for i, a in enumerate(ROADS) for b in ROADS[i + 1 :]]
    for index in range(count):
        kind, number = KINDS[index % 3], index // 3
        pool = (crossings, CROWDED_PLACES, BACK_STREETS)[index % 3]
        lap = number // len(pool)
        suffix = "" if lap == 0 else f"{lap + 1}号"
        yield kind, f"{short}{pool[number % len(pool)]}{suffix}"


def _with_keys(points: list[Point], town: Town, count: int, seed: int) -> list[Point]:
    """Give key locations one to four cameras each, at most two thirds of the town's."""
    chance = stream(seed, f"keys:{town.code}")
    order = list(range(len(points)))
    chance.shuffle(order)
    room = max(3, len(points) * 2 // 3)
    result = list(points)
    for number, (kind, name) in enumerate(_key_names(town, count)):
        later = min(count, 3) - number - 1
        size = min(chance.choice((1, 1, 2, 2, 3, 4)), room - max(later, 0), len(order))
        for index in order[: max(size, 0)]:
            result[index] = replace(points[index], key_location=name, key_kind=kind)
        del order[: max(size, 0)]
        room -= max(size, 0)
    return result


_ON_RECORDERS = {"建成": 0.10, "整合": 0.70, "村级": 0.50}


def _blocks(points: list[Point], town: Town, seed: int) -> Iterator[Point]:
    """Cut the town's points into recorders and single cameras.

    The points of a recorder follow one another, numbered from 1 in `channel`; a camera of its
    own has channel 0.
    """
    chance = stream(seed, f"blocks:{town.code}")
    for category in ("建成", "整合", "村级"):
        rest = [point for point in points if point.category == category]
        while rest:
            department = chance.choice(DEPARTMENTS) if category == "整合" else ""
            channels = chance.choice((8, 16, 16, 32) if category == "整合" else (8, 16))
            fill = min(len(rest), chance.randint(channels * 6 // 10, channels))
            # A recorder swallows about `fill` points at a time, so it is drawn less often.
            share = _ON_RECORDERS[category]
            if fill > 2 and chance.random() < share / (share + (1 - share) * fill):
                block, rest = rest[:fill], rest[fill:]
                for number, point in enumerate(block, 1):
                    yield replace(point, channel=number, department=department)
            else:
                yield replace(rest[0], channel=0, department=department)
                rest = rest[1:]


class _Network:
    """Hands out a town's addresses, switches and recorders."""

    def __init__(self, *, town: Town, number: int, seed: int) -> None:
        self._town = town
        self._octet = 10 + number
        self._hosts = 0
        self._chance = stream(seed, f"network:{town.code}")
        self._recorders: list[Upstream] = []
        self._switches = 0
        self._ports_left = 0
        self._maker: Maker = MAKERS[0]
        self._address = ""

    def upstreams(self) -> list[Upstream]:
        """Uplink, switches and recorders, parents first."""
        town = self._town.name
        uplink = Upstream(name=f"{town}-上联", kind="town_uplink", parent="", town=town)
        switches = [
            Upstream(
                name=f"{town}-交换机-{number:02d}", kind="switch", parent=uplink.name, town=town
            )
            for number in range(1, self._switches + 1)
        ]
        return [uplink, *switches, *self._recorders]

    def connect(self, point: Point) -> Point:
        """Give a point its address and upstream; points of a recorder come in a row."""
        if point.channel <= 1:
            self._new_host(recorder=point.channel == 1)
        recorder = self._recorders[-1] if point.channel else None
        number = max(point.channel, 1)
        maker = self._maker
        path = maker.channel if recorder else maker.direct
        return replace(
            point,
            address=self._address,
            channel=number,
            resource=path.format(n=number),
            sub_resource=maker.sub[recorder is not None].format(n=number),
            maker=maker.key,
            upstream=recorder.name if recorder else self._switch(),
            recorder=recorder.name if recorder else "",
        )

    def _new_host(self, *, recorder: bool) -> None:
        weights = [maker.share for maker in MAKERS]
        self._maker = self._chance.choices(MAKERS, weights)[0]
        high, low = divmod(self._hosts, 250)
        self._address = f"127.{self._octet}.{high + 1}.{low + 1}"
        self._hosts += 1
        if self._ports_left == 0:
            self._switches += 1
            self._ports_left = _SWITCH_PORTS
        self._ports_left -= 1
        if recorder:
            name = f"{self._town.name}-NVR-{len(self._recorders) + 1:02d}"
            self._recorders.append(
                Upstream(name=name, kind="recorder", parent=self._switch(), town=self._town.name)
            )

    def _switch(self) -> str:
        return f"{self._town.name}-交换机-{self._switches:02d}"


_CLIPS = (
    ("h264_day_1", 28),
    ("h264_day_2", 26),
    ("h264_night", 6),
    ("h265_day", 24),
    ("h265_night", 6),
    ("h264_sub", 4),
    ("h264_d1", 4),
    ("mjpeg", 2),
)
_AUTH = (("md5", 74), ("md5_qop", 16), ("sha256", 3), ("basic", 3), ("none", 4))
_TRANSPORT = (("both", 95), ("tcp", 3), ("udp", 2))
_NETWORK_DIGIT = {"建成": "0", "整合": "6", "村级": "7"}
_ONVIF_SHARE, _ONVIF_ONLY_SHARE, _ONVIF_STRICT_SHARE = 0.15, 0.3, 0.25
_CODELESS_SHARE = 0.002
# One in so many cameras has its sub-stream switched off.
_NO_SUB_STREAM = 16
_ADMINISTRATIVE = (("在用", 9950), ("维修", 30), ("拆除", 20))
_PASSWORD_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def _draw(chance: random.Random, table: Sequence[tuple[str, int]]) -> str:
    return chance.choices([row[0] for row in table], [row[1] for row in table])[0]


def _numbered(points: list[Point], seed: int) -> Iterator[Point]:
    """Codes, names, devices and passwords. One address has one maker, user and password."""
    chance = stream(seed, "devices")
    direct_share = sum(not point.recorder for point in points) / len(points)
    onvif_odds = _ONVIF_SHARE / max(direct_share, _ONVIF_SHARE)
    makers = {maker.key: maker for maker in MAKERS}
    host: Point | None = None
    for serial, point in enumerate(points, 1):
        if host is None or host.address != point.address:
            host = _host_of(point, chance, onvif_odds, serial)
        clip = _draw(chance, _CLIPS)
        models = makers[point.maker].models_h265 if "h265" in clip else None
        codeless = chance.random() < _CODELESS_SHARE
        code = f"3408810000132{_NETWORK_DIGIT[point.category]}{serial:06d}"
        yield replace(
            point,
            label=f"{point.address}#{point.channel}" if codeless else code,
            code="" if codeless else code,
            name=_name(point, serial, chance),
            clip=clip,
            sub_resource="" if serial % _NO_SUB_STREAM == 0 else point.sub_resource,
            model=chance.choice(models or makers[point.maker].models_h264),
            auth=host.auth,
            transport=host.transport,
            onvif=host.onvif,
            onvif_strict_time=host.onvif_strict_time,
            stream_known=host.stream_known,
            username=host.username,
            password=host.password,
            parent_code=host.parent_code,
            serial=serial,
            administrative=_draw(chance, _ADMINISTRATIVE),
        )


def _host_of(point: Point, chance: random.Random, onvif_odds: float, serial: int) -> Point:
    auth = _draw(chance, _AUTH)
    onvif = not point.recorder and auth != "none" and chance.random() < onvif_odds
    stream_known = not (onvif and chance.random() < _ONVIF_ONLY_SHARE)
    password = "".join(chance.choices(_PASSWORD_LETTERS, k=10)) + chance.choice("@#!_+")
    digit = _NETWORK_DIGIT[point.category]
    return replace(
        point,
        auth=auth,
        transport=_draw(chance, _TRANSPORT),
        onvif=onvif,
        onvif_strict_time=onvif and chance.random() < _ONVIF_STRICT_SHARE,
        stream_known=stream_known,
        username="" if auth == "none" else chance.choice(("admin", "admin", "admin", "viewer")),
        password="" if auth == "none" else password,
        parent_code=f"3408810000118{digit}{serial:06d}" if point.recorder else "",
    )


def _name(point: Point, serial: int, chance: random.Random) -> str:
    shape = chance.choice(("枪机", "球机", "半球"))
    if point.key_location:
        return f"{point.town}{point.key_location}{shape}{serial % 1000:03d}"
    spot = chance.choice(("村口", "路口", "广场", "桥头", "卡口", "活动室", "水塘边", "岔路口"))
    return f"{point.town}{point.village}{spot}{shape}{serial % 1000:03d}"
