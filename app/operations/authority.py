"""Facts about who may decide: grants on the case's frozen path, reviewing offices."""

from __future__ import annotations

from typing import Any

from app.domain.accounts import holders_of
from app.domain.organisations import ancestors, grants_covering, name_of
from app.engine.registry import Call, fact


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
    """Return the offices that may review this issuance: the own office and its superiors."""
    issuance = call.variables.get("issuance") or {}
    office = issuance.get("office")
    if not office:
        return []
    line = [office, *ancestors(call.session, office)]
    if issuance.get("high"):
        line = line[-1:]
    return [code for code in line if holders_of(call.session, "R-CREV", code, on=call.rule_date)]


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
