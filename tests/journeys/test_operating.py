"""Operators at work through their pages: suspending, repairing by two, and signatures beside."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.engine.package import read_package
from app.engine.tables import ProcessInstance, UserTask
from tests.engine.houses import PACKAGES
from tests.journeys.conftest import Town
from tests.journeys.steps import AGREED, declare, open_task, review, said, submit_to_unit

FIRST, SECOND = "platform.admin1", "platform.admin2"
UNIT, HEAD, HR = "R-UADM@DW-005", "R-UHEAD@DW-005", "R-UHR@DW-005"
WHY = "登记时把重量写错了，单位来函更正"
OPINION = {"outcome": "AGREE", "opinion": "情况属实", "signature": "true"}


def plain(page: str) -> str:
    """Return the words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def weighing(town: Town) -> str:
    """A load whose examiner wrote a text where the gateway asks for a yes or no; its instance."""
    town.at("2026-11-20T09:00:00")
    package = read_package(
        "weigh_house", workflows=PACKAGES / "workflows", forms=PACKAGES / "forms"
    )
    town.house.engine.publish(package, published_by="tests")
    applicant = town.person("P003")
    draft = applicant.post("/apply/weigh_house", {}).headers["Location"]
    assert applicant.post(draft, {"weight": "heavy"}).status_code == 302
    return newest(town)


def newest(town: Town) -> str:
    """Return the newest instance."""
    with town.house.unit_of_work() as session:
        query = select(ProcessInstance.id).order_by(ProcessInstance.id.desc())
        return session.scalars(query.limit(1)).one()


def open_steps(town: Town) -> list[str]:
    """Return the elements whose tasks are open."""
    with town.house.unit_of_work() as session:
        query = select(UserTask.element_id).where(UserTask.status == "open")
        return sorted(session.scalars(query))


def check_load(town: Town, note: str = "true") -> int:
    """Let the unit examine the load."""
    officer = town.person(UNIT)
    return officer.post(open_task(officer), {"note": note}).status_code


def asked(town: Town, instance: str, verb: str, **fields: str) -> str:
    """Look at what a repair would do, hand it in, and return the request's page."""
    operator, page = town.person(FIRST), f"/instances/{instance}/repairs/{verb}"
    seen = operator.post(page, {**fields, "reason": WHY, "_act": "preview"})
    assert seen.status_code == 200, said(seen.text)
    assert "批准后会怎样" in seen.text
    answer = operator.post(page, {**fields, "reason": WHY, "_act": "submit"})
    assert answer.status_code == 302, said(answer.text)
    found = re.search(r'href="(/requests/\w{32})"', operator.text(f"/instances/{instance}"))
    assert found
    return found.group(1)


def test_wrong_variable_is_repaired_by_two_and_the_step_goes_on(town: Town, weighing: str) -> None:
    assert check_load(town) == 302
    operator, second = town.person(FIRST), town.person(SECOND)
    page = operator.text(f"/instances/{weighing}")
    retry = re.search(r'action="(/incidents/\w+/retry)"', page)
    assert retry
    assert "免费？没有完成" in plain(page).replace(" ", "")

    request = asked(town, weighing, "set", name="free", value="false")
    own = operator.post(f"{request}/approve", {}, page="/requests")
    assert own.status_code == 409
    assert "自己提出的申请须由另一位管理员批准" in said(own.text)
    waiting = second.text("/requests")
    assert WHY in waiting
    shown = plain(second.text(request))
    assert "→ false" in shown
    assert "类型由文字变为是非" in shown
    assert second.post(f"{request}/approve", {}, page=request).status_code == 302
    assert operator.post(retry.group(1), {}, page="/incidents").status_code == 302

    assert open_steps(town) == ["pay_fee"]
    late = second.post(f"{request}/approve", {}, page="/requests")
    assert late.status_code == 409
    history = plain(operator.text(f"/instances/{weighing}"))
    assert "平台更正数据" in history
    assert "→ false" in history
    applicant = town.person("P003")
    notices = plain(applicant.text("/notices"))
    assert WHY in notices
    case = re.search(r'href="(/cases/\w+)"', applicant.text("/my"))
    assert case
    told = plain(applicant.text(case.group(1)))
    assert "平台更正数据" in told
    assert "→ false" not in told


