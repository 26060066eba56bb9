"""What a publicity says: the declaration's text, the public snapshot, and its fingerprint.

The fingerprint covers the fields that may not change between publicity and submission. It is
keyed, because an ID number is among them.
"""

from __future__ import annotations

import json
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from app.db.keys import keyring
from app.domain.notifications.forbidden import holds_id_number
from app.errors import DomainError

TEXT_FILE = Path(__file__).with_name("texts.toml")


@dataclass(frozen=True)
class GateFields:
    """The content that has to be the same at publicity and at submission."""

    name: str
    id_number: str = field(repr=False)
    series: str
    title: str
    cert_no: str
    issued_on: str


@dataclass(frozen=True)
class LostPaper:
    """The paper certificate that a declaration speaks of, in words."""

    name: str
    series: str
    title: str
    number: str
    issued_on: date
    issuer: str


def declaration(paper: LostPaper) -> str:
    """Return the public declaration that a lost paper certificate is void (text C4)."""
    return _texts()["C4"].format(**asdict(paper))


def content_hash(fields: GateFields) -> str:
    """Return the keyed fingerprint of the gate fields."""
    normal = {key: _normal(value) for key, value in asdict(fields).items()}
    return keyring().blind(json.dumps(normal, ensure_ascii=False, sort_keys=True))


def public_content(content: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return the snapshot to be shown; an ID number anywhere in it is refused."""
    shown = json.dumps(content, ensure_ascii=False)
    if holds_id_number(shown) or holds_id_number(text):
        raise DomainError("publicity.id_number")
    snapshot: dict[str, Any] = json.loads(shown)
    return snapshot


def _normal(value: str) -> str:
    return "".join(unicodedata.normalize("NFKC", value).split())


@cache
def _texts() -> dict[str, str]:
    return tomllib.loads(TEXT_FILE.read_text(encoding="utf-8"))
