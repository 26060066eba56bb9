"""Notices that the verbs themselves send: a returned case, a task handed on, an ended case.

What a procedure tells on its way is drawn in its file; these are told whatever is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.clock import local_date
from app.domain.access.actor import PERSON_ROLE, organisation_of, role_of
from app.domain.cases.tables import CaseRow
from app.domain.codes import label
from app.domain.notifications.sending import (
    Addressee,
    notify,
    to_account,
    to_group,
    to_person,
)
from app.domain.notifications.tables import Channel
from app.domain.organisations import names_of
from app.engine.situation import Situation
from app.engine.tables import Bundle

SMS = "sms.send"
# The business of procedures that the code list does not name.
OTHER = "QT"


def tell(here: Situation, group: str, template: str, params: Mapping[str, Any]) -> None:
    """Send a notice to a group or, for an applicant's own group, to the person."""
    is_person = role_of(group) == PERSON_ROLE
    to = to_person(organisation_of(group)) if is_person else to_group(group)
    _send(here, to, template, params, None if is_person else [Channel.INBOX])


def tell_account(
    here: Situation, account_id: str, template: str, params: Mapping[str, Any]
) -> None:
    """Send a notice to somebody's inbox on the platform."""
    _send(here, to_account(account_id), template, params, [Channel.INBOX])


def _send(
    here: Situation,
    to: Addressee,
    template: str,
    params: Mapping[str, Any],
    channels: list[Channel] | None,
) -> None:
    case = here.case
    if case is None:
        return
    known = {
        "case_no": case.case_no or "",
        "business": business_of(here.session, case),
        "organisation": _organisation(here.session, here),
        "name": here.actor.name if here.actor is not None else "",
        "decided_on": f"{local_date(here.now):%Y-%m-%d}",
    }
    rows = notify(
        here.session,
        to=to,
        template=here.notice(template),
        params={**known, **params},
        now=here.now,
        case_no=case.case_no,
        channels=channels,
    )
    for row in rows:
        if row.channel == Channel.SMS:
            here.post(SMS, {"notification_id": row.id}, key=f"sms:{row.id}")


def business_of(session: Session, case: CaseRow) -> str:
    """Return what a case is about: its business, or the title of a procedure of its own."""
    bundle = session.get(Bundle, case.bundle_id) if case.business == OTHER else None
    return bundle.title if bundle is not None else label("case_business", case.business)


def _organisation(session: Session, here: Situation) -> str:
    code = here.actor.organisation if here.actor is not None else None
    return names_of(session, [code]).get(code, "") if code else ""
