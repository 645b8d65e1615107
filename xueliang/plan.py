"""What is due now: a pure function of the cameras, what is known of them, and the time.

Time is cut into sweeps of `sweep_every`, aligned to the epoch. Each camera has a fixed phase in
the first `spread` of a sweep, drawn from its id, so that starts are spread the same way after
every restart and no schedule needs to be stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import nsmallest
from operator import itemgetter

from camera_registry.health import due_for_recheck
from camera_registry.vocabulary import Camera, HealthState, Status
from probes.vocabulary import Batch, PictureContext, ProbeTarget, StreamKind
from xueliang.bursts import BurstsDue, burst_due

# A recorder's channels form one batch; a larger batch would hold its results back for too long.
MAX_BATCH = 32
# More than the runner starts in a minute and a half; those that have to wait longer are handed out
# at a later turn. Ten cities at once would only lie in the runner's queue.
MAX_HANDED_OUT = 20_000
# Multiples of the golden ratio's fraction fall evenly into the unit interval, those of neighbours
# (a recorder's channels, a village) far from each other: D. Knuth, The Art of Computer
# Programming, volume 3, section 6.4.
_GOLDEN = 0x9E3779B97F4A7C15
_DELIVERING = frozenset({Status.ONLINE, Status.DEGRADED})
# Since when and with which phase, whether it is an ordinary look, and at what.
_Due = tuple[tuple[datetime, float], bool, Camera, HealthState | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How often: a look in each sweep, a prompt second look at a contradiction, ONVIF seldom.

    A camera that is well is looked at with its picture in one sweep of `picture_every`, and by
    its stream alone in the others. `rechecks` has the cameras whose second look comes sooner or
    later than `recheck`.
    """

    sweep_every: timedelta
    spread: float
    recheck: timedelta
    onvif_every: timedelta
    picture_every: int = 1
    rechecks: Mapping[int, timedelta] = field(default_factory=dict)


def plan(
    cameras: Iterable[Camera],
    states: Mapping[int, HealthState],
    cadence: Cadence,
    now: datetime,
    *,
    picture_stream: StreamKind = StreamKind.MAIN,
    tls_verify: bool = True,
    context: Callable[[Camera, datetime], PictureContext | None] = lambda _camera, _now: None,
    bursts: BurstsDue | None = None,
) -> tuple[Batch, ...]:
    """The batches to look at now, second looks first, then those that have waited longest. Of
    those equally long (a whole city just imported) the phase decides, so that no town's uplink
    gets all of its looks at once. There are at most `MAX_HANDED_OUT` looks. `bursts` tells whose
    pictures are to be more than one."""
    start = period_start(now, cadence.sweep_every)
    due: list[_Due] = []
    for camera in cameras:
        state = states.get(camera.id)
        since = due_since(camera, state, cadence, start)
        if since is not None and since <= now:
            is_ordinary = state is None or not due_for_recheck(state)
            due.append(((since, phase(camera.id)), is_ordinary, camera, state))
    if len(due) > MAX_HANDED_OUT:
        due = nsmallest(MAX_HANDED_OUT, due, key=itemgetter(1, 0))
    due.sort(key=itemgetter(0))
    ordinary: list[ProbeTarget] = []
    urgent: list[ProbeTarget] = []
    for _, is_ordinary, camera, state in due:
        ask_onvif = _onvif_due(camera, state, cadence, now)
        burst = bursts is not None and burst_due(state, bursts, now, phase=phase(camera.id))
        if bursts is not None and burst:
            bursts = replace(bursts, room=bursts.room - 1)
        picture = burst or _picture_due(camera, state, cadence, now)
        target = target_of(
            camera,
            state,
            picture=picture,
            picture_stream=picture_stream,
            ask_onvif=ask_onvif,
            tls_verify=tls_verify,
            burst=burst,
            context=context(camera, now) if picture else None,
        )
        (ordinary if is_ordinary else urgent).append(target)
    return (*batches(urgent, urgent=True), *batches(ordinary))


