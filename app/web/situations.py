"""The situation in which a page shows a form or asks a guard: nothing is changed by it.

A guard that looks at what is typed cannot be asked before something is typed; `locks` tells such
guards from those that lock the button from the start.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.engine import guards, looking
from app.engine.drawing import Element
from app.engine.looking import task_situation
from app.engine.situation import Situation
from app.engine.tables import ProcessInstance, UserTask
from app.web.extensions import house

SUBMISSION = "submission"

__all__ = ["Element", "instance_situation", "locks", "of_task"]


def of_task(session: Session, task: UserTask, actor: Actor, now: datetime) -> Situation:
    """Return the situation of a task as one actor sees it, with its token's variables."""
    return task_situation(session, house().tools, task, now, actor)


def instance_situation(
    session: Session, instance: ProcessInstance, actor: Actor, now: datetime
) -> Situation:
    """Return the situation of an instance, without the variables of any token."""
    return looking.instance_situation(session, house().tools, instance, now, actor)


class _Watched(dict[str, Any]):
    """An empty submission that notices when a fact reads a field of it."""

    def __init__(self) -> None:
        super().__init__()
        self.read = False

    def __bool__(self) -> bool:
        return True

    def get(self, key: str, default: Any = None) -> Any:
        self.read = True
        return default

    def __getitem__(self, key: str) -> Any:
        self.read = True
        return None


def locks(element: Element, situation: Situation) -> list[str]:
    """Return why an act is refused whatever is typed; empty when that depends on what is typed."""
    decisions = situation.bundle.decisions
    names = [name for name in guards.guard_names(element) if name in decisions]
    held = guards.hold_of(element, situation)
    if held or any(SUBMISSION in _names(decisions, name, frozenset()) for name in names):
        return held
    watched = _Watched()
    found = guards.objections(element, replace(situation, submission=watched))
    return [] if watched.read else found


def _names(decisions: Mapping[str, Any], name: str, seen: frozenset[str]) -> Iterator[str]:
    for used in decisions[name].names:
        yield used
        if used in decisions and used not in seen:
            yield from _names(decisions, used, seen | {name})
