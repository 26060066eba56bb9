"""Reads a posted HTML form into raw values; nothing is judged here.

Rows of a list are posted as `list-0-key`. Files become attachment ids through a callable of the
web layer; one that was refused stays in the raw value with its reason, so that validation tells it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from app.forms.components import DynamicList, Field, FilePicker, Post, UploadRefused
from app.forms.components.dynamiclist import MOST_ROWS
from app.forms.context import AttachmentInfo
from app.forms.form import Form
from app.forms.scope import blank_row
from app.forms.validation import row_name

FILE_SUFFIX = "-file"
ADD, REMOVE, REFRESH = "_add", "_remove", "_refresh"
TRIES_PER_FIELD = 20

StoreUpload = Callable[[BinaryIO, str, FilePicker], AttachmentInfo | UploadRefused]


class PostedFile(Protocol):
    """An uploaded file, as werkzeug's FileStorage offers it."""

    filename: str | None
    stream: Any


class PostedFiles(Protocol):
    """The uploaded files by input name."""

    def getlist(self, key: str) -> list[Any]: ...


@dataclass(frozen=True)
class Uploads:
    """New files of a post and how one is stored."""

    files: PostedFiles
    store: StoreUpload


def from_post(form: Form, post: Post, uploads: Uploads | None = None) -> dict[str, Any]:
    """Return the raw values by key."""
    raw: dict[str, Any] = {}
    for field in form.fields:
        if isinstance(field, DynamicList):
            raw[field.key] = _rows(field, post, uploads)
        else:
            raw[field.key] = _take(field, field.key, post, uploads)
    return raw


def _take(field: Field, name: str, post: Post, uploads: Uploads | None) -> Any:
    value = field.take(post, name)
    if isinstance(field, FilePicker) and uploads is not None and field.readonly is not True:
        new = _upload(field, name, uploads)
        # A single file is replaced by the new one; among several it is added.
        return new if new and field.max_files == 1 else [*value, *new]
    return value


def _upload(field: FilePicker, name: str, uploads: Uploads) -> list[str | UploadRefused]:
    found: list[str | UploadRefused] = []
    for file in uploads.files.getlist(name + FILE_SUFFIX)[:TRIES_PER_FIELD]:
        if not file.filename:
            continue
        stored = uploads.store(file.stream, file.filename, field)
        found.append(stored.id if isinstance(stored, AttachmentInfo) else stored)
    return found


def _rows(field: DynamicList, post: Post, uploads: Uploads | None) -> list[dict[str, Any]]:
    pattern = re.compile(rf"{re.escape(field.key)}-([0-9]{{1,4}})-.+", re.ASCII)
    names = (pattern.fullmatch(str(name)) for name in post.keys())  # noqa: SIM118 - a MultiDict protocol
    numbers = sorted({int(found[1]) for found in names if found})[: MOST_ROWS + 1]
    return [
        {
            part.key: _take(part, row_name(field.key, number, part.key), post, uploads)
            for part in field.fields
        }
        for number in numbers
    ]


def picker_named(form: Form, name: str) -> FilePicker | None:
    """Return the file field of an input name, also in a row of a list; None for anything else."""
    list_key, _, rest = name.partition("-")
    number, _, part = rest.partition("-")
    for field in form.fields:
        if isinstance(field, FilePicker) and field.key == name:
            return field
        if isinstance(field, DynamicList) and field.key == list_key and number.isdigit():
            return next(
                (f for f in field.fields if isinstance(f, FilePicker) and f.key == part), None
            )
    return None


def edited(form: Form, post: Post, raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the values to show again when a button only changes the page, else None.

    Buttons: `_add` names a list, `_remove` a row (`list-2`), `_refresh` re-runs the conditions.
    """
    lists = {field.key: field for field in form.fields if isinstance(field, DynamicList)}
    changed = dict(raw)
    for key in post.getlist(ADD)[:1]:
        if key in lists and len(changed[key]) < lists[key].max_rows:
            changed[key] = [*changed[key], blank_row(lists[key])]
        return changed
    for name in post.getlist(REMOVE)[:1]:
        key, _, number = name.rpartition("-")
        if key in lists and number.isascii() and number.isdigit():
            changed[key] = [row for at, row in enumerate(raw[key]) if at != int(number)]
        return changed
    return changed if post.getlist(REFRESH) else None
