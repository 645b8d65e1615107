"""Asks devices that were found what they say of themselves to anybody, without credentials."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from probes.clock import Clock
from probes.deadline import Deadline
from probes.discovery.answers import Device
from probes.vocabulary import Budget, Failure, OnvifFacts, ProbeTarget

# Devices asked at a time: each has one connection, and the answers are read on one core.
CONCURRENCY = 32

Identify = Callable[[ProbeTarget, Deadline], Awaitable[tuple[OnvifFacts, Failure | None]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduced:
    """A device and what it told; `failure` says what ended the telling, most often that it wants
    credentials."""

    device: Device
    facts: OnvifFacts
    failure: Failure | None


async def introduce(
    devices: Sequence[Device],
    identify: Identify,
    *,
    budget: Budget,
    clock: Clock,
    tls_verify: bool = True,
) -> list[Introduced]:
    """All of them, in their order; each has the budget for itself. `identify` is
    `OnvifClient.identify`."""
    free = asyncio.Semaphore(CONCURRENCY)

    async def one(device: Device) -> Introduced:
        async with free:
            target = ProbeTarget(camera_id="0", onvif_url=device.url, tls_verify=tls_verify)
            facts, failure = await identify(target, Deadline(clock=clock, budget=budget))
        return Introduced(device=device, facts=facts, failure=failure)

    # As many tasks as devices, whose number `MAX_DEVICES` bounds.
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(device)) for device in devices]
    return [task.result() for task in tasks]
