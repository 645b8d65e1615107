"""Small archives for the store's tests, as files and already imported."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from camera_registry.archive import ImportReport, import_archive
from camera_registry.database import Database

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)

BASE = {
    "设备编码": "34088100001320000001",
    "设备名称": "人民路口枪机",
    "乡镇街道": "文昌街道",
    "村社区": "同安社区",
    "网格编号": "001",
    "建设类别": "建成",
    "重点部位": "人民路口",
    "重点部位类别": "主要路口",
    "IPv4地址": "127.1.0.1",
    "通道号": "1",
    "用户名": "admin",
    "口令": "s3cret-of-1",
    "取流地址": "rtsp://127.1.0.1:554/Streaming/Channels/101",
    "上联设备": "文昌-NVR-01",
    "设备状态": "1 在用",
}


def row(serial: int, **changes: str) -> dict[str, str]:
    """The base row as another camera; every camera has its own code and address."""
    host = f"127.1.{serial // 250}.{serial % 250 + 1}"
    return {
        **BASE,
        "设备编码": f"3408810000132{serial:07d}",
        "设备名称": f"点位{serial}",
        "IPv4地址": host,
        "取流地址": f"rtsp://{host}:554/Streaming/Channels/101",
        **changes,
    }


def write_csv(path: Path, rows: Sequence[Mapping[str, str]], encoding: str = "utf-8") -> Path:
    headings = list(dict.fromkeys(heading for one in rows for heading in one))
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, headings, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


async def import_rows(
    database: Database,
    folder: Path,
    rows: Sequence[Mapping[str, str]],
    *,
    now: datetime = NOON,
    who: str = "王工",
    dry_run: bool = False,
) -> ImportReport:
    path = write_csv(folder / "rows.csv", rows)
    return await import_archive(database, path, who=who, now=now, dry_run=dry_run)
