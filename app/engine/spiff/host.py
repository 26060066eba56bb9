"""What the engine core and the house around it say to each other.

The core moves tokens; everything else (expressions, operations, decisions, history) is asked of the
`Host`. Tokens are handed out as values: keep their id, not the object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.engine.spiff.model import Element

# What a token waits for. `join`: the other branches; `engine`: the next advance, or its repair.
USER, TIMER, MESSAGE, SERVICE, JOIN, ENGINE = (
    "user",
    "timer",
    "message",
    "service",
    "join",
    "engine",
)
# Not handed out by `tokens()`: bodies wait for what is inside, error events for nothing outside.
BODY, ERROR = "body", "error"
DECISION = "calledDecision"


@dataclass(frozen=True)
class Token:
    """A place where the process instance stands."""

    id: str
    element: Element
    waits_for: str
    enclosing: tuple[Element, ...] = ()  # call activities and sub-processes, outermost first
    failed: bool = False
    value: Any = None  # a timer's ISO text or a message's correlation key
    item: int | None = None  # 1, 2, 3 … inside a multi-instance activity
    scope: str = ""  # the scope its element stands in
    sent_back_by: str | None = None  # the token of the task that sent the case back to this one


@dataclass(frozen=True)
class Waiting:
    """A service task's answer when the work is done in the background; `Run.finish` ends it."""


@dataclass(frozen=True)
class Asked:
    """The expressions, or the decision, that a step asked for last, and what they could see."""

    element: Element
    attribute: str
    expressions: tuple[str, ...]
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Failure:
    """A step that could not be done; the token is marked and stands where it stood."""

    token_id: str
    element: Element
    error: Exception
    asked: Asked | None = None  # None when something else than an answer was wrong


class Host(Protocol):
    """What the core asks for while it advances."""

    def evaluate(
        self,
        expressions: Sequence[str],
        context: Mapping[str, Any],
        element: Element,
        attribute: str,
    ) -> list[Any]:
        """Evaluate one moment's expressions; texts without a leading `=` stay as they are."""
        ...

    def perform(
        self, token: Token, inputs: Mapping[str, Any], context: Mapping[str, Any]
    ) -> Mapping[str, Any] | Waiting | None:
        """Do a service task's work; may raise BpmnError."""
        ...

    def decide(self, token: Token, decision_id: str, context: Mapping[str, Any]) -> Any:
        """Return the output of a business rule task's decision."""
        ...

    def record(self, token: Token, happening: str, context: Mapping[str, Any]) -> None:
        """Take note: `entered`, `completed`, `cancelled`, `returned` (a task sent the case back),
        `fired` (an event that stays armed).

        Called in order at the end of each successful step.
        """
        ...


class Savepoint(Protocol):
    """Part of a transaction that can be taken back alone."""

    def commit(self) -> object: ...

    def rollback(self) -> object: ...
