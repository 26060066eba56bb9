"""Forms and contexts for tests: real FEEL, a few code lists, attachments by id."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lxml import html as lxml_html

from app.domain.people.identifiers import convert_15_to_18
from app.feel import shared
from app.forms import AttachmentInfo, Form, FormContext, FormInvalid, FormView, Signer, load_form
from app.forms import validate as validated

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
CODES = {"title_series": [("05", "工程技术人员"), ("17", "会计人员")]}
TITLES = {"05": [("工程师", "工程师"), ("助理工程师", "助理工程师")], "17": [("会计师", "会计师")]}
EVERYTHING = (Path(__file__).parent / "everything.form").read_bytes()

_PAGE = Environment(
    loader=FileSystemLoader(ROOT / "templates"), autoescape=True, undefined=StrictUndefined
).from_string(
    '{% from "fields/form.html" import render_form %}<form>{{ render_form(form) }}</form>'
)


class Posted(dict[str, list[str]]):
    """A posted form with werkzeug's `getlist`."""

    def getlist(self, key: str) -> list[str]:
        return list(self.get(key, []))


def field(type_: str, key: str = "field", label: str = "项目", **more: Any) -> dict[str, Any]:
    return {"type": type_, "key": key, "label": label, **more}


def text_of_kind(kind: str, **more: Any) -> dict[str, Any]:
    return field("textfield", properties={"kind": kind}, **more)


def form_of(*components: Mapping[str, Any]) -> Form:
    content = {"id": "test", "type": "default", "schemaVersion": 19, "components": components}
    return load_form(json.dumps(content).encode(), "forms/test.form", analyse=shared().analyse)


@cache
def everything() -> Form:
    return load_form(EVERYTHING, "tests/forms/everything.form", analyse=shared().analyse)


def options(name: str, /, **given: str) -> Sequence[tuple[str, str]]:
    if name == "titles":
        return TITLES.get(given.get("series", ""), [])
    return {"organisations": [("DW-001", "第一单位"), ("DW-002", "第二单位")]}.get(name, [])


def attachment(attachment_id: str) -> AttachmentInfo | None:
    if attachment_id.startswith("foreign"):
        return None
    return AttachmentInfo(attachment_id, f"{attachment_id}.pdf", "application/pdf", 2048)


def context(**facts: Any) -> FormContext:
    known = {"now": NOW, "today": NOW.date(), "person": {"name": "韦启澜"}, **facts}
    return FormContext(
        evaluate=shared().evaluate,
        context=known,
        now=NOW,
        signer=lambda: Signer("韦启澜", "第一单位"),
        code_list=lambda name: CODES.get(name, []),
        options=options,
        attachment=attachment,
    )


def signed_by(signer: Signer | None) -> FormContext:
    return replace(context(), signer=lambda: signer)


def values_of(form: Form, raw: Mapping[str, Any], at: FormContext | None = None) -> dict[str, Any]:
    return validated(form, raw, at or context()).values


def errors_of(
    form: Form, raw: Mapping[str, Any], at: FormContext | None = None
) -> dict[str, list[str]]:
    try:
        validated(form, raw, at or context())
    except FormInvalid as invalid:
        return invalid.errors
    return {}


def render(page: FormView) -> str:
    return _PAGE.render(form=page)


def posted_from(html: str) -> Posted:
    """Return what a browser would send: controls that are filled, chosen or ticked."""
    found = Posted()
    for name, value in lxml_html.fromstring(html).form_values():
        found.setdefault(name, []).append(value)
    return found


def id_number(body: str) -> str:
    """Return a valid 18-character number for region, birth date of the 20th century and serial."""
    return convert_15_to_18(body)
