"""What can go wrong in the engine core; each error names the element and the value seen.

The sentences stand in `templates/messages/engine_core.toml`. Errors of expressions, operations and
decisions come from the host and pass through unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.engine.spiff.model import Element
from app.errors import EngineError

SHOWN = 200


class BpmnError(EngineError):
    """A foreseen failure with a code: the nearest enclosing error boundary event catches it."""

    def __init__(
        self, error_code: str, variables: Mapping[str, Any] | None = None, **fields: Any
    ) -> None:
        super().__init__("core.bpmn_error", error_code=error_code, **fields)
        self.error_code = error_code
        self.variables = dict(variables or {})


class WrongValue(EngineError):
    """An expression yielded something that its place cannot use; never a silent default."""

    def __init__(self, code: str, *, element: str, expression: str, value: Any) -> None:
        shown = repr(value)
        shown = shown if len(shown) <= SHOWN else shown[:SHOWN] + "…"
        super().__init__(code, element=element, expression=expression, value=shown)


class NoWayOut(EngineError):
    """No condition of a gateway is true and it has no default flow."""

    def __init__(self, element: str) -> None:
        super().__init__("core.no_condition_true", element=element)


class ErrorNotCaught(EngineError):
    """A BPMN error left the process: no boundary event on the way outwards catches its code."""

    def __init__(self, element: str, error_code: str) -> None:
        super().__init__("core.error_not_caught", element=element, error_code=error_code)


class Runaway(EngineError):
    """The steps of one advance passed the limit: a cycle without a wait state."""

    def __init__(self, element: str, limit: int) -> None:
        super().__init__("core.runaway", element=element, limit=limit)


class TokenGone(EngineError):
    """There is no living token with this id."""

    def __init__(self, token_id: str) -> None:
        super().__init__("core.token_gone", token=token_id)


class TokenNotWaiting(EngineError):
    """The token lives, but it does not wait for this act (any more)."""

    def __init__(self, token_id: str, element: str, act: str) -> None:
        super().__init__("core.token_not_waiting", token=token_id, element=element, act=act)


class CannotReturn(EngineError):
    """A case cannot go back to a task; `reason` is one of those in `upstream` and `returning`."""

    def __init__(self, reason: str, target: Element) -> None:
        super().__init__(f"core.{reason}", name=target.name or target.id)
        self.reason = reason


class CannotMove(EngineError):
    """An operator may not move a token so, or repeat a step; `reason` says why."""

    def __init__(
        self,
        reason: str,
        start: Element | None,
        target: Element | None,
        other: Element | None = None,
    ) -> None:
        names = {"name": target, "start": start, "other": other}
        fields = {key: (e.name or e.id) if e is not None else "" for key, e in names.items()}
        super().__init__(f"core.{reason}", **fields)
        self.reason = reason


class NoStart(EngineError):
    """The process cannot be started by this element."""

    def __init__(self, process_id: str, element: str | None) -> None:
        super().__init__("core.no_start", process=process_id, element=element or "")


class NotPlain(EngineError):
    """Variables must be plain JSON: text, numbers, true, false, null, lists and contexts."""

    def __init__(self, element: str, reason: str) -> None:
        super().__init__("core.not_plain_json", element=element, reason=reason)


class TooDeep(Runaway):
    """Sub-processes and called processes stand in each other too deep: a recursion."""

    def __init__(self, element: str, limit: int) -> None:
        EngineError.__init__(self, "core.too_deep", element=element, limit=limit)


class TooManyTokens(EngineError):
    """One instance holds more living tokens than it may: a fork in a cycle, or items of items."""

    def __init__(self, element: str, limit: int) -> None:
        super().__init__("core.too_many_tokens", element=element, limit=limit)


class StateTooLarge(EngineError):
    """The variables of an instance have grown beyond what is stored."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__("core.state_too_large", size=size, limit=limit)


class SnapshotRefused(EngineError):
    """A stored state does not belong to this version of the engine or of the definition."""
