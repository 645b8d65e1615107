"""What the fleet's read model knows that a notice tells. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from camera_registry.incidents.vocabulary import Incident
from camera_registry.read_model import CameraView, FleetView, LocationView
from camera_registry.vocabulary import KeyLocationKind, KeyLocationState
from exporters.notices.vocabulary import Facts, PointFacts

_URGENCY = {
    KeyLocationKind.JUNCTION: 0,
    KeyLocationKind.CROWDED_PLACE: 1,
    KeyLocationKind.BACK_STREET: 2,
    None: 3,
}


class Directory:
    """Finds the facts of an incident in one view of the fleet; made once for each view."""

    def __init__(self, view: FleetView | None, public_url: str) -> None:
        self._public_url = public_url.rstrip("/")
        self._cameras: Mapping[int, CameraView] = {}
        self._locations: dict[int, list[LocationView]] = {}
        if view is not None:
            self._cameras = {camera.id: camera for camera in view.cameras}
            for place in view.key_locations:
                for camera in place.cameras:
                    self._locations.setdefault(camera.id, []).append(place)

    def facts_of(self, incident: Incident) -> Facts:
        """The cameras of an incident, the most urgent in front, and what nobody sees now."""
        known = [self._cameras[one] for one in incident.members if one in self._cameras]
        known.sort(key=lambda camera: (_URGENCY[camera.kind], camera.id))
        blind = {
            place.location.name
            for camera in known
            for place in self._locations.get(camera.id, ())
            if place.state is KeyLocationState.BLIND
        }
        return Facts(
            points=tuple(self._point(camera) for camera in known),
            blind=tuple(sorted(blind)),
            link=self.link(incident.id),
        )

    def link(self, incident_id: str = "") -> str:
        """The console's page of an incident, or its first; empty where crews can reach neither."""
        if not self._public_url:
            return ""
        return f"{self._public_url}/incidents/{incident_id}" if incident_id else self._public_url

    def _point(self, camera: CameraView) -> PointFacts:
        places = self._locations.get(camera.id, [])
        return PointFacts(
            name=camera.name,
            label=camera.label,
            town=camera.town,
            village=camera.village,
            upstream=camera.upstream,
            key_location=places[0].location.name if places else "",
            kind=camera.kind,
        )
