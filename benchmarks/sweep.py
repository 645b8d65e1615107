"""What a look costs, our way and the others', in one run against the same simulated cameras.

Prints CPU milliseconds for each look (client only, child processes included), the ratio to ours,
and the peak memory of the whole process tree. `python -m benchmarks.sweep --help` has the sizes.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measured import Measured, run

# The others take up to a second of CPU for each look: a few dozen looks tell enough.
PEER_WAYS = ("ffmpeg", "cv2.VideoCapture")
OUR_WAYS = ("bare loop", "protocol only", "xueliang")


@contextmanager
def city(cameras: int, gop_wait_s: float) -> Iterator[Path]:
    """A simulated city without faults, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="xueliang-bench-") as folder:
        fleet = [sys.executable, "-m", "tests.fleet"]
        size = ["--cameras", str(cameras), "--faults", "0", "--rtsp-port", "8654"]
        size += ["--onvif-port", "8180"]
        subprocess.run([*fleet, "archive", *size, "--out", folder], check=True)
        serve = [*fleet, "serve", "--dir", folder, "--gop-wait-s", str(gop_wait_s)]
        process = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("fleet ready"):
                    break
            yield Path(folder)
        finally:
            process.terminate()
            process.wait(15)


def looks(folder: Path, wanted: int) -> list[str]:
    """Lines for `benchmarks.ways`: sound cameras with 1080p H.264, repeated up to `wanted`."""
    with (folder / "truth.csv").open(encoding="utf-8-sig", newline="") as file:
        sound = {row["address"] for row in csv.DictReader(file) if row["verdict"] == "ok"}
    with (folder / "archive.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["取流地址"]]
    rows = [row for row in rows if row["IPv4地址"] in sound]
    full_hd = [
        row for row in rows if row["分辨率"] == "1920*1080" and row["编码格式"].endswith("H.264")
    ]
    if not full_hd:
        raise SystemExit("the simulated city has no 1080p H.264 camera")
    lines = ["\t".join((r["取流地址"], r["用户名"], r["口令"])) for r in full_hd]
    return [lines[number % len(lines)] for number in range(wanted)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--looks", type=int, default=400, help="looks for our ways")
    parser.add_argument("--peer-looks", type=int, default=40, help="looks for each other way")
    parser.add_argument("--gop-wait-s", type=float, default=2.0, help="longest wait in the GOP")
    parser.add_argument("--cameras", type=int, default=400)
    args = parser.parse_args()
    found: dict[str, tuple[int, Measured]] = {}
    with city(args.cameras, args.gop_wait_s) as folder:
        for ways, wanted in ((OUR_WAYS, args.looks), (PEER_WAYS, args.peer_looks)):
            path = folder / f"looks-{wanted}.tsv"
            path.write_text("\n".join(looks(folder, wanted)), "utf-8")
            for way in ways:
                found[way] = wanted, run(["-m", "benchmarks.ways", way, str(path)])
    _print(found)


def _print(found: dict[str, tuple[int, Measured]]) -> None:
    wanted, ours = found["xueliang"]
    our_ms = _cpu_ms(wanted, ours)
    table = Table("way", "looks", "good", "CPU ms a look", "ratio to ours", "peak MiB")
    for way, (asked, measured) in found.items():
        cpu_ms = _cpu_ms(asked, measured)
        table.add_row(
            way,
            str(asked),
            str(measured.answer["good"]),
            f"{cpu_ms:.1f}",
            f"{cpu_ms / our_ms:.2f}",
            f"{measured.peak_mib:.0f}",
        )
    Console(width=100).print(table)


def _cpu_ms(asked: int, measured: Measured) -> float:
    return measured.answer.get("cpu_s", measured.cpu_s) / asked * 1000


if __name__ == "__main__":
    main()
