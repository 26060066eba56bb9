"""A host for engine tests: a tiny evaluator, operations as functions, a log; and a driver.

The evaluator understands just enough of FEEL for these tests by way of Python; the real one is
`app.feel`, and one test here runs on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.engine.spiff import Definition, Element, Run, Token, Waiting

Operation = Callable[[Mapping[str, Any]], Any]


class _Context(dict[str, Any]):
    """A FEEL-like context: missing names are null, contexts are read with a dot."""

    def __missing__(self, name: str) -> Any:
        return None

    def __getattr__(self, name: str) -> Any:
        return _wrap(self.get(name))


def _wrap(value: Any) -> Any:
    return _Context(value) if isinstance(value, dict) else value


FUNCTIONS = {"count": len, "string": str, "sum": sum}


def evaluate(expression: str, context: Mapping[str, Any]) -> Any:
    """Evaluate one expression; a text without `=` is itself."""
    if not expression.startswith("="):
        return expression
    text = re.sub(r"\btrue\b", "True", expression[1:])
    text = re.sub(r"\bfalse\b", "False", re.sub(r"\bnull\b", "None", text))
    text = re.sub(r"(?<![<>!=])=(?!=)", "==", text)
    text = re.sub(r"(\w+)\[item == (\S+)\]", r"[i for i in \1 if i == \2]", text)
    names = _Context(FUNCTIONS | {name: _wrap(value) for name, value in context.items()})
    try:
        return eval(text, {"__builtins__": {}}, names)
    except (TypeError, AttributeError):
        return None


class RecordingHost:
    """Answers the engine from plain functions and remembers everything it was told."""

    def __init__(self, **operations: Operation) -> None:
        self.operations: dict[str, Operation] = {"send": lambda context: {}, **operations}
        self.decisions: dict[str, Operation] = {}
        self.log: list[tuple[str, str]] = []
        self.evaluations: list[tuple[str, str, tuple[str, ...]]] = []
        self.performed: list[tuple[str, dict[str, Any], dict[str, Any]]] = []

    def evaluate(
        self, expressions: Sequence[str], context: Mapping[str, Any], element: Element,
        attribute: str,
    ) -> list[Any]:  # fmt: skip
        self.evaluations.append((element.id, attribute, tuple(expressions)))
        return [evaluate(expression, context) for expression in expressions]

    def perform(
        self, token: Token, inputs: Mapping[str, Any], context: Mapping[str, Any]
    ) -> Mapping[str, Any] | Waiting | None:
        self.performed.append((token.element.id, dict(inputs), dict(context)))
        answer: Mapping[str, Any] | Waiting | None = self.operations[token.element.task_type or ""](
            context
        )
        return answer

    def decide(self, token: Token, decision_id: str, context: Mapping[str, Any]) -> Any:
        return self.decisions[decision_id](context)

    def record(self, token: Token, happening: str, context: Mapping[str, Any]) -> None:
        self.log.append((token.element.id, happening))

    def done(self) -> list[str]:
        """The elements completed so far, in order."""
        return [name for name, happening in self.log if happening == "completed"]


class Driver:
    """Runs a definition as tests tell it: act by element name, advance, restore in between."""

    def __init__(
        self, definition: Definition, host: RecordingHost | None = None,
        variables: Mapping[str, Any] | None = None, *, start: str | None = None,
    ) -> None:  # fmt: skip
        self.definition = definition
        self.host = host or RecordingHost()
        self.run = Run.begin(definition, self.host, variables or {}, start_element=start)
        self.run.advance()

    def again(self) -> None:
        """Write the run down and read it back."""
        self.run = Run.restore(self.definition, self.host, self.run.snapshot())

    def named(self, element: str, item: int | None = None) -> Token:
        """Return the first living token on an element."""
        found = [t for t in self.run.tokens() if t.element.id == element]
        return next(t for t in found if item in (None, t.item))

    def complete(self, element: str, item: int | None = None, **variables: Any) -> Driver:
        self.again()
        self.run.complete(self.named(element, item).id, variables)
        self.run.advance()
        return self

    def fire(self, element: str, **variables: Any) -> Driver:
        self.again()
        self.run.fire(self.named(element).id, variables)
        self.run.advance()
        return self

    def finish(self, element: str, **variables: Any) -> Driver:
        self.again()
        self.run.finish(self.named(element).id, variables)
        self.run.advance()
        return self

    def open(self) -> list[str]:
        """The user tasks that wait, sorted."""
        return sorted(t.element.id for t in self.run.tokens() if t.waits_for == "user")

    def waiting(self) -> list[str]:
        """The events and background services that wait, sorted."""
        kinds = {"timer", "message", "service"}
        return sorted(t.element.id for t in self.run.tokens() if t.waits_for in kinds)

    @property
    def variables(self) -> dict[str, Any]:
        return self.run.root_variables()
