"""A picture that belongs to the form: the platform's own file, or PNG or JPEG inside the form.

Pictures of other hosts would tell them who reads a form, so there are none. Whoever cannot see the
picture gets its alternative text.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from app.forms.components.base import Component
from app.forms.node import Node

OWN = re.compile(
    r"/static/(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*\.(?:png|jpe?g)"
)
INSIDE = re.compile(r"data:image/(png|jpeg);base64,([A-Za-z0-9+/=]+)")
STARTS = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}


@dataclass(frozen=True, kw_only=True)
class Image(Component):
    """`image`."""

    type = "image"

    source: str = ""
    alt: str = ""

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        source, alt = node.fixed("source"), node.fixed("alt")
        if not OWN.fullmatch(source) and not _is_picture(source):
            raise node.refusal("form.image_source")
        if not alt:
            raise node.refusal("form.image_alt")
        return super().arguments(node) | {"source": source, "alt": alt}


def _is_picture(source: str) -> bool:
    """Tell whether the data is what it says; how it is decoded is the browser's matter."""
    found = INSIDE.fullmatch(source)
    if found is None:
        return False
    try:
        return base64.b64decode(found[2], validate=True).startswith(STARTS[found[1]])
    except binascii.Error:
        return False
