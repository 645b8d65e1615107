"""The servers: each a context manager that yields where it listens.

Every one is stopped when its block ends; what it wrote is in its log under the folder given.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.interop.clips import HEIGHT, RATE, WIDTH, Clips
from tests.interop.processes import (
    await_line,
    await_ready,
    describes,
    free_port,
    listens,
    running,
)

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
SYSTEM_PYTHON = "/usr/bin/python3"
_AS_NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--")


@dataclass(frozen=True, slots=True, kw_only=True)
class IpCamera:
    """A whole camera in a network of its own; `enter` is the command that steps into it."""

    enter: tuple[str, ...]
    onvif_url: str
    stream_url: str
    username: str
    password: str


@contextlib.contextmanager
def gstreamer(method: str, clips: Clips, logs: Path) -> Iterator[int]:
    """GStreamer's RTSP server; `method` is none, basic or digest. Yields its port."""
    log = logs / f"gstreamer-{method}.log"
    script = _HERE / "gstreamer_server.py"
    command = [SYSTEM_PYTHON, script, method, clips.folder]
    with running(command, log, says_one_line=True) as process:
        yield int(await_line(process, log))


@contextlib.contextmanager
def vlc(clip: Path, logs: Path, *, username: str = "", password: str = "") -> Iterator[int]:
    """VLC's stream output, which answers at `/street`. Yields its port."""
    port = free_port()
    log = logs / f"vlc-{port}.log"
    home = logs / f"vlc-{port}"
    home.mkdir(mode=0o777)
    home.chmod(0o777)
    output = f"#rtp{{sdp=rtsp://127.0.0.1:{port}/street}}"
    command = ["cvlc", "--no-audio", clip, "--loop", "--sout", output, "--sout-keep"]
    if username:
        command += ["--sout-rtsp-user", username, "--sout-rtsp-pwd", password]
    # VLC refuses to run as root.
    become = _AS_NOBODY if os.geteuid() == 0 else ()
    user = f"{username}:{password}" if username else ""
    with running([*become, *command], log, env={"HOME": str(home)}) as process:
        # It listens before it can describe the stream, and answers 500 meanwhile.
        await_ready(process, lambda: describes(port, "/street", user), log)
        yield port


@contextlib.contextmanager
def perl_server(clip: Path, logs: Path) -> Iterator[int]:
    """rtsp-server-perl, relaying at `/street` what ffmpeg publishes. Yields its port."""
    port, publish_port = free_port(), free_port()
    log = logs / "rtsp-server-perl.log"
    command = ["rtsp-server-perl", "--clientport", port, "--serverport", publish_port]
    command += ["--client_listen_address", "127.0.0.1", "--source_listen_address", "127.0.0.1"]
    # RTP ports are counted up from this one, which must be even.
    command += ["--rtp_start_port", str(free_port() // 2 * 2), "--loglevel", "4"]
    publish = ["ffmpeg", "-nostdin", "-v", "warning", "-re", "-stream_loop", "-1", "-i", clip]
    publish += ["-map", "0:v", "-c", "copy", "-f", "rtsp", "-rtsp_transport", "udp"]
    publish += [f"rtsp://127.0.0.1:{publish_port}/street"]
    with running(command, log) as server:
        await_ready(server, lambda: listens(port) and listens(publish_port), log)
        publisher_log = logs / "publisher.log"
        with running(publish, publisher_log) as publisher:
            await_ready(publisher, lambda: describes(port, "/street"), publisher_log)
            yield port


@contextlib.contextmanager
def aio_toolkit(clips: Clips, logs: Path) -> Iterator[int]:
    """aio-rtsp-toolkit's server, which serves the clips by their file names. Yields its port."""
    port, control_port = free_port(), free_port()
    log = logs / "aio-rtsp-toolkit.log"
    command = [peers() / "rtsp-server", "-d", clips.folder, "-H", "127.0.0.1"]
    command += ["-p", str(port), "-cp", str(control_port)]
    with running(command, log) as process:
        await_ready(process, lambda: listens(port), log)
        yield port


@contextlib.contextmanager
def ip_camera(clip: Path, logs: Path) -> Iterator[IpCamera]:
    """ipycam, an ONVIF camera. It multicasts and listens everywhere, so it gets a network of its
    own, which goes with its process."""
    username, password = "inspector", "open-sesame-7"
    # Small pictures: its relay to TCP drops packets of large ones.
    settings = {
        "name": "Town hall",
        "manufacturer": "PythonCam",
        "model": "VirtualCam-1",
        "username": username,
        "password": password,
        "hw_accel": "cpu",
        "main_width": WIDTH // 2,
        "main_height": HEIGHT // 2,
        "main_fps": RATE,
        "main_bitrate": "1M",
        "sub_width": WIDTH // 4,
        "sub_height": HEIGHT // 4,
        "sub_fps": RATE,
        "sub_bitrate": "300K",
    }
    config = logs / "ipycam.json"
    config.write_text(json.dumps(settings))
    log = logs / "ipycam.log"
    python = peers() / "python"
    camera = f"exec {python} -m ipycam --config {config} --source {clip} --no-timestamp"
    network = "ip link set lo up multicast on && ip route add 224.0.0.0/4 dev lo"
    # Its process id is printed from inside, as the way in.
    script = f"{network} && echo $$ && {camera} >&2"
    command = [*_new_network(), "sh", "-ec", script]
    with running(command, log, says_one_line=True) as process:
        enter = _way_in(int(await_line(process, log)))
        await_ready(process, lambda: _listens_inside(enter, (8080, 8554)), log)
        yield IpCamera(
            enter=enter,
            onvif_url="http://127.0.0.1:8080/onvif/device_service",
            stream_url="rtsp://127.0.0.1:8554/video_main",
            username=username,
            password=password,
        )


def _new_network() -> tuple[str, ...]:
    become = () if os.geteuid() == 0 else ("--map-root-user",)
    return ("unshare", *become, "--net", "--")


def _way_in(process_id: int) -> tuple[str, ...]:
    become = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
    return ("nsenter", "--target", str(process_id), *become, "--net", "--")


def _listens_inside(enter: tuple[str, ...], ports: tuple[int, ...]) -> bool:
    """Whether all the ports of the other network accept connections."""
    listed = subprocess.run(
        [*enter, "ss", "--no-header", "--listening", "--tcp", "--numeric"],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    ).stdout
    return all(f":{port} " in listed for port in ports)


def peers() -> Path:
    """The programs of the virtual environment with the servers from the package index, which is
    made at the first use."""
    wanted = _HERE / "peers-requirements.txt"
    print_ = hashlib.sha256(wanted.read_bytes() + sys.version.encode()).hexdigest()[:12]
    home = _ROOT / ".cache" / f"peers-{print_}"
    done = home / "complete"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True, timeout=120)
        install = [home / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*install, "-r", wanted], check=True, timeout=600)
        done.touch()
    return home / "bin"
