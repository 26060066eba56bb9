"""What becomes of the open tasks of an instance: name, form and groups follow the new bundle.

Worked out before anything is written, from the state as it will be; carried out by `moving`. Due
dates and deadlines run on, drafts are kept, and who has claimed a task keeps it unless he is in
none of the new groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import local_date
from app.domain.access.actor import PERSON_ROLE, organisation_of, role_of
from app.domain.access.rules import is_candidate
from app.domain.accounts import actor_of
from app.domain.accounts.tables import Account
from app.domain.codes import has_code, label
from app.domain.organisations import names_of
from app.engine.arming import place_of
from app.engine.bundles import Compiled
from app.engine.projection import groups_in, stage_of
from app.engine.situation import Situation
from app.engine.spiff import Run, Token
from app.engine.tables import OPEN, UserTask
from app.engine.tasks import candidate_groups
from app.messages import message


@dataclass(frozen=True)
class TaskChange:
    """What an open task becomes."""

    task: UserTask
    token: Token
    groups: tuple[str, ...]
    groups_before: frozenset[str]
    new_form: bool
    lost: tuple[str, ...] = ()  # fields of the draft that the new form does not have
    released: bool = False

    @property
    def name(self) -> str:
        """Return the task's new name."""
        return self.token.element.name or self.token.element.id

    @property
    def stage(self) -> str:
        """Return the stage of the case that the task stands for; a corrected one's stays."""
        return self.task.stage if self.task.sent_back_by else stage_of(self.token) or ""

    @property
    def signing(self) -> bool:
        """Tell whether the old form was handed in and waits for signatures."""
        return self.new_form and self.task.handed_in_at is not None

    @property
    def new_groups(self) -> bool:
        """Tell whether others have to do it."""
        return set(self.groups) != self.groups_before


def task_changes(here: Situation, old: Compiled, run: Run) -> list[TaskChange]:
    """Return what becomes of each open task; `here` and the run are those of the new bundle.

    Raises when the groups of a task cannot be told.
    """
    query = select(UserTask).where(
        UserTask.instance_id == here.instance_id, UserTask.status == OPEN
    )
    tokens = {token.id: token for token in run.tokens()}
    tasks = here.session.scalars(query.order_by(UserTask.id))
    return [
        _change(replace(here, variables=run.context(task.token_id)), old, task, token)
        for task in tasks
        if (token := tokens.get(task.token_id)) is not None
    ]


def _change(here: Situation, old: Compiled, task: UserTask, token: Token) -> TaskChange:
    element, session = token.element, here.session
    here = replace(here, token_id=token.id, element_id=element.id)
    [asked] = here.evaluate([element.candidate_groups or ""], place_of(element, "assignment"))
    groups, before = groups_in(asked, element), candidate_groups(session, task.id)
    old_form = old.form_of(old.definition.elements[task.element_id])
    new_form = here.bundle.form_of(element)
    return TaskChange(
        task,
        token,
        tuple(groups),
        before,
        new_form=_source(old, task.form_id) != _source(here.bundle, element.form_id or ""),
        lost=_lost(here, old_form, new_form, task),
        released=_is_out(session, task, groups, here) if set(groups) != before else False,
    )


def _source(bundle: Compiled, form_id: str) -> list[str]:
    return [text for path, text in bundle.files.items() if path.endswith(f"/{form_id}.form")]


def _lost(here: Situation, old: Any, new: Any, task: UserTask) -> tuple[str, ...]:
    """Return the fields in use that the new form does not have, as people call them."""
    if not task.draft or new is None:
        return ()
    keys = here.tools.forms.keys(new)
    names = {} if old is None else here.tools.forms.labels(old)
    filled = (key for key, value in task.draft.items() if value not in (None, "", []))
    return tuple(names.get(key, key) for key in filled if key not in keys)


def _is_out(session: Session, task: UserTask, groups: list[str], here: Situation) -> bool:
    """Tell whether who has claimed a task is in none of its new groups."""
    held = task.assignee if task.handed_in_at is None else None
    account = session.get(Account, held) if held else None
    return account is not None and not is_candidate(actor_of(account, local_date(here.now)), groups)


def told(session: Session, changes: list[TaskChange]) -> Iterator[str]:
    """Say what becomes of the tasks."""
    for change in changes:
        name, before = change.name, change.task.name
        if name != before:
            yield message("migration.task_renamed", before=before, name=name)
        if change.new_groups:
            yield message(
                "migration.task_groups",
                name=name,
                before=_in_words(session, sorted(change.groups_before)),
                groups=_in_words(session, change.groups),
            )
        if change.released:
            yield message("migration.task_released", name=name, who=change.task.assignee_name)
        if change.new_form:
            yield message("migration.task_form", name=name)
        if change.lost:
            yield message("migration.task_lost", name=name, fields=change.lost)


def _in_words(session: Session, groups: list[str] | tuple[str, ...]) -> list[str]:
    """Return groups as people call them."""
    names = names_of(session, {organisation_of(each) for each in groups})
    return [_word(each, names) for each in groups]


def _word(group: str, names: dict[str, str]) -> str:
    role, organisation = role_of(group), organisation_of(group)
    if role == PERSON_ROLE:
        return message("web.applicant")
    known = label("roles", role) if has_code("roles", role) else role
    return f"{names.get(organisation, organisation)}{known}"
