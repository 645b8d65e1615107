"""What one failure would blind. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from camera_registry.assessment.material import Place, Point
from camera_registry.assessment.rows import FragileRow, Hanging, UpstreamRow
from camera_registry.vocabulary import KeyLocationKind, Upstream


def chains(upstreams: Iterable[Upstream]) -> dict[int, tuple[int, ...]]:
    """Each upstream's own id and those above it, nearest first; a ring is left where it closes."""
    parents = {one.id: one.parent_id for one in upstreams}
    found = {}
    for one in parents:
        chain: list[int] = []
        above: int | None = one
        while above is not None and above not in chain and above in parents:
            chain.append(above)
            above = parents[above]
        found[one] = tuple(chain)
    return found


def upstream_rows(
    upstreams: Sequence[Upstream],
    places: Iterable[Place],
    points_of: Mapping[int, Sequence[Point]],
    points: Iterable[Point],
) -> tuple[UpstreamRow, ...]:
    """The devices that would blind any key location, those that would blind most first.
    `points_of` are the points in use of each key location."""
    above = chains(upstreams)
    below: Counter[int] = Counter()
    for point in points:
        below.update(above.get(point.upstream_id or 0, ()))
    blinded: dict[int, Counter[KeyLocationKind]] = {}
    for place in places:
        for upstream in _common(points_of.get(place.id, ()), above):
            if place.location_kind is not None:
                blinded.setdefault(upstream, Counter())[place.location_kind] += 1
    rows = [
        UpstreamRow(
            id=one.id,
            name=one.name,
            kind=one.kind,
            town=one.town or "",
            points=below[one.id],
            blinded=blinded[one.id].total(),
            blinded_kinds=dict(sorted(blinded[one.id].items())),
        )
        for one in upstreams
        if one.id in blinded
    ]
    return tuple(sorted(rows, key=lambda row: (-row.blinded, -row.points, row.name, row.id)))


def _common(points: Sequence[Point], above: Mapping[int, tuple[int, ...]]) -> tuple[int, ...]:
    """The upstreams that all these points hang on, nearest first."""
    found = [above.get(point.upstream_id or 0, ()) for point in points]
    if not found:
        return ()
    return tuple(one for one in found[0] if all(one in chain for chain in found[1:]))


def fragile_rows(
    upstreams: Sequence[Upstream],
    places: Iterable[Place],
    points_of: Mapping[int, Sequence[Point]],
) -> tuple[FragileRow, ...]:
    """Key locations without a camera, with a single one, or hanging on a single device."""
    above, names = chains(upstreams), {one.id: one.name for one in upstreams}
    rows = []
    for place in places:
        points = points_of.get(place.id, ())
        hanging, on = _hanging(points, above, names)
        if hanging is not None and place.location_kind is not None:
            rows.append(
                FragileRow(
                    location_id=place.id,
                    name=place.name,
                    town=place.town,
                    location_kind=place.location_kind,
                    points=len(points),
                    hanging=hanging,
                    on=on,
                )
            )
    order = list(Hanging)
    return tuple(sorted(rows, key=lambda row: (order.index(row.hanging), row.town, row.name)))


def _hanging(
    points: Sequence[Point], above: Mapping[int, tuple[int, ...]], names: Mapping[int, str]
) -> tuple[Hanging | None, str]:
    if not points:
        return Hanging.NO_CAMERA, ""
    if len(points) == 1:
        return Hanging.SINGLE_CAMERA, points[0].name
    common = _common(points, above)
    return (Hanging.SINGLE_UPLINK, names[common[0]]) if common else (None, "")
