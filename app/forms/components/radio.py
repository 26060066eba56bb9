"""One option out of a few, all of them visible."""

from __future__ import annotations

from dataclasses import dataclass

from app.forms.components.choice import ChoiceField


@dataclass(frozen=True, kw_only=True)
class Radio(ChoiceField):
    """`radio`."""

    type = "radio"
