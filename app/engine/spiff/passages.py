"""What putting a running instance into another drawing means: values, and small questions.

A `Passage` says what stands in the way, what happens to whom, and how the state reads on the new
drawing. `migrating` works it out, `settling` carries it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.engine.spiff.host import Token
from app.engine.spiff.model import Element, Loop

if TYPE_CHECKING:
    from app.engine.spiff.definition import Definition

# Why a token has no place in the new drawing; the sentences stand under `migration.<code>`.
GONE, KIND, LEVEL, LOOP, CALLED = "gone", "kind", "level", "loop", "called"
WORK, TROUBLE, JOIN, RIVALS, SIDES, STARVES = (
    "work",
    "trouble",
    "join",
    "rivals",
    "sides",
    "starves",
)
NOWHERE = "nowhere"


@dataclass(frozen=True)
class Correspondence:
    """How elements of the old drawing are called in the new one, and which tokens go elsewhere."""

    renamed: Mapping[str, str] = field(default_factory=dict)
    sent_to: Mapping[str, str] = field(default_factory=dict)

    def now(self, name: str) -> str:
        """Return what an element of the old drawing is called in the new one."""
        return self.renamed.get(name, name)


@dataclass(frozen=True)
class Obstacle:
    """Why an instance cannot be put into the new drawing, and at which element of the old one."""

    code: str
    element: Element


@dataclass(frozen=True)
class Passage:
    """What happens to one instance; with obstacles there is no state."""

    obstacles: tuple[Obstacle, ...]
    places: Mapping[str, tuple[Element, Element]]  # of each token that stays: before and after
    left: tuple[Token, ...] = ()  # tokens that end: events no longer drawn, steps given up
    armed: tuple[tuple[str, str], ...] = ()  # a token, and the event that is new on it
    rivals: tuple[tuple[str, str, str], ...] = ()  # a token, its race, and a further event
    entering: tuple[tuple[str | None, str], ...] = ()  # around which token, and the step
    rekeyed: tuple[str, ...] = ()
    skipped: tuple[Element, ...] = ()
    repeated: tuple[Element, ...] = ()
    alike: bool = False  # from here on, both drawings are the same
    state: str = ""


def difference(old: Element, new: Element) -> str | None:
    """Return why a token on an element cannot stand on another one, or None."""
    if (old.kind, old.event) != (new.kind, new.event):
        return KIND
    if _shape(old.loop) != _shape(new.loop):
        return LOOP
    if old.called_process is not None and new.called_process is not None:
        return None if old.called_process.id == new.called_process.id else CALLED
    return None


def _shape(loop: Loop | None) -> tuple[object, ...] | None:
    """Return what the items that run, and the results gathered so far, rest on."""
    if loop is None:
        return None
    return (loop.sequential, loop.input_element, loop.output_collection)


def had_event(old: Definition, given: Correspondence, event: Element) -> bool:
    """Tell whether the old drawing had an event on the same activity: it may have fired since."""
    return any(
        given.now(each.id) == event.id
        and given.now(each.attached_to or "") == event.attached_to
        and each.event == event.event
        for each in old.elements.values()
        if each.attached_to is not None
    )


def flow_into(old: Definition, new: Definition, given: Correspondence, flow_id: str) -> str | None:
    """Return by which flow of the new drawing a token has arrived at its join, or None.

    The flow of the same name, else that from the same element, else the only one left over.
    """
    join = old.elements[old.flows[flow_id].target]
    found: dict[str, str] = {}
    wanted = new.elements[given.now(join.id)].incoming
    for name in join.incoming:
        source = given.now(old.flows[name].source)
        same = [f for f in wanted if f == name] or [
            f for f in wanted if new.flows[f].source == source
        ]
        if len(same) == 1:
            found[name] = same[0]
    left = [name for name in join.incoming if name not in found]
    free = [name for name in wanted if name not in found.values()]
    if len(left) == len(free) == 1:
        found[left[0]] = free[0]
    chosen = found.get(flow_id)
    return chosen if list(found.values()).count(chosen or "") == 1 else None
