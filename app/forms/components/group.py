"""Components that belong together under one heading; the values stay flat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.forms.components.base import Component
from app.forms.node import Node


@dataclass(frozen=True, kw_only=True)
class Group(Component):
    """`group`."""

    type = "group"

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        if node.text("path"):
            raise node.refusal("form.group_path")
        if not node.text("label"):
            raise node.refusal("form.label_missing")
        return super().arguments(node)
