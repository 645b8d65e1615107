"""The archive sheet (一机一档) of a planned city: its headings, and a row for each point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from tests.fleet.places import GIVEN_NAMES, MAINTAINERS, MAKERS, SURNAMES
from tests.fleet.plan import CityPlan, Point, stream

HEADINGS: tuple[str, ...] = (
    "设备编码",
    "原设备编码",
    "设备名称",
    "行政区划编码",
    "监控点位类型",
    "点位俗称",
    "父设备",
    "建设单位",
    "平台归属代码",
    "管理单位",
    "所属部门",
    "管理员",
    "管理员电话",
    "承建单位",
    "维护单位",
    "厂商",
    "型号",
    "摄像机类型",
    "成像类型",
    "功能类型",
    "编码格式",
    "分辨率",
    "补光",
    "辖区公安机关",
    "安装地址",
    "周边标志",
    "经度",
    "纬度",
    "坐标系",
    "室内外",
    "监控方位",
    "立杆编号",
    "联网属性",
    "接入网络",
    "IPv4地址",
    "IPv6地址",
    "MAC地址",
    "端口",
    "通道号",
    "接入协议",
    "用户名",
    "口令",
    "取流地址",
    "启用时间",
    "报废时间",
    "设备状态",
    "录像保存天数",
    "OSD名称",
    "建设期数",
    "乡镇街道",
    "村社区",
    "网格编号",
    "建设类别",
    "重点部位",
    "重点部位类别",
    "上联设备",
)

# The codes of the enumerations; a sheet writes `1 一类` or just `一类`.
_CODES: Mapping[str, str] = MappingProxyType(
    {
        "一类": "1",
        "二类": "2",
        "三类": "3",
        "球机": "1",
        "半球": "2",
        "固定枪机": "3",
        "可见光": "1",
        "人员": "02",
        "其他": "99",
        "H.264": "2",
        "H.265": "4",
        "红外补光": "2",
        "室外": "1",
        "已联网": "0",
        "公安视频传输网": "0",
        "电子政务外网": "6",
        "互联网": "7",
        "在用": "1",
        "维修": "2",
        "拆除": "3",
        "东": "1",
        "西": "2",
        "南": "3",
        "北": "4",
        "东南": "5",
        "东北": "6",
        "西南": "7",
        "西北": "8",
    }
)
_POINT_TYPES = {"建成": ("一类", "二类"), "整合": ("二类", "三类"), "村级": ("三类",)}
_NETWORKS = {"建成": "公安视频传输网", "整合": "电子政务外网", "村级": "互联网"}
_RESOLUTIONS = {"h264_sub": "640*360", "h264_d1": "704*576", "mjpeg": "704*576"}
_WAYS = ("东", "西", "南", "北", "东南", "东北", "西南", "西北")
_SHAPES = {"枪机": "固定枪机", "球机": "球机", "半球": "半球"}
_MAKER_NAMES = {maker.key: maker.name for maker in MAKERS}
# Fields that some records lack, as archives do, and how often.
_GAPS = (("维护单位", 0.012), ("管理单位", 0.008), ("型号", 0.03), ("安装地址", 0.006))


def rows(plan: CityPlan, *, rtsp_port: int, onvif_port: int) -> Iterator[dict[str, str]]:
    """A row for each point, by heading; absent values are empty strings."""
    chance = stream(plan.seed, "archive")
    for point in plan.points:
        values = _place(point) | _device(point) | _address(point, rtsp_port, onvif_port)
        values |= _people(point, plan.seed)
        for heading, odds in _GAPS:
            if chance.random() < odds:
                values[heading] = ""
        yield {heading: values.get(heading, "") for heading in HEADINGS}


def _coded(point: Point, word: str) -> str:
    """Built points' sheets write code and word, the others the word alone."""
    return f"{_CODES[word]} {word}" if point.category == "建成" else word


def _place(point: Point) -> dict[str, str]:
    types = _POINT_TYPES[point.category]
    spot = point.key_location or point.name.removeprefix(point.town)
    return {
        "设备编码": point.code,
        "设备名称": point.name,
        "行政区划编码": point.town_code,
        "监控点位类型": _coded(point, types[point.serial % len(types)]),
        "辖区公安机关": f"桐城市公安局{point.town}派出所",
        "安装地址": f"桐城市{point.town}{point.village}{spot}",
        "经度": f"{point.longitude:.6f}",
        "纬度": f"{point.latitude:.6f}",
        "坐标系": "WGS-84",
        "室内外": _coded(point, "室外"),
        "监控方位": _coded(point, _WAYS[point.serial * 5 % 8]),
        "立杆编号": f"LG{point.town_code[-3:]}{point.serial:05d}",
        "OSD名称": point.name,
        "乡镇街道": point.town,
        "村社区": point.village,
        "网格编号": point.grid,
        "建设类别": point.category,
        "重点部位": point.key_location,
        "重点部位类别": point.key_kind,
        "上联设备": point.upstream,
    }


def _device(point: Point) -> dict[str, str]:
    shape = next(full for short, full in _SHAPES.items() if short in point.name)
    codec = "H.265" if "h265" in point.clip else "H.264"
    year, month = 2017 + point.serial % 7, 1 + point.serial % 12
    return {
        "父设备": point.parent_code,
        "厂商": _MAKER_NAMES[point.maker],
        "型号": point.model,
        "摄像机类型": _coded(point, shape),
        "成像类型": _coded(point, "可见光"),
        "功能类型": _coded(point, "人员" if point.key_location else "其他"),
        "编码格式": "" if point.clip == "mjpeg" else _coded(point, codec),
        "分辨率": _RESOLUTIONS.get(point.clip, "1920*1080"),
        "补光": _coded(point, "红外补光"),
        "启用时间": f"{year}-{month:02d}-{1 + point.serial % 28:02d}",
        "报废时间": "2025-12-31" if point.administrative == "拆除" else "",
        "设备状态": _coded(point, point.administrative),
        "录像保存天数": "90" if point.category == "建成" else "30",
        "建设期数": ("一期", "二期", "三期")[point.serial % 3],
    }


def _address(point: Point, rtsp_port: int, onvif_port: int) -> dict[str, str]:
    stream_url = f"rtsp://{point.address}:{rtsp_port}{point.resource}"
    second, third, fourth = (int(part) for part in point.address.split(".")[1:])
    return {
        "联网属性": _coded(point, "已联网"),
        "接入网络": _coded(point, _NETWORKS[point.category]),
        "IPv4地址": point.address,
        "MAC地址": f"02:58:4C:{second:02X}:{third:02X}:{fourth:02X}",
        "端口": str(onvif_port if point.onvif else rtsp_port),
        "通道号": str(point.channel),
        "接入协议": "ONVIF" if point.onvif else "RTSP",
        "用户名": point.username,
        "口令": point.password,
        "取流地址": stream_url if point.stream_known else "",
    }


def _people(point: Point, seed: int) -> dict[str, str]:
    chance = stream(seed, f"people:{point.department or point.village}:{point.town}")
    village_hall = f"{point.town}人民政府"
    owner = {"建成": "桐城市公安局", "整合": point.department, "村级": village_hall}
    return {
        "建设单位": owner[point.category],
        "管理单位": owner[point.category],
        "所属部门": point.department,
        "管理员": chance.choice(SURNAMES) + "".join(chance.choices(GIVEN_NAMES, k=2)),
        "管理员电话": f"139{chance.randrange(10**8):08d}",
        "承建单位": chance.choice(MAINTAINERS),
        "维护单位": chance.choice(MAINTAINERS),
    }