def due_since(
    camera: Camera, state: HealthState | None, cadence: Cadence, start: datetime
) -> datetime | None:
    """From when on the camera is to be looked at, in the sweep that began at `start`; None where
    it is not to be looked at (taken out of service, without an address, or already looked at in
    this sweep)."""
    if camera.administrative is not None or not (camera.stream_url or camera.onvif_url):
        return None
    if state is None or state.last_look_at is None:
        return camera.created_at
    if due_for_recheck(state):
        return state.last_look_at + cadence.rechecks.get(camera.id, cadence.recheck)
    if state.last_look_at >= start:
        return None
    if state.last_look_at < start - cadence.sweep_every:
        return start - cadence.sweep_every
    return start + cadence.sweep_every * (cadence.spread * phase(camera.id))


def period_start(now: datetime, period: timedelta) -> datetime:
    """The start of the epoch-aligned period that `now` lies in."""
    periods = int(now.timestamp() // period.total_seconds())
    return datetime.fromtimestamp(periods * period.total_seconds(), UTC)


def phase(camera_id: int) -> float:
    """The camera's fixed place in a period, 0 up to 1, evenly spread over ids."""
    return (camera_id * _GOLDEN % 2**64) / 2**64


def _picture_due(
    camera: Camera, state: HealthState | None, cadence: Cadence, now: datetime
) -> bool:
    """Whether this look judges the picture too: the camera's turn, or anything but plain good
    health, or a picture that has become old because a turn was missed."""
    if state is None or state.status is not Status.ONLINE or state.contradictions or state.faults:
        return True
    sweep = int(now.timestamp() // cadence.sweep_every.total_seconds())
    if (sweep + camera.id) % cadence.picture_every == 0 or state.last_frame_at is None:
        return True
    return now - state.last_frame_at > cadence.picture_every * cadence.sweep_every


def _onvif_due(camera: Camera, state: HealthState | None, cadence: Cadence, now: datetime) -> bool:
    """Whether this is the camera's first look in its own ONVIF period."""
    if camera.onvif_url is None:
        return False
    if state is None or state.last_look_at is None:
        return True
    shift = cadence.onvif_every * phase(camera.id)
    return state.last_look_at < period_start(now - shift, cadence.onvif_every) + shift


def target_of(
    camera: Camera,
    state: HealthState | None,
    *,
    picture: bool = True,
    picture_stream: StreamKind = StreamKind.MAIN,
    ask_onvif: bool = False,
    want_frame: bool = False,
    burst: bool = False,
    tls_verify: bool = True,
    context: PictureContext | None = None,
) -> ProbeTarget:
    """What a runner needs to look at the camera. Cameras at one host (a recorder's channels)
    share their bound on sessions.

    The sub-stream is asked only of a camera whose main stream is known to deliver: what begins or
    ends an outage is always a look at the stream that is recorded.
    """
    delivers = state is not None and state.status in _DELIVERING and not state.contradictions
    return ProbeTarget(
        camera_id=str(camera.id),
        stream_url=camera.stream_url,
        sub_stream_url=camera.sub_stream_url,
        onvif_url=camera.onvif_url,
        credentials=camera.credentials,
        upstream=camera.host or str(camera.id),
        tls_verify=tls_verify,
        picture=picture,
        picture_stream=picture_stream if delivers else StreamKind.MAIN,
        ask_onvif=ask_onvif,
        want_frame=want_frame,
        burst=burst,
        previous=state.sketch if state else None,
        context=context,
    )


def batches(targets: Iterable[ProbeTarget], *, urgent: bool = False) -> tuple[Batch, ...]:
    """Groups targets by upstream, in the order in which the upstreams first appear."""
    groups: dict[str, list[ProbeTarget]] = {}
    for target in targets:
        groups.setdefault(target.upstream or target.camera_id, []).append(target)
    return tuple(
        Batch(upstream=upstream, urgent=urgent, targets=tuple(members[at : at + MAX_BATCH]))
        for upstream, members in groups.items()
        for at in range(0, len(members), MAX_BATCH)
    )
