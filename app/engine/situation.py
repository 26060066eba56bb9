"""Where an expression is evaluated: variables, actor, legal now, submission, and facts by name.

Decisions, guards, forms and expressions all see the same names. A fact is computed only when an
expression names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import local, local_date
from app.db.base import new_id
from app.decisions import Decision, Verdict, decide
from app.domain.access.actor import Actor
from app.domain.calendar import Deadline, Subject, calendar_to_open_with, open_deadline
from app.domain.cases.tables import CaseRow
from app.domain.notifications.composing import NoticeTemplate, template
from app.engine.bundles import BundleCache, Compiled
from app.engine.migrating.names import names_of
from app.engine.periods import is_own
from app.engine.registry import Call, Registry
from app.engine.tables import Outbox, TaskSubmission
from app.errors import EngineError
from app.feel import Feel, Place

WORKING_DAYS = "working-days"
DEFAULT_REGION = "450000"


class FormGateway(Protocol):
    """What the engine needs of forms; `app.bootstrap` joins it to `app.forms`."""

    def load(self, data: bytes, file: str) -> Any: ...

    def validate(self, form: Any, raw: Mapping[str, Any], situation: Situation) -> dict[str, Any]:
        """Return clean values or raise the error that the page shows beside the fields."""
        ...

    def variables(self, form: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that may become process variables."""
        ...

    def variable_keys(self, form: Any) -> frozenset[str]:
        """Return the fields that may become process variables."""
        ...

    def keys(self, form: Any) -> frozenset[str]:
        """Return all fields of a form."""
        ...

    def labels(self, form: Any) -> Mapping[str, str]:
        """Return how people call each field."""
        ...

    def expressions(self, form: Any) -> Iterable[tuple[str, str, str]]:
        """Yield component, attribute and FEEL text of every expression of a form."""
        ...

    def own_names(self, form: Any) -> frozenset[str]:
        """Return the names that only this form's expressions know, fields of rows included."""
        ...

    def sources(self, form: Any) -> Iterable[tuple[str, str]]:
        """Yield component and name of every list of options that the house provides."""
        ...

    def choices(self, form: Any, key: str) -> frozenset[str]:
        """Return the values written in a form for a field; empty when it has none."""
        ...


def _unobserved(flows: Iterable[str]) -> None:
    """Nobody measures coverage."""


@dataclass(frozen=True)
class Tools:
    """Everything that the engine is given by bootstrap."""

    feel: Feel
    registry: Registry
    forms: FormGateway
    bundles: BundleCache
    opinion_form: Any = None  # what an added signer fills in; the program's own, in no bundle
    names: dict[str, frozenset[str]] = field(default_factory=dict)
    on_flows: Callable[[Iterable[str]], None] = _unobserved

    def names_in(self, expression: str) -> frozenset[str]:
        """Return the free names of a FEEL expression, analysed once."""
        if expression not in self.names:
            self.names[expression] = self.feel.analyse(expression[1:]).names
        return self.names[expression]


