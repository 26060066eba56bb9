"""退回、指派、委托、终止 over HTTP, as people do them without JavaScript."""

from __future__ import annotations

import re

import pytest

from tests.journeys.conftest import Town
from tests.journeys.steps import AGREED, declare, open_task, review, said, submit_to_unit
from tests.journeys.visitor import Visitor

UNIT, DEPARTMENT, OFFICE = "R-UADM@DW-005", "R-DEPT@DEP-450223-NY", "R-CITY@ZGB-450200"
HEAD, OPERATOR = "R-UHEAD@DW-005", "R-ADM@PLATFORM"
WHY = "缺少当年评审表复印件，请补充"
BACK = {"outcome": "RETURN", "opinion": WHY, "return_to": "submit_to_unit"}


@pytest.fixture
def case(town: Town) -> str:
    """A loss that was publicised and submitted to the unit; returns the path of its page."""
    town.at("2019-04-26T09:00:00")
    found = declare(town)
    town.at("2019-05-07T09:00:00")
    assert submit_to_unit(town, found).status_code == 302
    return found


def words(page: str) -> str:
    """Return what a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def account(visitor: Visitor, page: str, name_or_group: str, town: Town) -> str:
    """Return the account that a select of a page offers for somebody."""
    found = town.person(name_or_group).account_id
    assert f'value="{found}"' in visitor.text(page), f"{name_or_group} is not offered"
    return found


def test_office_returns_a_case_and_it_comes_back_level_by_level(town: Town, case: str) -> None:
    assert review(town, UNIT).status_code == 302
    assert review(town, DEPARTMENT).status_code == 302
    town.at("2019-05-08T09:00:00")
    officer = town.person(OFFICE)
    task = open_task(officer)
    page = officer.text(task)
    assert 'value="RETURN"' in page
    assert "提交单位（个人）" in page

    short = officer.post(task, {**AGREED, **BACK, "opinion": "不行"})
    assert short.status_code == 422
    assert "至少" in said(short.text)
    assert officer.post(task, {**AGREED, **BACK}).status_code == 302
    town.work()

    applicant = town.person("P003")
    status = words(applicant.text(case))
    assert "退回补正" in status
    assert "退回原因" in status
    assert WHY in status
    assert "2019-05-08 09:00" in status
    assert "您的遗失补办申请" in words(applicant.text("/notices"))
    assert "checked" in applicant.text(case)
    assert open_or_none(town, UNIT) is None

    assert submit_to_unit(town, case).status_code == 302
    for who in (UNIT, DEPARTMENT, OFFICE):
        assert review(town, who).status_code == 302
    assert "已批准" in words(town.person("P003").text(case))
    assert any("已退回到“提交单位”环节" in message.text for message in town.sms.sent)


def open_or_none(town: Town, who: str) -> str | None:
    """Return the first task in somebody's inbox, or None."""
    found = re.search(r'href="(/tasks/\w{32})"', town.person(who).text("/inbox"))
    return found and found.group(1)


def test_reopened_review_begins_with_its_draft_and_says_why(town: Town, case: str) -> None:
    assert review(town, UNIT, opinion="情况属实，同意上报").status_code == 302
    fields = {**BACK, "return_to": "unit_review", "opinion": "请单位核实原证书编号"}
    assert review(town, DEPARTMENT, **fields).status_code == 302

    officer = town.person(UNIT)
    assert "退回重办" in words(officer.text("/inbox"))
    page = officer.text(open_task(officer))

    assert "请单位核实原证书编号" in page
    assert "退回原因" in page
    assert "情况属实，同意上报" in page
    status = words(town.person("P003").text(case))
    assert "待单位审核" in status
    assert "退回到“单位审核”" in status


def test_first_review_cannot_be_returned_where_nothing_lies_before(town: Town, case: str) -> None:
    officer = town.person(UNIT)
    task = open_task(officer)

    answer = officer.post(task, {**AGREED, **BACK, "return_to": "office_review"})

    assert answer.status_code == 422
    assert "请从列出的选项中选择" in said(answer.text)


def test_delegated_review_comes_back_for_the_signature(town: Town, case: str) -> None:
    officer, helper = town.person(UNIT), town.person(HEAD)
    task = open_task(officer)
    hand = f"{task}/hand"
    to = account(officer, hand, HEAD, town)
    answer = officer.post(f"{task}/delegate", {"account": to, "note": "请先核对"}, page=hand)
    assert answer.status_code == 302
    assert "已委托" in words(officer.text("/inbox?queue=mine"))
    assert "受托" in words(helper.text("/inbox?queue=mine")) or "委托" in words(
        helper.text("/inbox?queue=mine")
    )
    assert "请先核对" in words(helper.text("/notices"))

    page = helper.text(task)
    assert "交回" in page
    assert "签字盖章并提交" not in page
    assert helper.post(task, AGREED).status_code == 409
    fields = {"outcome": "AGREE", "opinion": "已核对原件，情况属实", "_give_back": "1"}
    assert helper.post(task, fields).status_code == 302

    page = officer.text(task)
    assert "委托的任务已交回" in page
    assert "已核对原件，情况属实" in page
    assert officer.post(task, AGREED).status_code == 302
    history = words(officer.text(task))
    assert "单位审核（交回）" in history
    assert "委托" in history


