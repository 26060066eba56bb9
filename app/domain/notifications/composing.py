"""Puts a notice together from `templates/notices/<key>.toml`.

A template declares its parameters and has one text per channel. No text may hold an ID number,
and no SMS any number as long as a certificate's; the composed text is checked each time. A running
case hands in the template that is pinned in its bundle; the folder is for what nobody has pinned.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, meta, nodes
from jinja2.sandbox import SandboxedEnvironment

from app.domain.access import mask_personal
from app.domain.notifications.forbidden import holds_id_number, holds_long_number
from app.domain.notifications.tables import Channel
from app.errors import DomainError

NOTICES = Path(__file__).resolve().parents[3] / "templates" / "notices"
ID_PARAMS = frozenset({"id_number"})
CERTIFICATE_PARAMS = frozenset(
    {"cert_no", "paper_cert_no", "original_cert_no", "mgmt_no", "licence_id"}
)
# Notices are plain text; the page that shows one escapes it.
TEXT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)

LARGEST = 20_000
REMEMBERED = 256
SIMPLE = (
    nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip


@dataclass(frozen=True)
class NoticeTemplate:
    """A template file: title, declared parameters, text by channel."""

    key: str
    title: str
    params: frozenset[str]
    texts: Mapping[Channel, str]


@dataclass(frozen=True)
class Message:
    """A composed notice."""

    title: str
    text: str
    params: dict[str, Any]


@cache
def template(key: str) -> NoticeTemplate:
    """Return a template by its key, for example N05."""
    file = NOTICES / f"{key}.toml"
    if not key.isalnum() or not file.is_file():
        raise DomainError("notice.no_template", template=key)
    return read_template(file.read_text(encoding="utf-8"), key)


def found(source: NoticeTemplate | str) -> NoticeTemplate:
    """Return a template that is given itself or by its key."""
    return template(source) if isinstance(source, str) else source


def read_template(text: str, key: str) -> NoticeTemplate:
    """Parse a template; only gaps and conditions on given values may stand in its texts."""
    try:
        data = tomllib.loads(text if len(text) <= LARGEST else "")
        texts = {Channel(name.upper()): str(words) for name, words in data["texts"].items()}
        for words in texts.values():
            _check_simple(words, key)
        return NoticeTemplate(key, str(data["title"]), frozenset(data["params"]), texts)
    except (
        ValueError,
        KeyError,
        AttributeError,
        TypeError,
        RecursionError,
        TemplateError,
    ) as error:
        raise DomainError("notice.bad_template", template=key, reason=str(error)[:200]) from error


def _check_simple(text: str, key: str) -> None:
    for node in TEXT.parse(text).find_all(nodes.Node):
        if not isinstance(node, SIMPLE):
            raise DomainError("notice.bad_template", template=key, reason=type(node).__name__)


def keys() -> list[str]:
    """Return the keys of every notice template."""
    return sorted(file.stem for file in NOTICES.glob("*.toml"))


def compose(source: NoticeTemplate | str, channel: Channel, params: Mapping[str, Any]) -> Message:
    """Compose the text for one channel; the message keeps only the parameters it speaks of."""
    source = found(source)
    if channel not in source.texts:
        raise DomainError("notice.no_channel", template=source.key, channel=channel)
    wanted = spoken_of(source, channel)
    used = {name: _masked(value) for name, value in params.items() if name in wanted}
    try:
        text = _compiled(source.texts[channel]).render(used).strip()
    except TemplateError as error:
        raise DomainError(
            "notice.cannot_compose", template=source.key, reason=str(error)
        ) from error
    if channel is Channel.SMS and any(map(holds_long_number, [text, *map(str, used.values())])):
        raise DomainError("notice.forbidden_number", template=source.key)
    return Message(source.title, text, used)


def spoken_of(source: NoticeTemplate, channel: Channel) -> frozenset[str]:
    """Return the parameters a channel's text names; refuse undeclared and forbidden ones."""
    names = _names_in(source.texts[channel])
    forbidden = ID_PARAMS | CERTIFICATE_PARAMS if channel is Channel.SMS else ID_PARAMS
    if names - source.params or names & forbidden:
        strange = "、".join(sorted((names - source.params) | (names & forbidden)))
        raise DomainError("notice.bad_params", template=source.key, params=strange)
    return names


@lru_cache(REMEMBERED)
def _compiled(text: str) -> Template:
    return TEXT.from_string(text)


@lru_cache(REMEMBERED)
def _names_in(text: str) -> frozenset[str]:
    return frozenset(meta.find_undeclared_variables(TEXT.parse(text)))


def _masked(value: Any) -> Any:
    """Mask an ID number that somebody wrote into a free text, such as an opinion."""
    holds = isinstance(value, str) and holds_id_number(value)
    return mask_personal(value) if holds else value
