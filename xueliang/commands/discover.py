"""`xueliang discover`: ONVIF devices of this network, as rows for the archive."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from camera_registry.archive import SHEET_SUFFIXES, ArchiveError, write_draft
from exporters.discovery import archive_row, discovery_document
from probes.clock import SystemClock
from probes.discovery.asking import Introduced, introduce
from probes.discovery.findings import Findings
from probes.discovery.search import NotOurAddressError, SearchError, search
from probes.onvif.client import OnvifClient
from xueliang.commands.options import (
    BadState,
    Refusal,
    config_option,
    json_option,
    print_json,
    settings_of,
)
from xueliang.settings import Settings

# Devices answer within half a second of the question, slow ones within two; it is asked twice.
WAIT_S = 3.0


class _Interface(click.ParamType[IPv4Address]):
    """The IPv4 address of an interface of this machine."""

    name = "IP"

    def convert(self, value: Any, param: Any, ctx: Any) -> IPv4Address:
        try:
            address = IPv4Address(value)
        except ValueError:
            self.fail(f"{value!r} is no IPv4 address", param, ctx)
        if address.is_unspecified or address.is_multicast:
            self.fail(f"{address} is no interface's address", param, ctx)
        return address


@click.command("discover")
@click.option("--interface", type=_Interface(), help="Ask at the interface of this IPv4 address.")
@click.option(
    "--wait-s",
    type=click.FloatRange(1, 60),
    default=WAIT_S,
    show_default=True,
    help="Seconds to wait for answers.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the devices to this sheet (.csv or .xlsx), to be completed and imported.",
)
@json_option
@config_option
@click.pass_context
def discover_command(
    context: click.Context,
    interface: IPv4Address | None,
    wait_s: float,
    out: Path | None,
    as_json: bool,
    config: Path | None,
) -> None:
    """Find ONVIF devices by WS-Discovery and ask each what it says of itself, without
    credentials."""
    settings = settings_of(context, config)
    if out is not None and out.suffix.lower() not in SHEET_SUFFIXES:
        raise Refusal(f"--out {out}: neither .csv nor .xlsx")
    findings, found = asyncio.run(_discover(settings, interface, wait_s))
    if out is not None:
        _write(out, found)
    if as_json:
        print_json(discovery_document(found, findings))
    else:
        _print(found, findings)


async def _discover(
    settings: Settings, interface: IPv4Address | None, wait_s: float
) -> tuple[Findings, list[Introduced]]:
    clock = SystemClock()
    try:
        findings = await search(interface, wait_s=wait_s, clock=clock)
    except NotOurAddressError as error:
        raise Refusal(f"--interface {error}") from None
    except SearchError as error:
        raise BadState(f"{error} (--interface names the interface to ask at)") from None
    introduced = await introduce(
        findings.devices,
        OnvifClient(clock).identify,
        budget=settings.probe.budget(),
        clock=clock,
        tls_verify=settings.probe.tls_verify,
    )
    return findings, introduced


def _write(out: Path, found: Sequence[Introduced]) -> None:
    try:
        write_draft(out, [archive_row(one) for one in found])
    except ArchiveError as error:
        raise BadState(str(error)) from None
    click.echo(f"{len(found)} devices written to {out}", err=True)


def _print(found: Sequence[Introduced], findings: Findings) -> None:
    table = Table("device service", "maker", "model", "firmware", "name", "told", box=None)
    for one in found:
        facts, device = one.facts, one.device
        told = "all" if one.failure is None else one.failure.reason
        model = facts.model or device.hardware
        cells = (device.url, facts.manufacturer, model, facts.firmware, device.name, told)
        table.add_row(*(cell or "" for cell in cells))
    if found:
        Console(highlight=False, markup=False).print(table)
    click.echo(f"{len(found)} devices" if found else "no device answered", err=True)
    if findings.full:
        click.echo("more answered than are taken: ask network by network", err=True)
    for why, count in sorted(findings.ignored.items()):
        click.echo(f"ignored: {count} datagrams ({why.value})", err=True)
