"""A folder nobody here has seen works from check to status page with no Python changed.

Three processes that call and message each other, and one as the desktop Modeler writes it; all
their words are their own (`tests/journeys/packages`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from app.config import read_config
from app.scheduler import scenarios
from tests.journeys import unseen
from tests.journeys.conftest import Town
from tests.journeys.steps import open_task, said

UNIT, HR, HEAD = "R-UADM@DW-002", "R-UHR@DW-002", "R-UHEAD@DW-002"
OUTSIDER = "R-UADM@DW-005"
SAFE = {"safety_outcome": "SAFE"}
AGREED = {"outcome": "AGREE", "opinion": "行程妥当，同意外出", "signature": "true", "seal": "true"}


def plain(page: str) -> str:
    """Return the words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def observatory(town: Town, tmp_path: Path) -> Town:
    """A town whose designers have copied the unseen folders, on a Friday morning."""
    unseen.publish(town, tmp_path / "design")
    town.at("2026-11-20T09:00:00")
    return town


def reviewed(town: Town, **changes: object) -> str:
    """Hand in a request and let both reviews pass."""
    case = unseen.apply(town, **changes)
    assert unseen.do(town, UNIT, "安全审查", **SAFE) == 302
    assert unseen.do(town, HR, "科学价值评分", marks="8") == 302
    return case


def test_guide_tells_the_steps_in_their_order(observatory: Town) -> None:
    page = plain(observatory.person("P001").text(f"/apply/{unseen.NIGHT}"))

    steps = page.partition("办理步骤和时限")[2].partition("实际经过的步骤")[0]
    told = ("安全审查", "科学价值评分", "三人表决", "交接钥匙", "填写值夜记录")
    places = [steps.index(name) for name in told]
    assert places == sorted(places)
    assert "人工办理（分别进行）" in page
    assert "3个工作日内" in steps
    assert "观测站夜间使用申请" in plain(observatory.visitor().text("/apply"))


def test_draft_is_kept_and_refusals_stand_beside_their_fields(observatory: Town) -> None:
    applicant = observatory.person("P001")
    draft = applicant.post(f"/apply/{unseen.NIGHT}", {}).headers["Location"]

    kept = applicant.post(draft, {"target": "M31", "purpose": "RESEARCH", "_draft": "1"})
    assert kept.status_code == 302
    assert 'value="M31"' in applicant.text(draft)

    wrong = {**unseen.WANTED, "hours": "20", "night_of": "2026-11-20", "telescope": "MOON"}
    refused = applicant.post(draft, {**wrong, "project": "", "plan-file": unseen.PLAN})
    assert refused.status_code == 422
    for sentence in ("不能大于10", "课题名称", "望远镜"):
        assert sentence in said(refused.text), said(refused.text)
    assert "plan.png" in refused.text  # the upload is not lost

    alone = {**unseen.WANTED, "hours": "8", "companions-0-nickname": "", "companions-0-nights": ""}
    assert applicant.post(draft, alone).status_code == 409
    assert "超过六小时须有人同行。" in plain(applicant.last.text if applicant.last else "")


def test_whole_night_over_http(observatory: Town) -> None:
    town, applicant = observatory, observatory.person("P001")
    case = unseen.apply(town)
    assert "核实中" in plain(applicant.text(case))
    assert unseen.tasks(town.person(OUTSIDER), "安全审查") == []

    officer = town.person(UNIT)
    [task] = unseen.tasks(officer, "安全审查")
    assert officer.post(f"{task}/claim", {}, page="/inbox").status_code == 302
    assert "费用 90 元" in plain(officer.text(task))
    assert officer.post(task, {"safety_outcome": "UNSAFE"}).status_code == 422
    assert officer.post(task, SAFE).status_code == 302
    assert "plan.png" in town.person(HR).text(unseen.tasks(town.person(HR), "科学价值评分")[0])
    assert unseen.do(town, HR, "科学价值评分", marks="8") == 302

    for who in (UNIT, HR, HEAD):
        assert "请为M31的观测表决。" in plain(town.person(who).text("/notices"))
    assert unseen.do(town, HEAD, "三人表决", vote="YES") == 302
    assert plain(applicant.text(case)).count("办理“三人表决”") == 1
    assert unseen.do(town, UNIT, "三人表决", vote="YES") == 302
    assert unseen.tasks(town.person(HR), "三人表决") == []  # two of three are enough

    assert "观测站同意使用，费用90元，请领取钥匙。" in plain(applicant.text("/notices"))
    assert unseen.do(town, UNIT, "交钥匙", key_no="K-07", dome_state="有渗水") == 302
    page = plain(applicant.text(case))
    assert "钥匙号：K-07。穹顶：有渗水。" in page

    fields = {"opened_at": "21:30", "log": "夜空晴朗"}
    done = applicant.post(f"{case}/steps/write_night_log", fields, page=case)
    assert done.status_code == 302
    page = plain(applicant.text(case))
    assert "已经结束，结果：办结" in page
    assert page.count("三人表决（已取消）") == 1
    for forgotten in ("review_started", "第 位", "使用 小时"):
        assert forgotten not in page


