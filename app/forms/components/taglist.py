"""Several options shown as tags; the value is a list in the order of the options."""

from __future__ import annotations

from dataclasses import dataclass

from app.forms.components.checklist import Checklist


@dataclass(frozen=True, kw_only=True)
class TagList(Checklist):
    """`taglist`: a checklist for many short options."""

    type = "taglist"
