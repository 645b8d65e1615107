"""Towns, departments, makers and names that the sample archive is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A town or subdistrict: 9-digit division code, numbers of villages and communities, how
    urban it is (its share of the built points for each resident unit), and its middle (WGS-84
    degrees)."""

    code: str
    name: str
    villages: int
    communities: int
    urban: float
    longitude: float
    latitude: float


def _town(
    code: str, name: str, villages: int, communities: int, urban: float, lon: float, lat: float
) -> Town:
    return Town(
        code=code,
        name=name,
        villages=villages,
        communities=communities,
        urban=urban,
        longitude=lon,
        latitude=lat,
    )


# Codes and names: National Bureau of Statistics, 2023. 204 villages and 98 communities in all
# (published figures of 2021); their split over the towns is invented.
TOWNS: tuple[Town, ...] = (
    _town("340881001", "龙腾街道", 8, 16, 4.5, 116.930, 31.030),
    _town("340881002", "文昌街道", 6, 18, 5.0, 116.955, 31.045),
    _town("340881003", "龙眠街道", 8, 17, 4.5, 116.935, 31.070),
    _town("340881100", "孔城镇", 22, 5, 1.6, 117.065, 31.010),
    _town("340881101", "吕亭镇", 18, 4, 1.2, 117.055, 31.090),
    _town("340881102", "范岗镇", 18, 5, 1.4, 116.890, 30.960),
    _town("340881103", "新渡镇", 17, 5, 1.5, 116.880, 30.880),
    _town("340881104", "双港镇", 15, 4, 1.0, 116.960, 30.880),
    _town("340881105", "大关镇", 17, 4, 1.0, 116.990, 31.180),
    _town("340881106", "青草镇", 20, 5, 1.2, 116.760, 30.910),
    _town("340881107", "金神镇", 14, 4, 1.1, 117.030, 30.930),
    _town("340881108", "嬉子湖镇", 9, 2, 0.8, 117.060, 30.870),
    _town("340881109", "唐湾镇", 12, 3, 0.7, 116.720, 31.100),
    _town("340881110", "黄甲镇", 11, 3, 0.7, 116.790, 31.060),
    _town("340881111", "鲟鱼镇", 9, 3, 0.8, 117.000, 30.820),
)

VILLAGE_FIRST = "桃新石杨白金龙双大柳青红云高松竹梅东西长"
VILLAGE_SECOND = "园塘桥店河岭湾铺冲山畈庙墩安庄泉林井溪坂"

DEPARTMENTS: tuple[str, ...] = (
    "市教育体育局",
    "市城市管理局",
    "市交通运输局",
    "市水利局",
    "市应急管理局",
    "市自然资源和规划局",
    "市生态环境分局",
    "市文化旅游局",
    "市卫生健康委",
    "市市场监督管理局",
    "市农业农村局",
    "市林业局",
    "市住房和城乡建设局",
    "市民政局",
    "市司法局",
    "市消防救援大队",
    "市公路服务中心",
    "市供电公司",
    "市粮食和储备局",
    "市公安局交警大队",
)

MAINTAINERS: tuple[str, ...] = (
    "安徽雪亮运维有限公司",
    "桐城广电网络公司",
    "安庆铁通工程公司",
    "桐城联通工程维护部",
    "安徽中视安防工程公司",
)

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗方姚左"
GIVEN_NAMES = "伟芳敏静军磊强洋勇艳杰涛明超霞平刚桂文辉"

ROADS: tuple[str, ...] = (
    "中心大街",
    "桐乡路",
    "文昌路",
    "龙眠大道",
    "盛唐路",
    "同康路",
    "和平路",
    "迎宾路",
    "振兴路",
    "环城路",
    "兴业路",
    "学府路",
)
CROWDED_PLACES: tuple[str, ...] = (
    "中心小学",
    "初级中学",
    "农贸市场",
    "卫生院",
    "汽车站",
    "文化广场",
    "政务服务中心",
    "中心幼儿园",
    "敬老院",
    "商贸城",
    "体育公园",
    "老街集市",
)
BACK_STREETS: tuple[str, ...] = (
    "老街北巷",
    "粮站后街",
    "供销社后巷",
    "河沿小街",
    "菜市后巷",
    "东门里弄",
    "西门里弄",
    "剧院后街",
    "桥头小巷",
    "卫生院后巷",
    "学堂弄",
    "南关背街",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """A maker of cameras: its models by codec, and the paths its streams have.

    `direct` and `channel` are formatted with the channel number `n`; `sub` likewise, the paths of
    the small streams beside them.
    """

    key: str
    name: str
    models_h264: tuple[str, ...]
    models_h265: tuple[str, ...]
    direct: str
    channel: str
    sub: tuple[str, str]
    share: int


MAKERS: tuple[Maker, ...] = (
    Maker(
        key="hikvision",
        name="海康威视",
        models_h264=("DS-2CD2T25D-I5", "DS-2CD3T26WD-I5"),
        models_h265=("DS-2CD2T46WDV3-I3", "DS-2CD3T47EWDV3-L"),
        direct="/Streaming/Channels/{n}01",
        channel="/Streaming/Channels/{n}01",
        sub=("/Streaming/Channels/{n}02", "/Streaming/Channels/{n}02"),
        share=45,
    ),
    Maker(
        key="dahua",
        name="大华",
        models_h264=("DH-IPC-HFW2225M-I1", "DH-IPC-HFW3241M-I1"),
        models_h265=("DH-IPC-HFW4243F-ZYL-AS", "DH-IPC-HFW5443M1"),
        direct="/cam/realmonitor?channel={n}&subtype=0",
        channel="/cam/realmonitor?channel={n}&subtype=0",
        sub=("/cam/realmonitor?channel={n}&subtype=1", "/cam/realmonitor?channel={n}&subtype=1"),
        share=30,
    ),
    Maker(
        key="uniview",
        name="宇视",
        models_h264=("IPC2A2L-IR3", "HIC2621E-L-U"),
        models_h265=("IPC-B2A2-IR-F40", "IPC242L-IR5"),
        direct="/media/video{n}",
        channel="/unicast/c{n}/s0/live",
        sub=("/media/video2", "/unicast/c{n}/s1/live"),
        share=12,
    ),
    Maker(
        key="tplink",
        name="TP-LINK",
        models_h264=("TL-IPC525K-W4", "TL-IPC534HP"),
        models_h265=("TL-IPC545HP-W4", "TL-IPC646HP"),
        direct="/stream{n}",
        channel="/channel{n}/stream1",
        sub=("/stream2", "/channel{n}/stream2"),
        share=8,
    ),
    Maker(
        key="tiandy",
        name="天地伟业",
        models_h264=("TC-C32GN", "TC-NC252"),
        models_h265=("TC-C34QN", "TC-C35WS"),
        direct="/{n}/1",
        channel="/{n}/1",
        sub=("/{n}/2", "/{n}/2"),
        share=5,
    ),
)
