"""What running an instance means for the database: operations, decisions, history, notices.

`InstanceHost` is handed to the engine core for one transaction. It evaluates in the situation of
the token, performs operations, writes decision records and the history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.clock import local_date
from app.db.base import new_id
from app.db.failpoints import reach
from app.engine.history import History
from app.engine.registry import Background
from app.engine.situation import Situation
from app.engine.spiff import Element, Token, Waiting
from app.engine.submissions import reason_in, signer_of, submission_of_token
from app.engine.tables import DecisionRecord, Outbox
from app.errors import EngineError
from app.feel import Place

DEFAULT_RETRIES = 3
RECORDED = {"entered": "start", "completed": "end"}


class InstanceHost:
    """One instance's window to everything outside its tokens; implements the core's `Host`."""

    def __init__(self, situation: Situation, history: History) -> None:
        self.situation = situation
        self.history = history
        self.final_state: str | None = None
        self.evaluating: str | None = None
        self.attempts: dict[str, int] = {}  # failed attempts by token

    def at(self, now: datetime) -> None:
        """Move the situation to another legal instant: a late timer fires at its due instant."""
        self.situation = replace(self.situation, now=now, actor=None)

    def evaluate(
        self,
        expressions: Sequence[str],
        context: Mapping[str, Any],
        element: Element,
        attribute: str,
    ) -> list[Any]:
        """Evaluate expressions of an element in a token's variables."""
        here = replace(self.situation, variables=context, element_id=element.id)
        return here.evaluate(expressions, Place(element.file, element.id, attribute))

    def perform(
        self, token: Token, inputs: Mapping[str, Any], context: Mapping[str, Any]
    ) -> dict[str, Any] | Waiting:
        """Perform a service task's operation; background work becomes an outbox row."""
        element = token.element
        here = self._here(token, context)
        return self._operate(here, token, element.task_type or "", {**element.headers, **inputs})

    def _operate(
        self, here: Situation, token: Token, name: str, arguments: Mapping[str, Any]
    ) -> dict[str, Any] | Waiting:
        function = self.situation.tools.registry.operations.get(name)
        if function is None:
            raise EngineError("engine.operation_unknown", operation=name)
        reach("during_advance")
        answer = function(here.call(), **arguments)
        if not isinstance(answer, Background):
            return answer or {}
        row = Outbox(
            id=new_id(),
            kind=answer.kind,
            key=f"token:{token.id}",
            payload=answer.payload,
            instance_id=here.instance_id,
            token_id=token.id,
            most_attempts=int(token.element.retries or DEFAULT_RETRIES),
            created_at=here.now,
        )
        here.session.add(row)
        return Waiting()

    def decide(self, token: Token, decision_id: str, context: Mapping[str, Any]) -> Any:
        """Evaluate a business-rule task's decision and keep why it decided so."""
        here = self._here(token, context)
        decision, verdict = here.decide(decision_id)
        row = DecisionRecord(
            id=new_id(),
            instance_id=here.instance_id or "",
            element_id=token.element.id,
            decision_id=decision_id,
            decision_name=decision.name,
            bundle_id=here.bundle.id,
            rule_date=here.rule_date,
            matched=list(verdict.matched),
            output=verdict.output,
            at=here.now,
        )
        row.inputs = verdict.inputs
        here.session.add(row)
        return verdict.output

    def record(self, token: Token, happening: str, context: Mapping[str, Any]) -> None:
        """Write a line of history and run the element's execution listeners."""
        element = token.element
        if element.loop is not None and token.item is None:
            return  # the whole of a multi-instance activity; its items are told one by one
        basis = element.properties.get("legalBasis")
        now = self.situation.now
        clause = self.situation.bundle.clause(basis, local_date(now))
        actor = self.situation.actor if happening == "completed" else None
        reason = None
        if happening == "returned":
            handed_in = submission_of_token(self.situation, token.id)
            actor, reason = signer_of(handed_in), reason_in(handed_in.values)
        self.history.write(
            happening, element, at=now, actor=actor, legal_basis=basis, clause=clause, reason=reason
        )
        if happening == "completed" and element.kind == "endEvent" and not token.enclosing:
            self.final_state = element.properties.get("caseState", self.final_state)
        wanted = RECORDED.get(happening)
        for event_type, name, headers in element.listeners:
            if event_type == wanted:
                self._listen(token, name, headers, context)

    def _listen(
        self, token: Token, name: str, headers: Mapping[str, str], context: Mapping[str, Any]
    ) -> None:
        here = self._here(token, context)
        place = Place(token.element.file, token.element.id, f"executionListener {name}")
        values = here.evaluate(list(headers.values()), place)
        self._operate(here, token, name, dict(zip(headers, values, strict=True)))

    def _here(self, token: Token, context: Mapping[str, Any]) -> Situation:
        return replace(
            self.situation, variables=context, token_id=token.id, element_id=token.element.id
        )


class ReadingHost:
    """A host for reading tokens only; any work would be a mistake."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"reading tokens must not call {name}")
