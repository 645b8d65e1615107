"""Cameras as the service sees them, and their credentials at rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from camera_registry.credentials import Vault, WrongKeyError
from camera_registry.database import Database
from camera_registry.store import cameras, places
from camera_registry.tables.inventory import SEALED_FIELDS
from camera_registry.tables.inventory import cameras as table
from camera_registry.vocabulary import (
    Access,
    Camera,
    Category,
    KeyLocationKind,
    Status,
    UpstreamKind,
)
from probes.vocabulary import Credentials
from tests.store.city import NOON, import_rows, row


async def test_a_camera_of_a_full_record(database: Database, tmp_path: Path) -> None:
    await import_rows(database, tmp_path, [row(1)])
    (camera,) = await cameras.load_all(database)
    assert camera == Camera(
        id=camera.id,
        label="34088100001320000001",
        name="点位1",
        town="文昌街道",
        village="同安社区",
        grid="001",
        category=Category.BUILT,
        key_location_id=camera.key_location_id,
        kind=KeyLocationKind.JUNCTION,
        upstream_id=camera.upstream_id,
        upstream="文昌-NVR-01",
        stream_url="rtsp://127.1.0.2:554/Streaming/Channels/101",
        onvif_url=None,
        host="127.1.0.2",
        credentials=Credentials(username="admin", password="s3cret-of-1"),
        administrative=None,
        access=Access.RECORDER,
        archive_complete=False,
        created_at=NOON,
    )
    (location,) = await places.load_key_locations(database)
    assert (location.id, location.name, location.town) == (
        camera.key_location_id,
        "人民路口",
        "文昌街道",
    )
    (upstream,) = await places.load_upstreams(database)
    assert (upstream.id, upstream.kind) == (camera.upstream_id, UpstreamKind.RECORDER)


@pytest.mark.parametrize(
    ("changes", "stream_url", "onvif_url"),
    [
        ({"接入协议": "ONVIF"}, None, "http://127.1.0.2:80/onvif/device_service"),
        (
            {"接入协议": "onvif", "端口": "8080"},
            None,
            "http://127.1.0.2:8080/onvif/device_service",
        ),
        (
            {"接入协议": "RTSP", "厂商": "杭州海康威视", "通道号": "3"},
            "rtsp://127.1.0.2:554/Streaming/Channels/301",
            None,
        ),
        (
            {"接入协议": "RTSP", "厂商": "大华股份", "端口": "8554"},
            "rtsp://127.1.0.2:8554/cam/realmonitor?channel=1&subtype=0",
            None,
        ),
        ({"接入协议": "RTSP", "厂商": "Uniview"}, "rtsp://127.1.0.2:554/media/video1", None),
        ({"接入协议": "RTSP", "厂商": "某厂"}, None, None),
        ({"接入协议": "GB/T 28181", "厂商": "海康"}, None, None),
        ({"接入协议": "平台"}, None, None),
        (
            {"接入协议": "ONVIF", "IPv4地址": "", "IPv6地址": "FD00::1"},
            None,
            "http://[fd00::1]:80/onvif/device_service",
        ),
    ],
)
async def test_addresses_of_a_record_without_a_stream_address(
    database: Database,
    tmp_path: Path,
    changes: dict[str, str],
    stream_url: str | None,
    onvif_url: str | None,
) -> None:
    await import_rows(database, tmp_path, [row(1, **{"取流地址": "", **changes})])
    (camera,) = await cameras.load_all(database)
    assert (camera.stream_url, camera.onvif_url) == (stream_url, onvif_url)


async def test_find_by_code_and_by_id(database: Database, tmp_path: Path) -> None:
    await import_rows(database, tmp_path, [row(1), row(2, 设备编码="")])
    first, second = await cameras.load_all(database)
    assert await cameras.find(database, "34088100001320000001") == first
    assert await cameras.find(database, str(second.id)) == second
    assert second.label == str(second.id)
    for unknown in ("0", "7" * 20, "文昌", "", "²"):
        assert await cameras.find(database, unknown) is None


async def test_status_set_by_people(database: Database, tmp_path: Path) -> None:
    await import_rows(
        database, tmp_path, [row(1, 设备状态="维修"), row(2, 设备状态="3"), row(3, 设备状态="1")]
    )
    assert [one.administrative for one in await cameras.load_all(database)] == [
        Status.MAINTENANCE,
        Status.RETIRED,
        None,
    ]


async def test_credentials_are_sealed_at_rest_and_in_repr(
    database: Database, tmp_path: Path
) -> None:
    await import_rows(database, tmp_path, [row(1)])
    async with database.read() as connection:
        stored = (await connection.execute(select(table))).mappings().one()
    for name in SEALED_FIELDS:
        assert stored[name].startswith("gAAAA")
    (camera,) = await cameras.load_all(database)
    for text in (repr(camera), repr(database), repr(database.vault), str(dict(stored))):
        assert "s3cret" not in text


async def test_another_key_is_told_by_name_and_a_further_one_opens(
    database: Database, tmp_path: Path
) -> None:
    await import_rows(database, tmp_path, [row(1)])
    new = Fernet.generate_key().decode()
    with pytest.raises(WrongKeyError, match=r"the key given as a value .* camera \d+"):
        await cameras.load_all(replace(database, vault=Vault([new])))
    from tests.store.conftest import KEY

    both = replace(database, vault=Vault([new, KEY]))
    assert await cameras.load_all(both) == await cameras.load_all(database)
