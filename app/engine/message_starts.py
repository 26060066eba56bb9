"""Procedures that begin when a message comes, without anybody filling in a start form.

The message says whose case it is: `applicant` (person code), else `unit` (organisation code), and
`title_record` (its id). While a case begun by a message with a correlation key runs, the same
message with the same key begins no second one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.cases.register import draft_case
from app.domain.cases.tables import CaseRow
from app.domain.organisations import profile_of
from app.domain.people import person
from app.engine.bundles import Compiled
from app.engine.guards import require_unguarded
from app.engine.idempotency import answered, remember
from app.engine.messages import Message
from app.engine.situation import Situation, Tools
from app.engine.spiff import Element
from app.engine.starting import DEFAULT_PROFILE, number, run_case, start_variables
from app.engine.tables import ACTIVE, MessageStart, ProcessInstance

VERB = "begin_by_message"
NOBODY = ""  # a case that no account opened


def start_for(bundle: Compiled, name: str) -> Element | None:
    """Return the start event of the bundle's process that a message begins, or None."""
    starts = bundle.definition.starts_of(bundle.key)
    return next((each for each in starts if each.message == name), None)


def begun_by(session: Session, tools: Tools, name: str) -> list[str]:
    """Return the published procedures whose newest version begins with a message."""
    bundles = tools.bundles.newest_of_all(session)
    return [bundle.key for bundle in bundles if start_for(bundle, name) is not None]


def begin(
    session: Session, tools: Tools, process_key: str, message: Message, *, now: datetime
) -> int:
    """Begin a case of one procedure; returns 1, or 0 when the case of this key still runs."""
    bundle = tools.bundles.newest(session, process_key)
    element = start_for(bundle, message.name)
    key = message.key_for(process_key)
    if element is None:
        return 0
    earlier = answered(session, key, None, VERB, process_key)
    if earlier is not None:
        return int(earlier["begun"])
    same_key = (process_key, message.name, message.correlation_key)
    last = session.get(MessageStart, same_key, with_for_update=True)
    begun = 0 if last is not None and _runs(session, last) else 1
    if begun:
        case = _case(session, bundle, message, now)
        instance = _run(session, tools, bundle, element, case, message, now)
        if last is not None:
            last.instance_id = instance.id
        elif message.correlation_key:
            # Two that begin at once meet at the primary key; the later one is repeated.
            names = ("process_key", "name", "correlation_key")
            row = MessageStart(**dict(zip(names, same_key, strict=True)), instance_id=instance.id)
            session.add(row)
    remember(session, key, None, VERB, {"process": process_key, "begun": begun}, now)
    return begun


def _runs(session: Session, last: MessageStart) -> bool:
    return session.get_one(ProcessInstance, last.instance_id).status == ACTIVE


def _case(session: Session, bundle: Compiled, message: Message, now: datetime) -> CaseRow:
    """Draft the case of whom the message is about; an unknown person or unit is refused."""
    applicant, unit = message.variables.get("applicant"), message.variables.get("unit")
    if applicant is not None:
        unit = person(session, applicant).unit_code
    case = draft_case(
        session,
        business=bundle.descriptor.business,
        process_key=bundle.key,
        profile=DEFAULT_PROFILE if unit is None else profile_of(session, unit),
        person_code=applicant,
        unit_code=unit,
        created_by=NOBODY,
        now=now,
    )
    case.title_record_id = message.variables.get("title_record")
    session.flush()  # facts of the guard find the case
    return case


def _run(
    session: Session,
    tools: Tools,
    bundle: Compiled,
    element: Element,
    case: CaseRow,
    message: Message,
    now: datetime,
) -> ProcessInstance:
    variables: dict[str, Any] = start_variables(session, case, case.person_code or NOBODY, now)
    here = Situation(tools, session, bundle, now, None, case, None, variables)
    require_unguarded(element, replace(here, submission=dict(message.variables)))
    here = replace(here, variables=number(case, here))
    return run_case(case, element, here, message=message.variables)
