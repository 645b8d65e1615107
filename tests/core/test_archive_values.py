"""One cell, read as its field's type: what people write, and what is refused."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camera_registry.addresses import StreamAddress
from camera_registry.archive.guard import guarded, guarded_cell, unguarded
from camera_registry.archive.report import Why
from camera_registry.archive.values import (
    BadValueError,
    Cell,
    Formula,
    SheetError,
    read_text,
    read_value,
)
from camera_registry.fields import FieldType, fields, heading_key
from camera_registry.tables.inventory import SEALED_FIELDS, cameras
from probes.vocabulary import Credentials

CODE = "34088100001320000001"


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("device_code", CODE, CODE),
        ("device_code", " 34088100 0013 2000 0001\u3000", CODE),
        ("device_code", "３４０８８１００００１３２００００００１", CODE),
        ("device_code", "\ufeff" + CODE, CODE),
        ("device_code", "", None),
        ("device_code", "无", None),
        ("device_code", None, None),
        ("device_name", "  人民路　 口\n枪机 ", "人民路 口 枪机"),
        ("device_name", "ＡＢ（东）", "ＡＢ（东）"),
        ("device_name", 12, "12"),
        ("device_name", 12.0, "12"),
        ("device_name", 1.5, "1.5"),
        ("device_name", datetime(2024, 5, 1), "2024-05-01T00:00:00"),  # noqa: DTZ001
        ("device_name", "-", "-"),
        ("admin_contact", 13900000000.0, "13900000000"),
        ("division_code", 340881, "340881"),
        ("division_code", "340881001", "340881001"),
        ("monitor_point_type", "1 一类", "1"),
        ("monitor_point_type", "1", "1"),
        ("monitor_point_type", 1.0, "1"),
        ("monitor_point_type", "１", "1"),
        ("monitor_point_type", "一类", "1"),
        ("monitor_point_type", "1-一类", "1"),
        ("monitor_point_type", "1、一类", "1"),
        ("camera_function_type", 2, "02"),
        ("camera_function_type", "02", "02"),
        ("video_encoding_format", "h265", "4"),
        ("video_encoding_format", "H.265", "4"),
        ("coordinate_system", "wgs84", "WGS-84"),
        ("coordinate_system", "GCJ02", "GCJ-02"),
        ("access_network", "公安视频传输网", "0"),
        ("access_network", "1 公安视频传输网", "1"),
        ("build_source", "建成", "built"),
        ("build_source", "village", "village"),
        ("key_location_kind", "背街小巷", "back_street"),
        ("connection_protocol", "onvif", "ONVIF"),
        ("connection_protocol", "GB28181", "GB/T 28181"),
        ("connection_protocol", "GBT28181", "GB/T 28181"),
        ("connection_protocol", "私有协议", "私有协议"),
        ("longitude", "116.95", 116.95),
        ("longitude", 116.95, 116.95),
        ("longitude", "１１６．９５°", 116.95),
        ("latitude", "31", 31.0),
        ("latitude", 1e-07, 1e-07),
        ("latitude", -1e-12, 0.0),
        ("longitude", "116.95000000000002", 116.95),
        ("latitude", "3.1E+01", 31.0),
        ("access_port", "554", 554),
        ("access_port", 554.0, 554),
        ("channel_number", "0", 0),
        ("enabled_time", "2024-05-01", date(2024, 5, 1)),
        ("enabled_time", "2024/5/1", date(2024, 5, 1)),
        ("enabled_time", "2024.5.1", date(2024, 5, 1)),
        ("enabled_time", "2024年5月1日", date(2024, 5, 1)),
        ("enabled_time", "20240501", date(2024, 5, 1)),
        ("enabled_time", 20240501, date(2024, 5, 1)),
        ("enabled_time", "2024-05-01 00:00:00", date(2024, 5, 1)),
        ("enabled_time", datetime(2024, 5, 1, 8), date(2024, 5, 1)),  # noqa: DTZ001
        ("enabled_time", date(2024, 5, 1), date(2024, 5, 1)),
        ("enabled_time", 45413, date(2024, 5, 1)),
        ("enabled_time", None, None),
        ("ipv4", "10.0.0.1", "10.0.0.1"),
        ("ipv4", "010.000.000.001", "10.0.0.1"),
        ("ipv4", "１０。０。０。１", "10.0.0.1"),
        ("ipv6", "[FE80:0::1]", "fe80::1"),
        ("mac_address", "02-58-4c-0a-0b-0c", "02:58:4C:0A:0B:0C"),
        ("mac_address", "0258.4c0a.0b0c", "02:58:4C:0A:0B:0C"),
        ("mac_address", "/", None),
        ("device_password", "a  b", "a  b"),
        ("device_password", "ｐ", "ｐ"),
        ("device_password", 123456, "123456"),
        ("stream_url", "rtsp://10.0.0.1/x", StreamAddress(url="rtsp://10.0.0.1/x")),
    ],
)
def test_read(field: str, cell: Cell, value: Any) -> None:
    assert read_value(fields()[field], cell) == value


@pytest.mark.parametrize(
    ("field", "cell", "reason", "why"),
    [
        ("device_code", 3.4088100001320001e19, Why.DIGITS_LOST, "15 digits"),
        ("device_code", 34088100001320000001, Why.DIGITS_LOST, "15 digits"),
        ("device_code", "3.40881E+19", Why.DIGITS_LOST, "as text"),
        ("device_name", 1e15, Why.DIGITS_LOST, "15 digits"),
        ("device_code", "3408810000132000001", Why.NOT_A_CODE, "19 digits"),
        ("device_code", "3408810000132000000A", Why.NOT_A_CODE, "20 digits"),
        ("parent_device", "NVR1", Why.NOT_A_CODE, "20 digits"),
        ("division_code", "34088", Why.NOT_A_CODE, "2, 4, 6, 8, 9, 12"),
        ("monitor_point_type", "5", Why.NOT_A_CHOICE, "1 一类, 2 二类"),
        ("build_source", "在建", Why.NOT_A_CHOICE, "建成, 整合, 村级"),
        ("longitude", "东经116", Why.NOT_A_NUMBER, "number"),
        ("longitude", "116.9.5", Why.NOT_A_NUMBER, "number"),
        ("longitude", "nan", Why.NOT_A_NUMBER, "number"),
        ("longitude", "181", Why.OUT_OF_BOUNDS, "-180 and 180"),
        ("access_port", "0", Why.OUT_OF_BOUNDS, "1 and 65535"),
        ("access_port", "554;555", Why.NOT_A_NUMBER, "whole"),
        ("channel_number", 1.5, Why.NOT_A_NUMBER, "whole"),
        ("enabled_time", "2024-02-30", Why.NOT_A_DATE, "calendar"),
        ("enabled_time", "去年", Why.NOT_A_DATE, "2024-05-31"),
        ("enabled_time", 7, Why.NOT_A_DATE, "2024-05-31"),
        ("enabled_time", True, Why.NOT_A_DATE, "2024-05-31"),
        ("ipv4", "10.0.0.256", Why.NOT_AN_ADDRESS, "IPv4"),
        ("ipv4", "10.0.0.1:554", Why.NOT_AN_ADDRESS, "IPv4"),
        ("ipv6", "fe80::1%eth0", Why.NOT_AN_ADDRESS, "zone"),
        ("ipv6", "10.0.0.1", Why.NOT_AN_ADDRESS, "IPv6"),
        ("mac_address", "02:58:4c", Why.NOT_AN_ADDRESS, "MAC"),
        ("stream_url", "http://10.0.0.1/x", Why.NOT_AN_ADDRESS, "rtsp://"),
        ("stream_url", "rtsp:///x", Why.NOT_AN_ADDRESS, "no host"),
        ("stream_url", "rtsp://10.0.0.1:99999/x", Why.NOT_AN_ADDRESS, "port"),
        ("device_name", "字" * 501, Why.TOO_LONG, "501 characters"),
        ("stream_url", "rtsp://h/" + "x" * 1000, Why.TOO_LONG, "1009 characters"),
        ("device_name", "a\x00b", Why.CONTROL_CHARACTER, "U+0000"),
        ("device_name", "a\ud800b", Why.CONTROL_CHARACTER, "U+D800"),
        ("device_name", Formula(), Why.FORMULA, "formula"),
        ("device_name", SheetError(text="#N/A"), Why.SHEET_ERROR, "#N/A"),
    ],
)
def test_refused(field: str, cell: Cell, reason: Why, why: str) -> None:
    with pytest.raises(BadValueError) as caught:
        read_value(fields()[field], cell)
    assert caught.value.reason is reason
    assert why in caught.value.why


@given(
    field=st.sampled_from(list(fields().values())),
    cell=st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.datetimes()),
)
def test_whatever_a_cell_holds_it_is_read_or_refused(field: Any, cell: Cell) -> None:
    try:
        value = read_value(field, cell)
    except BadValueError:
        return
    # What was read reads the same from an exported sheet.
    if isinstance(value, str | int | float | date):
        assert read_value(field, value) == value


@given(st.text())
def test_guarding_loses_nothing(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert unguarded(guarded_cell(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@"))


def test_a_text_of_nothing_is_none() -> None:
    assert read_text(" \u200b ") is None


def test_the_field_table_and_the_cameras_columns_agree() -> None:
    kept_elsewhere = {"town", "village", "key_location", "key_location_kind", "upstream_device"}
    columns = {column.name for column in cameras.columns}
    assert set(fields()) - kept_elsewhere <= columns
    references = {"town_code", "village_id", "key_location_id", "upstream_id"}
    assert columns - set(fields()) - references == {"id", "created_at", "updated_at"}
    hidden = {one.name for one in fields().values() if one.hidden}
    assert hidden == set(SEALED_FIELDS)


def test_no_heading_means_two_fields() -> None:
    keys = [{heading_key(heading) for heading in one.headings} for one in fields().values()]
    assert sum(map(len, keys)) == len(set().union(*keys))


def test_stored_credentials_have_no_repr() -> None:
    address = read_value(fields()["stream_url"], "rtsp://admin:hunter2@10.0.0.1/x")
    assert address.credentials == Credentials(username="admin", password="hunter2")
    assert "hunter2" not in repr(address)
    assert fields()["device_password"].type is FieldType.SECRET
