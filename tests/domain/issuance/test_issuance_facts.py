"""The facts that the readiness decision is made of."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from app.domain.cases.register import draft_case, set_state, submit_case
from app.domain.cases.tables import CaseState
from app.domain.issuance.facts import issuance_facts
from app.domain.issuance.log import Doer
from app.domain.issuance.review import open_issuance
from app.domain.people import NewPerson, add_photo, register_person
from app.domain.titles.records import NewTitle, new_record
from tests.domain.samples import ENGINEER

NOW = datetime(2020, 5, 20, 2, tzinfo=UTC)


@pytest.fixture
def people(session: Session) -> Session:
    person = NewPerson(name="韦启澜", id_number="450103198603179973", code="P001")
    register_person(session, person, now=NOW)
    return session


def test_complete_record_without_photo(people: Session) -> None:
    facts = _facts(people, ENGINEER)

    assert (facts["complete"], facts["missing"]) == (True, [])
    assert (facts["photo_accepted"], facts["valid_certificate"]) == (False, False)
    assert (facts["open_issuance"], facts["carrier"], facts["band"]) == (
        False,
        "ELECTRONIC",
        "中级",
    )
    assert (facts["approved_on"], facts["method_name"]) == ("2020-02-18", "评审")


@pytest.mark.req("R90")
def test_photo_counts_once_it_is_bound(people: Session) -> None:
    add_photo(people, "P001", storage_key="k", sha256="a" * 64, checks=[], source="FORM", at=NOW)

    assert _facts(people, ENGINEER)["photo_accepted"] is True


def test_missing_data_are_named(people: Session) -> None:
    gaps = replace(ENGINEER, specialty=None, approval_body_code=None, approved_on=None)

    facts = _facts(people, gaps)

    assert facts["complete"] is False
    assert facts["missing"] == ["specialty", "approved_on", "body"]
    assert facts["missing_names"] == ["专业名称", "批准日期", "评审机构或批准机关"]


def test_unknown_person_is_a_gap(session: Session) -> None:
    assert _facts(session, ENGINEER)["missing_names"] == ["持证人"]


@pytest.mark.req("R94")
def test_state_of_the_case_decides_source_two(people: Session) -> None:
    case = draft_case(
        people,
        business="RD",
        process_key="recognition",
        profile="NN",
        person_code="P001",
        unit_code="DW-002",
        created_by="a1",
        now=NOW,
    )
    number = submit_case(people, case, path={}, state=CaseState.OFFICE, now=NOW)

    before = _facts(people, ENGINEER, case_no=number)["case_approved"]
    set_state(case, CaseState.APPROVED, now=NOW)
    after = _facts(people, replace(ENGINEER, title="助理工程师", level="4"), case_no=number)

    assert (before, after["case_approved"], after["case_state"]) == (False, True, "APPROVED")


def test_facts_are_plain_json(people: Session) -> None:
    facts = _facts(people, ENGINEER)

    assert json.loads(json.dumps(facts)) == facts


def _facts(session: Session, title: NewTitle, case_no: str | None = None) -> dict[str, object]:
    record = new_record(session, title, region="450100", recorded_on=NOW.date())
    issuance = open_issuance(
        session,
        record,
        profile="NN",
        source="2",
        reason="FIRST",
        office="ZGB-450100",
        case_no=case_no,
        applied_on=None,
        doer=Doer("platform", "平台"),
        now=NOW,
    )
    return issuance_facts(session, issuance.id)
