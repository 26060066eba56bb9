"""What must be refused on the way: said in words, nothing changed, an audit entry left."""

from __future__ import annotations

import threading
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clock import local_date
from app.domain.accounts import Account, grant_role
from app.domain.audit import AuditEntry
from app.engine.tables import TaskSubmission
from tests.journeys.conftest import Town
from tests.journeys.steps import (
    AGREED,
    approve_all,
    collect,
    declaration,
    declare,
    open_task,
    submit_to_unit,
)
from tests.journeys.visitor import without_token


def _refusals(town: Town) -> int:
    with Session(town.house.database) as session:
        query = select(func.count()).where(AuditEntry.outcome == "refused")
        return session.scalar(query) or 0


def _submissions(town: Town) -> int:
    with Session(town.house.database) as session:
        return session.scalar(select(func.count(TaskSubmission.id))) or 0


def _at_unit(town: Town) -> str:
    town.at("2019-04-26T09:00:00")
    case = declare(town)
    town.at("2019-05-07T00:00:00")
    assert submit_to_unit(town, case).status_code == 302
    return case


@pytest.mark.req("R123")
def test_review_without_seal_is_refused_and_keeps_what_was_typed(town: Town) -> None:
    _at_unit(town)
    officer = town.person("R-UADM@DW-005")
    before = _refusals(town)

    answer = officer.post(open_task(officer), {**AGREED, "opinion": "核对无误，请上报", "seal": ""})

    assert answer.status_code == 422
    assert "请加盖公章" in answer.text
    assert "核对无误，请上报" in answer.text
    assert _refusals(town) == before + 1


def test_task_completed_twice_one_after_another_is_answered_with_who_did_it(town: Town) -> None:
    _at_unit(town)
    officer = town.person("R-UADM@DW-005")
    task = open_task(officer)
    token = officer.token(task)
    first = officer.client.post(task, data={**AGREED, "csrf_token": token})

    second = officer.client.post(task, data={**AGREED, "csrf_token": token})

    assert (first.status_code, second.status_code) == (302, 409)
    assert "覃国婷" in second.text


