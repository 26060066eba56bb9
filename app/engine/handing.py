"""Handing tasks from one to another: assigning, taking away, delegating and giving back.

Whoever may assign gives an open task to a candidate or takes it away. A delegated task is with a
colleague only for a while: he fills the form in and gives it back, and who delegated completes it.
Claiming and releasing, which everybody does for himself, are in `tasks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.clock import local_date
from app.domain.access.actor import PERSON_ROLE, WITHOUT_CASES, Actor, organisation_of, role_of
from app.domain.access.rules import may_assign, must_say_why
from app.domain.accounts import Account, AccountState, accounts_at, actor_of, holders_of
from app.engine.acting import require_active
from app.engine.history import History
from app.engine.signing.signers import require_in_hand
from app.engine.situation import Situation
from app.engine.tables import OPEN, PENDING, RESOLVED, ProcessInstance, UserTask
from app.engine.tasks import (
    candidate_groups,
    require_fit,
    require_mine,
    require_not_delegated,
    require_open,
)
from app.engine.telling import tell_account
from app.errors import EngineError, NotAllowed

SHORTEST_REASON = 5
ASSIGNED, DELEGATED, GIVEN_BACK = "W01", "W02", "W03"


def candidates(session: Session, task: UserTask, here: Situation) -> list[Actor]:
    """Return the people who belong to a task's groups, applicants excepted, by user name."""
    groups = [g for g in sorted(candidate_groups(session, task.id)) if role_of(g) != PERSON_ROLE]
    day = local_date(here.now)
    found = [
        account
        for group in groups
        for account in holders_of(session, role_of(group), organisation_of(group), on=day)
    ]
    return _usable(found, here)


def colleagues(session: Session, task: UserTask, here: Situation) -> list[Actor]:
    """Return the people who work for a task's organisations in any role that takes part."""
    groups = candidate_groups(session, task.id)
    codes = sorted({organisation_of(g) for g in groups if role_of(g) != PERSON_ROLE})
    day = local_date(here.now)
    found = [account for code in codes for account in accounts_at(session, code, on=day)]
    return [each for each in _usable(found, here) if each.roles - WITHOUT_CASES - {PERSON_ROLE}]


def _usable(accounts: Iterable[Account], here: Situation) -> list[Actor]:
    day = local_date(here.now)
    active = {a.id: a for a in accounts if a.state == AccountState.ACTIVE}
    return [actor_of(account, day) for account in active.values()]


def assign(
    instance: ProcessInstance,
    task: UserTask,
    account_id: str | None,
    *,
    reason: str,
    situation: Situation,
) -> None:
    """Give an open task to a candidate; without one it goes back to its groups.

    Who may: its organisation's heads and the platform's administrator, with a reason; and a
    candidate, with what nobody else has claimed.
    """
    actor = _begin(instance, task, situation)
    groups = candidate_groups(situation.session, task.id)
    others = task.assignee not in (None, actor.account_id)
    if not may_assign(actor, groups, held_by_another=others):
        raise EngineError("engine.assign_not_allowed")
    if must_say_why(actor, groups, held_by_another=others):
        require_reason(reason)
    before = task.assignee
    if account_id is None:
        _free(task)
        _write(task, "unassigned", situation, reason=reason)
        return
    person = _among(candidates(situation.session, task, situation), account_id)
    require_fit(situation, instance, task, person)
    _free(task)
    _hold(task, person, situation)
    _write(task, "assigned", situation, to=person.name, reason=reason)
    if person.account_id not in (before, actor.account_id):
        _tell(task, person.account_id, ASSIGNED, situation, reason)


def delegate(
    instance: ProcessInstance,
    task: UserTask,
    account_id: str,
    *,
    note: str,
    situation: Situation,
) -> None:
    """Let a colleague do a task for its assignee; it comes back to him."""
    actor = _begin(instance, task, situation)
    require_not_delegated(task, actor)
    require_mine(task, actor)
    require_fit(situation, instance, task, actor)
    person = _among(colleagues(situation.session, task, situation), account_id)
    if person.account_id == actor.account_id:
        raise EngineError("engine.delegate_to_oneself")
    require_fit(situation, instance, task, person)
    task.owner, task.owner_name, task.delegation = actor.account_id, actor.name, PENDING
    _hold(task, person, situation)
    _write(task, "delegated", situation, to=person.name, reason=note)
    _tell(task, person.account_id, DELEGATED, situation, note)


def give_back(
    instance: ProcessInstance,
    task: UserTask,
    values: Mapping[str, Any] | None,
    *,
    situation: Situation,
) -> None:
    """Return a delegated task to who delegated it, with what was filled in as its draft.

    The colleague gives it back; the owner may fetch it at any time.
    """
    actor = _begin(instance, task, situation)
    owner, owner_name = task.owner, task.owner_name
    if task.delegation != PENDING or actor.account_id not in (task.assignee, owner):
        raise EngineError("engine.task_not_delegated")
    if values is not None and actor.account_id == task.assignee:
        task.draft, task.draft_at = dict(values), situation.now
    helper = task.assignee_name or ""
    task.assignee, task.assignee_name = owner, owner_name
    task.claimed_at, task.delegation = situation.now, RESOLVED
    if actor.account_id == owner:
        _write(task, "fetched", situation, to=helper)
    else:
        _write(task, "given_back", situation, behalf=owner_name)
        _tell(task, owner or "", GIVEN_BACK, situation, "")


def require_reason(reason: str) -> None:
    """Refuse an act that needs a reason and has none worth the name."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise EngineError("engine.reason_missing", least=SHORTEST_REASON)


def _begin(instance: ProcessInstance, task: UserTask, situation: Situation) -> Actor:
    if situation.actor is None:
        raise NotAllowed("engine.task_not_allowed")
    require_active(instance)
    require_open(task)
    require_in_hand(task)
    return situation.actor


def _among(people: list[Actor], account_id: str) -> Actor:
    for person in people:
        if person.account_id == account_id:
            return person
    raise EngineError("engine.not_a_candidate")


def _free(task: UserTask) -> None:
    task.assignee = task.assignee_name = task.claimed_at = None
    task.owner = task.owner_name = task.delegation = None


def _hold(task: UserTask, person: Actor, here: Situation) -> None:
    task.assignee, task.assignee_name, task.claimed_at = person.account_id, person.name, here.now


def _write(
    task: UserTask,
    kind: str,
    here: Situation,
    *,
    to: str = "",
    behalf: str | None = None,
    reason: str = "",
) -> None:
    """Write a line of history; whom a task went to stands with the reason."""
    element = here.bundle.definition.elements[task.element_id]
    said = "：".join(part for part in (to, reason.strip()) if part)
    History(here.session, here.instance_id or "").write(
        kind, element, at=here.now, actor=here.actor, on_behalf_of=behalf, reason=said or None
    )


def _tell(task: UserTask, account_id: str, template: str, here: Situation, reason: str) -> None:
    tell_account(here, account_id, template, {"step": task.name, "reason": reason.strip()})


def handed(task: UserTask) -> bool:
    """Tell whether a task is with a colleague for somebody else."""
    return task.status == OPEN and task.delegation == PENDING
