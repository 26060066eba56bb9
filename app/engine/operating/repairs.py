"""What a repair is: a verb that checks, foretells and carries out a change of one subject.

A subject is an instance, which is locked, or a whole procedure. A repair raises when it cannot be
done now; it is asked again at the approval, because cases move meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.engine.looking import instance_situation, run_of
from app.engine.situation import Situation, Tools
from app.engine.spiff import Element, Run
from app.engine.tables import ProcessInstance
from app.errors import EngineError

INSTANCE, PROCESS = "instance", "process"


@dataclass(frozen=True)
class Subject:
    """What is repaired: an instance by its id or a procedure by its key, and how people call it."""

    kind: str
    id: str
    name: str = ""


@dataclass(frozen=True)
class Ground:
    """What a repair stands on: its subject as it is now, what is wanted, and who does it.

    `actor` is who asks or, when it is carried out, who approved; `asked_by` is then who asked.
    """

    session: Session
    tools: Tools
    now: datetime
    actor: Actor
    subject: Subject
    instance: ProcessInstance | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    asked_by: str | None = None
    request_id: str | None = None

    @property
    def locked(self) -> ProcessInstance:
        """The instance that is repaired; only repairs of instances ask."""
        if self.instance is None:
            raise RuntimeError("a repair of a whole procedure has no instance")
        return self.instance

    @property
    def situation(self) -> Situation:
        """The instance's situation as the actor sees it."""
        return instance_situation(self.session, self.tools, self.locked, self.now, self.actor)

    @property
    def elements(self) -> Mapping[str, Element]:
        """The elements of the instance's drawing."""
        return self.situation.bundle.definition.elements

    @property
    def run(self) -> Run:
        """The instance's tokens and variables, to be read."""
        return run_of(self.session, self.tools, self.locked)


def text_of(ground: Ground, name: str) -> str:
    """Return an argument that must be a text; raises when it is missing."""
    found = ground.arguments.get(name)
    if not isinstance(found, str) or not found:
        raise EngineError("engine.argument_missing", name=name)
    return found


@dataclass(frozen=True)
class Repair:
    """A repair by its three questions; `check` and `foretell` write nothing.

    `check` returns the arguments as they are kept, with whatever they rest on (an old value), and
    raises when the repair cannot be done; `foretell` says in sentences what will happen;
    `carry_out` does it and returns a sentence about the outcome.
    """

    check: Callable[[Ground], dict[str, Any]]
    foretell: Callable[[Ground], list[str]]
    carry_out: Callable[[Ground], str]
