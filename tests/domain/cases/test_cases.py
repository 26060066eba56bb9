"""Cases: numbers, states, rule versions, reviews, and the facts about a lost paper."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from app.domain.cases.facts import loss_facts
from app.domain.cases.register import (
    case_by_number,
    cases_of,
    decide,
    draft_case,
    next_case_number,
    open_cases,
    rule_version,
    save_draft,
    set_state,
    submit_case,
)
from app.domain.cases.tables import FINAL, CaseRow, CaseState
from app.domain.codes import code_list
from app.domain.titles.records import new_record
from app.domain.titles.tables import TitleRecord
from app.errors import DomainError, NotAllowed
from tests.domain.samples import AGRONOMIST

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
LATE_EVENING = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
DAY = date(2026, 3, 2)


@pytest.fixture
def record(session: Session) -> TitleRecord:
    return new_record(session, AGRONOMIST, region="450200", recorded_on=DAY)


def test_states_are_those_of_the_code_list() -> None:
    assert {state.value for state in CaseState} == {each.code for each in code_list("case_state")}


def test_draft_uses_no_number(session: Session) -> None:
    case = _draft(session)

    save_draft(case, {"specialty": "农学"}, now=NOW)

    assert (case.case_no, case.state) == (None, "DRAFT")
    assert case.draft_values == {"specialty": "农学"}
    assert "农学".encode() not in (case.draft_values_enc or b"")
    assert next_case_number(session, "LZ", "YS", DAY) == "LZYS2026030200001"


def test_numbers_are_counted_per_profile_business_and_day(session: Session) -> None:
    taken = [
        next_case_number(session, profile, business, day)
        for profile, business, day in (
            ("NN", "QR", DAY),
            ("NN", "QR", DAY),
            ("NN", "YS", DAY),
            ("QZ", "QR", DAY),
            ("NN", "QR", date(2026, 3, 3)),
        )
    ]

    assert taken == [
        "NNQR2026030200001",
        "NNQR2026030200002",
        "NNYS2026030200001",
        "QZQR2026030200001",
        "NNQR2026030300001",
    ]


def test_submission_freezes_number_path_and_rules(session: Session) -> None:
    case = _draft(session)

    number = submit_case(
        session, case, path={"unit": "DW-005"}, state=CaseState.PUBLICITY, now=LATE_EVENING
    )

    assert number == "LZYS2026030200001"
    assert (case.submitted_on, case.state) == (DAY, "PUBLICITY")
    assert (case.path, case.rule_version) == ({"unit": "DW-005"}, "LZ-LZ17-GX132")
    assert case.draft_values is None
    assert case_by_number(session, number) is case
    with pytest.raises(DomainError, match=r"case\.not_a_draft"):
        save_draft(case, {}, now=NOW)
    with pytest.raises(DomainError, match=r"case\.not_a_draft"):
        submit_case(session, case, path={}, state=CaseState.UNIT, now=NOW)


@pytest.mark.parametrize("final", sorted(FINAL))
def test_final_state_is_never_left(session: Session, final: CaseState) -> None:
    case = _submitted(session)
    set_state(case, final, now=NOW)

    set_state(case, final, now=NOW)

    for state in set(CaseState) - {final}:
        with pytest.raises(DomainError, match=r"case\.final"):
            set_state(case, state, now=NOW)
    assert case.state == final


@pytest.mark.parametrize("state", sorted(set(CaseState) - FINAL - {CaseState.DRAFT}))
def test_open_case_moves_on(session: Session, state: CaseState) -> None:
    case = _submitted(session)

    set_state(case, state, now=NOW)
    set_state(case, CaseState.COMPLETED, now=NOW)

    assert case.state == "COMPLETED"


def test_submitted_case_is_never_a_draft_again(session: Session) -> None:
    with pytest.raises(DomainError, match=r"case\.never_a_draft_again"):
        set_state(_submitted(session), CaseState.DRAFT, now=NOW)


def test_decision_names_body_and_day(session: Session) -> None:
    case = _submitted(session)

    decide(case, approving_org="ZGB-450200", now=NOW)

    assert (case.state, case.approving_org, case.decided_on) == ("APPROVED", "ZGB-450200", DAY)


@pytest.mark.parametrize(
    ("profile", "on", "version"),
    [
        ("LZ", date(2019, 4, 14), "LZ-2017"),
        ("LZ", date(2019, 4, 15), "LZ-LZ17"),
        ("LZ", date(2020, 11, 30), "LZ-LZ17-GX132"),
        ("NN", date(2020, 1, 13), "NN-2017"),
        ("NN", date(2020, 1, 14), "NN-NN10"),
        ("NX", date(2021, 9, 10), "NX-YZ85"),
    ],
)
def test_rule_version_of_a_day(profile: str, on: date, version: str) -> None:
    assert rule_version(profile, on) == version


def test_day_without_rules_is_refused() -> None:
    with pytest.raises(DomainError, match=r"case\.no_rule_version"):
        rule_version("NN", date(1990, 1, 1))


def test_unknown_number_answers_like_a_foreign_one(session: Session) -> None:
    with pytest.raises(NotAllowed):
        case_by_number(session, "NNQR2026030299999")


def test_cases_of_a_person_come_newest_first(session: Session) -> None:
    first = _submitted(session)
    second = _draft(session)

    assert {case.id for case in cases_of(session, "P003")} == {first.id, second.id}
    assert open_cases(session, businesses=["YS"], person_code="P003") == [first]


def test_facts_of_a_valid_paper(session: Session, record: TitleRecord) -> None:
    facts = loss_facts(session, "P003", "T003")

    assert (facts["found"], facts["own"], facts["title_status"]) == (True, True, "VALID")
    assert (facts["carrier"], facts["paper_status"]) == ("PAPER", "VALID")
    assert (facts["electronic_certificate"], facts["open_reissue"]) == (False, False)
    assert (facts["band"], facts["approved_on"]) == ("中级", "2012-12-15")
    assert json.loads(json.dumps(facts)) == facts


def test_open_reissue_of_the_same_title_is_seen(session: Session, record: TitleRecord) -> None:
    session.flush()
    case = _submitted(session)
    case.title_record_id = record.id

    seen = loss_facts(session, "P003", record.id)
    own = loss_facts(session, "P003", record.id, case_id=case.id)
    set_state(case, CaseState.WITHDRAWN, now=NOW)
    after = loss_facts(session, "P003", record.id)

    assert (seen["open_reissue"], seen["open_case_no"]) == (True, case.case_no)
    assert (own["open_reissue"], after["open_reissue"]) == (False, False)


@pytest.mark.parametrize(("record_id", "found"), [("T003", True), ("T999", False), (None, False)])
def test_record_of_another_person_tells_nothing(
    session: Session, record: TitleRecord, record_id: str | None, found: bool
) -> None:
    facts = loss_facts(session, "P001", record_id)

    assert (facts["found"], facts["own"], facts["title_status"]) == (found, False, None)


def _draft(session: Session) -> CaseRow:
    return draft_case(
        session,
        business="YS",
        process_key="lost_certificate",
        profile="LZ",
        person_code="P003",
        unit_code="DW-005",
        created_by="a3",
        now=NOW,
    )


def _submitted(session: Session) -> CaseRow:
    case = _draft(session)
    submit_case(session, case, path={}, state=CaseState.UNIT, now=NOW)
    return case