def test_move_says_what_it_takes_and_what_it_cannot_do(town: Town, weighing: str) -> None:
    operator = town.person(FIRST)
    page = operator.text(f"/instances/{weighing}")
    move = re.search(r'href="(/instances/\w+/repairs/move\?token=\w+)"', page)
    assert move
    form = plain(operator.text(move.group(1)))
    assert "不能移到的环节和原因" in form
    assert "不能移到开始事件" in form
    token = move.group(1).partition("token=")[2]

    request = asked(town, weighing, "move", token=token, to="pay_fee")
    shown = plain(town.person(SECOND).text(request))
    assert "“验货”停止" in shown
    assert check_load(town, "x") == 302  # the unit was faster

    overtaken = town.person(SECOND)
    refused = overtaken.post(f"{request}/approve", {}, page=request)
    assert refused.status_code == 409
    assert "办件已经不在“验货”这一步" in said(refused.text)
    assert "现在已不能执行" in overtaken.text(request)
    reject = {"reason": "办件已经往下走了"}
    assert overtaken.post(f"{request}/reject", reject, page=request).status_code == 302
    assert "已驳回" in overtaken.text("/requests")


def test_suspended_case_says_so_everywhere_until_it_is_resumed(town: Town, weighing: str) -> None:
    operator = town.person(FIRST)
    address = f"/instances/{weighing}"
    silent = operator.post(f"{address}/suspend", {"reason": "停"}, page=address)
    assert silent.status_code == 409
    done = operator.post(f"{address}/suspend", {"reason": WHY}, page=address)
    assert done.status_code == 302

    officer = town.person(UNIT)
    task = open_task(officer)
    assert WHY in plain(officer.text(task))
    refused = officer.post(task, {"note": "true"})
    assert refused.status_code == 409
    assert "暂停" in said(refused.text)
    applicant = town.person("P003")
    case = re.search(r'href="(/cases/\w+)"', applicant.text("/my"))
    assert case
    for page in (applicant.text(case.group(1)), applicant.text("/notices")):
        assert WHY in plain(page)

    resumed = {"reason": "单位来函核实，没有问题"}
    assert operator.post(f"{address}/resume", resumed, page=address).status_code == 302
    assert officer.post(task, {"note": "true"}).status_code == 302


@pytest.mark.parametrize("who", ["P003", UNIT, "platform.sec1"])
def test_repairs_are_nobody_elses(town: Town, weighing: str, who: str) -> None:
    request = asked(town, weighing, "set", name="weight", value='"light"')
    visitor = town.person(who)

    answers = [
        visitor.get("/requests"),
        visitor.get(request),
        visitor.get(f"/instances/{weighing}/repairs/set"),
        visitor.post(f"{request}/approve", {}, page="/notices"),
        visitor.post(f"/instances/{weighing}/suspend", {"reason": WHY}, page="/notices"),
        visitor.post(
            f"/instances/{weighing}/repairs/set",
            {"name": "weight", "value": "1", "reason": WHY, "_act": "submit"},
            page="/notices",
        ),
    ]

    assert {answer.status_code for answer in answers} == {403}


def test_bad_values_are_refused_with_what_was_typed(town: Town, weighing: str) -> None:
    operator, page = town.person(FIRST), f"/instances/{weighing}/repairs/set"
    for name, value, sentence in (
        ("weight", "heavy", "值不是 JSON"),
        ("path", "{}", "已经固定"),
        ("owner_number", '"x"', "敏感字段"),
        ("weight", '"450223198406309995"', "证件号码"),
    ):
        fields = {"name": name, "value": value, "reason": WHY, "_act": "preview"}
        answer = operator.post(page, fields)
        assert answer.status_code == 409
        assert sentence in said(answer.text), said(answer.text)
        assert f'value="{name}"' in answer.text
    assert operator.get(f"/instances/{weighing}/repairs/explode").status_code == 404


