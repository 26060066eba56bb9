"""The values a page prints for a form: one per component, and the whole with its error summary.

Plain data for templates; how they are computed is in `app.forms.views`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from markupsafe import Markup

from app.forms.context import AttachmentInfo
from app.forms.expressions import ShowWhen
from app.forms.hints import Hints

Mode = Literal["edit", "read"]


@dataclass(frozen=True)
class OptionView:
    """One option of a choice."""

    id: str
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class FieldView:
    """One component on the page; what a type does not need stays empty."""

    type: str
    id: str = ""
    name: str = ""
    key: str = ""
    kind: str = ""
    label: str = ""
    help: str = ""
    value: Any = None
    text: str = ""
    errors: tuple[str, ...] = ()
    required: bool = False
    readonly: bool = False
    described_by: str = ""
    before: str = ""
    after: str = ""
    hints: Hints = field(default_factory=Hints)
    options: tuple[OptionView, ...] = ()
    files: tuple[AttachmentInfo, ...] = ()
    signer: str = ""
    source: str = ""
    html: Markup = Markup("")  # noqa: RUF009 - immutable
    columns: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    children: tuple[FieldView, ...] = ()
    rows: tuple[tuple[FieldView, ...], ...] = ()
    may_add: bool = False
    may_remove: bool = False
    condition_keys: tuple[str, ...] = ()
    show_when: ShowWhen | None = None


@dataclass(frozen=True)
class ErrorLink:
    """A line of the summary that leads to its field."""

    target: str
    label: str
    message: str
    row: int = 0


@dataclass(frozen=True)
class FormView:
    """A whole form on the page."""

    id: str
    mode: Mode
    fields: tuple[FieldView, ...]
    errors: tuple[ErrorLink, ...] = ()
    # Conditions or options that only the server can compute: a button 更新表单 is offered.
    needs_refresh: bool = False
    has_files: bool = False
