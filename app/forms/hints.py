"""Small facts about a field that help to fill it in or to show it: keyboards, lengths, masks.

They only ease typing and reading; what counts is judged by the component on the server.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.forms.components import DateField, Field, FilePicker, Number, TextArea, TextField
from app.forms.components.filepicker import MEGABYTE

INPUT_MODES = {"mobile": "tel", "phone": "tel", "email": "email"}
AUTOCOMPLETE = {"mobile": "tel-national", "person_name": "name", "email": "email"}
INPUT_TYPES = {"date": "date", "time": "time", "datetime": "datetime-local"}
# Characters that stay readable at the start and at the end.
MASKS = {"id_number": (3, 4), "mobile": (3, 4)}


@dataclass(frozen=True)
class Hints:
    """Attributes of a control."""

    input_type: str = "text"
    input_mode: str = ""
    autocomplete: str = "off"
    longest: int | None = None
    step: int | None = None
    accept: str = ""
    multiple: bool = False
    size: str = ""


def hints_of(item: Field) -> Hints:
    """Return the attributes that help to fill a field in."""
    if isinstance(item, TextField):
        purpose = item.kind or item.validation_type
        return Hints(
            input_mode=INPUT_MODES.get(purpose, ""),
            autocomplete=AUTOCOMPLETE.get(purpose, "off"),
            longest=_longest(item) if not item.kind else None,
        )
    if isinstance(item, TextArea):
        return Hints(longest=_longest(item))
    if isinstance(item, Number):
        return Hints(input_mode="numeric" if item.decimals == 0 else "decimal")
    if isinstance(item, DateField):
        seconds = item.interval * 60 if item.subtype != "date" else None
        return Hints(input_type=INPUT_TYPES[item.subtype], step=seconds)
    if isinstance(item, FilePicker):
        size = item.max_bytes
        written = f"{size // MEGABYTE}MB" if size % MEGABYTE == 0 else f"{size // 1024}KB"
        return Hints(accept=",".join(item.accepted), multiple=item.max_files > 1, size=written)
    return Hints()


def _longest(item: Field) -> int | None:
    rule = item.rules.get("maxLength")
    return rule if isinstance(rule, int) else None


def masked(kind: str, text: str) -> str:
    """Return the text with the middle of a personal number hidden."""
    if kind not in MASKS or not text:
        return text
    start, end = MASKS[kind]
    if len(text) <= start + end:
        return "*" * len(text)
    return f"{text[:start]}{'*' * (len(text) - start - end)}{text[-end:]}"
