"""Files as they come from the towns: encodings, headings, broken and hostile ones."""

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from camera_registry.archive.judging import judge_row, known_headings, match_columns
from camera_registry.archive.reading import Sheet, read_sheets
from camera_registry.archive.report import ArchiveError, Why
from camera_registry.archive.values import Formula, SheetError

HEADINGS = "设备编码,设备名称,IPv4地址"
LINE = "34088100001320000001,点位,10.0.0.1"


def read(path: Path) -> Sheet:
    return read_sheets(path, known_headings)[0]


def text_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "a.csv"
    path.write_bytes(text.encode(encoding))
    return path


def workbook(folder: Path, *rows: list[object]) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    path = folder / "a.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_texts_of_every_kind(tmp_path: Path, encoding: str, mark: str, end: str) -> None:
    text = f"{HEADINGS}{end}{LINE}{end}".replace(",", mark)
    sheet = read(text_file(tmp_path, text, encoding))
    assert sheet.headings == tuple(HEADINGS.split(","))
    assert [(row.number, row.cells) for row in sheet.rows] == [(2, tuple(LINE.split(",")))]


def test_rows_count_as_the_sheet_does(tmp_path: Path) -> None:
    text = f'一机一档,,\n填报单位:文昌街道,,\n{HEADINGS}\n\n{LINE}\n,,\n"a\nb",c,d\n'
    sheet = read(text_file(tmp_path, text))
    assert [row.number for row in sheet.rows] == [5, 7]


def test_workbook_cells_keep_their_kind(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["说明"], HEADINGS.split(","), [34088100001320000001, "=1+1", "#N/A"])
    sheet = read(path)
    (row,) = sheet.rows
    assert row.number == 3
    assert row.cells[1:] == (Formula(), SheetError(text="#N/A"))
    judgement = judge_row(row, match_columns(path, sheet)[0])
    assert judgement.draft is None
    assert [one.reason for one in judgement.rejections] == [
        Why.DIGITS_LOST,
        Why.FORMULA,
        Why.SHEET_ERROR,
    ]


def test_the_side_sheet_is_read_by_its_name(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].title = "上联设备"
    book.worksheets[0].append(["名称"])
    book.create_sheet("一机一档").append(HEADINGS.split(","))
    path = tmp_path / "a.xlsx"
    book.save(path)
    main, side = read_sheets(path, known_headings, side=("上联设备", lambda cells: len(cells)))
    assert side is not None
    assert (main.name, side.name) == ("一机一档", "上联设备")


def as_zip(folder: Path) -> Path:
    path = folder / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.txt", "nothing")
    return path


def cut_short(folder: Path) -> Path:
    path = workbook(folder, HEADINGS.split(","), LINE.split(","))
    path.write_bytes(path.read_bytes()[:-200])
    return path


def broken_part(folder: Path) -> Path:
    whole = workbook(folder, HEADINGS.split(","), LINE.split(","))
    path = folder / "b.xlsx"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            new.writestr(name, body[: len(body) // 2] if "sheet1" in name else body)
    return path


def with_headers(flags: int, method: int) -> Callable[[Path], Path]:
    """A workbook whose parts all claim these flags and this compression (APPNOTE 4.3.7, 4.3.12)."""

    def write(folder: Path) -> Path:
        path = workbook(folder, HEADINGS.split(","), LINE.split(","))
        content = bytearray(path.read_bytes())
        for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            found = content.find(signature)
            while found >= 0:
                content[found + at : found + at + 4] = struct.pack("<HH", flags, method)
                found = content.find(signature, found + 4)
        path.write_bytes(content)
        return path

    return write


def bomb(folder: Path) -> Path:
    path = folder / "a.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/sharedStrings.xml", "w") as part,
    ):
        for _ in range(520):
            part.write(bytes(2**20))
    return path


