"""Operations and facts by name: what process files may call, and nothing else.

An operation is a service task's work; it writes rows only. A fact is a read-only function that
decisions, guards and forms name. Both are registered by decorators in `app.operations`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.calendar import Deadline
from app.domain.cases.tables import CaseRow
from app.domain.notifications.composing import NoticeTemplate
from app.engine.spiff import BpmnError

__all__ = [
    "Background",
    "BpmnError",
    "Call",
    "Follower",
    "Registry",
    "cancelled",
    "fact",
    "operation",
    "period",
    "registry",
]


@dataclass(frozen=True)
class Background:
    """An operation's answer when the world outside must act first: the token waits for it."""

    kind: str
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """What an operation or a fact is given."""

    session: Session
    case: CaseRow | None
    instance_id: str | None
    token_id: str | None
    element_id: str
    variables: Mapping[str, Any]
    now: datetime
    rule_date: date
    region: str
    actor: Actor | None
    submission: Mapping[str, Any] | None
    submission_of: Callable[[str], Mapping[str, Any]]
    started_with: Callable[[], Mapping[str, Any]]
    last_submission: Callable[[], Mapping[str, Any]]
    open_deadline: Callable[..., Deadline]
    post: Callable[..., None]
    notice: Callable[[str], NoticeTemplate]


@dataclass(frozen=True)
class Follower:
    """What a subject keeps of a deadline: how its copy follows, and whom else a change concerns."""

    move: Callable[[Session, Deadline], None]
    concerned: Callable[[Session, str], Collection[str]]


Operation = Callable[..., dict[str, Any] | Background | None]
Fact = Callable[[Call], Any]
Choices = Callable[[], Collection[str]]


@dataclass
class Registry:
    """Operations and facts by the names that process files use.

    `periods` are those that operations open, `told` the parameters that a notice may speak of.
    """

    operations: dict[str, Operation] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    choices: dict[tuple[str, str], Choices] = field(default_factory=dict)
    periods: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    on_cancel: list[Callable[[Call], None]] = field(default_factory=list)
    followers: list[Follower] = field(default_factory=list)

    def operation(self, name: str, **choices: Choices) -> Callable[[Operation], Operation]:
        """Register an operation under `subject.verb`; its docstring appears in the palette.

        `choices` say for a parameter which words it takes, so that the publish check knows them.
        """

        def keep(function: Operation) -> Operation:
            self.operations[name] = function
            self.choices.update({(name, each): words for each, words in choices.items()})
            return function

        return keep

    def fact(self, name: str) -> Callable[[Fact], Fact]:
        """Register a fact under a plain name."""

        def keep(function: Fact) -> Fact:
            self.facts[name] = function
            return function

        return keep

    def period(self, name: str) -> str:
        """Register the name of a period that operations open; drawings share it by that name."""
        self.periods.add(name)
        return name

    def cancelled(self, function: Callable[[Call], None]) -> Callable[[Call], None]:
        """Register what winds up a subject's rows when a case is ended before its time."""
        self.on_cancel.append(function)
        return function

    def parameters(self, name: str) -> dict[str, bool]:
        """Return an operation's keyword parameters, each with whether it must be given."""
        signature = inspect.signature(self.operations[name])
        given = [p for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY]
        return {p.name: p.default is p.empty for p in given}


registry = Registry()
operation = registry.operation
fact = registry.fact
period = registry.period
cancelled = registry.cancelled
