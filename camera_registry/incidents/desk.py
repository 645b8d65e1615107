"""A turn's work on the incidents: opening, joining, leaving, resolving. Knows no rules; each step
writes the timeline. Used by `advance` only."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from camera_registry.incidents.book import Advance, FleetFacts, IncidentBook
from camera_registry.incidents.policy import URGENCY, IncidentPolicy
from camera_registry.incidents.topology import Group, sign_key
from camera_registry.incidents.vocabulary import Cause, Event, Happening, Incident, Trouble
from camera_registry.vocabulary import Camera, Category, HealthState, KeyLocationKind
from probes.vocabulary import Failure

# Why a line stands in a timeline, where its kind does not say it; people read it in the catalogues'
# words (`incident.note.<word>`).
NOTE_AGAIN = "again"
NOTE_GONE = "gone"
NOTE_APART = "apart"


class Desk:
    """The incidents under work. What it gives back is frozen again."""

    def __init__(
        self, book: IncidentBook, facts: FleetFacts, policy: IncidentPolicy, now: datetime
    ) -> None:
        self.facts, self.policy, self.now = facts, policy, now
        self.incidents = dict(book.incidents)
        # The open incident of each camera, by whether the stream or its picture is meant.
        self.stream_of: dict[int, str] = {}
        self.picture_of: dict[int, str] = {}
        self.of_group: dict[str, str] = {}
        self._events: list[tuple[str, Event]] = []
        self._changed: dict[str, None] = {}
        for incident in book.incidents.values():
            if incident.open:
                self._index(incident)

    def _index(self, incident: Incident) -> None:
        index = self.picture_of if incident.trouble is Trouble.PICTURE else self.stream_of
        for camera_id in incident.members:
            index[camera_id] = incident.id
        if incident.cause is not Cause.CAMERA:
            self.of_group[group_key(incident)] = incident.id

    def state(self, camera_id: int) -> HealthState | None:
        return self.facts.states.get(camera_id)

    def onset(self, state: HealthState) -> datetime:
        """When a camera's outage began: an incident of its remembers it through time in which
        nothing was known."""
        incident_id = self.stream_of.get(state.camera_id)
        if incident_id is None:
            return state.since
        incident = self.incidents[incident_id]
        begun = incident.again_at or incident.opened_at
        return min(state.since, begun) if incident.cause is Cause.CAMERA else state.since

    def open_incidents(self) -> list[Incident]:
        """Those open now, in the order of their ids."""
        return [one for _, one in sorted(self.incidents.items()) if one.open]

    # Steps

    def note(self, incident: Incident, what: Happening, **fields: object) -> Incident:
        """Writes a line of the timeline at `now`; `fields` are the line's and may name it."""
        event = Event(
            number=len(incident.timeline) + 1,
            at=self.now,
            what=what,
            **fields,  # type: ignore[arg-type]
        )
        self._events.append((incident.id, event))
        return self.put(replace(incident, timeline=(*incident.timeline, event)))

    def put(self, incident: Incident) -> Incident:
        self.incidents[incident.id] = incident
        self._changed[incident.id] = None
        return incident

    def open_camera(self, camera: Camera, trouble: Trouble, at: datetime) -> None:
        """Opens a camera's own incident, or opens its last one again."""
        state = self.facts.states[camera.id]
        before = self._to_reopen(trouble, at, camera_id=camera.id)
        if before is not None:
            self._reopen(before, trouble, at, (camera.id,), state.failure)
            return
        self._open(
            Incident(
                id=incident_id(f"camera:{camera.id}", trouble, at),
                cause=Cause.CAMERA,
                trouble=trouble,
                camera_id=camera.id,
                subject=camera.name,
                town=camera.town,
                repair_class="",
                opened_at=at,
                noticed_at=self.now,
                members=(camera.id,),
                failure=state.failure,
                due_at=at,
            )
        )

    def open_group(
        self, group: Group, trouble: Trouble, members: Collection[int], at: datetime
    ) -> None:
        """Opens an upstream's incident with its members, or opens its last one again. What was
        open of the members alone becomes a part of it."""
        ids = tuple(sorted(members))
        failure = self.common_failure(ids)
        known = group.upstream_id
        before = self._to_reopen(
            trouble, at, upstream_id=known, inferred=group.sign, town=group.town
        )
        new_id = before.id if before else incident_id(group.key, trouble, at)
        self._merge({self.stream_of[one] for one in ids if one in self.stream_of}, ids, new_id)
        if before is not None:
            self._reopen(before, trouble, at, ids, failure)
            return
        self._open(
            Incident(
                id=new_id,
                cause=group.cause,
                trouble=trouble,
                upstream_id=known,
                inferred=group.sign,
                subject=group.subject,
                town=group.town,
                repair_class="",
                opened_at=at,
                noticed_at=self.now,
                members=ids,
                failure=failure,
                due_at=at,
            )
        )

    def join(self, incident: Incident, cameras: Iterable[int]) -> Incident:
        ids = tuple(sorted(cameras))
        for camera_id in ids:
            self.stream_of[camera_id] = incident.id
        members = tuple(sorted({*incident.members, *ids}))
        joined = self.note(
            replace(incident, members=members, failure=self.common_failure(members)),
            Happening.JOINED,
            cameras=ids,
        )
        return self.put(self._classed(joined))

    def leave(self, incident: Incident, cameras: Iterable[int], note: str) -> Incident:
        ids = tuple(sorted(cameras))
        for camera_id in ids:
            self.stream_of.pop(camera_id, None)
        members = tuple(one for one in incident.members if one not in set(ids))
        return self.note(replace(incident, members=members), Happening.LEFT, cameras=ids, note=note)

    def resolve(self, incident: Incident, at: datetime, note: str = "") -> Incident:
        """Ends an incident that was over at `at`."""
        self._forget(incident)
        over = max(at, incident.again_at or incident.opened_at)
        return self.note(replace(incident, resolved_at=over), Happening.RESOLVED, note=note)

    def common_failure(self, cameras: Iterable[int]) -> Failure | None:
        """The failure that most of the silent cameras show."""
        found = Counter[tuple[str, str]]()
        first: dict[tuple[str, str], Failure] = {}
        for camera_id in cameras:
            state = self.state(camera_id)
            if state is not None and state.failure is not None:
                key = state.failure.stage.value, state.failure.reason
                found[key] += 1
                first.setdefault(key, state.failure)
        if not found:
            return None
        most = max(found.values())
        return first[min(key for key, count in found.items() if count == most)]

    def done(self, troubled: Iterable[int]) -> Advance:
        """Freezes what came of the turn; forgets what cannot come back any more."""
        changed = tuple(self.incidents[one] for one in self._changed)
        kept = {
            one.id: one for one in self.incidents.values() if one.open or self._may_come_back(one)
        }
        book = IncidentBook(incidents=kept, troubled=frozenset(troubled))
        return Advance(book=book, changed=changed, events=tuple(self._events))

    # Inside

    def _open(self, incident: Incident) -> None:
        if incident.id in self.incidents:
            # The same outage as one that was merged or resolved long since.
            members = incident.members
            self._reopen(
                self.incidents[incident.id],
                incident.trouble,
                incident.opened_at,
                members,
                incident.failure,
            )
            return
        opened = self.note(incident, Happening.OPENED, cameras=incident.members)
        self._index(self.put(self._classed(opened)))

    def _reopen(
        self,
        incident: Incident,
        trouble: Trouble,
        at: datetime,
        members: tuple[int, ...],
        failure: Failure | None,
    ) -> None:
        goes_on = bool(incident.merged_into)
        again = replace(
            incident,
            trouble=trouble,
            members=members,
            failure=failure,
            resolved_at=None,
            merged_into="",
            again_at=incident.again_at if goes_on else max(at, incident.resolved_at or at),
            reopened=incident.reopened + (not goes_on),
            acknowledged_at=incident.acknowledged_at if goes_on else None,
            acknowledged_by=incident.acknowledged_by if goes_on else "",
            escalated_at=incident.escalated_at if goes_on else None,
        )
        opened = self.note(again, Happening.OPENED, cameras=members, note=NOTE_AGAIN)
        self._index(self.put(self._classed(opened)))

    def _to_reopen(
        self,
        trouble: Trouble,
        at: datetime,
        *,
        camera_id: int | None = None,
        upstream_id: int | None = None,
        inferred: str = "",
        town: str = "",
    ) -> Incident | None:
        """The subject's last incident, where it ended so lately that it is the same one."""
        wanted = camera_id, upstream_id, inferred
        found = [
            one
            for one in self.incidents.values()
            if one.resolved_at is not None
            and (one.camera_id, one.upstream_id, one.inferred) == wanted
            and (not inferred or one.town == town)
            and (one.trouble is Trouble.PICTURE) is (trouble is Trouble.PICTURE)
            and (one.merged_into or at <= one.resolved_at + self.policy.reopen_within)
        ]
        return max(found, key=lambda one: (one.resolved_at, one.id), default=None)

    def _may_come_back(self, incident: Incident) -> bool:
        parent = self.incidents.get(incident.merged_into)
        if parent is not None and parent.open:
            return True
        # It is dated from when it was over, and known to be after `recover_after`.
        kept = self.policy.reopen_within + self.policy.recover_after + self.policy.explaining.settle
        return incident.resolved_at is not None and self.now <= incident.resolved_at + kept

    def _merge(self, ids: Collection[str], members: Collection[int], into: str) -> None:
        taken = set(members)
        for one in sorted(ids):
            incident = self.incidents[one]
            stay = [camera_id for camera_id in incident.members if camera_id not in taken]
            if stay:
                self.leave(incident, taken.intersection(incident.members), into)
                continue
            self._forget(incident)
            self.note(
                replace(incident, resolved_at=self.now, merged_into=into),
                Happening.MERGED,
                note=into,
            )

    def _forget(self, incident: Incident) -> None:
        index = self.picture_of if incident.trouble is Trouble.PICTURE else self.stream_of
        for camera_id in incident.members:
            if index.get(camera_id) == incident.id:
                del index[camera_id]
        if incident.cause is not Cause.CAMERA:
            self.of_group.pop(group_key(incident), None)

    def _classed(self, incident: Incident) -> Incident:
        """The incident with what its members make it: kind, category and class."""
        cameras = self.facts.topology.cameras
        members = [cameras[one] for one in incident.members if one in cameras]
        kind = most_urgent(camera.kind for camera in members)
        category = common_category(members)
        service = self.policy.class_of(incident.cause, incident.trouble, category, kind)
        return replace(
            incident,
            kind=kind,
            category=category,
            repair_class=service.name,
            due_at=incident.opened_at + service.repair_within,
        )


def incident_id(subject: str, trouble: Trouble, at: datetime) -> str:
    """The same subject and beginning make the same id; its first part is the day (UTC)."""
    stream = "picture" if trouble is Trouble.PICTURE else "stream"
    digest = hashlib.blake2b(f"{subject}|{stream}|{at.isoformat()}".encode(), digest_size=6)
    return f"{at:%Y%m%d}-{digest.hexdigest()}"


def group_key(incident: Incident) -> str:
    """The key of the group whose incident it is (see `topology.Group`)."""
    if incident.upstream_id is not None:
        return f"upstream:{incident.upstream_id}"
    return sign_key(incident.cause, incident.town, incident.inferred)


def most_urgent(kinds: Iterable[KeyLocationKind | None]) -> KeyLocationKind | None:
    """The kind of key location that counts for several cameras."""
    return min(kinds, key=URGENCY.index, default=None)


def common_category(cameras: Collection[Camera]) -> Category | None:
    """The category that all of them have, if they have one."""
    categories = {camera.category for camera in cameras}
    return categories.pop() if len(categories) == 1 else None
