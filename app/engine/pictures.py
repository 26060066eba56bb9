"""A procedure's drawing as a plain SVG picture, for readers without scripts, paper and the guide.

Everything is read from the BPMN file's own shapes and lines; nothing is laid out here. The viewer
in the browser takes the picture's place where scripts run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape

from lxml import etree

from app.engine import picture_marks

INK, GREY, LINE, BLUE, PAPER = "#1d2530", "#56606e", "#7d8795", "#0b5cad", "#ffffff"
FONT = (
    "Noto Sans SC, Noto Sans CJK SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
)
SIZE, LEADING, MARGIN, STRIP = 12, 16, 20, 30
# What holds other shapes is drawn before the lines and shapes in it.
FRAMES = ("participant", "lane", "subProcess")
# What is drawn but never run through.
UNVISITED = ("participant", "lane", "textAnnotation", "dataObjectReference", "group")
Element = etree._Element
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle of the drawing."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> Point:
        """Return the centre."""
        return self.x + self.width / 2, self.y + self.height / 2


def picture(xml: bytes, title: str, missing: Collection[str] | None = None) -> str:
    """Return the drawing of a BPMN file as SVG.

    With `missing`, the ids of nodes and flows that scenarios never reached, these are marked.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(xml, parser)
    named = {node.get("id"): node for node in root.iter() if node.get("id")}
    shapes = [(named.get(shape.get("bpmnElement")), shape) for shape in _all(root, "BPMNShape")]
    edges = [(named.get(edge.get("bpmnElement")), edge) for edge in _all(root, "BPMNEdge")]
    drawn = [part for node, edge in edges if node is not None for part in _edge(node, edge)]
    frames: list[str] = []
    bodies: list[str] = []
    for node, shape in shapes:
        if node is not None:
            target = frames if _kind(node) in FRAMES else bodies
            target += _shape(node, shape)
    if missing is not None:
        bodies += [mark for node, shape in shapes for mark in _shape_marks(node, shape, missing)]
        bodies += [mark for node, edge in edges for mark in _line_marks(node, edge, missing)]
    return _sheet(_extent(root), title, [*frames, *drawn, *bodies])


def _shape_marks(node: Element | None, shape: Element, missing: Collection[str]) -> Iterator[str]:
    box = _bounds(shape)
    if node is None or box is None or _kind(node) in UNVISITED:
        return
    if node.get("id") in missing:
        yield from picture_marks.missed(box.x, box.y, box.width, box.height)
    elif _kind(node) not in FRAMES:
        yield picture_marks.passed(box.x, box.y, box.width, box.height)


def _line_marks(node: Element | None, edge: Element, missing: Collection[str]) -> Iterator[str]:
    points = [_point(child) for child in edge if _kind(child) == "waypoint"]
    if node is not None and node.get("id") in missing and len(points) > 1:
        yield from picture_marks.missed_line(points)


def _all(root: Element, name: str) -> Iterator[Element]:
    return (node for node in root.iter() if isinstance(node.tag, str) and _kind(node) == name)


def _kind(node: Element) -> str:
    return str(etree.QName(node).localname)


def _sheet(extent: Box, title: str, parts: Sequence[str]) -> str:
    x, y = extent.x - MARGIN, extent.y - MARGIN
    width, height = extent.width + 2 * MARGIN, extent.height + 2 * MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="{x:g} {y:g} {width:g} '
        f'{height:g}" width="{width:g}" height="{height:g}" font-family="{FONT}" '
        f'font-size="{SIZE}" fill="{INK}">'
    )
    arrow = (
        '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0 0 10 5 0 10Z" fill="{LINE}"/></marker></defs>'
    )
    ground = f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{PAPER}"/>'
    lines = [head, f"<title>{escape(title)}</title>", arrow, ground, *parts, "</svg>"]
    return "\n".join(lines) + "\n"


def _extent(root: Element) -> Box:
    points: list[Point] = []
    for bounds in _all(root, "Bounds"):
        box = _box(bounds)
        points += [(box.x, box.y), (box.x + box.width, box.y + box.height)]
    points += [_point(node) for node in _all(root, "waypoint")]
    xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def _box(bounds: Element) -> Box:
    return Box(*(float(bounds.get(name, "0")) for name in ("x", "y", "width", "height")))


