"""Starting a procedure: from a person's start form to a numbered case and a running instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.clock import local_date
from app.db.base import new_id
from app.domain.access.actor import Actor
from app.domain.cases.register import draft_case, rule_version, submit_case
from app.domain.cases.tables import CaseRow, CaseState
from app.domain.codes import calendar_region, profile_of_region
from app.domain.organisations import (
    ancestors,
    find_organisation,
    profile_of,
    region_kind,
    review_path,
)
from app.domain.people import person
from app.domain.titles.tables import TitleRecord
from app.engine.acting import advance_from, host_for
from app.engine.bundles import Compiled
from app.engine.guards import require_unguarded
from app.engine.situation import DEFAULT_REGION, Situation, Tools
from app.engine.spiff import Element, Run
from app.engine.submissions import keep_submission
from app.engine.tables import ACTIVE, ProcessInstance
from app.errors import EngineError, NotAllowed

DEFAULT_PROFILE = "GX"
OPENING_OFFICE = "office"


def start_element(bundle: Compiled) -> Element:
    """Return the none start event of the bundle's own process."""
    return bundle.definition.start_of(bundle.key)


def may_start(bundle: Compiled, actor: Actor) -> bool:
    """Tell whether the actor holds the role that starts this procedure."""
    return bundle.descriptor.starter is not None and bundle.descriptor.starter in actor.roles


def require_starter(bundle: Compiled, actor: Actor) -> None:
    """Refuse who does not hold the starter role."""
    if not may_start(bundle, actor):
        raise NotAllowed("engine.start_not_allowed", title=bundle.descriptor.title)


def open_draft(
    session: Session, tools: Tools, process_key: str, *, actor: Actor, now: datetime
) -> CaseRow:
    """Make a draft case: no number, no instance; a start form to be filled in."""
    bundle = tools.bundles.newest(session, process_key)
    require_starter(bundle, actor)
    unit = unit_of_applicant(session, actor)
    return draft_case(
        session,
        business=bundle.descriptor.business,
        process_key=process_key,
        profile=_profile(session, unit, actor),
        person_code=actor.person_code,
        unit_code=unit,
        created_by=actor.account_id,
        now=now,
    )


def is_own(case: CaseRow, actor: Actor) -> bool:
    """Tell whether the actor opened this case: a person's for himself, an officer's by account."""
    if case.person_code is None:
        return case.created_by == actor.account_id
    return case.person_code == actor.person_code


def require_draft(case: CaseRow) -> None:
    """Refuse a case that was submitted before."""
    if case.process_instance_id is not None:
        raise EngineError("engine.already_started", business_key=case.case_no)


def unit_of_applicant(session: Session, actor: Actor) -> str | None:
    """Return the unit that the acting person belongs to today."""
    if actor.person_code is None:
        return None
    return person(session, actor.person_code).unit_code


def _profile(session: Session, unit: str | None, actor: Actor) -> str:
    if unit is not None:
        return profile_of(session, unit)
    office = find_organisation(session, actor.organisation or "")
    return DEFAULT_PROFILE if office is None else profile_of_region(office.region_code)


def draft_situation(
    session: Session, tools: Tools, case: CaseRow, *, actor: Actor, now: datetime
) -> Situation:
    """Return the situation in which a draft's start form is shown, guarded and submitted."""
    bundle = tools.bundles.newest(session, case.process_key)
    initiator = actor.person_code or actor.account_id
    variables = start_variables(session, case, initiator, now)
    return Situation(tools, session, bundle, now, actor, case, None, variables)


def start_variables(
    session: Session, case: CaseRow, initiator: str, now: datetime
) -> dict[str, Any]:
    """Return the process variables that every instance of a case begins with."""
    day = local_date(now)
    unit = find_organisation(session, case.unit_code or "")
    path: dict[str, str | None] = {"applicant": case.person_code}
    if unit is not None:
        path = {**review_path(session, unit.code).for_applicant(case.person_code)}
    return {
        "case": {
            "no": case.case_no,
            "profile": case.profile,
            "business": case.business,
            "region_kind": None if unit is None else region_kind(session, unit.code),
            "rule_version": rule_version(case.profile, day),
        },
        "path": path,
        "region": DEFAULT_REGION if unit is None else calendar_region(unit.region_code),
        "rule_date": day.isoformat(),
        "initiator": initiator,
    }


