"""How templates say dates, codes, sizes and names; every filter of the pages is registered here.

Sentences are in templates, codes' words in code lists. Nothing here decides what may be shown.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import cache
from math import ceil
from pathlib import Path

from flask import Flask, current_app, url_for

from app.clock import local
from app.domain.access import mask_id_number, mask_mobile, mask_name
from app.domain.calendar.wording import day_text, end_text, instant_text
from app.domain.codes import has_code, region_name
from app.domain.codes import label as code_label

MEGABYTE, KILOBYTE = 1024 * 1024, 1024
ROLE_LIST = "roles"


def day(value: date | datetime | str | None) -> str:
    """Return a date as people write it in a sentence, with its weekday."""
    found = _date(value)
    return "" if found is None else day_text(found)


def short_day(value: date | datetime | str | None) -> str:
    """Return a date for a table: 2026-11-20."""
    found = _date(value)
    return "" if found is None else found.isoformat()


def instant(value: datetime | None) -> str:
    """Return a local time in a sentence, to the minute."""
    return "" if value is None else instant_text(value)


def stamp(value: datetime | None) -> str:
    """Return a local time for a table or timeline: 2026-11-20 10:02."""
    return "" if value is None else f"{local(value):%Y-%m-%d %H:%M}"


def iso(value: datetime | date | None) -> str:
    """Return the machine-readable form for `<time datetime>`."""
    if isinstance(value, datetime):
        return local(value).isoformat(timespec="seconds")
    return "" if value is None else value.isoformat()


def _date(value: date | datetime | str | None) -> date | None:
    if isinstance(value, datetime):
        return local(value).date()
    if isinstance(value, str):
        return date.fromisoformat(value) if value else None
    return value


def label(code: str | None, name: str) -> str:
    """Return what a code of a list is called; an unknown one says nothing."""
    return code_label(name, code) if code and has_code(name, code) else ""


def size(count: int) -> str:
    """Return a file's size in words."""
    if count >= MEGABYTE:
        return f"{count / MEGABYTE:.1f} MB"
    return f"{ceil(count / KILOBYTE)} KB"


def asset(name: str) -> str:
    """Return the address of a built file, with its hash so that browsers may keep it."""
    version = _manifest(str(current_app.static_folder)).get(name)
    return url_for("static", filename=f"dist/{name}", v=version)


@cache
def _manifest(folder: str) -> dict[str, str]:
    path = Path(folder) / "dist" / "manifest.json"
    return dict(json.loads(path.read_text())) if path.is_file() else {}


def register(app: Flask) -> None:
    """Give the filters to the templates."""
    filters = {
        "day": day,
        "short_day": short_day,
        "instant": instant,
        "stamp": stamp,
        "iso": iso,
        "label": label,
        "size": size,
        "region_name": region_name,
        "deadline_end": end_text,
        "mask_name": mask_name,
        "mask_mobile": mask_mobile,
        "mask_id": mask_id_number,
    }
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
