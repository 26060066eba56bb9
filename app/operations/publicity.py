"""Publicity: publishing a text for a number of working days, and its end without objection."""

from __future__ import annotations

from typing import Any

from app.clock import local
from app.domain.codes import code_list, label
from app.domain.organisations import name_of
from app.domain.people import Person, person
from app.domain.publicity.content import GateFields, LostPaper, declaration
from app.domain.publicity.facts import publicity_facts
from app.domain.publicity.publishing import Announcement, Period, clear, publicity_of
from app.domain.publicity.publishing import publish as begin
from app.domain.publicity.publishing import stop as end_early
from app.domain.publicity.tables import Place, PublicityKind
from app.domain.titles.tables import TitleRecord
from app.engine.registry import Call, fact, operation, period
from app.errors import DomainError
from app.operations.call import case_of, person_of

PERIOD = period("publicity")


@operation("publicity.publish", kind=lambda: [PublicityKind.LOST], place=lambda: list(Place))
def publish(
    call: Call, *, kind: str, place: str, days: int, legal_basis: str | None = None
) -> dict[str, Any]:
    """Publish the case's text; the period of `days` working days starts today."""
    case = case_of(call)
    deadline = call.open_deadline(
        kind=PERIOD,
        duration=f"P{int(days)}D",
        calendar="working-days",
        legal_basis=legal_basis,
        announced=True,
    )
    row = begin(
        call.session,
        case.case_no or "",
        _announcement(call, PublicityKind(kind), Place(place)),
        Period(int(days), deadline.due_at, deadline.id),
        now=call.now,
    )
    return {
        "publication": {
            "id": row.id,
            "from": row.published_on.isoformat(),
            "to": row.last_day.isoformat(),
            "end_exclusive": local(row.end_exclusive).isoformat(),
            "host": row.host_code,
        }
    }


def _announcement(call: Call, kind: PublicityKind, place: Place) -> Announcement:
    if kind is not PublicityKind.LOST:
        raise DomainError("publicity.kind_not_served", kind=kind)
    holder = person(call.session, person_of(call))
    paper = lost_paper(call, holder)
    path = call.variables.get("path") or {}
    receiver = (call.variables.get("authority") or {}).get("office") or path.get("serving") or ""
    content = {"name": paper.name, "series": paper.series, "title": paper.title}
    return Announcement(
        kind=kind,
        place=place,
        content=content,
        text=declaration(paper),
        gate=gate_fields(holder, paper),
        receiver_code=receiver,
        host_code=receiver,
        unit_code=path.get("unit"),
    )


def lost_paper(call: Call, holder: Person) -> LostPaper:
    """Return the lost paper of the case in the words of its declaration."""
    record = call.session.get_one(TitleRecord, case_of(call).title_record_id)
    issued_on = record.approved_on or record.acquired_on
    if issued_on is None:
        raise DomainError("loss.record_incomplete")
    issuer = record.approval_body_name or name_of(call.session, record.approval_body_code or "")
    return LostPaper(
        name=holder.name,
        series=label("title_series", record.series),
        title=record.title,
        number=record.paper_cert_no or "",
        issued_on=issued_on,
        issuer=issuer,
    )


def gate_fields(holder: Person, paper: LostPaper) -> GateFields:
    """Return the content that must be the same at publicity and at submission."""
    return GateFields(
        name=holder.name,
        id_number=holder.id_number,
        series=paper.series,
        title=paper.title,
        cert_no=paper.number,
        issued_on=paper.issued_on.isoformat(),
    )


@operation("publicity.clear")
def clear_publicity(call: Call) -> dict[str, Any]:
    """End the publicity of the case without objection."""
    row = publicity_of(call.session, case_of(call).case_no or "")
    if row is None:
        raise DomainError("publicity.cannot_clear", case_no=case_of(call).case_no)
    return {"publicity_result": clear(call.session, row, now=call.now)}


@operation("publicity.stop")
def stop(call: Call) -> None:
    """Take the case's publicity from the page; one that has ended stays as it ended."""
    row = publicity_of(call.session, case_of(call).case_no or "")
    if row is not None:
        end_early(row, now=call.now)


@fact("publicity")
def publicity(call: Call) -> dict[str, Any]:
    """What the publicity gate looks at, with the case's content as it is now."""
    case = call.case
    if case is None or case.case_no is None or case.title_record_id is None:
        return publicity_facts(call.session, None, now=call.now)
    holder = person(call.session, person_of(call))
    current = gate_fields(holder, lost_paper(call, holder))
    found = publicity_facts(call.session, case.case_no, now=call.now, current=current)
    words = {code.code: code.label for code in code_list("publicity_state")}
    return {**found, "state_words": words.get(found["state"], "")}