def test_task_completed_twice_at_once_happens_once(town: Town) -> None:
    _at_unit(town)
    before = _submissions(town)
    officers = [town.person("R-UADM@DW-005") for _ in range(4)]
    task = open_task(officers[0])
    tokens = [officer.token(task) for officer in officers]
    answers: list[int] = []
    barrier = threading.Barrier(len(officers))

    def press(number: int) -> None:
        barrier.wait()
        fields = {**AGREED, "csrf_token": tokens[number]}
        answers.append(officers[number].client.post(task, data=fields).status_code)

    threads = [threading.Thread(target=press, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [302, 409, 409, 409]
    assert _submissions(town) == before + 1


def test_foreign_and_unknown_tasks_answer_alike(town: Town) -> None:
    _at_unit(town)
    task = open_task(town.person("R-UADM@DW-005"))
    stranger = town.person("R-UADM@DW-001")

    foreign, unknown = stranger.get(task), stranger.get(f"/tasks/{'0' * 32}")

    assert (foreign.status_code, unknown.status_code) == (403, 403)
    # The form token of a page holds the second it was made in.
    shown = [without_token(page.text) for page in (foreign, unknown)]
    assert shown[0].replace(task, "") == shown[1].replace(f"/tasks/{'0' * 32}", "")


@pytest.mark.req("R122")
def test_step_that_is_not_reached_yet_is_refused(town: Town) -> None:
    case = _at_unit(town)
    department = town.person("R-DEPT@DEP-450223-NY")

    answer = department.send_json(f"/api/v1{case}/steps/department_review", AGREED, page="/inbox")

    assert answer.status_code in (403, 409)
    assert "/tasks/" in town.person("R-UADM@DW-005").text("/inbox")


def test_foreign_case_is_not_shown(town: Town) -> None:
    case = _at_unit(town)
    before = _refusals(town)

    answer = town.person("R-CITY@ZGB-450700").get(case)

    assert answer.status_code == 403
    assert _refusals(town) == before + 1


def test_officer_does_not_review_his_own_application(town: Town) -> None:
    _at_unit(town)
    approve_all(town)
    collect(town)
    account_id = town.person("R-CERT@ZGB-450200").account_id
    with town.house.unit_of_work() as session:
        applying = session.get_one(Account, account_id)
        day = local_date(town.clock.now())
        grant_role(session, applying, "R-CREV", "ZGB-450200", on=day, granted_by="test")
    officer = town.person("R-CERT@ZGB-450200")
    fields = {"review_office": "ZGB-450200", "record_checked": "true"}
    assert officer.post(open_task(officer), fields).status_code == 302

    granted = {"granted_on": "2012-11-30", "granted_by": "柳州市职改办", "review_result": "PASS"}
    answer = officer.post(open_task(officer), granted)

    assert answer.status_code == 409
    assert "须由另一位同志办理" in answer.text


def test_officer_does_not_review_his_own_case(town: Town) -> None:
    _at_unit(town)
    account_id = town.person("P003").account_id
    with town.house.unit_of_work() as session:
        applicant = session.get_one(Account, account_id)
        day = local_date(town.clock.now())
        grant_role(session, applicant, "R-UADM", "DW-005", on=day, granted_by="test")
    applicant_as_officer = town.person("P003")

    answer = applicant_as_officer.post(open_task(applicant_as_officer), dict(AGREED))

    assert answer.status_code == 409
    assert "不能审核本人的办件" in answer.text


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"MZ\x90\x00 not a picture", "photo.jpg", "格式"),
        (b"\xff\xd8\xff" + b"0" * 600_000, "photo.jpg", "512"),
        (b"<script>alert(1)</script>", "../../photo.jpg", "格式"),
    ],
    ids=["wrong type by content", "too large", "path in the name"],
)
def test_bad_photo_is_refused_with_the_reason(
    town: Town, content: bytes, name: str, said: str
) -> None:
    town.at("2019-04-26T09:00:00")
    applicant = town.person("P003")
    draft = applicant.post("/apply/lost_certificate", {}).headers["Location"]

    answer = applicant.post(draft, declaration(**{"photo-file": (BytesIO(content), name)}))

    assert answer.status_code == 422
    assert said in answer.text
    assert "../" not in answer.text
    assert "搬家时不慎遗失" in answer.text


def test_loss_of_somebody_elses_certificate_is_refused(town: Town) -> None:
    town.at("2019-04-26T09:00:00")
    applicant = town.person("P001")
    draft = applicant.post("/apply/lost_certificate", {}).headers["Location"]

    answer = applicant.post(draft, declaration())

    assert answer.status_code in (409, 422)
    assert "T003" not in applicant.text("/my")


@pytest.mark.req("R138")
def test_loss_declared_before_the_start_date_uses_no_case_number(town: Town) -> None:
    town.at("2019-04-14T09:00:00")
    applicant = town.person("P003")
    draft = applicant.post("/apply/lost_certificate", {}).headers["Location"]

    answer = applicant.post(draft, declaration())

    assert answer.status_code == 409
    town.at("2019-04-15T09:00:00")
    assert applicant.post(draft, declaration()).status_code == 302
    assert "LZYS2019041500001" in applicant.text(draft.removesuffix("/edit"))


def test_same_form_sent_twice_makes_one_case(town: Town) -> None:
    town.at("2019-04-26T09:00:00")
    applicant = town.person("P003")
    draft = applicant.post("/apply/lost_certificate", {}).headers["Location"]
    fields = {**declaration(), "_key": "0123456789abcdef", "csrf_token": applicant.token(draft)}
    photo = Path(str(fields.pop("photo-file"))).read_bytes()

    answers = [
        applicant.client.post(draft, data={**fields, "photo-file": (BytesIO(photo), "a.jpg")})
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert applicant.text("/my").count("LZYS20190426") >= 1
    assert "LZYS2019042600002" not in applicant.text("/my")
