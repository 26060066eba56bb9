"""为什么: the decision records of a case in words that people read, without codes.

What a code stands for comes from the code lists, organisations and clauses; a code that nobody can
name is left out rather than shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.codes import has_code, label
from app.domain.organisations import names_of
from app.engine.bundles import Compiled
from app.engine.tables import DecisionRecord
from app.messages import message

LISTS = ("roles", "carrier", "review_outcome", "publicity_state", "issue_reason")


@dataclass(frozen=True)
class Reason:
    """Why a rule decided as it did; the template words the names of the answers."""

    name: str
    step: str
    at: datetime
    rule_date: date
    rows: tuple[str, ...]
    answers: tuple[tuple[str, str], ...]


def reasons(session: Session, bundle: Compiled, instance_id: str) -> list[Reason]:
    """Return the decision records of an instance, the newest first."""
    query = select(DecisionRecord).where(DecisionRecord.instance_id == instance_id)
    records = session.scalars(query.order_by(DecisionRecord.at.desc(), DecisionRecord.id.desc()))
    return [_reason(session, bundle, record) for record in records]


def _reason(session: Session, bundle: Compiled, record: DecisionRecord) -> Reason:
    element = bundle.definition.elements.get(record.element_id)
    return Reason(
        record.decision_name, element.name if element else "", record.at, record.rule_date,
        tuple(_row_numbers(bundle, record)), tuple(_answers(session, bundle, record)),
    )  # fmt: skip


def _row_numbers(bundle: Compiled, record: DecisionRecord) -> Iterator[str]:
    """Name the matched rows by their place in the table, as a designer sees them."""
    decision = bundle.decisions.get(record.decision_id)
    places = [rule.id for rule in decision.rules] if decision else []
    for rule in record.matched:
        if rule in places:
            yield str(places.index(rule) + 1)


def _answers(
    session: Session, bundle: Compiled, record: DecisionRecord
) -> Iterator[tuple[str, str]]:
    output = record.output
    for name, value in (output if isinstance(output, dict) else {"": output}).items():
        words = _words(session, bundle, record, value)
        if words:
            yield name, words


def _words(session: Session, bundle: Compiled, record: DecisionRecord, value: Any) -> str:
    if isinstance(value, bool):
        return message("web.yes" if value else "web.no")
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, list):
        said = (_words(session, bundle, record, item) for item in value)
        return "；".join(word for word in said if word)
    if not isinstance(value, str):
        return ""
    return _text(session, bundle, record, value)


def _text(session: Session, bundle: Compiled, record: DecisionRecord, value: str) -> str:
    for name in LISTS:
        if has_code(name, value):
            return label(name, value)
    named = names_of(session, [value]).get(value) or bundle.clause(value, record.rule_date)
    return named or ("" if value.isascii() else value)