def make(name: str, content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (lambda folder: folder / "none.csv", "No such file"),
        (lambda folder: folder, "not a file"),
        (make("a.csv", b""), "empty"),
        (make("a.csv", b"\n \n,,\n"), "holds no rows"),
        (make("a.xls", b"x"), "neither .xlsx nor .csv"),
        (make("a.csv", b"\xff\xfe\x00"), "neither UTF-8 nor GB 18030"),
        (make("a.csv", b"\x80\xff\x81\x00\xff"), "neither UTF-8 nor GB 18030"),
        (make("a.csv", b"a,b\n1,2\n"), "no known heading in the first rows (read: a, b)"),
        (make("a.xlsx", b"PK but no zip"), "no zip archive"),
        (as_zip, "not a readable .xlsx"),
        (cut_short, "no zip archive"),
        (broken_part, "not a readable .xlsx"),
        (with_headers(flags=1, method=8), "not a readable .xlsx (RuntimeError)"),
        (with_headers(flags=0, method=99), "not a readable .xlsx (NotImplementedError)"),
        (bomb, "unpacks to more than is read"),
    ],
)
def test_unreadable(tmp_path: Path, file: Callable[[Path], Path], why: str) -> None:
    path = file(tmp_path)
    with pytest.raises(ArchiveError) as caught:
        read(path)
    assert why in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("headings", "why"),
    [
        ("设备名称,乡镇街道", "no column 设备编码 or IPv4地址 or IPv6地址"),
        ("设备编码,安装地址,详细地址", "'安装地址' and '详细地址' both mean 安装地址"),
        ("设备编码,Device code", "both mean 设备编码"),
    ],
)
def test_headings_that_cannot_be_used(tmp_path: Path, headings: str, why: str) -> None:
    path = text_file(tmp_path, f"{headings}\n1,2,3\n")
    with pytest.raises(ArchiveError, match=r"a\.csv") as caught:
        match_columns(path, read(path))
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("设备编码", "device_code"),
        (" 国标 编码* ", "device_code"),
        ("镇（街道）", "town"),
        ("ＩＰ", "ipv4"),
        ("device_code", "device_code"),
        ("Device Code", "device_code"),
        ("key location kind", "key_location_kind"),
    ],
)
def test_headings_as_people_write_them(tmp_path: Path, heading: str, field: str) -> None:
    path = text_file(tmp_path, f"{heading},IPv6地址,点位名称\n1,2,3\n")
    columns, warnings = match_columns(path, read(path))
    assert columns.fields[0].name == field
    assert warnings == ()


def test_secrets_are_not_quoted(tmp_path: Path) -> None:
    text = (
        "设备编码,用户名,口令,取流地址\n"
        "34088100001320000001,root,hunter2,rtsp://admin:other@10.0.0.1/x\n"
        "34088100001320000002,,hunter2\x07,http://u:hunter2@10.0.0.1/x\n"
    )
    path = text_file(tmp_path, text)
    sheet = read(path)
    columns, _ = match_columns(path, sheet)
    rejections = [one for row in sheet.rows for one in judge_row(row, columns).rejections]
    assert [(one.row, one.column, one.reason) for one in rejections] == [
        (2, "用户名", Why.CONTRADICTION),
        (3, "口令", Why.CONTROL_CHARACTER),
        (3, "取流地址", Why.NOT_AN_ADDRESS),
    ]
    assert {one.value for one in rejections} == {"(hidden)"}
    assert not any(secret in str(rejections) for secret in ("hunter2", "root", "admin", "other"))


@pytest.mark.parametrize(
    ("town", "found"),
    [
        ("文昌街道", "文昌街道"),
        ("文昌", "文昌街道"),
        ("桐城市孔城镇", "孔城镇"),
        ("340881100", "孔城镇"),
        ("双港", "双港镇"),
        ("双新经济开发区", None),
        ("枞阳镇", None),
    ],
)
def test_towns_as_people_write_them(tmp_path: Path, town: str, found: str | None) -> None:
    path = text_file(tmp_path, f"IP,乡镇\n10.0.0.1,{town}\n")
    sheet = read(path)
    judgement = judge_row(sheet.rows[0], match_columns(path, sheet)[0])
    if found:
        assert judgement.draft is not None
        assert judgement.draft.values["town"] == found
    else:
        assert [one.reason for one in judgement.rejections] == [Why.UNKNOWN_TOWN]