def start(case: CaseRow, raw: Mapping[str, Any], *, situation: Situation) -> ProcessInstance:
    """Validate, guard, number the case, start and advance; nothing is written when refused."""
    tools, bundle, actor = situation.tools, situation.bundle, situation.actor
    if actor is None:
        raise NotAllowed("engine.start_not_allowed", title=bundle.descriptor.title)
    require_starter(bundle, actor)
    element = start_element(bundle)
    form = bundle.form_of(element)
    values = tools.forms.validate(form, raw, situation) if form is not None else dict(raw)
    require_unguarded(element, replace(situation, submission=values))
    numbered = number(case, situation)
    if form is not None:
        numbered |= tools.forms.variables(form, values)
    return run_case(case, element, replace(situation, variables=numbered, submission=values))


def run_case(
    case: CaseRow,
    element: Element,
    situation: Situation,
    *,
    message: Mapping[str, Any] | None = None,
) -> ProcessInstance:
    """Make the instance of a numbered case, keep what a person handed in, and advance it."""
    session, bundle = situation.session, situation.bundle
    instance = ProcessInstance(
        id=new_id(),
        bundle_id=bundle.id,
        process_key=bundle.key,
        business_key=case.case_no or "",
        case_id=case.id,
        state="",
        status=ACTIVE,
        started_at=situation.now,
    )
    session.add(instance)
    session.flush()  # submissions and tasks refer to the instance
    case.process_instance_id, case.bundle_id = instance.id, bundle.id
    here = replace(situation, instance_id=instance.id)
    if here.actor is not None:
        keep_submission(here, element, here.submission or {}, task_id=None)
    host = host_for(here)
    run = Run.begin(
        bundle.definition, host, here.variables, start_element=element.id, message=message
    )
    advance_from(instance, run, host)
    return instance


def begin(
    session: Session,
    tools: Tools,
    process_key: str,
    record_id: str,
    person_code: str,
    *,
    actor: Actor,
    now: datetime,
) -> ProcessInstance:
    """Start a procedure for a person's title record, as an officer of the `opener` role."""
    bundle = tools.bundles.newest(session, process_key)
    about = bundle.descriptor
    if about.opener is None or not actor.holds(about.opener, actor.organisation or ""):
        raise NotAllowed("engine.start_not_allowed", title=about.title)
    session.get_one(TitleRecord, record_id, with_for_update=True)  # begun twice at once: one waits
    unit = person(session, person_code).unit_code
    case = draft_case(
        session,
        business=about.business,
        process_key=process_key,
        profile=_profile(session, unit, actor),
        person_code=person_code,
        unit_code=unit,
        created_by=actor.account_id,
        now=now,
    )
    case.title_record_id = record_id
    session.flush()  # facts of the guard find the case
    situation = draft_situation(session, tools, case, actor=actor, now=now)
    path = _opened_path(session, situation.variables["path"], actor.organisation or "")
    situation = replace(situation, variables={**situation.variables, "path": path}, submission={})
    element = start_element(bundle)
    require_unguarded(element, situation)
    return run_case(case, element, replace(situation, variables=number(case, situation)))


def _opened_path(session: Session, path: Mapping[str, Any], office: str) -> dict[str, Any]:
    """Add the opening office to a path; without a unit its line leads to the region office."""
    region = path.get("region") or [office, *ancestors(session, office)][-1]
    return {**path, OPENING_OFFICE: office, "region": region}


def number(case: CaseRow, situation: Situation) -> dict[str, Any]:
    """Give the case its number and frozen path; returns the variables with the number."""
    variables = dict(situation.variables)
    submit_case(
        situation.session,
        case,
        path=variables["path"],
        state=CaseState.RUNNING,
        now=situation.now,
        pattern=situation.bundle.descriptor.case_number,
    )
    variables["case"] = {**variables["case"], "no": case.case_no}
    return variables
