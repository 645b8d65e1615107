"""The reports' page, their files and their list over HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from exporters.page import environment, frame
from exporters.reports.files import ReportFile, as_report, listed
from exporters.web import answer_json, words_of
from probes.clock import Clock

_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "csv.zip": "application/zip",
    "json": "application/json",
}
# A report's own style and drawings, and nothing that runs or is fetched.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
# Shown on the page, a row for each period; the list has them all.
_SHOWN = 120


def report_routes(folder: Path, clock: Clock) -> list[web.RouteDef]:
    """`/reports`, `/reports/NAME` and `/api/v1/reports`."""
    site = _Site(folder, clock)
    return [
        web.get("/reports", site.page),
        web.get("/reports/{name}", site.file),
        web.get("/api/v1/reports", site.list),
    ]


class _Site:
    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    async def page(self, request: web.Request) -> web.Response:
        files = await asyncio.to_thread(listed, self._folder)
        words = words_of(request)
        text = (
            environment()
            .get_template("reports.html")
            .render(**frame(words, self._clock.now()), periods=_by_period(files)[:_SHOWN])
        )
        return web.Response(text=text, content_type="text/html")

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Only what is named like a report is given out, and only from the folder itself."""
        path = self._folder / Path(request.match_info["name"]).name
        found = await asyncio.to_thread(as_report, path)
        if found is None or found.name != request.match_info["name"]:
            raise web.HTTPNotFound(reason="no such report")
        headers = {"Content-Type": _TYPES[found.format], "Content-Security-Policy": _POLICY}
        if found.format != "html":
            headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
        return web.FileResponse(path, headers=headers)

    async def list(self, _: web.Request) -> web.Response:
        files = await asyncio.to_thread(listed, self._folder)
        return answer_json({"reports": [_document(one) for one in files]})


def _document(one: ReportFile) -> dict[str, object]:
    return {
        "name": one.name,
        "period": one.kind,
        "first": one.first.isoformat(),
        "language": one.language,
        "format": one.format,
        "size_bytes": one.size_bytes,
    }


def _by_period(files: list[ReportFile]) -> list[tuple[str, str, list[ReportFile]]]:
    """Kind, first day and files of each period, in the order of the files."""
    periods: dict[tuple[str, str], list[ReportFile]] = {}
    for one in files:
        periods.setdefault((one.kind, one.first.isoformat()), []).append(one)
    return [(kind, first, found) for (kind, first), found in periods.items()]
