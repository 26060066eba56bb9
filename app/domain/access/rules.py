"""The answers to "may this person see or do this": pure, over the actor and plain facts.

Callers look up the facts (frozen path, groups that ever had a task) and ask here; nobody else
decides. Platform and vendor roles never reach a case.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from app.domain.access.actor import PERSON_ROLE, Actor, group, organisation_of, role_of

ADMINISTRATOR = "R-ADM"
# Who tries and publishes procedures.
DESIGNERS = frozenset({ADMINISTRATOR})
HEADS = frozenset({"R-UHEAD", "R-UHR"})
_APPLICANT = "applicant"


class Reach(StrEnum):
    """How far someone may go with a thing."""

    NONE = "none"
    READ = "read"
    ACT = "act"


def is_candidate(actor: Actor, groups: Collection[str]) -> bool:
    """Tell whether the actor belongs to one of a task's candidate groups."""
    return not actor.groups.isdisjoint(groups)


def may_operate(actor: Actor) -> bool:
    """Tell whether the actor repairs and ends instances for the platform; he decides no case."""
    return ADMINISTRATOR in actor.roles


def heads(actor: Actor, groups: Collection[str]) -> bool:
    """Tell whether the actor is a head of an organisation that a task is for."""
    organisations = {organisation_of(each) for each in groups if role_of(each) != PERSON_ROLE}
    return any(role_of(g) in HEADS and organisation_of(g) in organisations for g in actor.groups)


def may_assign(actor: Actor, groups: Collection[str], *, held_by_another: bool) -> bool:
    """Tell whether the actor may give a task to somebody, or take it away.

    Heads of its organisation and the platform's administrator always may; a candidate may while
    nobody else has claimed it. An applicant's own step is nobody's to assign.
    """
    if all(role_of(each) == PERSON_ROLE for each in groups):
        return False
    if may_operate(actor) or heads(actor, groups):
        return True
    return is_candidate(actor, groups) and not held_by_another


def must_say_why(actor: Actor, groups: Collection[str], *, held_by_another: bool) -> bool:
    """Tell whether assigning needs a reason: by an outsider, or against another's claim."""
    return held_by_another or not is_candidate(actor, groups)


def is_person(actor: Actor, person_code: str | None) -> bool:
    """Tell whether the actor is that person, acting for himself."""
    return person_code is not None and group(PERSON_ROLE, person_code) in actor.groups


def may_see_case(
    actor: Actor, case_path: Mapping[str, Any], candidate_groups_ever: Collection[str]
) -> bool:
    """Tell whether the actor may open a case.

    The applicant may; an officer when the frozen path contains his organisation and a task of that
    organisation exists or existed. A superior sees nothing by being superior. Bodies that join on
    the way (series office, committee, the office that approved the title) are entered in the path
    under a further key, as a code or a list of codes.
    """
    if is_person(actor, case_path.get(_APPLICANT)):
        return True
    had_a_task = {organisation_of(each) for each in candidate_groups_ever}
    return bool(actor.offices & had_a_task & _organisations(case_path))


def may_see_person_fully(actor: Actor, person_code: str, open_task_groups: Collection[str]) -> bool:
    """Tell whether identity number and mobile may be shown unmasked.

    They may to the person himself, and to candidates of an open task on one of his cases; every
    such display is logged by the caller.
    """
    if is_person(actor, person_code):
        return True
    return bool(actor.offices) and is_candidate(actor, open_task_groups)


def issuance_reach(
    actor: Actor,
    *,
    applying_office: str,
    reviewing_office: str | None,
    superiors: Collection[str],
) -> Reach:
    """Tell how far the actor may go with an issuance record; superiors are the reviewer's."""
    if actor.offices & {applying_office, reviewing_office}:
        return Reach.ACT
    if reviewing_office is not None and not actor.offices.isdisjoint(superiors):
        return Reach.READ
    return Reach.NONE


def may_edit_record(actor: Actor, *, owning_office: str, issued: bool) -> bool:
    """Tell whether the actor may change a data record: its owner may, until it is issued."""
    return owning_office in actor.offices and not issued


def may_see_staff(actor: Actor, unit_code: str | None) -> bool:
    """Tell whether the actor may see the titles of a person attached to a unit today."""
    return unit_code is not None and unit_code in actor.offices


def _organisations(case_path: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    for lane, value in case_path.items():
        if lane == _APPLICANT or value is None:
            continue
        found.update([value] if isinstance(value, str) else value)
    return found
