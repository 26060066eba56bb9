"""How large a drawing may be: elements, depth, attributes, texts, and what an id is made of.

Everything after this check may walk the file more than once and recurse along its nesting.
"""

from __future__ import annotations

import re

from lxml import etree

from app.errors import DefinitionError

MOST_ELEMENTS = 10_000
DEEPEST = 40
MOST_ATTRIBUTES = 40
LONGEST_TEXT = 5_000
LONGEST_NAME = 500
ID = re.compile(r"[\w.\-]{1,200}")
FORM_ID = re.compile(r"(shared/)?[a-z][a-z0-9_]{0,99}")


def check_bounds(root: etree._Element, file: str) -> None:
    """Raise a DefinitionError for a file that is too large, too deep or oddly named."""
    depth = count = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth, count = depth + 1, count + 1
        if count > MOST_ELEMENTS:
            raise DefinitionError("limits.elements", file=file, most=MOST_ELEMENTS)
        if depth > DEEPEST:
            raise DefinitionError("limits.depth", file=file, most=DEEPEST)
        if isinstance(node.tag, str):
            _check_texts(node, file)


def _check_texts(node: etree._Element, file: str) -> None:
    name = node.get("id")
    if name is not None and not ID.fullmatch(name):
        raise DefinitionError("limits.id", file=file, element=name[:80])
    if len(node.attrib) > MOST_ATTRIBUTES:
        raise DefinitionError(
            "limits.attributes", file=file, element=name or "", most=MOST_ATTRIBUTES
        )
    longest = max(
        (len(str(value)) for value in (node.text or "", *node.attrib.values())), default=0
    )
    if longest > LONGEST_TEXT:
        raise DefinitionError("limits.text", file=file, element=name or "", most=LONGEST_TEXT)
    if len(node.get("name", "")) > LONGEST_NAME:
        raise DefinitionError("limits.text", file=file, element=name or "", most=LONGEST_NAME)
    form = node.get("formId")
    if form and not FORM_ID.fullmatch(form):
        raise DefinitionError("limits.form_id", file=file, form=form[:80])