def _point(node: Element) -> Point:
    return float(node.get("x", "0")), float(node.get("y", "0"))


def _bounds(shape: Element, inside: str = "") -> Box | None:
    for child in shape:
        if inside and _kind(child) == inside:
            return _bounds(child)
        if not inside and _kind(child) == "Bounds":
            return _box(child)
    return None


def _edge(node: Element, edge: Element) -> Iterator[str]:
    points = [_point(child) for child in edge if _kind(child) == "waypoint"]
    if len(points) < 2:
        return
    dashed = "" if _kind(node) == "sequenceFlow" else ' stroke-dasharray="4 3"'
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    yield (
        f'<polyline points="{path}" fill="none" stroke="{LINE}" stroke-width="1.5"{dashed} '
        'marker-end="url(#arrow)"/>'
    )
    name = node.get("name")
    if name:
        label = _bounds(edge, "BPMNLabel")
        at = label.middle if label else _beside(points)
        yield _text(name, at, width=label.width if label else 90, colour=GREY, ground=True)


def _beside(points: Sequence[Point]) -> Point:
    """Return a place over the middle of the longest piece of a line."""
    pieces = list(pairwise(points))
    (x1, y1), (x2, y2) = max(pieces, key=lambda p: abs(p[0][0] - p[1][0]) + abs(p[0][1] - p[1][1]))
    return (x1 + x2) / 2, (y1 + y2) / 2 - (10 if y1 == y2 else 0)


def _shape(node: Element, shape: Element) -> Iterator[str]:
    box, kind, name = _bounds(shape), _kind(node), node.get("name", "")
    if box is None:
        return
    if kind in ("participant", "lane"):
        yield from _frame(box, name)
    elif kind == "subProcess":
        yield from _inside(box, name)
    elif kind.endswith("Event"):
        yield from _event(node, box)
        yield from _caption(shape, box, name)
    elif kind.endswith("Gateway"):
        yield from _gateway(kind, box)
        yield from _caption(shape, box, name)
    elif kind == "textAnnotation":
        yield _text(node.findtext("{*}text", ""), box.middle, width=box.width, colour=GREY)
    else:
        yield from _activity(kind, box, name)


def _frame(box: Box, name: str) -> Iterator[str]:
    x, y = box.x + STRIP / 2, box.y + box.height / 2
    yield _rect(box, stroke=LINE, width=1, radius=0)
    yield (
        f'<text x="{x:g}" y="{y:g}" text-anchor="middle" dominant-baseline="central" fill="{GREY}" '
        f'transform="rotate(-90 {x:g} {y:g})">{escape(name)}</text>'
    )


def _rect(box: Box, *, stroke: str, width: float, radius: float, fill: str = PAPER) -> str:
    return (
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" '
        f'rx="{radius:g}" fill="{fill}" stroke="{stroke}" stroke-width="{width:g}"/>'
    )


# Small marks in the upper left corner of an activity, drawn in a square of 14.
MARKS = {
    "userTask": '<circle cx="7" cy="4" r="3"/><path d="M1 14c0-4 3-6 6-6s6 2 6 6"/>',
    "manualTask": '<path d="M2 9V4h3V2h3v2h4v7H4z"/>',
    "serviceTask": '<circle cx="7" cy="7" r="3"/><path d="M7 0v3M7 11v3M0 7h3M11 7h3"/>',
    "businessRuleTask": '<path d="M1 2h12v10H1zM1 5h12M5 5v7"/>',
    "sendTask": '<path d="M1 3h12v8H1zM1 3l6 5 6-5"/>',
    "receiveTask": '<path d="M1 3h12v8H1zM1 3l6 5 6-5"/>',
}
SIGNS = {
    "exclusiveGateway": "M-7 -7 7 7M7 -7 -7 7",
    "parallelGateway": "M0 -10V10M-10 0H10",
    "inclusiveGateway": "M9 0A9 9 0 1 1 -9 0A9 9 0 1 1 9 0",
    "eventBasedGateway": "M0 -9 9 -2 5 8H-5L-9 -2Z",
}
EVENTS = {
    "timerEventDefinition": "M8 0A8 8 0 1 1 -8 0A8 8 0 1 1 8 0M0 -5V0L4 2",
    "messageEventDefinition": "M-8 -5H8V5H-8ZM-8 -5 0 1 8 -5",
    "errorEventDefinition": "M-7 6-2 -6 2 2 7 -6",
    "terminateEventDefinition": "M7 0A7 7 0 1 1 -7 0A7 7 0 1 1 7 0",
}


