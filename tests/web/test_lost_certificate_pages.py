"""Applying, the shut door, reviewing, and downloading, through the pages alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.audit.tables import AuditEntry
from app.domain.people.tables import Person
from app.web.extensions import house
from tests.web.conftest import Town, Visitor

Declared = Callable[[], tuple[Visitor, str]]
AGREE = {"outcome": "AGREE", "opinion": "情况属实，同意补办。", "signature": "true", "seal": "true"}
CONFIRM = {"submission_confirmed": "true", "submission_signature": "true"}
OPEN = datetime.fromisoformat("2026-11-28T00:00:00+08:00")


def _task_of(visitor: Visitor) -> str:
    found = re.search(r'href="/tasks/([0-9a-f]{32})"', visitor.text("/inbox"))
    assert found is not None
    return found[1]


def _submitted(town: Town, declared: Declared) -> tuple[Visitor, str]:
    person, case_id = declared()
    town.clock.move_to(OPEN)
    path = f"/cases/{case_id}"
    answer = person.post(f"{path}/steps/submit_to_unit", CONFIRM, page=path)
    assert answer.status_code == 302
    return person, case_id


def test_incomplete_application_comes_back_with_what_was_typed(town: Town) -> None:
    person = town.signed_in("P003")
    begun = person.post("/apply/lost_certificate", page="/apply/lost_certificate")
    path = begun.location

    answer = person.post(path, {"loss_statement": "搬家时不慎遗失"}, page=path)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "处需要修改" in page
    assert "搬家时不慎遗失" in page
    assert "搬家时不慎遗失" in person.text(path)


@pytest.mark.req("R132", "R133")
def test_early_submission_is_refused_with_the_earliest_time(town: Town, declared: Declared) -> None:
    person, case_id = declared()
    path = f"/cases/{case_id}"

    page = person.text(path)
    answer = person.post(f"{path}/steps/submit_to_unit", CONFIRM, page=path)

    assert "最早可提交时间" in page
    assert "disabled" in page
    assert answer.status_code == 409
    assert "最早可提交时间" in answer.get_data(as_text=True)


def test_step_of_somebody_else_is_not_allowed(town: Town, declared: Declared) -> None:
    person, case_id = declared()
    path = f"/cases/{case_id}"

    assert person.post(f"{path}/steps/unit_review", AGREE, page=path).status_code in (403, 409)
    assert (
        town.signed_in("P001").post(f"{path}/steps/submit_to_unit", CONFIRM, page="/my").status_code
        == 403
    )


def test_publicity_shows_the_name_and_never_the_identity_number(
    town: Town, declared: Declared
) -> None:
    declared()
    with town.app.app_context(), house().unit_of_work() as session:
        holder = session.scalars(select(Person).where(Person.code == "P003")).one()
        number, name = holder.id_number, holder.name

    listed = town.visitor().text("/publicity")
    found = re.search(r'href="(/publicity/[0-9a-f]{32})"', listed)
    assert found is not None
    shown = town.visitor().text(found[1])

    assert name in shown
    assert "现声明作废" in shown
    for page in (town.visitor().text("/"), listed, shown):
        assert number not in page


def test_ended_publicity_is_gone(town: Town, declared: Declared) -> None:
    declared()
    found = re.search(r'href="(/publicity/[0-9a-f]{32})"', town.visitor().text("/publicity"))
    assert found is not None

    town.clock.move_to(OPEN)

    assert town.visitor().get(found[1]).status_code == 404


def test_inbox_shows_a_task_to_its_candidates_and_finds_it_by_name(
    town: Town, declared: Declared
) -> None:
    _submitted(town, declared)
    unit = town.signed_in("R-UADM@DW-005")

    found = unit.post("/inbox", {"queue": "todo", "text": "覃砚舟"}, page="/inbox")
    other = unit.post("/inbox", {"queue": "todo", "text": "没有这个人"}, page="/inbox")

    assert "单位审核" in found.get_data(as_text=True)
    assert "没有符合条件的任务" in other.get_data(as_text=True)
    assert "还没有待办任务" in town.signed_in("R-UADM@DW-001").text("/inbox")


def test_claimed_task_leaves_the_other_inboxes(town: Town, declared: Declared) -> None:
    _submitted(town, declared)
    unit = town.signed_in("R-UADM@DW-005")
    task = _task_of(unit)

    answer = unit.post(f"/tasks/{task}/claim", page="/inbox")

    assert answer.status_code == 302
    assert task in unit.text("/inbox?queue=mine")
    assert task not in unit.text("/inbox")


def test_review_without_seal_is_sent_back_beside_the_field(town: Town, declared: Declared) -> None:
    _submitted(town, declared)
    unit = town.signed_in("R-UADM@DW-005")
    task = _task_of(unit)

    unsealed = {name: value for name, value in AGREE.items() if name != "seal"}

    answer = unit.post(f"/tasks/{task}", unsealed, page=f"/tasks/{task}")

    assert answer.status_code == 422
    assert "公章" in answer.get_data(as_text=True)


def test_late_second_submission_meets_a_conflict_page_with_what_was_typed(
    town: Town, declared: Declared
) -> None:
    _submitted(town, declared)
    unit = town.signed_in("R-UADM@DW-005")
    task = _task_of(unit)
    page = f"/tasks/{task}"
    assert unit.post(page, AGREE, page=page).status_code == 302

    again = unit.post(page, {**AGREE, "opinion": "第二次填写的意见"}, page="/inbox")

    assert again.status_code == 409
    assert "第二次填写的意见" in again.get_data(as_text=True)


def test_same_form_sent_twice_is_carried_out_once(town: Town, declared: Declared) -> None:
    _submitted(town, declared)
    unit = town.signed_in("R-UADM@DW-005")
    page = f"/tasks/{_task_of(unit)}"

    first = unit.post(page, {**AGREE, "_key": "k" * 32}, page=page)
    second = unit.post(page, {**AGREE, "_key": "k" * 32}, page="/inbox")

    assert first.status_code == second.status_code == 302


def test_draft_of_a_review_is_kept(town: Town, declared: Declared) -> None:
    _submitted(town, declared)
    unit = town.signed_in("R-UADM@DW-005")
    page = f"/tasks/{_task_of(unit)}"

    answer = unit.post(page, {"opinion": "写到一半的意见", "_draft": "1"}, page=page)

    assert answer.status_code == 302
    assert "写到一半的意见" in unit.text(page)


def test_full_number_is_shown_to_the_reviewer_and_logged(town: Town, declared: Declared) -> None:
    _, case_id = _submitted(town, declared)
    unit = town.signed_in("R-UADM@DW-005")
    unit.text(f"/tasks/{_task_of(unit)}")

    with town.app.app_context(), house().unit_of_work() as session:
        query = select(AuditEntry).where(AuditEntry.action == "view_personal_data")
        assert [entry.object_id for entry in session.scalars(query)] == [case_id]


def test_uploaded_photo_is_read_by_its_owner_and_the_reviewer_only(
    town: Town, declared: Declared
) -> None:
    person, case_id = _submitted(town, declared)
    found = re.search(r'href="(/attachments/[0-9a-f]{32})"', person.text(f"/cases/{case_id}"))
    assert found is not None

    own = person.get(found[1])

    assert own.status_code == 200
    assert own.headers["Content-Disposition"].startswith("attachment")
    assert own.headers["X-Content-Type-Options"] == "nosniff"
    assert town.signed_in("R-UADM@DW-005").get(found[1]).status_code == 200
    assert town.signed_in("R-UADM@DW-001").get(found[1]).status_code == 403
    assert town.signed_in("R-ADM@PLATFORM").get(found[1]).status_code == 403


def test_status_page_shows_the_drawing_to_those_who_may_see_the_case(
    town: Town, declared: Declared
) -> None:
    person, case_id = declared()

    drawing = person.get(f"/cases/{case_id}/diagram.bpmn")

    assert drawing.status_code == 200
    assert b"bpmn:definitions" in drawing.get_data()
    assert town.signed_in("P001").get(f"/cases/{case_id}/diagram.bpmn").status_code == 403


def test_api_takes_a_step_and_says_why_a_door_is_shut(town: Town, declared: Declared) -> None:
    person, case_id = declared()
    token = re.search(r'name="csrf-token" content="([^"]+)"', person.text("/my"))
    assert token is not None
    path = f"/api/v1/cases/{case_id}/steps/submit_to_unit"
    values: Any = {"submission_confirmed": True, "submission_signature": True}

    unprotected = person.client.post(path, json=values)
    early = person.client.post(path, json=values, headers={"X-CSRFToken": token[1]})
    town.clock.move_to(OPEN)
    right = person.client.post(path, json=values, headers={"X-CSRFToken": token[1]})

    assert unprotected.status_code == 400
    assert early.status_code == 409
    assert early.content_type == "application/problem+json"
    assert "最早可提交时间" in early.get_json()["detail"]
    assert right.status_code == 200


def test_demo_clock_moves_forward_only(town: Town) -> None:
    visitor = town.visitor()

    answer = visitor.post("/demo/clock", {"until": "2020-01-01T00:00"}, page="/demo")

    assert answer.status_code == 302
