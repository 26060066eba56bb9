"""Notices: addressed in the process file, composed from templates, sent by the outbox."""

from __future__ import annotations

from typing import Any

from app.clock import local_date
from app.domain.access.actor import PERSON_ROLE, organisation_of, role_of
from app.domain.certificates.register import last_certificate
from app.domain.collection import collection_facts
from app.domain.notifications.composing import keys
from app.domain.notifications.composing import template as notice_of
from app.domain.notifications.sending import Addressee, notify, to_group, to_person
from app.domain.notifications.tables import Channel
from app.domain.organisations import name_of
from app.domain.people import person
from app.domain.publicity.facts import publicity_facts
from app.domain.titles.tables import TitleRecord
from app.engine.registry import Call, operation, registry
from app.engine.telling import business_of
from app.operations.call import case_of
from app.operations.wording import say

NOTHING_MORE = {
    "age_days": "",
    "superior": False,
    "closes_on": "",
    "step": "",
    "event": "",
    "text": "",
}
# Every parameter that a notice may speak of; `params_of` gives what the caller does not.
registry.told |= {
    *NOTHING_MORE,
    *("case_no", "business", "name", "organisation", "title", "document_no", "cert_no"),
    *("since", "decided_on", "approved_on", "reviewed_on", "online_on", "collection_due_on"),
    *("reason", "remark", "remedies", "menu_path", "contact"),
    *("from", "to", "days", "earliest"),
}


def drawable() -> list[str]:
    """Return the notices that a drawing may send; the others need what only a verb knows."""
    return [key for key in keys() if notice_of(key).params <= registry.told]


@operation("notify.send", template=drawable)
def send(
    call: Call,
    *,
    template: str,
    to: str | list[str],
    step: str = "",
    event: str = "",
    text: str = "",
    organisation: str | None = None,
    closes_on: str = "",
) -> None:
    """Send a notice to a group (`R-PERS@P003`) or several; `organisation` is a code.

    `text` is what a designer says in the plain notice P01; other templates have their own words.
    """
    params = {"step": step, "event": event, "text": text, "closes_on": closes_on}
    if organisation:
        params["organisation"] = name_of(call.session, organisation)
    tell(call, [to] if isinstance(to, str) else to, template, params)


def tell(call: Call, groups: list[str], template: str, params: dict[str, Any]) -> None:
    """Send a notice about the case to groups, with what is known of the case and `params`."""
    told = NOTHING_MORE | params_of(call) | params
    for group in groups:
        rows = notify(
            call.session,
            to=_addressee(group),
            template=call.notice(template),
            params=told,
            now=call.now,
            case_no=case_of(call).case_no,
        )
        for row in rows:
            if row.channel == Channel.SMS:
                call.post("sms.send", {"notification_id": row.id}, key=f"sms:{row.id}")


def _addressee(group: str) -> Addressee:
    if role_of(group) == PERSON_ROLE:
        return to_person(organisation_of(group))
    return to_group(group)


def params_of(call: Call) -> dict[str, Any]:
    """Return every parameter that a notice may declare; a template uses what it declares."""
    case = case_of(call)
    day = f"{local_date(call.now):%Y-%m-%d}"
    handed_in = call.submission_of(call.element_id) or call.last_submission()
    actor_organisation = call.actor.organisation if call.actor is not None else None
    return {
        "case_no": case.case_no or "",
        "business": business_of(call.session, case),
        "name": person(call.session, case.person_code).name if case.person_code else "",
        "organisation": name_of(call.session, actor_organisation) if actor_organisation else "",
        "since": day,
        "decided_on": day,
        "approved_on": day,
        "reviewed_on": day,
        "online_on": day,
        "reason": handed_in.get("opinion") or handed_in.get("reason") or "",
        "remark": handed_in.get("remark") or "",
        "remedies": say("remedies"),
        "menu_path": say("menu_path"),
        "contact": "",
        **_title(call),
        **_period(call),
        "collection_due_on": _collection_due_on(call),
    }


def _collection_due_on(call: Call) -> str:
    found = collection_facts(call.session, case_of(call).case_no, now=call.now)
    return found["due_on"] or ""


def _title(call: Call) -> dict[str, Any]:
    case = case_of(call)
    record = call.session.get(TitleRecord, case.title_record_id) if case.title_record_id else None
    if record is None:
        return {"title": "", "document_no": "", "cert_no": ""}
    certificate = last_certificate(call.session, record.id)
    return {
        "title": record.title,
        "document_no": record.approval_doc_no or "",
        "cert_no": certificate.cert_no if certificate is not None else "",
    }


def _period(call: Call) -> dict[str, Any]:
    found = publicity_facts(call.session, case_of(call).case_no, now=call.now)
    return {
        "from": found["published_on"] or "",
        "to": found["last_day"] or "",
        "days": found["days"] or "",
        "earliest": found["earliest_text"] or "",
    }
