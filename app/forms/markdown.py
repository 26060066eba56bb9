"""A small, safe Markdown for static text: headings, lists, emphasis, links, paragraphs.

Everything is escaped first, so no HTML of a designer or of a value ever reaches the page. Values
are put in last and are never read as Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from markupsafe import Markup, escape

LINK = re.compile(r"\[([^\]\n]+)\]\(((?:https?://|/(?!/)|mailto:)[^\s()]+)\)")
STRONG = re.compile(r"\*\*(\S(?:[^*\n]*\S)?)\*\*")
EMPHASIS = re.compile(r"(?<!\*)\*(\S(?:[^*\n]*\S)?)\*(?!\*)")
HEADING = re.compile(r"(#{1,6})\s+(.+)")
BULLET = re.compile(r"[-*+]\s+(.+)")
NUMBERED = re.compile(r"[0-9]{1,3}[.、]\s+(.+)")
# A page has one first heading of its own; the highest heading of a text comes right below it.
HIGHEST, LOWEST = 2, 6


def render(text: str, fill: Callable[[str], str] = lambda line: line) -> Markup:
    """Return safe HTML; `fill` puts values into each piece of escaped text."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n"))
    found = [heading for block in blocks if (heading := HEADING.match(block.strip()))]
    shift = HIGHEST - min((len(heading[1]) for heading in found), default=HIGHEST)
    html = "".join(
        piece for block in blocks if block.strip() for piece in _block(block, shift, fill)
    )
    return Markup(html)  # noqa: S704 - built from escaped pieces only


def _block(block: str, shift: int, fill: Callable[[str], str]) -> Iterator[str]:
    lines = [line.strip() for line in block.strip().split("\n")]
    heading = HEADING.fullmatch(lines[0])
    if heading is not None:
        level = min(max(len(heading[1]) + shift, HIGHEST), LOWEST)
        yield f"<h{level}>{_inline(heading[2], fill)}</h{level}>"
        lines = lines[1:]
    for tag, marker in (("ul", BULLET), ("ol", NUMBERED)):
        items = [marker.fullmatch(line) for line in lines]
        if items and all(items):
            rows = "".join(f"<li>{_inline(item[1], fill)}</li>" for item in items if item)
            yield f"<{tag}>{rows}</{tag}>"
            return
    if lines:
        yield f"<p>{'<br>'.join(_inline(line, fill) for line in lines)}</p>"


def _inline(line: str, fill: Callable[[str], str]) -> str:
    html = str(escape(line))
    html = LINK.sub(r'<a href="\2" rel="noopener noreferrer">\1</a>', html)
    html = STRONG.sub(r"<strong>\1</strong>", html)
    html = EMPHASIS.sub(r"<em>\1</em>", html)
    return fill(html)
