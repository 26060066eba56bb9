"""The order in which a drawing is told: every element behind what leads to it.

Status pages, the public guide and the generated pages tell a procedure in this one order.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.engine.drawing import Definition, Element


def elements_in_order(definition: Definition, process_id: str) -> Iterator[Element]:
    """Yield the elements of a process as they follow each other; a sub-process with its inside.

    What comes together stands behind all that leads to it; of several ways the first drawn comes
    first, and what hangs on an activity comes after the way that goes on from it.
    """
    yield from _following(definition, [start.id for start in definition.starts_of(process_id)])


def _following(definition: Definition, starts: list[str]) -> Iterator[Element]:
    elements = definition.elements
    for name in _sorted(definition, starts):
        yield elements[name]
        inside = [e.id for e in elements.values() if e.parent == name and not e.incoming]
        yield from _following(definition, [e for e in inside if not elements[e].attached_to])


def _sorted(definition: Definition, starts: list[str]) -> list[str]:
    """Return what can be reached in topological order; a way back does not count."""
    seen: set[str] = set()
    done: list[str] = []
    waiting = [(name, False) for name in starts]
    while waiting:
        name, left = waiting.pop()
        if left:
            done.append(name)
        elif name not in seen:
            seen.add(name)
            waiting.append((name, True))
            waiting += [(following, False) for following in _ways_on(definition, name)]
    return done[::-1]


def _ways_on(definition: Definition, name: str) -> list[str]:
    targets = [definition.flows[flow].target for flow in definition.elements[name].outgoing]
    attached = [e.id for e in definition.elements.values() if e.attached_to == name]
    return targets + attached