def test_reminder_comes_after_three_working_days_and_expiry_after_eight(observatory: Town) -> None:
    case = unseen.apply(observatory)
    observatory.at("2026-11-25T23:59:59")
    assert "安全审查已等待" not in observatory.person(UNIT).text("/notices")
    observatory.at("2026-11-26T00:00:00")
    assert "安全审查已等待三个工作日" in observatory.person(UNIT).text("/notices")
    assert unseen.do(observatory, UNIT, "安全审查", **SAFE) == 302

    observatory.at("2026-12-03T00:00:00")

    page = plain(observatory.person("P001").text(case))
    assert "结果：逾期不予受理" in page
    assert unseen.tasks(observatory.person(HR), "科学价值评分") == []


def test_withdrawal_on_the_page_asks_for_a_reason(observatory: Town) -> None:
    case, applicant = unseen.apply(observatory), observatory.person("P001")
    path = f"{case}/events/request_withdrawn"
    assert "撤回申请" in applicant.text(case)

    assert applicant.post(path, {"why": ""}).status_code == 422
    assert applicant.post(path, {"why": "天气不好"}).status_code == 302

    assert "结果：已撤回" in plain(applicant.text(case))
    assert unseen.tasks(observatory.person(UNIT), "安全审查") == []
    assert applicant.post(path, {"why": "再来一次"}, page=case).status_code == 409


def test_another_instance_sends_the_withdrawal(observatory: Town) -> None:
    case, applicant = unseen.apply(observatory), observatory.person("P001")
    number = re.search(r"NNQT\d{13}", applicant.text(case))
    assert number

    draft = applicant.post(f"/apply/{unseen.WITHDRAWAL}", {}).headers["Location"]
    fields = {"night_case": number.group(), "sure": "true"}
    own = applicant.post(draft, fields).headers["Location"]
    observatory.work()

    assert "结果：办结" in plain(applicant.text(own))
    assert "结果：已撤回" in plain(applicant.text(case))


def test_nobody_withdraws_the_request_of_another(observatory: Town) -> None:
    case, stranger = unseen.apply(observatory), observatory.person("P003")
    number = re.search(r"NNQT\d{13}", observatory.person("P001").text(case))
    assert number

    draft = stranger.post(f"/apply/{unseen.WITHDRAWAL}", {}).headers["Location"]
    answer = stranger.post(draft, {"night_case": number.group(), "sure": "true"})
    observatory.work()

    assert answer.status_code == 302
    assert "核实中" in plain(observatory.person("P001").text(case))


def test_two_votes_against_end_it(observatory: Town) -> None:
    case = reviewed(observatory)

    for who in (HR, HEAD):
        assert unseen.do(observatory, who, "三人表决", vote="NO") == 302

    assert "结果：不通过" in plain(observatory.person("P001").text(case))
    assert unseen.tasks(observatory.person(UNIT), "三人表决") == []


def test_notices_of_an_own_process_speak_of_it_by_name(observatory: Town) -> None:
    unseen.apply(observatory, telescope="SMALL", hours="1", extras=None)

    texts = [sms.text for sms in observatory.sms.sent]
    assert texts == ["观测站夜间使用申请（NNQT2026112000001）有新的通知，请登录平台查看。"]


def test_process_as_the_modeler_writes_it(observatory: Town) -> None:
    town, applicant = observatory, observatory.person("P001")
    draft = applicant.post(f"/apply/{unseen.CHOIR}", {}).headers["Location"]
    assert "天" in re.findall(r'input-group-text"[^>]*>([^<]+)<', applicant.text(draft))
    fields = {"kind": "CONCERT", "days": "5", "abroad": "true", "leaves_on": "2026-12-01"}
    assert applicant.post(draft, fields).status_code == 422  # which country?
    case = applicant.post(draft, {**fields, "country": "越南"}).headers["Location"]

    officer = town.person(UNIT)
    assert officer.post(open_task(officer), AGREED).status_code == 302
    assert unseen.do(town, HR, "核对护照", valid_until="2030-01-01") == 302
    page = plain(applicant.text(case))
    assert "正在等待：团长报回、到期。" in page
    assert "领演出服" not in said(page)

    town.at("2026-11-27T09:00:01")
    done = applicant.post(f"{case}/steps/report_back", {"received": "true"}, page=case)
    assert done.status_code == 302
    assert "结果：办结" in plain(applicant.text(case))


def test_every_scenario_holds_and_visits_every_node_and_flow(tmp_path: Path) -> None:
    workflows, forms = unseen.copied(tmp_path / "design")
    config = replace(read_config(instance=tmp_path / "own"), workflows=workflows, forms=forms)
    keys = [unseen.NIGHT, unseen.KEYS, unseen.WITHDRAWAL, unseen.CHOIR]

    report = scenarios.test_processes(config, keys)

    assert report.failures() == []
    assert len(report.outcomes) == 14
    assert all(not one.missing_flows for one in report.coverage)
