"""Cases that nobody hands in: begun by a message or by time, for whom the beginning names, if any.

`message_starts` and `timer_starts` say when; here is how. The guard of the start event is asked as
for a person, with what the message hands on as the submission.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from app.engine.situation import Situation, Tools
from app.engine.spiff import Element
from app.engine.starting import DEFAULT_PROFILE, number, run_case, start_variables
from app.engine.tables import ProcessInstance

NOBODY = ""  # a case that no account opened


def begin_unattended(
    session: Session,
    tools: Tools,
    bundle: Compiled,
    element: Element,
    handed: Mapping[str, Any],
    *,
    now: datetime,
) -> ProcessInstance:
    """Make, number and run a case; an unknown person or unit, or a guard, refuses it.

    `handed` may name the `applicant` (person code), else the `unit` (organisation code), and the
    `title_record` (its id); the start event's output mappings see all of it.
    """
    case = _case(session, bundle, handed, now)
    variables = start_variables(session, case, case.person_code or NOBODY, now)
    here = Situation(tools, session, bundle, now, None, case, None, variables)
    require_unguarded(element, replace(here, submission=dict(handed)))
    here = replace(here, variables=number(case, here))
    return run_case(case, element, here, message=handed)


def _case(session: Session, bundle: Compiled, handed: Mapping[str, Any], now: datetime) -> CaseRow:
    """Draft the case of whom it is about."""
    applicant, unit = handed.get("applicant"), handed.get("unit")
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
    case.title_record_id = handed.get("title_record")
    session.flush()  # facts of the guard find the case
    return case
