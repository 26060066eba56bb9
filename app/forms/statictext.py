"""Fills the values into static text: first the Markdown, then the values, each of them escaped.

A value can therefore bring neither HTML nor Markdown with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from app.forms.components import Text
from app.forms.components.text import GAP
from app.forms.expressions import is_expression
from app.forms.markdown import render
from app.forms.text import as_text

# Characters for private use mark the gaps while the Markdown is read.
MARK = re.compile("\ue000([0-9]{1,4})\ue001")


def render_texts(component: Text, results: Mapping[str, Any]) -> Markup:
    """Return the safe HTML of a static text; `results` holds what its expressions yielded."""
    parts = component.parts()
    source = component.text.replace("\ue000", "").replace("\ue001", "")
    if is_expression(source):
        source = "\ue0000\ue001"
    else:
        numbers = iter(range(len(parts)))
        source = GAP.sub(lambda _: f"\ue000{next(numbers)}\ue001", source)

    def value(found: re.Match[str]) -> str:
        text = as_text(results.get(parts[int(found[1])]))
        return str(escape(text)).replace("\n", "<br>")

    return render(source, lambda line: MARK.sub(value, line))
