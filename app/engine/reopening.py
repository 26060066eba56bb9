"""A task that a returned case came back to: its row knows who sent it, and begins with its draft.

Called by the projection, which makes the row; the verb that sends a case back is in `returning`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.domain.access.actor import PERSON_ROLE, group
from app.domain.cases.tables import CaseState
from app.engine.situation import Situation
from app.engine.submissions import last_done
from app.engine.tables import UserTask


def reopen(task: UserTask, sent_back_by: str, groups: Sequence[str], here: Situation) -> None:
    """Give a task its last submission as draft; the applicant's own means a returned case."""
    query = select(UserTask.id).where(
        UserTask.instance_id == task.instance_id, UserTask.token_id == sent_back_by
    )
    task.sent_back_by = here.session.scalars(query).one()
    last = last_done(here.session, task.instance_id, task.element_id)
    if last is not None:
        task.draft, task.draft_at = dict(last.values), here.now
    person = here.case.person_code if here.case is not None else None
    if person is not None and group(PERSON_ROLE, person) in groups:
        task.stage = CaseState.RETURNED
