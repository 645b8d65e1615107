"""What a search has found so far: each device once. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from ipaddress import ip_address

from probes.discovery.answers import Device, Ignored, read_answer

# A question reaches one broadcast domain, and none with more hosts than a /22 is built.
MAX_DEVICES = 1024
# A recorder or a port mapping may have many behind one address; none may use up the whole search.
MAX_DEVICES_AT_ADDRESS = 64
# Each answers every question and every repetition, some twice; the rest is a flood.
MAX_DATAGRAMS = 16_384


def _place(address: str) -> tuple[int, bytes]:
    """Sorts by version, then by number."""
    there = ip_address(address)
    return there.version, there.packed


class Findings:
    """Collects answers; `asked` are the message ids of our questions.

    A device is known again by its address (host, port and path), or by endpoint and host
    together. The endpoint alone does not tell: whole series of cheap cameras share one.
    """

    def __init__(self, asked: Collection[str]) -> None:
        self._asked = frozenset(asked)
        self._devices: dict[str, Device] = {}
        self._endpoints: set[tuple[str, str]] = set()
        self._at_address: Counter[str] = Counter()
        self._datagrams = 0
        self.ignored: Counter[Ignored] = Counter()

    @property
    def full(self) -> bool:
        """Whether a bound is reached and no more is taken."""
        return len(self._devices) >= MAX_DEVICES or self._datagrams >= MAX_DATAGRAMS

    @property
    def devices(self) -> tuple[Device, ...]:
        """By address."""
        return tuple(
            sorted(self._devices.values(), key=lambda one: (*_place(one.address), one.url))
        )

    def take(self, datagram: bytes, sender: str) -> None:
        """Takes a datagram as received from the IP address `sender`."""
        self._datagrams += 1
        answer = read_answer(datagram, sender, self._asked)
        if isinstance(answer, Ignored):
            self.ignored[answer] += 1
            return
        for device in answer:
            self._add(device)

    def _add(self, device: Device) -> None:
        known = (device.address, (device.endpoint or "").lower())
        if self.full or device.url in self._devices or known in self._endpoints:
            return
        if self._at_address[device.address] >= MAX_DEVICES_AT_ADDRESS:
            return
        self._at_address[device.address] += 1
        self._devices[device.url] = device
        if device.endpoint is not None:
            self._endpoints.add(known)
