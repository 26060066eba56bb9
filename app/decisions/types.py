"""Declared types of a DMN file: FEEL's own and the file's simple item definitions.

A structure counts as a context without further checks; what is unknown is refused, so that a
misspelt type does not switch its column's check off.
"""

from __future__ import annotations

from app.decisions.model import ANY, Type
from app.decisions.xml import Element, child, children, text_in
from app.errors import DefinitionError

BASES = {
    "": "any",
    "Any": "any",
    "any": "any",
    "string": "string",
    "number": "number",
    "integer": "integer",
    "long": "integer",
    "double": "number",
    "boolean": "boolean",
    "context": "context",
    "date": "date",
    "time": "time",
    "date and time": "date and time",
    "dateTime": "date and time",
    "days and time duration": "days and time duration",
    "dayTimeDuration": "days and time duration",
    "years and months duration": "years and months duration",
    "yearMonthDuration": "years and months duration",
}
DEEPEST = 8


class Types:
    """Resolves `typeRef` attributes of one file."""

    def __init__(self, definitions: Element, file: str) -> None:
        self._file = file
        self._own = {item.get("name", ""): item for item in children(definitions, "itemDefinition")}

    def resolve(self, reference: str | None, element: str) -> Type:
        """Return the type that a `typeRef` names; no reference means any value."""
        return self._resolve(reference or "", element, 0)

    def _resolve(self, reference: str, element: str, depth: int) -> Type:
        name = reference.split(":", 1)[1] if reference.startswith("feel:") else reference
        if name in BASES:
            return Type(BASES[name]) if BASES[name] != "any" else ANY
        item = self._own.get(name)
        if item is None or depth > DEEPEST:
            raise DefinitionError(
                "decisions.unknown_type", file=self._file, element=element, type=reference
            )
        return self._item(item, element, depth)

    def _item(self, item: Element, element: str, depth: int) -> Type:
        if child(item, "itemComponent") is not None:
            return Type("context", item.get("isCollection") == "true")
        reference = text_in(item, "typeRef") or item.get("typeRef", "")
        below = self._resolve(reference, element, depth + 1)
        many = below.list or item.get("isCollection") == "true"
        allowed = text_in(item, "allowedValues", "text") or below.allowed
        return Type(below.base, many, "" if many else allowed)
