"""Objections, withdrawal and late or wrong requests: story A06 and what surrounds it, over HTTP."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from sqlalchemy import text

from app.domain.attachments.tables import Attachment
from app.domain.integrity.tables import Report
from app.domain.publicity.tables import Objection
from app.domain.titles.records import find_record
from tests.journeys.conftest import Town
from tests.journeys.objecting import (
    ANONYMOUS,
    CONTACT,
    FACTS,
    NAME,
    SIGNED,
    notice_of,
    object_to,
    opened,
    send,
)
from tests.journeys.steps import AGREED, PHOTO, declare, open_task, review, said, submit_to_unit

OFFICE = "R-CITY@ZGB-450200"
WITHDRAWAL = {"reason": "证书已经找到", "withdrawal_confirmed": "true"}
SEALED = {"signature": "true", "seal": "true"}


@pytest.fixture
def declared(town: Town) -> tuple[Town, str]:
    """A loss that is publicised, on the third day."""
    town.at("2019-04-26T09:00:00")
    case = declare(town)
    town.at("2019-04-29T10:00:00")
    return town, case


def examine(town: Town, finding: str, reason: str = "经向单位核实，情况已经查清。") -> None:
    officer = town.person(OFFICE)
    answer = officer.post(open_task(officer), {"finding": finding, "reason": reason, **SEALED})
    assert answer.status_code == 302, said(answer.text)
    town.work()


def _bare(page: str) -> str:
    """Return a page without its form tokens and without its own address."""
    return re.sub(r"\w{32}|value=\"[^\"]+\"", "", page)


def paper_status(town: Town) -> str | None:
    with town.house.unit_of_work() as session:
        return find_record(session, "T003").paper_status


@pytest.mark.req("R93")
def test_a06_unfounded_objection_holds_the_submission_back_until_decided(
    declared: tuple[Town, str],
) -> None:
    town, case = declared
    answer = object_to(
        town, **SIGNED, **{"evidence-file": (BytesIO(PHOTO.read_bytes()), "登记.jpg")}
    )
    assert answer.status_code == 200, said(answer.text)
    assert re.search(r"YY20190429[2-9A-Z]{8}", answer.text)
    assert "异议处理中" in town.person("P003").text(case)

    town.at("2019-05-07T00:00:00")
    early = submit_to_unit(town, case)
    assert early.status_code == 409
    assert "异议处理中" in early.text

    examine(town, "UNFOUNDED")
    assert submit_to_unit(town, case).status_code == 302
    assert "待单位审核" in town.person("P003").text(case)


def test_a06_unfounded_before_the_end_does_not_shorten_the_publicity(
    declared: tuple[Town, str],
) -> None:
    town, case = declared
    object_to(town)
    examine(town, "UNFOUNDED")

    town.at("2019-05-06T23:59:59")
    assert "最早可提交时间 2019-05-07 00:00" in submit_to_unit(town, case).text
    town.at("2019-05-07T00:00:00")
    assert submit_to_unit(town, case).status_code == 302


def test_a06_ineligible_ends_the_case_and_leaves_the_paper(declared: tuple[Town, str]) -> None:
    town, case = declared
    notice = notice_of(town)
    object_to(town)

    examine(town, "INELIGIBLE", "证书由单位保管，没有遗失，不符合补办条件。")

    page = town.person("P003").text(case)
    assert "不通过" in page
    assert "没有遗失，不符合补办条件" in page
    assert paper_status(town) == "VALID"
    assert town.visitor().get(notice).status_code == 404


def test_who_objects_is_shown_to_the_examiner_and_never_to_the_person_concerned(
    declared: tuple[Town, str],
) -> None:
    town, case = declared
    object_to(town, **SIGNED, **{"evidence-file": (BytesIO(PHOTO.read_bytes()), "登记.jpg")})

    officer = town.person(OFFICE)
    seen = officer.text(open_task(officer))
    assert NAME in seen
    assert CONTACT in seen
    assert FACTS in seen
    link = re.search(r"/attachments/\w{32}", seen)
    assert link
    assert officer.get(link.group()).status_code == 200

    examine(town, "UNFOUNDED")
    applicant = town.person("P003")
    for page in (applicant.text(case), applicant.text("/notices"), applicant.text("/my")):
        assert NAME not in page
        assert CONTACT not in page
        assert FACTS not in page
    assert applicant.get(link.group()).status_code == 403
    assert NAME not in town.person("R-UADM@DW-005").text("/inbox")


def test_statement_is_sealed_in_the_database(declared: tuple[Town, str]) -> None:
    town, _ = declared
    object_to(town)

    with town.house.unit_of_work() as session:
        [row] = session.query(Objection).all()
        stored = [repr(list(r)) for r in session.execute(text("select * from objection"))]
        states = [r[0] for r in session.execute(text("select state from process_instance"))]
        assert row.objector == {"name": NAME, "contact": CONTACT}
    for found in (*stored, *states):
        assert NAME not in found
        assert CONTACT not in found
        assert FACTS not in found


def test_public_form_shows_what_is_publicised_and_nothing_more(declared: tuple[Town, str]) -> None:
    town, _ = declared
    page = town.visitor().text(f"{notice_of(town)}/objection")

    assert "覃砚舟遗失农业技术人员农艺师职称证书一本" in page
    assert "450223198406309995" not in page
    assert "19900000003" not in page
    assert "1984" not in page


def test_last_second_is_an_objection_and_the_first_second_after_a_report(town: Town) -> None:
    town.at("2019-04-26T09:00:00")
    case = declare(town)
    town.at("2019-05-06T23:59:50")
    path = f"{notice_of(town)}/objection"
    early, late = town.visitor(), town.visitor()
    asked, too_late = opened(early, path), opened(late, path)

    town.clock.move_to(town.clock.now().replace(second=59))
    assert "已收到您的异议" in send(early, path, asked, **SIGNED).text
    town.at("2019-05-07T00:00:00")
    answer = send(late, path, too_late, **ANONYMOUS)

    assert "公示已经结束，已按举报登记" in answer.text
    assert re.search(r"JB20190507[2-9A-Z]{8}", answer.text)
    with town.house.unit_of_work() as session:
        assert session.query(Objection).count() == 1
        [report] = session.query(Report).all()
        assert (report.anonymous, report.facts, report.informant) == (True, FACTS, None)
    assert "异议处理中" in submit_to_unit(town, case).text


def test_ended_and_unknown_publicity_answer_alike(declared: tuple[Town, str]) -> None:
    town, _ = declared
    path = notice_of(town)
    town.at("2019-05-07T00:00:00")

    visitor = town.visitor()
    ended = visitor.get(f"{path}/objection")
    unknown = visitor.get(f"/publicity/{'0' * 32}/objection")

    assert (ended.status_code, unknown.status_code) == (404, 404)
    assert _bare(ended.text) == _bare(unknown.text)


def test_incomplete_statement_and_wrong_captcha_keep_what_was_typed(
    declared: tuple[Town, str],
) -> None:
    town, _ = declared
    visitor, path = town.visitor(), f"{notice_of(town)}/objection"

    short = send(visitor, path, opened(visitor, path), **{**SIGNED, "facts": "短"})
    assert short.status_code == 422
    wrong = send(visitor, path, {**opened(visitor, path), "answer": "0"}, **SIGNED)
    assert wrong.status_code == 422
    assert "验证码不对" in wrong.text
    assert FACTS in wrong.text

    asked = opened(visitor, path)
    assert send(visitor, path, asked, **SIGNED).status_code == 200
    assert "验证码不对" in send(visitor, path, asked, **SIGNED).text
    with town.house.unit_of_work() as session:
        assert session.query(Objection).count() == 1


def test_evidence_is_judged_by_its_content(declared: tuple[Town, str]) -> None:
    town, _ = declared
    visitor, path = town.visitor(), f"{notice_of(town)}/objection"
    script = (BytesIO(b"<script>alert(1)</script>"), "证据.pdf")

    answer = send(visitor, path, opened(visitor, path), **SIGNED, **{"evidence-file": script})

    assert answer.status_code == 422
    with town.house.unit_of_work() as session:
        assert session.query(Objection).count() == 0
        assert session.query(Attachment).filter_by(owner_type="objection").count() == 0


def test_flood_of_statements_is_slowed_down(declared: tuple[Town, str]) -> None:
    town, _ = declared
    visitor, path = town.visitor(), f"{notice_of(town)}/objection"
    token = visitor.token(path)

    answers = [visitor.client.post(path, data={"csrf_token": token}) for _ in range(8)]

    assert answers[-1].status_code == 429
    assert "这一次没有收到您的内容" in answers[-1].text


def test_suspicion_holds_the_case_and_its_end_lets_it_go_on(declared: tuple[Town, str]) -> None:
    town, case = declared
    object_to(town)
    examine(town, "SUSPECTED", "材料与档案不符，涉嫌造假，转违规查处。")

    town.at("2019-05-07T00:00:00")
    applicant = town.person("P003")
    assert "暂停办理" in applicant.text(case)
    held = submit_to_unit(town, case)
    assert held.status_code == 409
    assert "涉嫌造假，正在查处" in held.text
    path = f"{case}/events/withdrawal"
    assert applicant.post(path, WITHDRAWAL, page=path).status_code == 409

    examine(town, "UNFOUNDED", "经查处不属实，决定文号：柳职办〔2019〕T5号。")
    assert submit_to_unit(town, case).status_code == 302


@pytest.mark.req("R191")
def test_falsification_found_by_a_message_ends_the_case_at_once(declared: tuple[Town, str]) -> None:
    town, case = declared
    object_to(town)
    examine(town, "SUSPECTED", "材料与档案不符，涉嫌造假，转违规查处。")
    number = re.search(r"LZYS\d+", town.person("P003").text(case))
    assert number

    assert town.house.engine.correlate("falsification_found", number.group()) == 1

    assert "终止" in town.person("P003").text(case)
    assert "/tasks/" not in town.person(OFFICE).text("/inbox")


def test_withdrawal_takes_the_notice_away_and_late_acts_are_refused(
    declared: tuple[Town, str],
) -> None:
    town, case = declared
    notice, applicant = notice_of(town), town.person("P003")
    path = f"{case}/events/withdrawal"
    assert f'href="{path}"' in applicant.text(case)
    assert applicant.post(path, {"reason": "找到了"}, page=path).status_code == 422

    assert applicant.post(path, WITHDRAWAL, page=path).status_code == 302

    assert "已撤回" in applicant.text(case)
    assert town.visitor().get(notice).status_code == 404
    assert "/publicity/" not in town.visitor().text("/publicity").replace('"/publicity"', "")
    town.at("2019-05-07T00:00:00")
    assert submit_to_unit(town, case).status_code == 409
    api = applicant.send_json(f"/api/v1{case}/steps/submit_to_unit", {}, page=case)
    assert api.status_code == 409
    assert paper_status(town) == "VALID"


def test_task_completed_after_the_withdrawal_is_refused(declared: tuple[Town, str]) -> None:
    town, case = declared
    town.at("2019-05-07T00:00:00")
    submit_to_unit(town, case)
    unit = town.person("R-UADM@DW-005")
    task = open_task(unit)
    page = unit.token(task)
    path = f"{case}/events/withdrawal"
    town.person("P003").post(path, WITHDRAWAL, page=path)

    answer = unit.client.post(task, data={"csrf_token": page, **AGREED})

    assert answer.status_code == 409
    assert "取消" in answer.text


def test_nobody_else_withdraws_a_case(declared: tuple[Town, str]) -> None:
    town, case = declared
    town.at("2019-05-07T00:00:00")
    submit_to_unit(town, case)
    path = f"{case}/events/withdrawal"

    unit, stranger = town.person("R-UADM@DW-005"), town.person("P004")
    mine = town.person("P003")

    assert unit.get(path).status_code == 403
    assert stranger.get(path).status_code == 403
    assert unit.post(path, WITHDRAWAL, page="/inbox").status_code == 403
    assert "待单位审核" in mine.text(case)


@pytest.mark.req("R135")
def test_direct_requests_in_the_wrong_order_are_refused(declared: tuple[Town, str]) -> None:
    town, case = declared
    town.at("2019-05-07T00:00:00")
    submit_to_unit(town, case)
    office = town.person(OFFICE)

    ahead = office.send_json(f"/api/v1{case}/steps/office_review", AGREED, page="/inbox")
    assert ahead.status_code == 403
    assert review(town, "R-UADM@DW-005").status_code == 302
    unit = town.person("R-UADM@DW-005")
    again = unit.send_json(f"/api/v1{case}/steps/unit_review", AGREED, page="/inbox")
    skipped = unit.send_json(f"/api/v1{case}/steps/office_review", AGREED, page="/inbox")

    assert (again.status_code, skipped.status_code) == (409, 409)
    assert "待主管部门审核" in town.person("P003").text(case)


def test_correctable_objection_lets_the_applicant_correct_and_publicise_anew(town: Town) -> None:
    town.at("2019-04-26T09:00:00")
    case = declare(town, record_id="T020")
    town.at("2019-04-29T10:00:00")
    object_to(town)
    officer = town.person("R-CNTY@ZGB-450223")
    fields = {"finding": "CORRECTABLE", "reason": "遗失的证书选错，请更正后重新公示。", **SEALED}
    assert officer.post(open_task(officer), fields).status_code == 302
    applicant = town.person("P003")
    assert "退回补正" in applicant.text(case)

    corrected = {
        "record_id": "T003",
        "loss_statement": "2019年4月搬家时不慎遗失农艺师证书。",
        "declaration_signature": "true",
    }
    answer = applicant.post(f"{case}/steps/correct_declaration", corrected, page=case)

    assert answer.status_code == 302, said(answer.text)
    assert "农艺师" in town.visitor().text(notice_of(town))
    assert "最早可提交时间 2019-05-09 00:00" in applicant.text(case)
