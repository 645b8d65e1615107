"""Archives, looks and histories made up in any number, where real ones would take hours."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from probes.reasons import failure
from probes.vocabulary import (
    Codec,
    FaultKind,
    Media,
    Picture,
    PictureFault,
    ProbeResult,
    Sketch,
    Stage,
    Transport,
    Verdict,
)
from tests.fleet import archive
from tests.fleet.plan import FULL_CITY, plan_city

# Shares of looks that find nothing, and a fault in the picture: those of a city in its fourth
# year. Each sweep strikes others, so that statuses move.
_DOWN_IN, _FAULTY_IN = 33, 50
_STAGES = {
    Stage.RESOLVE: 0.0001,
    Stage.CONNECT: 0.0031,
    Stage.DESCRIBE: 0.0052,
    Stage.SETUP: 0.0047,
    Stage.PLAY: 0.0049,
    Stage.FIRST_PACKET: 0.0122,
    Stage.KEY_FRAME: 0.8113,
    Stage.DECODE: 0.0211,
    Stage.PICTURE: 0.0024,
}
_MEDIA = Media(
    codec=Codec.H264, width=1920, height=1080, transport=Transport.TCP, key_frame_bytes=215_000
)


def write_archive(path: Path, points: int) -> None:
    """The sheet of so many points: the simulated city's, and for each further city the same with
    villages, devices, codes and addresses of its own."""
    rows = list(archive.rows(plan_city(min(points, FULL_CITY), 1), rtsp_port=554, onvif_port=80))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, archive.HEADINGS)
        writer.writeheader()
        for number in range(points):
            city, serial = divmod(number, len(rows))
            writer.writerow(rows[serial] if city == 0 else _moved(rows[serial], city, number))


def _moved(row: dict[str, str], city: int, number: int) -> dict[str, str]:
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    names = ("村社区", "重点部位", "上联设备")
    return {
        **row,
        **{name: f"{row[name]}{city}" for name in names if row[name]},
        "设备编码": f"34088100001321{number:06d}",
        "父设备": "",
        "IPv4地址": address,
        "取流地址": row["取流地址"].replace(row["IPv4地址"], address),
    }


def results(camera_ids: list[int], at: datetime, sweep: int) -> Iterator[ProbeResult]:
    """One look at each camera, begun one after the other within five minutes."""
    pace = timedelta(minutes=5) / max(1, len(camera_ids))
    for number, camera_id in enumerate(camera_ids):
        yield _result(camera_id, at + pace * number, sweep)


def _result(camera_id: int, at: datetime, sweep: int) -> ProbeResult:
    turn = camera_id + sweep * 7
    if turn % _DOWN_IN == 0:
        found = failure(Stage.CONNECT, "timeout", "no answer in 5 s")
        stages = {Stage.RESOLVE: 0.0001, Stage.CONNECT: 5.0}
        return ProbeResult(
            camera_id=str(camera_id),
            started_at=at,
            verdict=Verdict.DOWN,
            failure=found,
            stages=stages,
        )
    faulty = turn % _FAULTY_IN == 0
    faults = (PictureFault(kind=FaultKind.BLUR, score=0.93),) if faulty else ()
    digest = (camera_id * 1_000_003 + sweep).to_bytes(8, "big")
    return ProbeResult(
        camera_id=str(camera_id),
        started_at=at,
        verdict=Verdict.DEGRADED if faults else Verdict.OK,
        failure=failure(Stage.PICTURE, "blur", "score 0.93") if faulty else None,
        stages=_STAGES,
        media=_MEDIA,
        picture=Picture(faults=faults),
        sketch=Sketch(luma=digest * 162, digest=digest, captured_at=at),
    )
