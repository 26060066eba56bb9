"""Which steps a returning task may name, and through which bodies the way to them leads.

Answers for a drawing as a whole, before anything runs: for the publish check, and to know which
ended bodies must be kept because a case may be sent back into them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.engine.spiff.model import Element
from app.engine.spiff.upstream import NOT_UPSTREAM, SEVERAL, way_between, way_out

if TYPE_CHECKING:
    from app.engine.spiff.definition import Definition

MAY_RETURN_TO, AFTER_RETURN, OTHER_BRANCHES = "mayReturnTo", "afterReturn", "otherBranches"
BACK, STAND = "back", "stand"
DEEPEST = 10
Path = tuple[str, ...]


def named_targets(element: Element) -> list[str]:
    """Return the ids that a task's `mayReturnTo` lists; empty stands for all tasks done before."""
    names = element.properties.get(MAY_RETURN_TO, "").split(",")
    return [name.strip() for name in names if name.strip()]


def branches_stand(element: Element) -> bool:
    """Tell whether a return from a task may go into one branch of a finished fork."""
    return element.properties.get(OTHER_BRANCHES) == STAND


def goes_straight_back(target: Element, returning: Element) -> bool:
    """Tell whether the designer wants a corrected case straight back at the returning task."""
    return BACK in {e.properties.get(AFTER_RETURN) for e in (target, returning)}


def targets_of(definition: Definition, element: Element) -> list[Element]:
    """Return the user tasks that a task's property names, in its order."""
    if MAY_RETURN_TO not in element.properties:
        return []
    elements = definition.elements
    names = named_targets(element) or [n for n in elements if n != element.id]
    found = [elements[name] for name in names if name in elements]
    return [each for each in found if each.kind == "userTask"]


def paths_to(definition: Definition, name: str, levels: int = DEEPEST) -> list[Path]:
    """Return the ways into an element through the bodies around it, each ending with itself."""
    element = definition.elements[name]
    inside: Path = (name,)
    while element.parent is not None:
        element = definition.elements[element.parent]
        inside = (element.id, *inside)
    if element.process_id == definition.process_id:
        return [inside]
    return [
        (*outer, *inside)
        for caller in definition.elements.values()
        if levels and caller.called_process and caller.called_process.id == element.process_id
        for outer in paths_to(definition, caller.id, levels - 1)
    ]


def obstacle_on(definition: Definition, back: Path, here: Path, *, stand: bool) -> str | None:
    """Return why a case at `here` cannot go back to `back`, or None; both are whole paths."""
    if back == here:
        return NOT_UPSTREAM
    pairs = enumerate(zip(back, here, strict=False))
    level = next(number for number, (one, other) in pairs if one != other)
    first, *inner = back[level:]
    if any(definition.elements[name].loop is not None for name in back[level:]):
        return SEVERAL
    found = way_between(definition, first, here[level], stand=stand).obstacle
    for name in inner:
        found = found or way_out(definition, name, stand=stand).obstacle
    return found


def ways_back(
    definition: Definition, target: Element, element: Element
) -> Iterator[tuple[Path, Path, str | None]]:
    """Yield every pair of paths from a target to a returning task with what stands in the way."""
    stand = branches_stand(element)
    for here in paths_to(definition, element.id):
        for back in paths_to(definition, target.id):
            yield back, here, obstacle_on(definition, back, here, stand=stand)


def bodies_to_keep(definition: Definition) -> frozenset[str]:
    """Return the bodies whose ended inside a later task may send the case back into."""
    found: set[str] = set()
    for element in definition.elements.values():
        for target in targets_of(definition, element):
            if (target.process_id, target.parent) == (element.process_id, element.parent):
                continue
            for back, here, obstacle in ways_back(definition, target, element):
                found |= set() if obstacle else set(back[:-1]) - set(here)
    return frozenset(found)
