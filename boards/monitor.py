"""运行: whether the monitor itself is well, for who runs it."""

from __future__ import annotations

from grafana_foundation_sdk.builders import bargauge, table, timeseries

from boards import kit, names, queries
from boards.frame import Board, Row
from boards.kit import Column, Query
from boards.words import both

_JOB = '{job="xueliang"}'


def board() -> Board:
    """Sweeps, looks, what is told to whom, and what watches the monitor."""
    return Board(
        name="monitor",
        rows=(
            _figures(),
            _counted(),
            Row(height=8, panels=((12, _looks()), (12, _failures()))),
            Row(height=9, panels=((12, _quantile("p50")), (12, _quantile("p90")))),
            Row(height=9, panels=((12, _quantile("p99")), (12, _stage_table()))),
            Row(height=8, panels=((12, _sweeps()), (12, _own_share()))),
            Row(height=8, panels=((12, _notices()), (12, _queue()))),
            Row(
                height=8,
                panels=(
                    (7, _evidence()),
                    (7, _histories()),
                    (5, _reports()),
                    (5, _report_failures()),
                ),
            ),
            Row(height=8, panels=((8, _scrape()), (8, _series()), (8, _rules()))),
            Row(height=8, panels=((24, _alerts()),)),
        ),
    )


def _figures() -> Row:
    swept = "max(xueliang_sweep_last_completed_timestamp_seconds)"
    took = "max(xueliang_sweep_duration_seconds) / max(xueliang_sweep_period_seconds)"
    own = "city:xueliang_probe_failures_own:ratio_rate15m"
    alive = kit.figure(
        "monitor.network", Query(expr="min(xueliang_own_network_up)"), unit=kit.TEXT
    ).mappings([kit.value_map(names.NETWORK)])
    late = ((None, kit.GREEN), (0.8, kit.YELLOW), (1.0, kit.RED))
    trouble = ((None, kit.GREEN), (0.01, kit.YELLOW), (0.05, kit.RED))
    panels = [
        (6, kit.figure("monitor.swept", Query(expr=f"time() - {swept}"), unit=kit.SECONDS)),
        (6, kit.figure("monitor.load", Query(expr=took), unit=kit.RATIO, steps=late)),
        (6, alive),
        (6, kit.figure("monitor.own", Query(expr=own), unit=kit.RATIO, steps=trouble)),
    ]
    return Row(height=4, panels=panels)


def _counted() -> Row:
    firing = 'count(ALERTS{alertstate="firing"}) or vector(0)'
    beaten = "time() - max(xueliang_heartbeat_last_success_timestamp_seconds)"
    rate = "city:xueliang_probes:rate5m"
    bad = ((None, kit.GREEN), (1.0, kit.RED))
    count = kit.NUMBER
    given_up = "max(xueliang_notices_given_up) or vector(0)"
    panels = [
        (6, kit.figure("monitor.rate", Query(expr=rate), unit=kit.RATE, decimals=1)),
        (6, kit.figure("monitor.firing", Query(expr=firing), unit=count, steps=bad)),
        (6, kit.figure("monitor.given_up", Query(expr=given_up), unit=count, steps=bad)),
        (6, kit.figure("monitor.beat", Query(expr=beaten), unit=kit.SECONDS)),
    ]
    return Row(height=4, panels=panels)


def _looks() -> timeseries.Panel:
    query = Query(expr="verdict:xueliang_probes:rate5m", legend="{{verdict}}")
    return kit.lines("monitor.looks", query, unit=kit.RATE, called=names.VERDICTS, stacked=True)


def _failures() -> bargauge.Panel:
    failed = "sum by (stage, reason) (increase(xueliang_probe_failures_total[1h])) > 0"
    expr = f"sort_desc({queries.worded(f'topk(12, {failed})')})"
    query = Query(expr=expr, legend="{{text}} {{stage}}/{{reason}}")
    return kit.bars("monitor.failures", query, unit=kit.NUMBER, decimals=0)


def _quantile(which: str) -> timeseries.Panel:
    series = f"stage:xueliang_probe_stage_seconds:{which}_rate5m"
    query = Query(expr=series, legend="{{stage}}")
    return kit.lines(f"monitor.{which}", query, unit=kit.SECONDS, called=names.STAGES)


