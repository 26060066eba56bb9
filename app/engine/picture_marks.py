"""Marks over a drawing: what scenarios have passed is green, what none has reached red and dashed.

Colour is never alone: what is missing carries a cross as well, for whoever sees no red.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

GREEN, RED, PAPER = "#1b7f4d", "#c02626", "#ffffff"
MARGIN, BADGE = 4, 9
Point = tuple[float, float]


def passed(x: float, y: float, width: float, height: float) -> str:
    """Return the mark of a shape that was visited."""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8" '
        f'fill="{GREEN}" fill-opacity="0.14"/>'
    )


def missed(x: float, y: float, width: float, height: float) -> Iterator[str]:
    """Yield the mark of a shape that was never visited."""
    x, y, width, height = x - MARGIN, y - MARGIN, width + 2 * MARGIN, height + 2 * MARGIN
    yield (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8" '
        f'fill="{RED}" fill-opacity="0.08" stroke="{RED}" stroke-width="2.5" '
        'stroke-dasharray="6 4"/>'
    )
    yield _cross(x + width, y)


def missed_line(points: Sequence[Point]) -> Iterator[str]:
    """Yield the mark of a line that was never taken."""
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    yield (
        f'<polyline points="{path}" fill="none" stroke="{RED}" stroke-width="3" '
        'stroke-dasharray="6 4"/>'
    )
    (x1, y1), (x2, y2) = points[0], points[1]
    yield _cross((x1 + x2) / 2, (y1 + y2) / 2)


def _cross(x: float, y: float) -> str:
    return (
        f'<g transform="translate({x:g} {y:g})"><circle r="{BADGE}" fill="{RED}"/>'
        f'<path d="M-4 -4 4 4M4 -4 -4 4" stroke="{PAPER}" stroke-width="2"/></g>'
    )
