"""A platform's list as a GB/T 28181 catalogue: the answer to a Catalog query.

GB/T 28181-2016 annex A.2.6 and -2022 annex A.2.6: `<Response>` with `<CmdType>Catalog</CmdType>`,
`<SumNum>` (entries in all) and `<DeviceList>` with an `<Item>` each. A long catalogue comes in
several such documents; a file may hold them one after the other. The standard's encoding is
GB 2312, which is read as its superset GB 18030; many platforms send UTF-8, whatever they declare.

The file is foreign: its size, its entries and their texts are bounded, and a document type or an
entity, which no catalogue has, is refused before any parser sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from camera_registry.archive.report import ArchiveError, Rejection, Why, shown
from camera_registry.lint.codes import parse_code
from camera_registry.lint.rules import load_rules
from camera_registry.platform.listing import ListedPoint, PlatformList
from camera_registry.platform.rules import ListRules, load_list_rules

# An entry with all its elements is about a kilobyte; ten cities' points are 70 MB.
MAX_FILE_BYTES = 128 * 2**20
MAX_ITEMS = 200_000
_MAX_NAME = 200
_DECLARATION = re.compile(r"<\?xml[^>]{0,200}\?>")
_DECLARED = re.compile(rb"""<\?xml[^>]{0,100}encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ENCODINGS = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030"}


def read_catalogue(path: Path) -> PlatformList:
    """Reads the file.

    Raises:
        ArchiveError: unreadable, too large, not XML, or no catalogue.
    """
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MAX_FILE_BYTES else b""
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror}") from None
    if size > MAX_FILE_BYTES:
        raise ArchiveError(f"{path}: {size} bytes, more than the {MAX_FILE_BYTES} that are read")
    return parse_catalogue(content, str(path))


def parse_catalogue(content: bytes, source: str) -> PlatformList:
    """The list that the bytes hold. Pure. `source` is what messages call them.

    Raises:
        ArchiveError: see `read_catalogue`.
    """
    text = _DECLARATION.sub("", _decoded(content, source))
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise ArchiveError(f"{source}: holds a document type, which no catalogue has")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(f"<lists>{text}</lists>", parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise ArchiveError(f"{source}: not XML at line {line}, column {column}") from None
    return _list_of(root, source)


def _decoded(content: bytes, source: str) -> str:
    """By byte order mark, by declaration, or by trial: what is declared is often not what is
    sent."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        declared = _DECLARED.search(content[:300])
        name = declared[1].decode("ascii").lower() if declared else "utf-8"
        # UTF-8 first: Chinese text in GB 2312 is hardly ever valid UTF-8, the reverse often is.
        encodings = ["utf-8-sig", _ENCODINGS.get(name, "gb18030")]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ArchiveError(f"{source}: neither UTF-8 nor GB 18030 text")


def _list_of(root: Any, source: str) -> PlatformList:
    rules, types = load_list_rules(), load_rules().device_codes.types
    points: list[ListedPoint] = []
    rejections: list[Rejection] = []
    ignored, announced = 0, None
    for number, item in enumerate(_items(root, source), 1):
        if number > MAX_ITEMS:
            raise ArchiveError(f"{source}: more than {MAX_ITEMS} entries")
        code = _text(item, "DeviceID")
        parts = parse_code(code)
        if code and (parts is None or not types.get(parts.type, ("", True))[1]):
            # Civil codes, groups and recorders stand among the cameras, as branches of the tree.
            ignored += 1
            continue
        read = _point(number, item, code, rules)
        if isinstance(read, Rejection):
            rejections.append(read)
        else:
            points.append(read)
    sums = [_text(one, "SumNum") for one in root if _local(one) == "Response"]
    announced = max((int(one) for one in sums if one.isdecimal() and len(one) < 8), default=None)
    return PlatformList(
        points=tuple(points), rejections=tuple(rejections), ignored=ignored, announced=announced
    )


def _items(root: Any, source: str) -> Iterator[Any]:
    documents = [one for one in root if isinstance(one.tag, str)]
    if not documents:
        raise ArchiveError(f"{source}: empty")
    for document in documents:
        kind = _text(document, "CmdType")
        if _local(document) != "Response" or kind != "Catalog":
            told = f"{_local(document)} {kind}".strip()
            raise ArchiveError(f"{source}: {shown(told)} is no answer to a Catalog query")
        for devices in document:
            if _local(devices) == "DeviceList":
                yield from (one for one in devices if _local(one) == "Item")


def _point(number: int, item: Any, code: str, rules: ListRules) -> ListedPoint | Rejection:
    if not code:
        return _rejection(number, "DeviceID", "", Why.MISSING, "has no device code")
    told = _text(item, "Status")
    status = rules.status_of(told) if told else None
    if status is None:
        reason = Why.NOT_A_CHOICE if told else Why.MISSING
        return _rejection(number, "Status", told, reason, "says neither online nor offline")
    name = _text(item, "Name")[:_MAX_NAME]
    return ListedPoint(row=number, code=code, status=status, name=name)


def _rejection(number: int, column: str, value: str, reason: Why, why: str) -> Rejection:
    return Rejection(row=number, column=column, value=shown(value), reason=reason, why=why)


def _local(element: Any) -> str:
    """The element's name without a namespace; nothing for a comment."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _text(element: Any, name: str) -> str:
    found = next((one for one in element if _local(one) == name), None)
    return (found.text or "").strip() if found is not None else ""