@dataclass(frozen=True)
class Situation:
    """The world as one act, or one step of an instance, sees it."""

    tools: Tools
    session: Session
    bundle: Compiled
    now: datetime
    actor: Actor | None = None
    case: CaseRow | None = None
    instance_id: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    submission: Mapping[str, Any] | None = None
    token_id: str | None = None
    element_id: str = ""
    deciding: frozenset[str] = frozenset()
    own_facts: Mapping[str, Callable[[], Any]] = field(default_factory=dict)

    @property
    def rule_date(self) -> date:
        """The day whose law applies: the submission's, else today."""
        stated = self.variables.get("rule_date")
        return date.fromisoformat(stated) if isinstance(stated, str) else local_date(self.now)

    @property
    def region(self) -> str:
        """Whose calendar counts."""
        return str(self.variables.get("region") or DEFAULT_REGION)

    @property
    def subject(self) -> Subject:
        """What its deadlines belong to: the instance, or the bundle before there is one."""
        if self.instance_id is None:
            return Subject("bundle", self.bundle.id)
        return Subject("process_instance", self.instance_id)

    def call(self) -> Call:
        """Return what operations and facts are given."""
        return Call(
            session=self.session,
            case=self.case,
            instance_id=self.instance_id,
            token_id=self.token_id,
            element_id=self.element_id,
            variables=self.variables,
            now=self.now,
            rule_date=self.rule_date,
            region=self.region,
            actor=self.actor,
            submission=self.submission,
            submission_of=self.submission_of,
            started_with=self.started_with,
            last_submission=self.last_submission,
            open_deadline=self.open_deadline,
            post=self.post,
            notice=self.notice,
        )

    def submission_of(self, element_id: str) -> Mapping[str, Any]:
        """Return the newest submission of a start event or user task; empty when there is none."""
        query = select(TaskSubmission).where(
            TaskSubmission.instance_id == self.instance_id,
            TaskSubmission.element_id.in_(names_of(self.session, self.instance_id, element_id)),
        )
        row = self.session.scalars(query.order_by(TaskSubmission.id.desc()).limit(1)).first()
        return row.values if row is not None else {}

    def started_with(self) -> Mapping[str, Any]:
        """Return the start form's submission; before the start, what is being handed in."""
        query = select(TaskSubmission).where(
            TaskSubmission.instance_id == self.instance_id, TaskSubmission.task_id.is_(None)
        )
        first = query.order_by(TaskSubmission.id).limit(1)
        row = self.session.scalars(first).first() if self.instance_id else None
        return row.values if row is not None else (self.submission or {})

    def last_submission(self) -> Mapping[str, Any]:
        """Return what was handed in last on this instance; empty when nothing was."""
        query = select(TaskSubmission).where(TaskSubmission.instance_id == self.instance_id)
        row = self.session.scalars(query.order_by(TaskSubmission.id.desc()).limit(1)).first()
        return row.values if row is not None else {}

    def open_deadline(
        self,
        *,
        kind: str,
        duration: str,
        calendar: str | None,
        legal_basis: str | None = None,
        announced: bool = False,
    ) -> Deadline:
        """Return the instance's open period of this kind, or start one now."""
        found = None if is_own(kind) else self._open_period(kind)
        if found is not None:
            return found
        return open_deadline(
            self.session,
            calendar_to_open_with(self.session),
            subject=self.subject,
            kind=kind,
            start_at=self.now,
            duration=duration,
            unit="workday" if calendar == WORKING_DAYS else "calendar",
            region=self.region,
            legal_basis=legal_basis,
            announced=announced,
            instance_id=self.instance_id,
        )

    def _open_period(self, kind: str) -> Deadline | None:
        query = select(Deadline).where(
            Deadline.process_instance_id == self.instance_id,
            Deadline.kind == kind,
            Deadline.closed_at.is_(None),
        )
        return self.session.scalars(query).first() if self.instance_id else None

    def post(self, kind: str, payload: dict[str, Any], *, key: str) -> None:
        """Write an outbox row that no token waits for."""
        row = Outbox(
            id=new_id(),
            kind=kind,
            key=key,
            payload=payload,
            instance_id=self.instance_id,
            created_at=self.now,
        )
        self.session.add(row)

    def notice(self, key: str) -> NoticeTemplate:
        """Return a notice as it was published with the bundle, else the house's own."""
        pinned = self.bundle.notices.get(key)
        return template(key) if pinned is None else pinned

    def value(self, name: str) -> Any:
        """Return a name's value as expressions see it; unknown names are null."""
        return self.context([name]).get(name)

    def context(self, names: Iterable[str]) -> dict[str, Any]:
        """Return the context for expressions that use these names."""
        actor = self.actor
        known: dict[str, Any] = {
            **self.variables,
            "now": local(self.now),
            "today": local_date(self.now),
            "submission": self.submission,
            "actor": None if actor is None else _actor_context(actor),
        }
        for name in names:
            if name not in known and name not in self.deciding:
                self._add_named(known, name)
        return known

    def _add_named(self, known: dict[str, Any], name: str) -> None:
        """A name that no variable carries is a fact, or the result of another decision."""
        facts = self.tools.registry.facts
        if name in self.own_facts:
            known[name] = self.own_facts[name]()
        elif name in facts:
            known[name] = facts[name](self.call())
        elif name in self.bundle.decisions:
            known[name] = self.decide(name)[1].output

    def evaluate(
        self,
        expressions: Sequence[str],
        place: Place | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> list[Any]:
        """Evaluate a batch; texts without a leading `=` are returned as they are."""
        names = {n for e in expressions if e.startswith("=") for n in self.tools.names_in(e)}
        return self.tools.feel.evaluate(
            expressions, {**self.context(names), **(extra or {})}, place=place
        )

    def decide(self, decision_id: str) -> tuple[Decision, Verdict]:
        """Evaluate a decision of the bundle."""
        decision = self.bundle.decisions.get(decision_id)
        if decision is None:
            raise EngineError("engine.decision_unknown", decision=decision_id)
        here = replace(self, deciding=self.deciding | {decision_id})
        return decision, decide(self.tools.feel, decision, here.context(decision.names))


def _actor_context(actor: Actor) -> dict[str, Any]:
    return {
        "person": actor.person_code,
        "name": actor.name,
        "groups": sorted(actor.groups),
        "organisation": actor.organisation,
    }
