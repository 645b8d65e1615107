"""`make demo`: a simulated city on loopback and the service looking at it.

Everything it makes lies in `.demo/<cameras>/`; a second run goes on where the first stopped.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
XUELIANG = [sys.executable, "-m", "xueliang"]
FLEET = [sys.executable, "-m", "tests.fleet"]
# The first run encodes the clips; a slow machine takes a few minutes for them.
FLEET_READY_S = 600.0
SERVICE_READY_S = 60.0


class DemoError(Exception):
    """The demo cannot go on; the message says why."""


def main() -> int:
    """Runs until interrupted. Exit status 0 after an interrupt, 1 when a part could not run."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--cameras", type=int, default=6980)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    folder = ROOT / ".demo" / str(args.cameras)
    folder.mkdir(parents=True, exist_ok=True)
    parts: list[subprocess.Popen[str]] = []
    try:
        _demo(args.cameras, args.seed, folder, parts)
    except KeyboardInterrupt:
        print("\nstopping", flush=True)
        return 0
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    finally:
        for part in reversed(parts):
            _stop(part)
    return 0


def _demo(cameras: int, seed: int, folder: Path, parts: list[subprocess.Popen[str]]) -> None:
    environ = _environment(folder)
    archive = folder / "archive.xlsx"
    if not archive.exists():
        print(f"writing the sample archive of {cameras} points", flush=True)
        size = ["--cameras", str(cameras), "--seed", str(seed)]
        _run([*FLEET, "archive", *size, "--out", str(folder)], environ)
    _run([*XUELIANG, "db", "upgrade"], environ)
    _run([*XUELIANG, "import", str(archive)], environ)
    print("starting the simulated city (the first time it encodes its clips: 1-2 minutes)")
    fleet = _start([*FLEET, "serve", "--dir", str(folder)], environ, stdout=subprocess.PIPE)
    parts.append(fleet)
    print(_ready_line(fleet), flush=True)
    service = _start([*XUELIANG, "serve"], environ, stdout=None)
    parts.append(service)
    url = f"http://{environ['XUELIANG_HTTP_HOST']}:{environ['XUELIANG_HTTP_PORT']}"
    _await_health(service, url)
    print(
        f"\n  the city     {url}/\n  in English   {url}/?lang=en\n"
        f"  metrics      {url}/metrics\n  readiness    {url}/readyz\n"
        f"  the truth    {folder / 'truth.csv'}\n\n"
        "The first sweep takes one to three minutes. Ctrl-C stops everything.",
        flush=True,
    )
    _watch(parts)


def _environment(folder: Path) -> dict[str, str]:
    defaults = {
        "XUELIANG_DATABASE_URL": f"sqlite:///{folder / 'xueliang.sqlite3'}",
        "XUELIANG_DATABASE_KEY_FILE": str(folder / "xueliang.key"),
        "XUELIANG_HTTP_HOST": "127.0.0.1",
        "XUELIANG_HTTP_PORT": "9464",
        "XUELIANG_LOG_LEVEL": "warning",
        # The city's streams repeat: the clocks in their pictures stand.
        "XUELIANG_OVERLAY_READ": "false",
        "PYTHONUNBUFFERED": "1",
    }
    return defaults | dict(os.environ)


def _run(command: list[str], environ: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=ROOT, env=environ, check=False)
    if done.returncode:
        raise DemoError(f"`{' '.join(command[2:])}` ended with {done.returncode}")


def _start(
    command: list[str], environ: dict[str, str], stdout: int | None
) -> subprocess.Popen[str]:
    # In a session of its own, so that Ctrl-C reaches only this process, which stops the others.
    return subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=stdout, text=True, start_new_session=True
    )


def _ready_line(fleet: subprocess.Popen[str]) -> str:
    assert fleet.stdout is not None
    started = time.monotonic()
    for line in fleet.stdout:
        if line.startswith("fleet ready"):
            return line.strip()
        print(line.rstrip(), flush=True)
        if time.monotonic() - started > FLEET_READY_S:
            break
    raise DemoError("the simulated city did not come up")


def _await_health(service: subprocess.Popen[str], url: str) -> None:
    started = time.monotonic()
    while time.monotonic() - started < SERVICE_READY_S:
        if service.poll() is not None:
            raise DemoError(f"the service ended with {service.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise DemoError(f"the service did not answer at {url}/healthz")


def _watch(parts: list[subprocess.Popen[str]]) -> None:
    while True:
        time.sleep(1)
        for part in parts:
            if part.poll() is not None:
                raise DemoError(f"a part of the demo ended with {part.returncode}")


def _stop(part: subprocess.Popen[str]) -> None:
    if part.poll() is None:
        part.terminate()
        try:
            part.wait(15)
        except subprocess.TimeoutExpired:
            part.kill()
            part.wait()


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
