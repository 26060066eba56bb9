"""Safe reading of DMN files: no DOCTYPE, no entities, bounded size, any DMN namespace.

Elements are found by local name, because DMN 1.1 to 1.5 differ in nothing else that is read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from app.errors import DefinitionError

LARGEST = 1_000_000
MOST_ELEMENTS = 20_000
LONGEST_TEXT = 5_000
ID = re.compile(r"[\w.\-]{1,200}")
NAMESPACES = ("http://www.omg.org/spec/DMN/", "https://www.omg.org/spec/DMN/")

Element = etree._Element


def parse(xml: bytes, file: str) -> Element:
    """Return the `definitions` element of a DMN file."""
    if len(xml) > LARGEST:
        raise DefinitionError("decisions.too_large", file=file, limit=LARGEST)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DefinitionError("decisions.no_xml", file=file, reason=str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise DefinitionError("decisions.doctype", file=file)
    name = etree.QName(root)
    if name.localname != "definitions" or not (name.namespace or "").startswith(NAMESPACES):
        raise DefinitionError("decisions.no_dmn", file=file)
    _check_bounds(root, file)
    return root


def _check_bounds(root: Element, file: str) -> None:
    """Refuse too many elements, long texts, and ids with blanks or invisible characters."""
    for count, node in enumerate(root.iter(), start=1):
        if count > MOST_ELEMENTS:
            raise DefinitionError("limits.elements", file=file, most=MOST_ELEMENTS)
        name = node.get("id")
        if name is not None and not ID.fullmatch(name):
            raise DefinitionError("limits.id", file=file, element=name[:80])
        if len(node.text or "") > LONGEST_TEXT:
            raise DefinitionError("limits.text", file=file, element=name or "", most=LONGEST_TEXT)


def children(element: Element, *names: str) -> Iterator[Element]:
    """Yield child elements with one of these local names."""
    for child in element:
        if isinstance(child.tag, str) and etree.QName(child).localname in names:
            yield child


def child(element: Element, name: str) -> Element | None:
    """Return the first child element of this local name, or None."""
    return next(children(element, name), None)


def text_in(element: Element, *path: str) -> str:
    """Return the text of the element at a path of local names; empty when there is none."""
    here: Element | None = element
    for name in path:
        here = None if here is None else child(here, name)
    return "" if here is None else (here.text or "").strip()


def kind(element: Element) -> str:
    """Return the local name."""
    return str(etree.QName(element).localname)