def test_delegation_is_fetched_back(town: Town, case: str) -> None:
    officer = town.person(UNIT)
    task = open_task(officer)
    hand = f"{task}/hand"
    to = account(officer, hand, HEAD, town)
    officer.post(f"{task}/delegate", {"account": to}, page=hand)
    assert officer.post(task, AGREED).status_code == 409

    assert officer.post(f"{task}/fetch", {}, page=hand).status_code == 302

    assert officer.post(task, AGREED).status_code == 302


def test_head_takes_a_task_away_and_gives_it_to_somebody(town: Town, case: str) -> None:
    officer, head = town.person(UNIT), town.person(HEAD)
    task = open_task(officer)
    assert officer.post(f"{task}/claim", {}, page=task).status_code == 302
    assert "本单位在办" in head.text("/inbox")
    assert task in head.text("/inbox?queue=team")
    hand = f"{task}/hand"

    refused = head.post(f"{task}/assign", {"account": "", "reason": "休假"}, page=hand)
    assert refused.status_code == 409
    assert "至少5个字" in said(refused.text)
    fields = {"account": "", "reason": "本人休假两周"}
    assert head.post(f"{task}/assign", fields, page=hand).status_code == 302
    again = {"account": officer.account_id, "reason": "休假已结束"}
    assert head.post(f"{task}/assign", again, page=hand).status_code == 302

    assert "休假已结束" in words(officer.text("/notices"))
    assert officer.post(task, AGREED).status_code == 302


def test_strangers_cannot_hand_a_task_on(town: Town, case: str) -> None:
    task = open_task(town.person(UNIT))
    for who in ("R-UADM@DW-002", "P003", OFFICE):
        stranger = town.person(who)
        assert stranger.get(f"{task}/hand").status_code == 403
        fields = {"account": stranger.account_id, "reason": "我想来办理它"}
        assert stranger.post(f"{task}/assign", fields, page="/notices").status_code == 403


def test_operator_ends_a_case_and_the_applicant_is_told(town: Town, case: str) -> None:
    number = re.search(r'受理号 <span class="number">(\w+)<', town.person("P003").text(case))
    assert number
    operator = town.person(OPERATOR)
    found = operator.post("/instances", {"number": number.group(1)}, page="/incidents")
    page = found.headers["Location"]
    assert "单位审核" in operator.text(page)
    assert "覃砚舟" not in operator.text(page)

    refused = operator.post(f"{page}/cancel", {"reason": "无"}, page=page)
    assert refused.status_code == 409
    assert "至少5个字" in said(refused.text)
    why = "申请人重复提交，保留另一件"
    assert operator.post(f"{page}/cancel", {"reason": why}, page=page).status_code == 302
    town.work()

    status = words(town.person("P003").text(case))
    assert "已撤回" in status
    assert "办件已终止" in status
    assert why in status
    assert why in words(town.person("P003").text("/notices"))
    assert open_or_none(town, UNIT) is None
    assert operator.post(f"{page}/cancel", {"reason": why}, page="/incidents").status_code == 409


def test_running_publicity_ends_with_its_case(town: Town) -> None:
    town.at("2019-04-26T09:00:00")
    case = declare(town)
    assert "职称证书" in words(town.visitor().text("/publicity"))
    number = re.search(r'受理号 <span class="number">(\w+)<', town.person("P003").text(case))
    assert number
    operator = town.person(OPERATOR)
    page = operator.post("/instances", {"number": number.group(1)}, page="/incidents")
    path = page.headers["Location"]

    assert operator.post(f"{path}/cancel", {"reason": "申请人电话请求撤销"}, page=path)

    assert "覃" not in words(town.visitor().text("/publicity"))


def test_only_operators_open_the_page_of_an_instance(town: Town, case: str) -> None:
    officer = town.person(UNIT)

    assert officer.get("/instances/" + "0" * 32).status_code == 403
    assert officer.post("/instances", {"number": "x"}, page="/inbox").status_code == 403
    assert town.person(OPERATOR).get("/instances/" + "0" * 32).status_code == 403
