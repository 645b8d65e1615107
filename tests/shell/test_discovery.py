"""`xueliang discover` in networks of their own, so that no question leaves the machine."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).parent / "xueliang"
_ROOT = Path(__file__).parents[2]
_BECOME = () if os.geteuid() == 0 else ("--map-root-user",)
NEW_NETWORK = ("unshare", *_BECOME, "--net", "--", "sh", "-ec")
MULTICAST = "ip link set lo up multicast on; ip route add 224.0.0.0/4 dev lo"


def discover(*options: str, network: str = "true") -> subprocess.CompletedProcess[str]:
    """The command in a network that the shell commands `network` set up."""
    asked = shlex.join([str(COMMAND), "discover", "--wait-s", "1", *options])
    done = subprocess.run(
        [*NEW_NETWORK, f"{network}; exec {asked}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.mark.parametrize(
    ("options", "network", "status", "said"),
    [
        (["--interface", "203.0.113.9"], "true", 2, "203.0.113.9 is no address of this machine"),
        (["--interface", "127.0.0.300"], "true", 2, "'127.0.0.300' is no IPv4 address"),
        (["--interface", "0.0.0.0"], "true", 2, "0.0.0.0 is no interface's address"),
        (["--interface", "239.255.255.250"], "true", 2, "is no interface's address"),
        (["--out", "found.pdf"], "true", 2, "found.pdf: neither .csv nor .xlsx"),
        (["--out", "/nonexistent/found.csv"], MULTICAST, 1, "/nonexistent/found.csv"),
        ([], "true", 1, "multicast to 239.255.255.250: Network is unreachable"),
        ([], MULTICAST, 0, "no device answered"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(
    options: list[str], network: str, status: int, said: str
) -> None:
    done = discover(*options, network=network)
    assert done.returncode == status
    assert said in done.stderr
    assert done.stdout == ""


@pytest.fixture
def noisy_network() -> Iterator[int]:
    """A network with a crowd of devices, good and bad; the process id is its way in."""
    responder = shlex.join([sys.executable, "-m", "tests.shell.discovery_responder"])
    with subprocess.Popen(
        [*NEW_NETWORK, f"{MULTICAST}; exec {responder}"], stdout=subprocess.PIPE, cwd=_ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"listening\n"
        yield process.pid
        process.kill()


def test_devices_are_found_among_noise(noisy_network: int) -> None:
    enter = ["nsenter", "--target", str(noisy_network)]
    enter += [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
    done = subprocess.run(
        [*enter, "--net", "--", COMMAND, "discover", "--json", "--wait-s", "1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    document = json.loads(done.stdout)
    first, second = document["devices"]
    assert first["url"] == "http://127.0.0.1:1/onvif/a"
    assert first["onvif"]["failure"]["reason"] == "refused"
    assert second["address"] == "127.0.0.1"
    assert second["url"].endswith("/onvif/b")
    assert second["onvif"]["failure"]["stage"] == "onvif"
    # Two questions, each sent twice.
    assert document["ignored"] == {"not_xml": 4, "no_match": 4, "other_probe": 4, "too_long": 4}