def _activity(kind: str, box: Box, name: str) -> Iterator[str]:
    called = kind == "callActivity"
    stroke = BLUE if kind in ("userTask", "manualTask") else INK
    yield _rect(box, stroke=stroke, width=3 if called else 1.5, radius=8)
    if kind in MARKS:
        place = f'transform="translate({box.x + 5:g} {box.y + 5:g})"'
        yield f'<g {place} fill="none" stroke="{stroke}">{MARKS[kind]}</g>'
    yield _text(name, box.middle, width=box.width - 12)


def _inside(box: Box, name: str) -> Iterator[str]:
    """Draw a sub-process that shows what is in it; the lanes under it stay visible."""
    yield _rect(box, stroke=INK, width=1.5, radius=8, fill="none")
    middle, top = box.middle[0], box.y + LEADING
    yield _text(name, (middle, top), width=box.width - 24, ground=True)


def _gateway(kind: str, box: Box) -> Iterator[str]:
    (x, y), half = box.middle, box.width / 2
    corners = f"{x:g},{y - half:g} {x + half:g},{y:g} {x:g},{y + half:g} {x - half:g},{y:g}"
    yield f'<polygon points="{corners}" fill="{PAPER}" stroke="{INK}" stroke-width="1.5"/>'
    yield _sign(SIGNS.get(kind, ""), x, y, 2)


def _event(node: Element, box: Box) -> Iterator[str]:
    (x, y), radius, kind = box.middle, box.width / 2, _kind(node)
    width = 3.5 if kind == "endEvent" else 1.5
    dashed = ' stroke-dasharray="5 3"' if node.get("cancelActivity") == "false" else ""
    ring = f'fill="{PAPER}" stroke="{INK}" stroke-width="{width}"{dashed}'
    yield f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" {ring}/>'
    if kind in ("boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent"):
        inner = f'fill="none" stroke="{INK}"{dashed}'
        yield f'<circle cx="{x:g}" cy="{y:g}" r="{radius - 3:g}" {inner}/>'
    for child in node:
        if isinstance(child.tag, str) and _kind(child) in EVENTS:
            yield _sign(EVENTS[_kind(child)], x, y, 1.3)


def _sign(path: str, x: float, y: float, width: float) -> str:
    return (
        f'<path d="{path}" transform="translate({x:g} {y:g})" fill="none" stroke="{INK}" '
        f'stroke-width="{width:g}"/>'
    )


def _caption(shape: Element, box: Box, name: str) -> Iterator[str]:
    label = _bounds(shape, "BPMNLabel")
    if name and label is not None:
        yield _text(name, label.middle, width=max(label.width, 70), ground=True)
    elif name:
        lines = len(_wrapped(name, 96))
        below = box.y + box.height + 4 + lines * LEADING / 2
        yield _text(name, (box.middle[0], below), width=96, ground=True)


def _text(text: str, at: Point, *, width: float, colour: str = INK, ground: bool = False) -> str:
    lines = _wrapped(text, width)
    x, top = at[0], at[1] - (len(lines) - 1) * LEADING / 2
    spans = "".join(
        f'<tspan x="{x:g}" y="{top + number * LEADING:g}">{escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    # A white edge keeps words readable where a line runs behind them.
    edge = f' stroke="{PAPER}" stroke-width="3" paint-order="stroke"' if ground else ""
    place = 'text-anchor="middle" dominant-baseline="central"'
    return f'<text {place} fill="{colour}"{edge}>{spans}</text>'


def _wrapped(text: str, width: float) -> list[str]:
    """Break a text into lines of at most this width; CJK characters are as wide as high."""
    lines, line, used = [], "", 0.0
    for character in " ".join(text.split()):
        wide = SIZE if ord(character) > 0x2E7F else SIZE * 0.6
        if line and used + wide > width:
            lines.append(line)
            line, used = "", 0.0
        line, used = line + character, used + wide
    return [*lines, line] if line else lines
