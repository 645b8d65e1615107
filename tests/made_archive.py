"""A made-up check of an archive, some of everything wrong with it, for tests of what is told.

`python -m tests.made_archive [PORT]` serves its page on 127.0.0.1.
"""

from __future__ import annotations

import random
from datetime import date
from functools import cache

from camera_registry.datum import wgs84_to_gcj02
from camera_registry.lint import Archive, Place, PlaceKind, lint, load_rules
from exporters.archive_api import ArchiveCheck
from tests.archives import TOWN_CODES, city_rows, entries_of
from tests.views import NOW


@cache
def made_check(points: int = 300, seed: int = 5) -> ArchiveCheck:
    """A check of a city with a tenth of its records spoilt."""
    rows, chance = city_rows(points, seed), random.Random(seed)
    for row in chance.sample([one for one in rows if one["设备编码"]], points // 10):
        _spoil(row, chance.choice(rows), chance.randrange(9))
    places = (
        Place(kind=PlaceKind.KEY_LOCATION, town="孔城镇", name="老街北口", cameras=0),
        Place(
            kind=PlaceKind.GRID, town="唐湾镇", name="34088110900103", cameras=0, village="桃园村"
        ),
    )
    archive = Archive(entries=entries_of(rows), town_codes=TOWN_CODES, places=places)
    report = lint(archive, load_rules(), date(2026, 3, 2))
    return ArchiveCheck(report=report, checked_at=NOW)


def _spoil(row: dict[str, str], other: dict[str, str], how: int) -> None:
    changes = (
        {"设备编码": "110101" + row["设备编码"][6:]},
        {"行政区划编码": "340822"},
        {"经度": row["纬度"], "纬度": row["经度"]},
        {"设备名称": "IPCamera 01"},
        {"IPv4地址": other["IPv4地址"], "通道号": other["通道号"]},
        {"维护单位": ""},
        {"MAC地址": "00:00:00:00:00:00"},
        {"设备名称": "<script>alert(1)</script>枪机"},
        dict(
            zip(
                ("经度", "纬度"),
                map(str, wgs84_to_gcj02(float(row["经度"]), float(row["纬度"]))),
                strict=True,
            )
        ),
    )
    row.update(changes[how])


if __name__ == "__main__":
    import sys

    from aiohttp import web

    from exporters.archive_web import archive_routes
    from exporters.metrics import Exposition, ProbeMetrics
    from exporters.web import Readiness, make_app
    from tests.views import FixedClock, city

    shown, clock = city(6980), FixedClock()
    check = made_check(6980)
    app = make_app(
        lambda: shown,
        Exposition(ProbeMetrics()).render,
        Readiness,
        clock,
        routes=archive_routes(lambda: check, clock),
    )
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]) if len(sys.argv) > 1 else 8080)
