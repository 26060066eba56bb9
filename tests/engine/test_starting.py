"""From a draft to a numbered case and a running instance, or to a refusal that leaves no trace."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select

from app.domain.audit.tables import AuditEntry
from app.domain.cases.tables import CaseRow
from app.engine.tables import (
    ActivityEvent,
    DecisionRecord,
    IdempotencyKey,
    Outbox,
    ProcessInstance,
    TaskSubmission,
    UserTask,
)
from app.errors import EngineError, NotAllowed, Refused
from app.forms.validation import FormInvalid
from tests.engine.acts import APPLICATION, ID_NUMBER, MOBILE
from tests.engine.houses import ADMIN, APPLICANT, MONDAY, Stage

WRITTEN_BY_A_START = (
    ProcessInstance,
    TaskSubmission,
    UserTask,
    ActivityEvent,
    DecisionRecord,
    Outbox,
    IdempotencyKey,
)


def root_variables(stage: Stage) -> dict[str, object]:
    """Return the variables of the newest instance as its state keeps them."""
    scopes = json.loads(stage.instance().state)["scopes"]
    variables: dict[str, object] = scopes["root"]["vars"]
    return variables


def test_draft_has_no_number_and_no_instance(stage: Stage) -> None:
    stage.publish("reading_room")

    case_id = stage.draft("reading_room")

    case = stage.case(case_id)
    assert (case.state, case.case_no, case.process_instance_id) == ("DRAFT", None, None)
    assert stage.count(*WRITTEN_BY_A_START) == (0,) * len(WRITTEN_BY_A_START)


def test_draft_keeps_what_was_typed_encrypted(stage: Stage) -> None:
    stage.publish("reading_room")
    case_id = stage.draft("reading_room")

    stage.house.engine.save_draft(case_id, APPLICATION, actor=stage.actor(APPLICANT))

    case = stage.case(case_id)
    assert case.draft_values == APPLICATION
    assert ID_NUMBER.encode() not in case.draft_values_enc


def test_start_numbers_the_case_and_freezes_its_path(stage: Stage) -> None:
    case_id = stage.start("reading_room", APPLICATION)

    case = stage.case(case_id)
    assert case.case_no == "NNQT2026030200001"
    assert case.path["applicant"] == APPLICANT
    assert case.path["unit"] == "DW-002"
    assert case.rule_version
    assert case.submitted_on == date(2026, 3, 2)
    assert case.draft_values is None
    assert stage.instance().business_key == case.case_no
    assert (case.process_instance_id, case.bundle_id) == (
        stage.instance().id,
        stage.instance().bundle_id,
    )


def test_every_instance_begins_with_the_agreed_variables(stage: Stage) -> None:
    case_id = stage.start("reading_room", APPLICATION)

    variables, case = root_variables(stage), stage.case(case_id)

    assert variables["case"] == {
        "no": case.case_no,
        "profile": "NN",
        "business": "QT",
        "region_kind": variables["case"]["region_kind"],
        "rule_version": case.rule_version,
    }
    assert variables["path"] == case.path
    assert variables["region"] == "450000"
    assert variables["rule_date"] == "2026-03-02"
    assert variables["initiator"] == APPLICANT
    assert variables["days"] == 7


def test_sensitive_fields_never_reach_the_state(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)

    state = stage.instance().state

    assert not {"id_number", "mobile", "reason"} & set(root_variables(stage))
    assert not [secret for secret in (ID_NUMBER, MOBILE, "查阅旧档") if secret in state]


def test_numbers_follow_each_other_without_gaps(stage: Stage) -> None:
    numbers = [stage.case(stage.start("reading_room", APPLICATION)).case_no for _ in range(3)]

    assert numbers == [f"NNQT20260302{n:05d}" for n in (1, 2, 3)]


def test_first_task_waits_with_group_deadline_and_stage(stage: Stage) -> None:
    case_id = stage.start("reading_room", APPLICATION)

    task = stage.task("check_application")

    assert stage.open_tasks() == ["check_application"]
    assert stage.case(case_id).state == task.stage == "UNIT"
    assert task.due_at.isoformat() == "2026-03-09T16:00:00+00:00"  # five working days after
    assert task.form_id == "check"


def test_rule_decides_and_says_why(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)

    [record] = stage.rows(DecisionRecord)

    assert (record.decision_id, record.output, record.matched) == (
        "lending_period",
        "P7D",
        ["short_2026"],
    )
    assert record.rule_date == date(2026, 3, 2)
    assert record.inputs["days"] == 7
    assert record.bundle_id == stage.instance().bundle_id


def test_guard_refusal_writes_nothing_but_an_audit_entry(stage: Stage) -> None:
    stage.publish("reading_room")
    case_id = stage.draft("reading_room")
    stage.workshop.room["open"] = False
    before = stage.count(*WRITTEN_BY_A_START)

    with pytest.raises(Refused) as refused:
        stage.house.engine.start(case_id, APPLICATION, actor=stage.actor(APPLICANT), key="k")

    assert refused.value.messages == ["阅览室未开放，请于 9:00 后再来"]
    assert stage.count(*WRITTEN_BY_A_START) == before
    assert (stage.case(case_id).state, stage.case(case_id).case_no) == ("DRAFT", None)
    [entry] = stage.rows(AuditEntry, AuditEntry.outcome == "refused")
    assert (entry.action, entry.object_id, entry.reason) == ("start", case_id, "refused")
    assert entry.at == MONDAY


def test_refused_start_uses_no_case_number(stage: Stage) -> None:
    stage.publish("reading_room")
    refused = stage.draft("reading_room")
    stage.workshop.room["open"] = False
    with pytest.raises(Refused):
        stage.house.engine.start(refused, APPLICATION, actor=stage.actor(APPLICANT))
    stage.workshop.room["open"] = True

    case_id = stage.start("reading_room", APPLICATION)

    assert stage.case(case_id).case_no == "NNQT2026030200001"


def test_wrong_form_is_refused_beside_its_fields(stage: Stage) -> None:
    stage.publish("reading_room")
    case_id = stage.draft("reading_room")
    before = stage.count(*WRITTEN_BY_A_START)

    wrong = {**APPLICATION, "id_number": "450103198603179974", "days": "61"}
    with pytest.raises(FormInvalid) as invalid:
        stage.house.engine.start(case_id, wrong, actor=stage.actor(APPLICANT))

    assert set(invalid.value.errors) == {"id_number", "days"}
    assert stage.count(*WRITTEN_BY_A_START) == before


def test_guards_are_asked_only_after_the_form_is_right(stage: Stage) -> None:
    stage.publish("reading_room")
    case_id = stage.draft("reading_room")
    stage.workshop.room["open"] = False

    with pytest.raises(FormInvalid):
        stage.house.engine.start(case_id, {}, actor=stage.actor(APPLICANT))


def test_case_starts_once(stage: Stage) -> None:
    case_id = stage.start("reading_room", APPLICATION)

    with pytest.raises(EngineError) as again:
        stage.house.engine.start(case_id, APPLICATION, actor=stage.actor(APPLICANT))

    assert again.value.code == "engine.already_started"
    assert stage.count(ProcessInstance) == (1,)


def test_start_sent_twice_with_a_key_answers_alike_and_happens_once(stage: Stage) -> None:
    stage.publish("reading_room")
    case_id, actor = stage.draft("reading_room"), stage.actor(APPLICANT)

    first = stage.house.engine.start(case_id, APPLICATION, actor=actor, key="once")
    second = stage.house.engine.start(case_id, APPLICATION, actor=actor, key="once")

    assert first == second
    assert stage.count(ProcessInstance, TaskSubmission) == (1, 1)


def test_only_the_starter_role_may_open_a_draft(stage: Stage) -> None:
    stage.publish("reading_room")

    with pytest.raises(NotAllowed) as refused:
        stage.draft("reading_room", by=ADMIN)

    assert refused.value.code == "engine.start_not_allowed"
    assert stage.count(CaseRow) == (0,)


def test_called_process_cannot_be_started_by_anybody(stage: Stage) -> None:
    stage.publish("side_room")

    with pytest.raises(NotAllowed):
        stage.draft("side_room")


def test_unknown_process_is_named(stage: Stage) -> None:
    with pytest.raises(EngineError) as unknown:
        stage.draft("never_published")

    assert unknown.value.code == "engine.process_unknown"


@pytest.mark.parametrize("verb", ["start", "save_draft"])
def test_foreign_and_unknown_drafts_answer_alike(stage: Stage, verb: str) -> None:
    stage.publish("reading_room")
    case_id, other = stage.draft("reading_room"), stage.actor("P002")
    act = getattr(stage.house.engine, verb)

    with pytest.raises(NotAllowed) as foreign:
        act(case_id, APPLICATION, actor=other)
    with pytest.raises(NotAllowed) as unknown:
        act("0" * 32, APPLICATION, actor=other)

    assert str(foreign.value) == str(unknown.value) == "engine.case_not_allowed"
    refusals = select(AuditEntry.object_id).where(AuditEntry.outcome == "refused")
    with stage.house.unit_of_work() as session:
        assert set(session.scalars(refusals)) == {case_id, "0" * 32}


def test_staff_start_what_their_role_may_start(stage: Stage) -> None:
    case_id = stage.start("office_note", by=ADMIN)

    case = stage.case(case_id)
    assert (case.person_code, case.case_no) == (None, "NNQT2026030200001")
    assert stage.open_tasks() == ["read_note"]


def test_colleague_cannot_submit_a_draft_of_a_role(stage: Stage) -> None:
    stage.publish("office_note")
    case_id = stage.draft("office_note", by=ADMIN)

    with pytest.raises(NotAllowed) as refused:
        stage.house.engine.start(case_id, {"note": "x"}, actor=stage.actor("R-UADM@DW-001"))

    assert refused.value.code == "engine.case_not_allowed"
