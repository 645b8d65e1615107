"""Whether the values of recorded ONVIF answers are read right.

    python -m tests.devices.evaluate_onvif DIR [--verbose]

DIR holds `manifest.csv` with columns file, kind, expect and notes; the notes of an
`onvif-response` name the values to read: `Manufacturer=…; Model=…; TZ=…; utc=…; Uri=…;
profiles=…; Encodings=…; fault=…`. Every answer must be read or refused with a reason; nothing
may crash. Exits 1 where a value differs.
"""

from __future__ import annotations

import argparse
import csv
import html
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from probes.discovery.answers import Ignored, read_answer
from probes.onvif.addresses import SNAPSHOT_SCHEMES, STREAM_SCHEMES, media_url, service_url
from probes.onvif.answers import (
    choose_profile,
    read_capabilities,
    read_information,
    read_profiles,
    read_services,
    read_uri,
)
from probes.onvif.device_time import read_device_time
from probes.onvif.envelope import Node, read
from probes.onvif.faults import fault_of

_CONFIGURED = "http://192.0.2.200/onvif/device_service"
# The separator of the notes, but not one inside a URI's `&amp;`.
_NOTE = re.compile(r"(?:^|; )(\w+)=(.*?)(?=; \w+=|; ?$|$)")


def _information(field: str) -> Callable[[Node], str]:
    def value(envelope: Node) -> str:
        said = read_information(envelope)
        return "" if said is None else str(getattr(said, field))

    return value


def _utc(envelope: Node) -> str:
    said = read_device_time(envelope)
    if said is None or said.utc is None:
        return ""
    at = said.utc
    return f"{at.year}-{at.month}-{at.day}T{at.hour}:{at.minute:02}:{at.second:02}"


def _zone(envelope: Node) -> str:
    said = read_device_time(envelope)
    return "" if said is None else str(said.zone)


def _fault(envelope: Node) -> str:
    return str(fault_of(envelope) or "")


def _encodings(envelope: Node) -> str:
    return ",".join(node.text for node in envelope.all("Encoding"))


READERS: Mapping[str, Callable[[Node], str]] = {
    "Manufacturer": _information("manufacturer"),
    "Model": _information("model"),
    "FirmwareVersion": _information("firmware"),
    "TZ": _zone,
    "utc": _utc,
    "Uri": lambda envelope: str(read_uri(envelope)),
    "profiles": lambda envelope: str(len(read_profiles(envelope))),
    "Encodings": _encodings,
    "fault": _fault,
}


def _clean(name: str, wanted: str) -> str:
    """The wanted value in the form that the readers give."""
    if name == "utc":
        date, _, time = wanted.partition("T")
        hour, minute, second = time.split(":")
        return f"{date}T{hour}:{int(minute):02}:{int(second):02}"
    if name == "fault":
        return "/".join(code.rpartition(":")[2] for code in wanted.split("/"))
    return html.unescape(wanted)


def _everything(envelope: Node) -> None:
    """All readers on one answer: none may raise."""
    for reader in READERS.values():
        reader(envelope)
    choose_profile(read_profiles(envelope))
    for address in (*read_services(envelope).values(), *read_capabilities(envelope).values()):
        assert service_url(_CONFIGURED, address).startswith("http://192.0.2.200/")
    for schemes in (STREAM_SCHEMES, SNAPSHOT_SCHEMES):
        shown = media_url(_CONFIGURED, read_uri(envelope), schemes)
        assert shown is None or "//192.0.2.200" in shown


def _undiscovered(datagram: bytes, envelope: Node) -> list[str]:
    """What is wrong with the devices of an answer to a Probe, which came from our address."""
    found = read_answer(datagram, "192.0.2.200", {envelope.value("RelatesTo") or ""})
    if isinstance(found, Ignored):
        return [f"ignored: {found}"]
    urls = [device.url for device in found]
    return [f"at {url}" for url in urls if not url.startswith("http://192.0.2.200/")]


def _differences(path: Path, row: Mapping[str, str]) -> tuple[int, list[str]]:
    try:
        envelope = read(path.read_bytes())
    except ValueError as error:
        return 0, [] if row["expect"] == "no crash" else [f"not read: {error}"]
    _everything(envelope)
    if row["kind"] == "ws-discovery":
        return 1, _undiscovered(path.read_bytes(), envelope)
    if row["expect"] == "no crash":
        return 0, []
    wanted = [(name, value) for name, value in _NOTE.findall(row["notes"]) if name in READERS]
    found = [(name, _clean(name, value), READERS[name](envelope)) for name, value in wanted]
    return len(found), [
        f"{name}: {got!r}, not {want!r}" for name, want, got in found if got != want
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints right and wrong values; 0 where none is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--verbose", action="store_true", help="name every file")
    asked = parser.parse_args(arguments)
    if not (asked.folder / "manifest.csv").is_file():
        parser.error(f"no manifest.csv in {asked.folder}")
    files = values = wrong = 0
    with (asked.folder / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["kind"] not in {"onvif-response", "ws-discovery"}:
                continue
            checked, differences = _differences(asked.folder / row["file"], row)
            files, values, wrong = files + 1, values + checked, wrong + len(differences)
            if differences or asked.verbose:
                print(row["file"], f"{checked} values", *differences, sep="\n    ")
    print(f"{files} answers read; {values - wrong} of {values} values right, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
