"""What is left of an operator's act for others: a line of history, a notice to the applicant."""

from __future__ import annotations

from app.domain.access.actor import PERSON_ROLE, group
from app.engine.history import History, whole
from app.engine.operating.repairs import Ground
from app.engine.spiff import Element
from app.engine.telling import tell


def write_line(
    ground: Ground, kind: str, *, what: str = "", element: Element | None = None
) -> None:
    """Write who did it, at whose request, and why; `what` tells what was changed."""
    here = ground.situation
    said = "；".join(part for part in (what, ground.reason.strip()) if part)
    History(ground.session, ground.locked.id).write(
        kind,
        element or whole(here.bundle),
        at=ground.now,
        actor=ground.actor,
        on_behalf_of=ground.asked_by,
        reason=said or None,
    )


def tell_applicant(ground: Ground, template: str, *, what: str = "") -> None:
    """Tell the applicant what was done to his case, and why."""
    here = ground.situation
    person = here.case.person_code if here.case is not None else None
    if person is not None:
        params = {"reason": ground.reason.strip(), "what": what}
        tell(here, group(PERSON_ROLE, person), template, params)
