"""The boards: what is committed is what the generator makes, and it is whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from boards.__main__ import FOLDER, documents
from boards.reading import Panel, Written, boards
from exporters.cameras.web import camera_routes
from exporters.incidents.web import incident_routes
from exporters.web_access import WebAccess
from exporters.words import Words
from tests.made_camera_desk import MadeCameraDesk
from tests.made_desk import MadeDesk
from tests.views import NOW, FixedClock, city

BOARDS = boards()
PANELS = [
    pytest.param(board, panel, id=f"{board.name}-{panel.id}")
    for board in BOARDS
    for panel in board.panels
]
CONSOLE_PAGES = (
    "${console}/incidents/${__data.fields.incident}",
    "${console}/cameras/${camera:percentencode}",
)
NAMES = [board.name for board in BOARDS]


def test_the_files_are_what_the_generator_makes() -> None:
    made = dict(documents())
    assert {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()} == made


def test_another_console_changes_links_only() -> None:
    for (name, usual), (_, other) in zip(documents(), documents("https://x.example"), strict=True):
        assert usual.replace("http://127.0.0.1:9464", "https://x.example") == other, name


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from strings(inner)


@pytest.mark.parametrize("board", BOARDS, ids=NAMES)
def test_grafana_s_types_read_every_field(board: Written) -> None:
    """What the types do not know would be lost on the way through them."""
    register_default_plugins()
    read = Dashboard.from_json(json.loads(json.dumps(board.document)))
    assert json.loads(json.dumps(read, cls=JSONEncoder)) == board.document


def test_boards_are_told_apart() -> None:
    assert set(NAMES) == {"city", "town", "camera", "monitor"}
    assert len({board.document["uid"] for board in BOARDS}) == len(BOARDS)
    for board in BOARDS:
        ids = [panel.id for panel in board.panels]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("board", BOARDS, ids=NAMES)
def test_panels_fill_rows_without_lying_over_each_other(board: Written) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in board.panels:
        spot = panel.source["gridPos"]
        cells = {
            (spot["x"] + across, spot["y"] + down)
            for across in range(spot["w"])
            for down in range(spot["h"])
        }
        assert not cells & taken, panel.title
        taken |= cells
    assert len(taken) == 24 * (1 + max(down for _, down in taken))


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_a_panel_says_what_it_shows_and_in_which_unit(board: Written, panel: Panel) -> None:
    for text in (panel.title, panel.source["description"]):
        assert re.search(r"[\u4e00-\u9fff]", text)
        assert re.search(r"[A-Za-z]{2}", text)
    defaults = panel.source["fieldConfig"]["defaults"]
    assert defaults["unit"]
    if panel.type == "table":
        # A column of numbers has a unit of its own.
        for override in panel.source["fieldConfig"]["overrides"]:
            properties = {one["id"]: one["value"] for one in override["properties"]}
            numbers = override["matcher"]["options"].startswith("Value")
            assert not numbers or properties["unit"] != "none" or properties["mappings"]
    assert panel.source["datasource"] == {"type": "prometheus", "uid": "prometheus"}
    refs = [target.ref for target in panel.targets]
    assert len(refs) == len(set(refs)) > 0


@pytest.mark.parametrize("board", BOARDS, ids=NAMES)
def test_links_lead_to_boards_with_these_variables_and_to_the_console(board: Written) -> None:
    known = {one.document["uid"]: {variable.name for variable in one.variables} for one in BOARDS}
    links = [text for text in strings(board.document) if re.match(r"/d/|\$\{console\}", text)]
    assert len(links) >= len(BOARDS) - 1
    for link in links:
        if link.startswith("/d/"):
            uid, _, query = link.removeprefix("/d/").partition("?")
            assert set(re.findall(r"var-(\w+)=", query)) <= known[uid], link
        else:
            assert link in CONSOLE_PAGES
            assert board.constants["console"]


def test_a_link_uses_fields_that_the_panel_has() -> None:
    """A table keeps no field but its columns, a map all labels of its queries."""
    linked = 0
    for board in BOARDS:
        for panel in board.panels:
            used = set(re.findall(r"__data\.fields\.(\w+)", json.dumps(panel.source)))
            overrides = panel.source["fieldConfig"]["overrides"]
            columns = {one["matcher"]["options"] for one in overrides}
            asked = " ".join(target.expr for target in panel.targets)
            labels = set(re.findall(r"\w+", asked)) if panel.type == "geomap" else set()
            assert used <= columns | labels, panel.title
            linked += bool(used)
    assert linked > len(BOARDS)


def test_queries_use_variables_that_the_board_has() -> None:
    for board in BOARDS:
        known = {variable.name for variable in board.variables} | {"__range"}
        for panel in board.panels:
            for target in panel.targets:
                used = set(re.findall(r"\$\{?([a-z_]\w+)", target.expr))
                assert used <= known, target.expr


def test_every_text_of_the_boards_is_used() -> None:
    """Legends, headings and explanations: none is left over."""
    used = "\n".join(text for board in BOARDS for text in strings(board.document))
    english = Words.load("en")
    kept = {key: english[key] for key in english if key.startswith("board.")}
    assert [key for key, text in kept.items() if text not in used] == []


def test_the_console_has_the_pages_that_links_lead_to() -> None:
    view = city()
    desk, access = MadeDesk(view, NOW), WebAccess(viewer_header="", public_url="")
    routes = incident_routes(lambda: view, desk, None, FixedClock(), access)
    assert any(re.fullmatch(r"/incidents/\{id:.*\}", route.path) for route in routes)
    routes = camera_routes(lambda: view, MadeCameraDesk(NOW), FixedClock(), pictures=False)
    assert any(re.fullmatch(r"/cameras/\{name:.*\}", route.path) for route in routes)