def _stage_table() -> table.Panel:
    """Where a look's time goes, now."""
    series = "stage:xueliang_probe_stage_seconds"
    kept = ("mean5m", "p50_rate5m", "p90_rate5m", "p99_rate5m")
    headings = ("mean", "p50", "p90", "p99")
    columns = [Column(field="stage", key="stage", mapped=names.STAGES)] + [
        Column(field=f"Value #{letter}", key=key, unit=kit.SECONDS, decimals=3)
        for letter, key in zip("ABCD", headings, strict=True)
    ]
    # Recorded series have names, which would keep their rows apart.
    asked = [Query(expr=f"max by (stage) ({series}:{kind})") for kind in kept]
    return kit.rows("monitor.stages", asked, columns, sort="Value #C")


def _sweeps() -> timeseries.Panel:
    period = both("board.legend.period")
    return kit.lines(
        "monitor.sweeps",
        Query(expr="max(xueliang_sweep_duration_seconds)", legend=both("board.legend.sweep")),
        Query(expr="max(xueliang_sweep_period_seconds)", legend=period),
        unit=kit.SECONDS,
        dashed=[period],
    )


def _own_share() -> timeseries.Panel:
    series = "city:xueliang_probe_failures_own:ratio_rate15m"
    query = Query(expr=series, legend=both("board.legend.own"))
    return kit.lines("monitor.own_line", query, unit=kit.RATIO, limit=0.05)


def _notices() -> timeseries.Panel:
    expr = "sum by (outcome) (increase(xueliang_notices_total[1h]))"
    query = Query(expr=expr, legend="{{outcome}}")
    return kit.lines("monitor.notices", query, unit=kit.NUMBER, called=names.OUTCOMES)


def _queue() -> timeseries.Panel:
    """What waits with us, or where Alertmanager tells, with Prometheus."""
    ours = "max by (what) (xueliang_notices_waiting)"
    theirs = 'label_replace(max(prometheus_notifications_queue_length), "what", "queue", "", "")'
    query = Query(expr=f"{ours} or {theirs}", legend="{{what}}")
    return kit.lines("monitor.queue", query, unit=kit.NUMBER, called=names.WAITING)


def _evidence() -> timeseries.Panel:
    query = Query(expr="max by (what) (xueliang_evidence_bytes)", legend="{{what}}")
    return kit.lines("monitor.evidence", query, unit="bytes", called=names.EVIDENCE, stacked=True)


def _histories() -> timeseries.Panel:
    query = Query(expr="max by (slot) (xueliang_picture_histories)", legend="{{slot}}")
    return kit.lines("monitor.histories", query, unit=kit.NUMBER, called=names.SLOTS)


def _reports() -> bargauge.Panel:
    expr = "time() - max by (period) (xueliang_report_last_success_timestamp_seconds)"
    query = Query(expr=expr, legend="{{period}}")
    return kit.bars("monitor.reports", query, unit=kit.SECONDS, called=names.PERIODS, decimals=1)


def _report_failures() -> bargauge.Panel:
    expr = "sum by (step) (increase(xueliang_report_failures_total[$__range]))"
    query = Query(expr=expr, legend="{{step}}")
    return kit.bars(
        "monitor.reports_failed", query, unit=kit.NUMBER, called=names.STEPS, decimals=0
    )


def _scrape() -> timeseries.Panel:
    query = Query(expr=f"scrape_duration_seconds{_JOB}", legend=both("board.legend.scrape"))
    return kit.lines("monitor.scrape", query, unit=kit.SECONDS)


def _series() -> timeseries.Panel:
    query = Query(expr=f"scrape_samples_scraped{_JOB}", legend=both("board.legend.series"))
    return kit.lines("monitor.series", query, unit=kit.NUMBER)


def _rules() -> timeseries.Panel:
    """How long Prometheus takes to evaluate our rules."""
    group = 'label_replace(prometheus_rule_group_last_duration_seconds, "rules", "$1",'
    expr = f'max by (rules) ({group} "rule_group", ".*;(.*)"))'
    return kit.lines("monitor.rules", Query(expr=expr, legend="{{rules}}"), unit=kit.SECONDS)


def _alerts() -> table.Panel:
    """The alerts on the monitor and on towns that fire now; those of cameras are incidents."""
    expr = "count by (alertname, alertstate, town, severity) (ALERTS) or vector(0)"
    columns = [
        *(Column(field="alertname", key="alert"), Column(field="alertstate", key="alert_state")),
        *(Column(field="town", key="town"), Column(field="severity", key="severity")),
        Column(field="Value", key="count", unit=kit.NUMBER),
    ]
    return kit.rows("monitor.alerts", [Query(expr=expr)], columns, sort="Value")
