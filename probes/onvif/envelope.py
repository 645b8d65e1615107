"""Reads a SOAP answer as devices really send it.

zeep is not used for answers. It turns down what a look can well use: prefixes that nobody
declared, children in another namespace than the schema's, values with blanks around them, a
SOAP 1.1 fault for a SOAP 1.2 request, junk behind the envelope. This reader goes by the local
names of elements only and takes what is there. It is also 20 times cheaper on a list of
profiles, of which a look needs five values.

Entities and document types are refused: no device needs them, and they are how a small answer
becomes a large one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from lxml import etree


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An element: its local name, its text without blanks around it, attributes by local name."""

    name: str
    text: str
    attributes: dict[str, str]
    children: tuple[Node, ...] = field(repr=False)

    def all(self, name: str) -> Iterator[Node]:
        """All descendants of that name, in document order, itself included."""
        if self.name == name:
            yield self
        for child in self.children:
            yield from child.all(name)

    def outermost(self, name: str) -> Iterator[Node]:
        """The same without those inside another: things of a list do not nest, and reading each
        of sixty levels would read all that is within sixty times."""
        if self.name == name:
            yield self
            return
        for child in self.children:
            yield from child.outermost(name)

    def first(self, *path: str) -> Node | None:
        """The first descendant of the first name, its first descendant of the second, …"""
        node = self
        for name in path:
            found = next((one for child in node.children for one in child.all(name)), None)
            if found is None:
                return None
            node = found
        return node

    def value(self, *path: str) -> str | None:
        """The text of `first`, None where it is absent or empty."""
        node = self.first(*path)
        return node.text or None if node is not None else None


# ONVIF nests to about 20 levels; a device that goes deeper is after our stack.
MAX_DEPTH = 64
# The profiles of a 64-channel recorder make 30,000 elements.
MAX_ELEMENTS = 200_000


def _local(name: str) -> str:
    return name.rpartition("}")[2].rpartition(":")[2]


def _node(element: Any, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise ValueError(f"elements nested deeper than {MAX_DEPTH}")
    return Node(
        name=_local(element.tag),
        text=(element.text or "").strip(),
        attributes={_local(str(key)): str(value) for key, value in element.attrib.items()},
        children=tuple(_node(child, depth + 1) for child in element if isinstance(child.tag, str)),
    )


def read(body: bytes) -> Node:
    """The root of an XML document, read as far as it can be read.

    Raises:
        ValueError: it is no XML, declares a document type, or nests too deep.
    """
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body.strip(), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"no XML: line {error.lineno}") from error
    if root is None:
        raise ValueError(f"no XML in {len(body)} bytes")
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("the answer declares a document type")
    if next(islice(root.iter(), MAX_ELEMENTS, None), None) is not None:
        raise ValueError(f"more than {MAX_ELEMENTS} elements")
    return _node(root, 0)
