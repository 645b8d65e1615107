"""Reports in every format, from made-up figures; the command; when they are due; their page."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from aiohttp.test_utils import TestClient, TestServer
from pypdf import PdfReader

from camera_registry.assessment.document import figures_document
from camera_registry.assessment.vocabulary import Indicator, PeriodKind, Scope
from exporters.report_web import report_routes
from exporters.reports import files as report_files
from exporters.reports.cells import Form
from exporters.reports.due import due_reports
from exporters.reports.files import FORMATS
from exporters.reports.mailing import send_report
from exporters.reports.shown import rounded, shown
from exporters.reports.tables import tables
from exporters.reports.writing import write_report
from exporters.web import Readiness, make_app
from exporters.words import LANGUAGES, Words
from probes.clock import SystemClock
from tests.reports import CITY, period, report
from tests.sinks import webhook

# Long before what is due.
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
MADE_AT = datetime(2026, 4, 1, 0, 40, tzinfo=CITY)


def write(folder: Path, language: str = "zh_CN", **options: object) -> dict[str, Path]:
    made = report()
    written = write_report(
        folder,
        made,
        figures_document(made),
        formats=tuple(FORMATS),
        language=language,
        city="桐城市",
        zone=CITY,
        made_at=MADE_AT,
        **options,  # type: ignore[arg-type]
    )
    return dict(zip(FORMATS, written, strict=True))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write(tmp_path_factory.mktemp("reports"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_is_whole_in_both_languages(language: str) -> None:
    for table in tables(report(), Words.load(language)):
        assert table.columns
        for row in table.rows:
            assert len(row) == len(table.columns), table.key


def test_the_workbook_holds_numbers_as_numbers(written: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(written["xlsx"])
    assert book.sheetnames[:2] == ["汇总", "镇街排名"]
    sheet = book["镇街排名"]
    headings = [cell.value for cell in sheet[3]]
    online = headings.index("时长在线率")
    cell = sheet.cell(4, online + 1)
    group = report().group(Scope.TOWN, "青山镇")
    assert group is not None
    value = group.figures[Indicator.ONLINE].value
    assert value is not None
    assert cell.value == pytest.approx(float(value))
    assert cell.number_format == "0.00%"
    assert sheet.freeze_panes == "C4"
    assert sheet.auto_filter.ref is not None
    assert sheet.conditional_formatting
    assert isinstance(book["点位明细"].cell(4, 14).value, datetime)
    assert book["指标构成"].max_row > 100


def test_nothing_in_the_workbook_runs(written: dict[str, Path]) -> None:
    sheet = openpyxl.load_workbook(written["xlsx"])["分类指标"]
    names = [sheet.cell(row, 2) for row in range(4, sheet.max_row + 1)]
    [odd] = [cell for cell in names if str(cell.value).startswith("=")]
    assert odd.data_type == "s"
    assert odd.hyperlink is None


def test_a_csv_cell_does_not_run_either(written: dict[str, Path]) -> None:
    with zipfile.ZipFile(written["csv"]) as archive:
        assert "groups.csv" in archive.namelist()
        text = archive.read("groups.csv").decode("utf-8-sig")
        assert "'=HYPERLINK" in text
        heads = archive.read("cameras.csv").decode("utf-8-sig").splitlines()[0]
    assert heads.startswith("camera,name,town")


def test_the_paper_says_what_matters(written: dict[str, Path]) -> None:
    reader = PdfReader(written["pdf"])
    text = "\n".join(page.extract_text() for page in reader.pages)
    for part in ("桐城市雪亮工程视频监控运行月报", "2026-03-01", "青山镇", "填报人", "考核办法"):
        assert part in text
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    assert any("NotoSansSC" in font for font in fonts)
    assert f"1 / {len(reader.pages)}" in text


def test_the_page_needs_nothing_else(written: dict[str, Path]) -> None:
    text = written["html"].read_text("utf-8")
    assert "<script" not in text
    assert 'src="http' not in text
    assert 'href="http' not in text.replace('xlink:href="#', "")
    assert "&lt;" not in text.split("</style>")[0]
    assert '<html lang="zh-CN">' in text
    for drawing in text.split("<svg ")[1:]:
        ElementTree.fromstring("<svg " + drawing.split("</svg>")[0] + "</svg>")


def test_the_document_is_the_figures_own(written: dict[str, Path]) -> None:
    document = json.loads(written["json"].read_text("utf-8"))
    assert document == json.loads(json.dumps(figures_document(report())))


def test_the_same_report_is_the_same_bytes(written: dict[str, Path], tmp_path: Path) -> None:
    again = write(tmp_path)
    for kind, path in again.items():
        assert path.read_bytes() == written[kind].read_bytes(), kind


def test_english_and_late(tmp_path: Path) -> None:
    made = write(tmp_path, "en", late=True)
    text = "\n".join(page.extract_text() for page in PdfReader(made["pdf"]).pages)
    assert "monthly report" in text
    assert "made late" in text
    assert openpyxl.load_workbook(made["xlsx"]).sheetnames[0] == "Summary"


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "day-2026-03-01.zh_CN.pdf"
    path.write_text("the old one")

    def break_off(beside: Path) -> None:
        beside.write_text("half")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        report_files.write_whole(path, break_off)
    assert path.read_text() == "the old one"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_old_reports_go(tmp_path: Path) -> None:
    for day in ("2026-01-01", "2026-03-01"):
        (tmp_path / f"day-{day}.zh_CN.pdf").write_text("x")
    (tmp_path / "notes.txt").write_text("not ours")
    assert report_files.prune(tmp_path, date(2026, 2, 1)) == 1
    assert {one.name for one in tmp_path.iterdir()} == {"day-2026-03-01.zh_CN.pdf", "notes.txt"}


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (Fraction(995, 1000), Form.SHARE, "99.50%"),
        (Fraction(99995, 100000), Form.SHARE, "100.00%"),
        (Fraction(-1, 1000), Form.CHANGE, "-0.10%"),
        (Fraction(1, 1000), Form.CHANGE, "+0.10%"),
        (Fraction(12345, 10), Form.HOURS, "1,234.50"),
        (None, Form.SHARE, "–"),
        (7000, Form.COUNT, "7,000"),
        (datetime(2026, 3, 1, 16, 30, tzinfo=UTC), Form.MOMENT, "2026-03-02 00:30"),
    ],
)
def test_cells_as_text(value: object, form: Form, text: str) -> None:
    assert shown(value, form, CITY) == text  # type: ignore[arg-type]


def test_halves_are_rounded_away_from_zero() -> None:
    assert str(rounded(Fraction(5, 1000), 2)) == "0.01"
    assert str(rounded(Fraction(-5, 1000), 2)) == "-0.01"


AT = time(0, 40)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # A Wednesday, before and after the hour.
        (datetime(2026, 3, 4, 0, 39, tzinfo=CITY), []),
        (datetime(2026, 3, 4, 0, 40, tzinfo=CITY), [("day", date(2026, 3, 3))]),
        # A Monday.
        (
            datetime(2026, 3, 9, 1, 0, tzinfo=CITY),
            [("day", date(2026, 3, 8)), ("week", date(2026, 3, 2))],
        ),
        # The first of a month, a Wednesday.
        (
            datetime(2026, 4, 1, 1, 0, tzinfo=CITY),
            [("day", date(2026, 3, 31)), ("month", date(2026, 3, 1))],
        ),
    ],
)
def test_what_is_due(now: datetime, expected: list[tuple[str, date]]) -> None:
    today = now.astimezone(CITY).date()
    before = {
        *(("day", today - timedelta(days=back)) for back in range(2, 9)),
        *(
            ("week", date(2026, 2, 2) + timedelta(days=7 * n))
            for n in range(4 if now.day == 9 else 9)
        ),
        *(("month", date(2026, n, 1)) for n in (1, 2)),
    }
    due = due_reports(now, AT, CITY, tuple(PeriodKind), before, BEGAN)
    assert [(one.kind.value, one.first) for one in due] == expected
    assert not any(one.late(now) for one in due)


def test_what_was_missed_is_made_and_late() -> None:
    now = datetime(2026, 3, 5, 9, 0, tzinfo=CITY)
    due = due_reports(now, AT, CITY, [PeriodKind.DAY], {("day", date(2026, 3, 1))}, BEGAN)
    assert [one.first.day for one in due] == [26, 27, 28, 2, 3, 4]
    assert all(one.late(now) for one in due)


@pytest.mark.parametrize(
    ("began", "expected"),
    [
        (
            datetime(2026, 3, 3, 23, 59, tzinfo=CITY),
            [("day", date(2026, 3, 3)), ("day", date(2026, 3, 4))],
        ),
        # Midnight in the city is still the day before in UTC.
        (datetime(2026, 3, 3, 16, 0, tzinfo=UTC), [("day", date(2026, 3, 4))]),
        (datetime(2026, 3, 5, 8, 59, tzinfo=CITY), []),
        (
            datetime(2026, 3, 1, 12, 0, tzinfo=CITY),
            [
                ("week", date(2026, 2, 23)),
                *(("day", date(2026, 3, day)) for day in range(1, 5)),
            ],
        ),
    ],
)
def test_nothing_is_due_of_the_time_before_the_history(
    began: datetime, expected: list[tuple[str, date]]
) -> None:
    now = datetime(2026, 3, 5, 9, 0, tzinfo=CITY)
    due = due_reports(now, AT, CITY, tuple(PeriodKind), (), began)
    assert {(one.kind.value, one.first) for one in due} == set(expected)


async def test_the_reports_page(written: dict[str, Path]) -> None:
    folder = written["pdf"].parent
    (folder / "secret.txt").write_text("not a report")
    clock = SystemClock()
    app = make_app(
        lambda: None,
        lambda *_: None,  # type: ignore[arg-type, return-value]
        Readiness,
        clock,
        routes=report_routes(folder, clock),
    )
    async with TestClient(TestServer(app)) as client:
        page = await (await client.get("/reports")).text()
        assert "2026-03-01" in page
        assert written["pdf"].name in page
        listed = await (await client.get("/api/v1/reports")).json()
        assert {one["format"] for one in listed["reports"]} == {
            "xlsx",
            "pdf",
            "html",
            "csv.zip",
            "json",
        }
        pdf = await client.get(f"/reports/{written['pdf'].name}")
        assert await pdf.read() == written["pdf"].read_bytes()
        assert "attachment" in pdf.headers["Content-Disposition"]
        html = await client.get(f"/reports/{written['html'].name}")
        assert "sandbox" in html.headers["Content-Security-Policy"]
        for wrong in (
            "secret.txt",
            "..%2Fsecret.txt",
            "day-2026-99-99.zh_CN.pdf",
            "%2Fetc%2Fpasswd",
        ):
            assert (await client.get(f"/reports/{wrong}")).status == 404


def test_the_period_of_the_made_up_report() -> None:
    assert (period().end - period().start) == timedelta(days=31)


def test_a_report_is_sent_with_its_files(written: dict[str, Path]) -> None:
    with webhook() as hook:
        url = hook.url()
        assert send_report(url, "月报", "已生成", list(written.values()))
        body = hook.posted[0].body
    assert body["title"] == "月报"
    names = [one["filename"] for one in body["attachments"]]
    assert names == [written["xlsx"].name, written["pdf"].name]


def test_a_report_that_is_not_taken_is_not_sent(written: dict[str, Path]) -> None:
    assert not send_report("json://127.0.0.1:9/", "月报", "已生成", [written["pdf"]])
    assert not send_report("nothing", "月报", "已生成", [written["pdf"]])
