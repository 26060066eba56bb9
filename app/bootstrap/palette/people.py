"""User tasks of the palette: one template for every role that acts on cases."""

from __future__ import annotations

from typing import Any

from app.bootstrap.palette.fields import (
    calendar,
    feel,
    house_property,
    house_value,
    labels,
    legal_basis,
    needed,
    state,
    template,
    text,
)
from app.bootstrap.palette.sources import Sources
from app.engine.cancelling import MAY_CANCEL
from app.engine.guards import DURING_HOLD, GUARD
from app.messages import message

# Where on a case's path each role acts; the others act at an office that the process works out.
PLACES = {
    "R-PERS": "path.applicant",
    "R-UADM": "path.unit",
    "R-UHR": "path.unit",
    "R-UHEAD": "path.unit",
    "R-DEPT": "path.department",
    "R-CNTY": "path.county",
    "R-CITY": "path.city",
    "R-HRB": "path.hr_body",
    "R-REG": "path.region",
    "R-SELF": "path.self_office",
}
ELSEWHERE = "authority.office"
ACTING = "R-"
NOT_ON_CASES = frozenset({"R-ADM", "R-SEC", "R-AUD", "R-VEND"})
USER_TASK = "bpmn:UserTask"


def user_tasks(sources: Sources) -> list[dict[str, Any]]:
    """Return a template for each role, with its group filled in."""
    roles = {
        code: name
        for code, name in labels("roles").items()
        if code.startswith(ACTING) and code not in NOT_ON_CASES
    }
    return [_user_task(sources, code, name) for code, name in roles.items()]


def _user_task(sources: Sources, role: str, name: str) -> dict[str, Any]:
    fields = [
        {"type": "Hidden", "binding": {"type": "zeebe:userTask"}},
        *_who(role),
        *_when(sources),
        *_rules(sources),
        *_returns(),
    ]
    title = message("palette.people", role=name)
    about = message("palette.user_about", role=name)
    return template(f"people.{role}", title, about, USER_TASK, fields, role, name)


def _who(role: str) -> list[dict[str, Any]]:
    group = f'=role("{role}", {PLACES.get(role, ELSEWHERE)})'
    form = text(
        message("palette.form"), "people", about=message("palette.form_about"),
        type="zeebe:formDefinition", property="formId",
    )  # fmt: skip
    candidates = feel(
        message("palette.candidates"), "people", value=group, required=True,
        type="zeebe:assignmentDefinition", property="candidateGroups",
    )  # fmt: skip
    return [needed(form), needed(candidates), house_property("notSameAs", "people",
            about=message("palette.not_same_as_about"))]  # fmt: skip


def _when(sources: Sources) -> list[dict[str, Any]]:
    due = feel(
        message("palette.due"), "time", about=message("palette.due_about"),
        value=message("palette.due_default"), type="zeebe:taskSchedule", property="dueDate",
    )  # fmt: skip
    about = message("palette.period_about", periods=sources.periods)
    return [needed(due), calendar(), house_property("period", "time", about=about)]


def _rules(sources: Sources) -> list[dict[str, Any]]:
    guard = house_property(
        GUARD, "rules", about=message("palette.guard_about", facts=sources.facts)
    )
    return [
        guard,
        state(),
        legal_basis(sources.clauses),
        house_value(DURING_HOLD, "rules"),
        house_value("progress", "rules"),
    ]


def _returns() -> list[dict[str, Any]]:
    about = message("palette.may_return_to_about")
    return [
        house_property("mayReturnTo", "return", about=about),
        *(house_value(name, "return") for name in ("afterReturn", "otherBranches", MAY_CANCEL)),
    ]
