"""`/metrics` read back with prometheus-client's own parsers, against the contract's list."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from types import MappingProxyType

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open
from prometheus_client.parser import text_string_to_metric_families as parse_plain

from camera_registry.incidents.vocabulary import Cause, Event, Happening
from camera_registry.read_model import FleetView, build_view
from camera_registry.vocabulary import FaultCount, KeyLocation, KeyLocationKind, Status
from exporters.configured import Configured
from exporters.metrics import Exposition, ProbeMetrics
from exporters.text_metrics import TextMetrics
from probes.reasons import REASONS, failure
from probes.vocabulary import FaultKind, ProbeResult, Stage, Verdict
from tests.made_incidents import incident
from tests.views import NOW, camera, city, state

PROMETHEUS_ACCEPT = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
NASTY = 'a"b\\c\nd,{e}="河"'
BLUR = FaultCount(kind=FaultKind.BLUR, seen=2, since=NOW)

ESCALATED = Event(number=2, at=NOW, what=Happening.ESCALATED)
INCIDENT = {"incident", "town", "cause", "repair_class", "subject"}
# The contract: family (as the text format names it), type, labels.
CONTRACT = {
    "xueliang_camera_up": ("gauge", {"camera", "town", "category"}),
    "xueliang_camera_info": (
        "gauge",
        {"camera", "name", "town", "village", "grid", "category", "kind", "upstream"},
    ),
    "xueliang_camera_picture_fault": ("gauge", {"camera", "town", "fault"}),
    "xueliang_camera_last_frame_timestamp_seconds": ("gauge", {"camera"}),
    "xueliang_camera_offline_since_timestamp_seconds": ("gauge", {"camera", "town"}),
    "xueliang_camera_longitude_degrees": ("gauge", {"camera", "town"}),
    "xueliang_camera_latitude_degrees": ("gauge", {"camera", "town"}),
    "xueliang_cameras": ("gauge", {"town", "category", "status"}),
    "xueliang_key_location_covered": ("gauge", {"town", "kind", "location"}),
    "xueliang_key_locations": ("gauge", {"town", "kind", "state"}),
    "xueliang_coverage_ratio": ("gauge", {"town", "kind"}),
    "xueliang_online_ratio": ("gauge", {"town", "category"}),
    "xueliang_observed_ratio": ("gauge", {"town", "category"}),
    "xueliang_intact_ratio": ("gauge", {"town", "category"}),
    "xueliang_archive_complete_ratio": ("gauge", {"town", "category"}),
    "xueliang_platform_camera_up": ("gauge", {"camera", "town", "category"}),
    "xueliang_platform_cameras": ("gauge", {"town", "category", "status"}),
    "xueliang_platform_last_report_timestamp_seconds": ("gauge", {"town"}),
    "xueliang_incidents_open": ("gauge", {"town", "cause"}),
    "xueliang_incident_info": (
        "gauge",
        {
            *("incident", "town", "camera", "village", "location", "repair_class", "trouble"),
            *("category", "kind", "stage", "reason", "inferred"),
        },
    ),
    "xueliang_incident_opened_timestamp_seconds": ("gauge", INCIDENT),
    "xueliang_incident_paged_timestamp_seconds": ("gauge", INCIDENT),
    "xueliang_incident_due_timestamp_seconds": ("gauge", INCIDENT),
    "xueliang_incident_escalations": ("gauge", INCIDENT),
    "xueliang_incident_acknowledged": ("gauge", {"incident", "town"}),
    "xueliang_incident_cameras": ("gauge", {"incident", "town"}),
    "xueliang_incident_key_location_blind": ("gauge", {"incident", "town", "kind", "location"}),
    "xueliang_incident_merged": ("gauge", {"incident", "town", "into"}),
    "xueliang_own_network_up": ("gauge", set()),
    "xueliang_probes": ("counter", {"verdict"}),
    "xueliang_probe_failures": ("counter", {"stage", "reason", "blame"}),
    "xueliang_probe_stage_seconds": ("histogram", {"stage"}),
    "xueliang_sweep_duration_seconds": ("gauge", set()),
    "xueliang_sweep_last_completed_timestamp_seconds": ("gauge", set()),
}


def scrape(
    view: FleetView | None, probes: ProbeMetrics | None = None, accept: str = "text/plain"
) -> dict[str, Metric]:
    answer = Exposition(probes or ProbeMetrics()).render(view, accept, "")
    parse = parse_open if "openmetrics" in answer.content_type else parse_plain
    return {family.name: family for family in parse(answer.body.decode())}


def values(family: Metric) -> dict[tuple[str, ...], float]:
    return {tuple(sample.labels.values()): sample.value for sample in family.samples}


def busy_probes() -> ProbeMetrics:
    probes = ProbeMetrics()
    probes.record(
        ProbeResult(
            camera_id="1",
            started_at=NOW,
            verdict=Verdict.DOWN,
            failure=failure(Stage.CONNECT, "timeout", "secret evidence"),
            stages=MappingProxyType({Stage.RESOLVE: 0.0004, Stage.CONNECT: 5.0}),
        )
    )
    probes.sweep_done(61.5, datetime(2026, 3, 2, 2, 29, tzinfo=UTC))
    return probes


@pytest.mark.parametrize("accept", ["text/plain", PROMETHEUS_ACCEPT])
def test_the_contract_s_families_types_and_labels(accept: str) -> None:
    view = replace(city(900, seed=8), incidents_open={("青山镇", "recorder"): 2})
    families = scrape(view, busy_probes(), accept)
    found = {
        name: (family.type, {label for s in family.samples for label in s.labels} - {"le"})
        for name, family in families.items()
    }
    assert found == CONTRACT


@pytest.mark.parametrize("accept", ["text/plain", PROMETHEUS_ACCEPT])
def test_every_label_value_comes_back_as_it_was(accept: str) -> None:
    one = camera(1, label=NASTY, name=NASTY, town=NASTY, village=NASTY, grid=NASTY, upstream=NASTY)
    place = KeyLocation(id=1, name=NASTY, town=NASTY, kind=KeyLocationKind.JUNCTION)
    seconds = {1: {Status.ONLINE: 10.0}}
    view = build_view([one], {1: state()}, [place], seconds, NOW, 1)
    families = scrape(replace(view, incidents_open={(NASTY, NASTY): 1}), None, accept)
    info = families["xueliang_camera_info"].samples[0].labels
    for label in ("camera", "name", "town", "village", "grid", "upstream"):
        assert info[label] == NASTY
    for name, family in families.items():
        for sample in family.samples:
            assert sample.labels.get("town", NASTY) == NASTY, name


def test_up_and_faults() -> None:
    statuses = list(Status)
    cameras = [camera(n, label=status.value) for n, status in enumerate(statuses)]
    states = {n: state(n, status, faults=(BLUR,)) for n, status in enumerate(statuses)}
    families = scrape(build_view(cameras, states, (), {}, NOW, 1))
    up = {s.labels["camera"]: s.value for s in families["xueliang_camera_up"].samples}
    assert up == {"online": 1, "degraded": 1, "offline": 0}
    faults = families["xueliang_camera_picture_fault"].samples
    assert [(s.labels["camera"], s.labels["fault"]) for s in faults] == [("degraded", "blur")]
    frame = families["xueliang_camera_last_frame_timestamp_seconds"].samples[0]
    assert frame.value == states[0].last_frame_at.timestamp()  # type: ignore[union-attr]


def test_an_incident_is_told_while_it_is_open() -> None:
    base = incident(1, NOW)
    told = (
        base,
        incident(2, NOW, resolved_at=NOW),
        incident(4, NOW, paged_at=None, timeline=()),
        incident(5, NOW, again_at=NOW, acknowledged_at=NOW, members=(5, 6)),
        incident(6, NOW, timeline=(*base.timeline, *[ESCALATED] * 2)),
    )
    merged = (
        incident(3, NOW, resolved_at=NOW, merged_into="i00001"),
        incident(7, NOW, resolved_at=NOW, merged_into="i00001", paged_at=None, timeline=()),
    )
    view = replace(build_view((), {}, (), {}, NOW, 1), incidents=told, merged=merged)
    families = scrape(view)

    def by_incident(name: str) -> dict[str, float]:
        samples = families[f"xueliang_incident_{name}"].samples
        return {sample.labels["incident"]: sample.value for sample in samples}

    opened = by_incident("opened_timestamp_seconds")
    assert opened.keys() == {"i00001", "i00004", "i00005", "i00006"}
    assert opened["i00005"] == NOW.timestamp()
    # One that was not paged, or came back since its page, is nobody's to be woken for. One that
    # people were told of, and that is a part of another now, has not recovered.
    assert by_incident("paged_timestamp_seconds").keys() == {"i00001", "i00003", "i00006"}
    assert by_incident("merged").keys() == {"i00003"}
    assert by_incident("escalations") == {"i00001": 0, "i00004": 0, "i00005": 0, "i00006": 2}
    assert by_incident("acknowledged")["i00005"] == 1
    assert by_incident("cameras")["i00005"] == 2


def test_an_incident_tells_its_point_and_what_nobody_sees() -> None:
    place = KeyLocation(id=1, name="人民路口", town="青山镇", kind=KeyLocationKind.JUNCTION)
    leaky = KeyLocation(id=2, name="密码=hunter2", town="青山镇", kind=KeyLocationKind.BACK_STREET)
    cameras = [camera(n, key_location_id=n) for n in (1, 2)]
    states = {n: state(n, Status.OFFLINE) for n in (1, 2)}
    view = build_view(cameras, states, [place, leaky], {}, NOW, 1)
    told = (incident(1, NOW), incident(9, NOW, cause=Cause.RECORDER, camera_id=None, members=(2,)))
    families = scrape(replace(view, incidents=told))
    info = [sample.labels for sample in families["xueliang_incident_info"].samples]
    assert [(one["camera"], one["village"], one["location"]) for one in info] == [
        (cameras[0].label, "河东村", "人民路口"),
        ("", "", ""),
    ]
    blind = families["xueliang_incident_key_location_blind"].samples
    covered = families["xueliang_key_location_covered"].samples
    names = {(s.labels["incident"], s.labels["location"]) for s in blind}
    assert names == {("i00001", "人民路口"), ("i00009", "密码=*** #2")}
    assert {s.labels["location"] for s in covered} == {name for _, name in names}


@pytest.mark.parametrize("up", [True, False])
def test_our_own_network_is_told(up: bool) -> None:
    families = scrape(build_view((), {}, (), {}, NOW, 1, network_up=up))
    assert values(families["xueliang_own_network_up"]) == {(): float(up)}


def test_the_words_of_alerts_are_there_in_both_languages() -> None:
    """Every failure is named and says what to check first."""
    answer = Exposition(ProbeMetrics(), [TextMetrics()]).render(None, "text/plain", "")
    (texts,) = (
        family
        for family in parse_plain(answer.body.decode())
        if family.name == "xueliang_text_info"
    )
    told = {(s.labels["language"], s.labels["key"]): s.labels["text"] for s in texts.samples}
    for stage, reason in REASONS:
        for language, key in product(("zh_CN", "en"), ("", ".action")):
            assert told[language, f"reason.{stage.value}.{reason}{key}"]
    for cause in Cause:
        assert told["zh_CN", f"cause.{cause.value}"]
    assert told["en", "alert.check.town_uplink"]
    assert not [text for text in told.values() if "{" in text]


def test_since_when_and_where() -> None:
    statuses = list(Status)
    cameras = [camera(n, label=status.value) for n, status in enumerate(statuses)]
    cameras[0] = camera(0, label="online", position=(116.94, 31.03))
    states = {n: state(n, status) for n, status in enumerate(statuses)}
    families = scrape(build_view(cameras, states, (), {}, NOW, 1))
    since = families["xueliang_camera_offline_since_timestamp_seconds"]
    offline = states[statuses.index(Status.OFFLINE)]
    assert values(since) == {("offline", "青山镇"): offline.since.timestamp()}
    assert values(families["xueliang_camera_longitude_degrees"]) == {("online", "青山镇"): 116.94}
    assert values(families["xueliang_camera_latitude_degrees"]) == {("online", "青山镇"): 31.03}


def test_a_location_is_covered_or_blind_and_else_absent() -> None:
    told = (Status.ONLINE, Status.DEGRADED, Status.UNKNOWN)
    places = [
        KeyLocation(id=n, name=status.value, town="青山镇", kind=KeyLocationKind.JUNCTION)
        for n, status in enumerate(told)
    ]
    cameras = [camera(n, key_location_id=n) for n in range(len(told))]
    states = {n: state(n, status) for n, status in enumerate(told)}
    families = scrape(build_view(cameras, states, places, {}, NOW, 1))
    covered = families["xueliang_key_location_covered"].samples
    assert {s.labels["location"]: s.value for s in covered} == {"online": 1, "degraded": 0}


def test_what_is_configured_is_told() -> None:
    answer = Exposition(
        ProbeMetrics(), [Configured(alerting_way="built_in", sweep_every_s=300.0)]
    ).render(None, "text/plain", "")
    told = answer.body.decode()
    assert 'xueliang_alerting_info{way="built_in"} 1.0' in told
    assert "xueliang_sweep_period_seconds 300.0" in told


def test_a_ratio_of_nothing_is_absent() -> None:
    view = build_view([camera()], {1: state(status=Status.UNKNOWN)}, (), {}, NOW, 1)
    families = scrape(view)
    assert families["xueliang_online_ratio"].samples == []
    assert families["xueliang_intact_ratio"].samples == []
    assert values(families["xueliang_archive_complete_ratio"]) == {("青山镇", "built"): 1.0}


def test_looks_are_counted_from_zero() -> None:
    families = scrape(None, busy_probes())
    assert values(families["xueliang_probes"]) == {
        ("ok",): 0, ("degraded",): 0, ("down",): 1, ("unknown",): 0,
    }  # fmt: skip
    failures = families["xueliang_probe_failures"].samples
    assert len(failures) == len(REASONS)
    assert [s.labels for s in failures if s.value] == [
        {"stage": "connect", "reason": "timeout", "blame": "network"}
    ]
    sums = {
        s.labels["stage"]: s.value
        for s in families["xueliang_probe_stage_seconds"].samples
        if s.name.endswith("_sum")
    }
    assert (sums["connect"], sums["decode"]) == (5.0, 0.0)
    assert families["xueliang_sweep_duration_seconds"].samples[0].value == 61.5


def test_the_sweep_s_gauges_are_absent_before_a_sweep() -> None:
    assert not [name for name in scrape(None) if name.startswith("xueliang_sweep")]


def test_no_address_credential_or_evidence_is_told() -> None:
    body = Exposition(busy_probes()).render(city(100), "", "").body.decode()
    for secret in ("rtsp://", "192.0.2", "admin-user", "hunter2", "evidence", "SYN-ACK"):
        assert secret not in body


@pytest.mark.parametrize("accept", ["", PROMETHEUS_ACCEPT])
def test_gzip_continues_one_prepared_stream(accept: str) -> None:
    probes, view = busy_probes(), city(100)
    exposition = Exposition(probes)
    for _ in range(2):
        packed = exposition.render(view, accept, "deflate, gzip;q=0.8")
        plain = exposition.render(view, accept, "identity")
        assert (packed.encoding, plain.encoding) == ("gzip", None)
        assert gzip.decompress(packed.body) == plain.body
        probes.sweep_done(1.0, NOW)
    assert exposition.render(replace(view, generation=4, cameras=()), accept, "").body != plain.body


def test_openmetrics_is_answered_to_who_asks_and_ends_as_it_must() -> None:
    exposition = Exposition(ProbeMetrics())
    answer = exposition.render(city(20), PROMETHEUS_ACCEPT, "")
    assert answer.content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert answer.body.count(b"# EOF") == 1
    assert answer.body.endswith(b"# EOF\n")
    assert exposition.render(None, "*/*", "").content_type.startswith("text/plain; version=0.0.4")
