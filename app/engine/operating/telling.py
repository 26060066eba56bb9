"""What is left of an operator's act for others: a line of history, a notice to the applicant."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.access.actor import PERSON_ROLE, group
from app.engine.history import History, whole
from app.engine.operating.repairs import Ground
from app.engine.spiff import Element
from app.engine.tables import Incident
from app.engine.telling import tell
from app.messages import message


def write_line(
    ground: Ground, kind: str, *, what: str = "", element: Element | None = None
) -> None:
    """Write who did it, at whose request, and why; a second line tells what was changed."""
    here = ground.situation
    said = "\n".join(part for part in (ground.reason.strip(), what) if part)
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


def troubled(ground: Ground) -> str:
    """Return what is to be said when the case stopped with an incident after the act, else ""."""
    query = select(Incident.element_name).where(
        Incident.instance_id == ground.locked.id,
        Incident.resolved_at.is_(None),
        Incident.created_at == ground.now,
    )
    names = list(dict.fromkeys(ground.session.scalars(query)))
    return message("repair.troubled", names="、".join(names)) if names else ""
