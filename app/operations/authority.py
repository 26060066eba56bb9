"""Facts about who may decide: grants on the case's frozen path, reviewing offices."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.domain.accounts import holders_of
from app.domain.organisations import ancestors, grants_covering, name_of, series_offices
from app.engine.registry import Call, fact
from app.operations.records import record_of

REVIEWER = "R-CREV"


@fact("grants")
def grants(call: Call) -> dict[str, bool]:
    """Which bodies on the path hold a grant for business, series and level on the rule date."""
    path = call.variables.get("path") or {}

    def holds(body: str) -> bool:
        office, title = path.get(body), call.variables.get("title") or {}
        return office is not None and grants_covering(
            call.session,
            office=office,
            business=str(call.variables.get("business") or ""),
            series=title.get("series", ""),
            level=title.get("level", ""),
            on=call.rule_date,
        )

    return {
        "self_office": holds("self_office"),
        "hr_body": holds("hr_body"),
        "city_high": holds("city"),
        "county": holds("county"),
    }


def reviewing_offices(call: Call) -> list[str]:
    """Return the offices that may review this issuance: own level, own system, superiors."""
    issuance = call.variables.get("issuance") or {}
    office, record = issuance.get("office"), record_of(call)
    if not office or record is None:
        return []
    return offices_reviewing(
        call.session, office, record.series, high=bool(issuance.get("high")), on=call.rule_date
    )


def offices_reviewing(
    session: Session, office: str, series: str, *, high: bool, on: date
) -> list[str]:
    """Return the offices with a reviewer that may review an office's records of a series.

    They are the office itself, the offices of the series in its line, and its superiors; a high
    level is reviewed by the region office alone.
    """
    line = [office, *ancestors(session, office)]
    own_system = [] if high else series_offices(session, series, line)
    wanted = line[-1:] if high else [office, *own_system, *line[1:]]
    found = dict.fromkeys(wanted)
    return [code for code in found if holders_of(session, REVIEWER, code, on=on)]


@fact("review_offices")
def review_offices(call: Call) -> list[dict[str, str]]:
    """The reviewing offices as options of the application form."""
    return [
        {"value": code, "label": name_of(call.session, code)} for code in reviewing_offices(call)
    ]


@fact("reviewer")
def reviewer(call: Call) -> dict[str, Any]:
    """Whether the region office itself reviewed the issuance."""
    path = call.variables.get("path") or {}
    return {"is_region": call.variables.get("review_office") == path.get("region")}
