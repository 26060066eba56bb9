"""Certificates: from printed texts to a PDF, through the templates of `templates/documents`.

A face holds exactly what is printed; which template, seal and statement apply was decided before.
Every character is checked against the fonts first, because a missing glyph would print as a box.
"""

from __future__ import annotations

import json
import re
import tomllib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import lru_cache
from typing import Any
from unicodedata import east_asian_width

from jinja2 import FileSystemLoader, StrictUndefined, TemplateNotFound
from jinja2.environment import TemplateModule
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from app.adapters.glyphs import require_coverage
from app.adapters.pdf import DOCUMENTS, PdfRenderer
from app.adapters.qr import qr_svg
from app.adapters.seals import Seal, seal_svg
from app.errors import AppError

METADATA_FILE = "metadata.json"

# What still fits into the rows of a page, in half-width columns.
_WIDEST_TEXT = 120
_OUTSIDE_THE_ROWS = {"qr_text", "licence_id"}

_TEMPLATE_NAME = re.compile(r"[A-Z]{2}-\d{4}(-[A-Z])?")
_IMAGE_KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


@dataclass(frozen=True, kw_only=True)
class CertificateFace:
    """What one certificate shows; texts that a template does not print may stay empty."""

    template: str
    statement: str
    seal: Seal
    qr_text: str
    url: str
    number: str
    name: str
    gender: str
    id_number: str = field(repr=False)
    series: str
    title: str
    specialty: str
    acquired_on: date | None
    committee: str
    issuer: str
    issued_on: date
    photo: bytes | None = field(default=None, repr=False)
    method: str = ""
    level: str = ""
    approval_doc_no: str = ""
    management_no: str = ""
    original_number: str = ""
    licence_id: str = ""
    licence_type_code: str = ""
    licence_issuer_code: str = ""


def render_certificate(face: CertificateFace, renderer: PdfRenderer) -> bytes:
    """Render the unsigned certificate with its metadata attached as JSON.

    Raise `document.uncovered_glyph` before rendering when a character cannot be printed, and
    `document.unknown_template`, `document.unknown_statement`, `document.no_issuer`,
    `document.text_too_long` or `document.bad_photo` for a face that is not complete.
    """
    if not _TEMPLATE_NAME.fullmatch(face.template):
        raise AppError("document.unknown_template", template=face.template)
    if not face.issuer.strip():
        raise AppError("document.no_issuer")
    _require_room(face)
    filled = _fill(face.template, {"face": face, "statement": statement(face.statement)})
    metadata = _licence_metadata(face, str(getattr(filled, "title", "")))
    content = json.dumps(metadata, ensure_ascii=False, indent=2).encode()
    return _print(filled, renderer, {METADATA_FILE: content})


def licence_metadata(face: CertificateFace) -> dict[str, str]:
    """Return the metadata of a certificate as they are attached to it and pushed with it."""
    filled = _fill(face.template, {"face": face, "statement": statement(face.statement)})
    return _licence_metadata(face, str(getattr(filled, "title", "")))


def render_document(template: str, context: Mapping[str, Any], renderer: PdfRenderer) -> bytes:
    """Render another document of the folder, for example an archive form, with the same checks."""
    return _print(_fill(template, context), renderer, {})


def statement(code: str) -> str:
    """Return a fixed text such as E1; raise `document.unknown_statement`."""
    try:
        return _texts("statements.toml")[code]
    except KeyError:
        raise AppError("document.unknown_statement", statement=code) from None


def _require_room(face: CertificateFace) -> None:
    for each in fields(face):
        value = getattr(face, each.name)
        if each.name in _OUTSIDE_THE_ROWS:
            continue
        if isinstance(value, str) and _columns(value) > _WIDEST_TEXT:
            raise AppError("document.text_too_long", text=value)


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WFA" else 1 for char in text)


def _fill(template: str, context: Mapping[str, Any]) -> TemplateModule:
    try:
        return _environment().get_template(f"{template}.html").make_module(dict(context))
    except TemplateNotFound:
        raise AppError("document.unknown_template", template=template) from None


def _print(filled: TemplateModule, renderer: PdfRenderer, files: Mapping[str, bytes]) -> bytes:
    html = str(filled)
    require_coverage(html)
    return renderer.render(html, attachments=files)


def _licence_metadata(face: CertificateFace, title: str) -> dict[str, str]:
    filled = {
        name: _environment(autoescape=False).from_string(text).render(face=face, title=title)
        for name, text in _texts("metadata.toml").items()
    }
    return {name: value for name, value in filled.items() if value}


@lru_cache(maxsize=4)
def _texts(file: str) -> dict[str, str]:
    return tomllib.loads((DOCUMENTS / file).read_text(encoding="utf-8"))


@lru_cache(maxsize=2)
def _environment(*, autoescape: bool = True) -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(DOCUMENTS),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        chinese_date=_chinese_date,
        data_uri=_data_uri,
        # Both are drawn here from numbers and outlines; no text of a person gets into the SVG.
        qr_svg=lambda text: Markup(qr_svg(text)),  # noqa: S704
        seal_svg=lambda seal: Markup(seal_svg(seal)),  # noqa: S704
    )
    return environment


def _chinese_date(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def _data_uri(image: bytes) -> str:
    for start, kind in _IMAGE_KINDS.items():
        if image.startswith(start):
            return f"data:{kind};base64,{b64encode(image).decode()}"
    raise AppError("document.bad_photo")