# 加签


def test_opinion_before_and_agreement_after(town: Town, weighing: str) -> None:
    officer, hr, head = (town.person(name) for name in (UNIT, HR, HEAD))
    task = open_task(officer)
    assert officer.post(f"{task}/claim", {}, page="/inbox").status_code == 302
    page = f"{task}/signers"
    people = re.findall(r'<option value="(\w{32})"', officer.text(page))
    assert {hr.account_id, head.account_id} <= set(people)
    for who, position in ((hr, "before"), (head, "after")):
        fields = {"account": who.account_id, "position": position, "question": "请核对过磅单"}
        assert officer.post(page, fields).status_code == 302

    early = officer.post(task, {"note": "true"})
    assert early.status_code == 409
    assert "还在等加签人的意见" in said(early.text)
    assert "请我加签" in hr.text("/inbox")
    sign = re.search(r'href="(/tasks/\w+/sign)"', hr.text("/inbox?queue=sign"))
    assert sign
    assert "请核对过磅单" in hr.text(sign.group(1))
    wrong = hr.post(sign.group(1), {"outcome": "REJECT", "opinion": "不"})
    assert wrong.status_code == 422
    assert hr.post(sign.group(1), {**OPINION, "opinion": "磅单齐全"}).status_code == 302
    assert "磅单齐全" in officer.text(task)

    assert officer.post(task, {"note": "false"}).status_code == 302
    assert open_steps(town) == ["check_load"]
    assert "正在等待会签" in officer.text(task)
    assert head.post(sign.group(1), OPINION).status_code == 302

    assert open_steps(town) == []
    shown = officer.text(task)
    assert "已办理" in shown
    assert "情况属实" in shown
    late = head.post(sign.group(1), OPINION, page="/inbox")
    assert late.status_code == 409
    assert "请核对过磅单" in officer.text(task)
    applicant = town.person("P003")
    case = re.search(r'href="(/cases/\w+)"', applicant.text("/my"))
    assert case
    assert "请核对过磅单" not in applicant.text(case.group(1))


def test_signers_page_is_for_the_assignee_and_the_signature_for_who_was_asked(
    town: Town, weighing: str
) -> None:
    officer, hr, stranger = (town.person(name) for name in (UNIT, HR, "R-UADM@DW-002"))
    task = open_task(officer)
    unclaimed = officer.post(
        f"{task}/signers",
        {"account": hr.account_id, "position": "before", "question": "请核对过磅单"},
    )
    assert unclaimed.status_code == 403

    for path in (f"{task}/signers", f"{task}/sign"):
        assert stranger.get(path).status_code == 403
    assert hr.get(f"{task}/sign").status_code == 403
    assert town.person(FIRST).get(f"{task}/signers").status_code == 200


def test_real_review_with_a_signature_after(town: Town) -> None:
    """The first product procedure knows nothing of 加签, and needs not."""
    town.at("2019-04-26T09:00:00")
    case = declare(town)
    town.at("2019-05-07T00:00:00")
    submit_to_unit(town, case)
    officer, head = town.person(UNIT), town.person(HEAD)
    task = open_task(officer)
    officer.post(f"{task}/claim", {}, page="/inbox")
    officer.post(
        f"{task}/signers",
        {"account": head.account_id, "position": "after", "question": "请单位负责人会签"},
    )
    assert officer.post(task, AGREED).status_code == 302
    assert "正在等待会签" in officer.text(task)

    assert head.post(f"{task}/sign", OPINION).status_code == 302
    town.work()

    assert review(town, "R-DEPT@DEP-450223-NY").status_code == 302
