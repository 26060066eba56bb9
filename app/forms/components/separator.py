"""A thin line between two subjects."""

from __future__ import annotations

from dataclasses import dataclass

from app.forms.components.base import Component


@dataclass(frozen=True, kw_only=True)
class Separator(Component):
    """`separator`."""

    type = "separator"
