"""Empty space; the page's rhythm decides how much."""

from __future__ import annotations

from dataclasses import dataclass

from app.forms.components.base import Component


@dataclass(frozen=True, kw_only=True)
class Spacer(Component):
    """`spacer`."""

    type = "spacer"
