"""The designers' decision tables at the boundaries that the notices draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Take = Callable[..., Any]

REVIEW, RECOGNITION, RECONFIRMATION, EXAMINATION = "1", "2", "3", "4"
ELECTRONIC, PAPER, OUTSIDE = "ELECTRONIC", "PAPER_STAYS_VALID", "NOT_IN_SCOPE"
BODY = "柳州市职称改革工作领导小组办公室（测试）"


def carrier(
    take: Take, profile: str, method: str, band: str, *, approved: str | None = None,
    reason: str = "FIRST", applied: str | None = None, exchanged: bool | None = None,
) -> str:  # fmt: skip
    scope = {
        "profile": profile, "method": method, "reason": reason, "band": band,
        "approved_on": approved, "applied_on": applied, "exchanged": exchanged,
    }  # fmt: skip
    found: dict[str, str] = take("carrier_scope", scope=scope)
    return found["carrier"]


@pytest.mark.req("R3", "R54", "R113", "R136", "R137")
@pytest.mark.parametrize(
    ("profile", "method", "band", "approved", "expected"),
    [
        ("NN", REVIEW, "中级", "2020-01-13", PAPER),
        ("NN", REVIEW, "中级", "2020-01-14", ELECTRONIC),
        ("NN", RECOGNITION, "初级", "2020-01-13", PAPER),
        ("NN", RECOGNITION, "初级", "2020-01-14", ELECTRONIC),
        ("NN", RECONFIRMATION, "高级", "2020-01-14", ELECTRONIC),
        ("QZ", REVIEW, "高级", "2019-12-31", PAPER),
        ("QZ", REVIEW, "高级", "2020-01-01", ELECTRONIC),
        ("QZ", RECONFIRMATION, "中级", "2020-01-01", ELECTRONIC),
        ("QZ", RECOGNITION, "中级", "2020-01-01", PAPER),
        ("QZ", RECOGNITION, "中级", "2020-01-14", ELECTRONIC),
        ("LZ", REVIEW, "中级", "2017-12-31", PAPER),
        ("LZ", REVIEW, "中级", "2018-01-01", ELECTRONIC),
        ("LZ", REVIEW, "初级", "2018-12-28", ELECTRONIC),
        ("LZ", REVIEW, "高级", "2019-12-31", PAPER),
        ("LZ", REVIEW, "高级", "2020-01-14", ELECTRONIC),
        ("LZ", RECOGNITION, "中级", "2019-04-14", PAPER),
        ("LZ", RECOGNITION, "中级", "2019-04-15", ELECTRONIC),
        ("LZ", RECONFIRMATION, "初级", "2019-04-14", PAPER),
        ("LZ", RECONFIRMATION, "初级", "2019-04-15", ELECTRONIC),
        ("GX", REVIEW, "高级", "2020-01-13", PAPER),
        ("GX", REVIEW, "高级", "2020-01-14", ELECTRONIC),
        ("NX", REVIEW, "高级", "2021-01-01", PAPER),
    ],
)
def test_a_first_certificate_is_electronic_from_the_start_date_of_its_approval(
    take: Take, profile: str, method: str, band: str, approved: str, expected: str
) -> None:
    assert carrier(take, profile, method, band, approved=approved) == expected


@pytest.mark.req("R3", "R10", "R138")
@pytest.mark.parametrize("reason", ["LOST", "DAMAGED", "CORRECTED"])
@pytest.mark.parametrize(
    ("profile", "band", "applied", "expected"),
    [
        ("LZ", "中级", "2019-04-14", PAPER),
        ("LZ", "中级", "2019-04-15", ELECTRONIC),
        ("LZ", "初级", "2019-04-15", ELECTRONIC),
        ("LZ", "高级", "2020-01-13", PAPER),
        ("LZ", "高级", "2020-01-14", ELECTRONIC),
        ("NN", "中级", "2020-01-13", PAPER),
        ("NN", "中级", "2020-01-14", ELECTRONIC),
        ("QZ", "初级", "2020-01-13", PAPER),
        ("GX", "高级", "2020-01-14", ELECTRONIC),
        ("NX", "高级", "2022-01-01", PAPER),
    ],
)
def test_a_re_issue_is_electronic_from_the_start_date_of_its_application(
    take: Take, reason: str, profile: str, band: str, applied: str, expected: str
) -> None:
    found = carrier(
        take, profile, REVIEW, band, approved="2012-12-15", reason=reason, applied=applied
    )
    assert found == expected


@pytest.mark.req("R138")
def test_a_title_reviewed_since_2018_does_not_bring_the_re_issue_forward(take: Take) -> None:
    found = carrier(
        take, "LZ", REVIEW, "中级", approved="2018-06-01", reason="LOST", applied="2019-04-14"
    )
    assert found == PAPER


@pytest.mark.req("R4", "R261")
@pytest.mark.parametrize("profile", ["NN", "QZ", "LZ", "GX", "NX"])
@pytest.mark.parametrize("reason", ["FIRST", "LOST"])
def test_an_examination_is_never_in_scope(take: Take, profile: str, reason: str) -> None:
    found = carrier(
        take, profile, EXAMINATION, "中级", approved="2022-07-01", reason=reason,
        applied="2022-07-01",
    )  # fmt: skip
    assert found == OUTSIDE


@pytest.mark.parametrize(
    ("reason", "band", "exchanged", "expected"),
    [
        ("EXCHANGE", "高级", None, ELECTRONIC),
        ("EXCHANGE", "中级", None, PAPER),
        ("CORRECTED", "高级", True, ELECTRONIC),
        ("CORRECTED", "高级", False, PAPER),
        ("FIRST", "高级", None, PAPER),
    ],
)
def test_ningxia_knows_the_exchange_and_what_follows_it(
    take: Take, reason: str, band: str, exchanged: bool | None, expected: str
) -> None:
    found = carrier(
        take, "NX", REVIEW, band, approved="2019-12-12", reason=reason, applied="2021-10-01",
        exchanged=exchanged,
    )  # fmt: skip
    assert found == expected


def authority(
    take: Take, level: str, *, business: str = "遗失补办", profile: str = "LZ",
    kind: str = "COUNTY", **grants: bool,
) -> tuple[str, str, str | None]:  # fmt: skip
    path = {
        "unit": "DW-1", "county": "COUNTY-1", "city": "CITY-1", "region": "REGION-1",
        "hr_body": "HRB-1", "self_office": "UNIV-1",
    }  # fmt: skip
    none = {"self_office": False, "hr_body": False, "city_high": False, "county": False}
    title = {"level": level, "approving_office": "OFFICE-1", "approving_role": "R-CITY"}
    found = take(
        "approving_authority", case={"profile": profile, "region_kind": kind}, business=business,
        title=title, path=path, grants=none | grants,
    )  # fmt: skip
    return found["office"], found["role"], found["channel"]


SET_BY_OFFICE = "由批准机关确定"


@pytest.mark.req("R14", "R127", "R128", "R135", "R166", "R167", "R168", "R189")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"level": "2", "profile": "NX", "business": "换发"}, ("COUNTY-1", "R-NXD", None)),
        ({"level": "3", "business": "更正"}, ("OFFICE-1", "R-CITY", SET_BY_OFFICE)),
        ({"level": "3", "business": "作废"}, ("OFFICE-1", "R-CITY", SET_BY_OFFICE)),
        ({"level": "1", "self_office": True}, ("UNIV-1", "R-SELF", SET_BY_OFFICE)),
        ({"level": "3", "hr_body": True, "kind": "DIRECT"}, ("HRB-1", "R-HRB", SET_BY_OFFICE)),
        ({"level": "2", "city_high": True}, ("CITY-1", "R-CITY", SET_BY_OFFICE)),
        ({"level": "2"}, ("REGION-1", "R-REG", "自治区职称管理服务平台")),
        ({"level": "1"}, ("REGION-1", "R-REG", "自治区职称管理服务平台")),
        ({"level": "3", "kind": "DIRECT"}, ("REGION-1", "R-REG", SET_BY_OFFICE)),
        ({"level": "5", "county": True}, ("COUNTY-1", "R-CNTY", SET_BY_OFFICE)),
        ({"level": "4", "county": True, "city_high": True}, ("COUNTY-1", "R-CNTY", SET_BY_OFFICE)),
        ({"level": "4", "kind": "CITY", "county": True}, ("CITY-1", "R-CITY", SET_BY_OFFICE)),
        ({"level": "4"}, ("CITY-1", "R-CITY", SET_BY_OFFICE)),
        ({"level": "3", "county": True}, ("CITY-1", "R-CITY", SET_BY_OFFICE)),
    ],
)
def test_each_level_has_one_approving_authority(
    take: Take, given: dict[str, Any], expected: tuple[str, str, str | None]
) -> None:
    assert authority(take, **given) == expected


CLEAR = {
    "state": "CLEAR", "finished": True, "earliest_text": "2019-05-07 00:00",
    "open_objection": False, "upheld": False, "content_changed": False,
}  # fmt: skip


@pytest.mark.req("R131", "R133", "R172")
@pytest.mark.parametrize(
    ("publicity", "expected"),
    [
        ({"state": "NONE", "finished": False}, "禁止提交：尚未公示"),
        ({"state": "STOPPED", "finished": False}, "禁止提交：尚未公示"),
        (
            {"state": "RUNNING", "finished": False},
            "禁止提交：公示时间不足，最早可提交时间 2019-05-07 00:00",
        ),
        (
            {"state": "PENDING_OBJECTION", "finished": False, "open_objection": True},
            "禁止提交：公示时间不足，最早可提交时间 2019-05-07 00:00",
        ),
        ({"state": "PENDING_OBJECTION", "open_objection": True}, "禁止提交：异议处理中"),
        ({"state": "UPHELD", "upheld": True}, "禁止提交：异议成立"),
        ({"content_changed": True}, "禁止提交：内容变更须重新公示"),
        ({}, None),
        ({"state": "CLEAR_AFTER_OBJECTION"}, None),
    ],
)
def test_the_gate_says_why_a_submission_is_barred(
    take: Take, publicity: dict[str, Any], expected: str | None
) -> None:
    assert take("publicity_gate", publicity=CLEAR | publicity) == expected


READY = {
    "missing": [], "photo": True, "profile": "LZ", "valid_certificate": False, "re_issue": True,
    "open_issuance": False, "state": "READY", "source": "2", "case_approved": True,
    "publicity_state": "NONE", "office_has_certifier": True, "officer_certified": True,
    "collected": True, "review_office_allowed": True, "high": False, "notice": False,
    "office": "ZGB-450200",
}  # fmt: skip


def issuance_refusals(
    take: Take, submission: dict[str, Any] | None, scope: str = ELECTRONIC, **more: Any
) -> list[str]:
    found: list[str] = take(
        "issuance_readiness", readiness=READY | more, submission=submission,
        carrier_scope={"carrier": scope}, path={"region": "GX-ZGB"},
    )  # fmt: skip
    return found


CHOSEN = {"review_office": "ZGB-450200"}


@pytest.mark.req("R13", "R15", "R70", "R71", "R89", "R90", "R93", "R94")
@pytest.mark.parametrize(
    ("changed", "fragment"),
    [
        ({"missing": ["批文文号", "级别"]}, "缺少：批文文号、级别"),
        ({"photo": False}, "缺二寸照片"),
        ({"scope": OUTSIDE}, "非评审类职称"),
        ({"scope": PAPER}, "纸质证书继续有效"),
        ({"valid_certificate": True, "re_issue": False}, "已有有效的电子证书"),
        ({"open_issuance": True}, "另有未办结的发证申请"),
        ({"state": "PENDING"}, "不在待申请状态"),
        ({"source": "9"}, "来源不明"),
        ({"source": "1", "publicity_state": "PENDING_OBJECTION"}, "异议未处理完毕"),
        ({"case_approved": False}, "办件尚未批准"),
        ({"collected": False}, "数据尚未归集"),
        ({"office_has_certifier": False, "officer_certified": False}, "请先指定专人"),
        ({"officer_certified": False}, "只有本机关的制证专管员"),
        ({"review_office_allowed": False}, "所选机构无权审核"),
        ({"high": True, "office": "GX-ZGB"}, "确认通知的文号和日期"),
    ],
)
def test_what_is_missing_for_an_issuance_is_named(
    take: Take, changed: dict[str, Any], fragment: str
) -> None:
    found = issuance_refusals(take, CHOSEN, **changed)
    assert len(found) == 1
    assert fragment in found[0]


@pytest.mark.req("R90", "R93", "R110")
@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"state": "REFUSED"},
        {"photo": False, "profile": "NX"},
        {"valid_certificate": True},
        {"source": "3", "case_approved": False},
        {"source": "3", "collected": False},
        {"source": "1", "publicity_state": "CLEAR"},
        {"source": "1", "publicity_state": "CLEAR_AFTER_OBJECTION"},
        {"high": True, "office": "GX-ZGB", "notice": True},
        {"high": True, "office": "ZGB-450300"},
    ],
)
def test_a_complete_record_may_be_applied_for(take: Take, changed: dict[str, Any]) -> None:
    assert issuance_refusals(take, CHOSEN, **changed) == []


def test_nothing_is_missing_that_the_open_form_still_asks_for(take: Take) -> None:
    unopened = {"review_office_allowed": False, "high": True, "office": "GX-ZGB"}
    assert issuance_refusals(take, None, **unopened) == []


@pytest.mark.req("R12", "R60", "R140", "R150", "R151", "R153")
@pytest.mark.parametrize(
    ("profile", "band", "day", "expected"),
    [
        ("LZ", "中级", "2019-12-31", ("LZ-2019-M", "LZ-ZGB", "E2")),
        ("LZ", "初级", "2020-01-13", ("LZ-2019-J", "LZ-ZGB", "E2")),
        ("LZ", "中级", "2020-01-14", ("GX-2020", "GX-RST-1", "E1")),
        ("LZ", "高级", "2019-12-31", ("GX-2020", "GX-RST-1", "E1")),
        ("NN", "初级", "2020-01-14", ("GX-2020", "GX-RST-1", "E1")),
        ("QZ", "中级", "2020-01-01", ("GX-2020", "GX-RST-1", "E1")),
        ("GX", "高级", "2026-03-02", ("GX-2020", "GX-RST-1", "E1")),
        ("NX", "高级", "2021-10-12", ("NX-2021", "NX-RST", "E3")),
    ],
)
def test_template_seal_and_text_follow_profile_level_and_date(
    take: Take, profile: str, band: str, day: str, expected: tuple[str, str, str]
) -> None:
    found = take(
        "certificate_template", scope={"profile": profile, "band": band}, template_date=day
    )
    assert (found["template"], found["seal"], found["statement"]) == expected


LOSS = {
    "own": True, "title_status": "VALID", "carrier": "PAPER", "paper_status": "VALID",
    "electronic_certificate": False, "open_reissue": False, "open_case_no": None,
    "has_approval": True,
}  # fmt: skip


def loss_refusals(
    take: Take, scope: str = ELECTRONIC, submission: dict[str, Any] | None = None, **more: Any
) -> list[str]:
    found: list[str] = take(
        "loss_start_rules", loss=LOSS | more, carrier_scope={"carrier": scope},
        submission=submission,
    )  # fmt: skip
    return found


@pytest.mark.req("R3", "R4", "R138")
@pytest.mark.parametrize(
    ("changed", "fragment"),
    [
        ({"own": False}, "不是本人的"),
        ({"title_status": "REVOKED"}, "职称状态不是“有效”"),
        ({"title_status": "CHECK"}, "职称状态不是“有效”"),
        ({"carrier": "ELECTRONIC", "electronic_certificate": True}, "请直接下载"),
        ({"carrier": "ELECTRONIC"}, "上线后请直接下载"),
        ({"paper_status": "DECLARED_VOID"}, "已声明作废"),
        ({"scope": OUTSIDE}, "非评审类"),
        ({"scope": PAPER}, "申请日期早于当地起始日期"),
        (
            {"open_reissue": True, "open_case_no": "LZYS2019042600001"},
            "已有未办结的补办或更正：LZYS2019042600001",
        ),
        ({"has_approval": False}, "请上传原取得职称的证明"),
    ],
)
def test_a_loss_is_refused_with_its_reason(
    take: Take, changed: dict[str, Any], fragment: str
) -> None:
    found = loss_refusals(take, submission={"record_id": "T003"}, **changed)
    assert len(found) == 1
    assert fragment in found[0]


def test_evidence_stands_in_for_a_missing_record_of_the_approval(take: Take) -> None:
    submission = {"record_id": "T019", "evidence": ["a file"]}

    [message] = loss_refusals(take, submission=submission, has_approval=False)

    assert message is None


@pytest.mark.parametrize(
    ("finding", "effect"),
    [
        ("UNFOUNDED", "SETTLE"),
        ("NOT_ACCEPTED", "SETTLE"),
        ("CORRECTABLE", "UPHOLD"),
        ("INELIGIBLE", "UPHOLD"),
        ("SUSPECTED", "SUSPECT"),
    ],
)
def test_a_finding_decides_how_publicity_goes_on(take: Take, finding: str, effect: str) -> None:
    assert take("objection_outcome", finding=finding)["effect"] == effect


def test_all_reasons_against_a_loss_are_told_at_once(take: Take) -> None:
    found = loss_refusals(
        take, PAPER, {"record_id": "T003"}, title_status="REVOKED", has_approval=False
    )
    assert len(found) == 3


@pytest.mark.parametrize("submission", [None, {}, {"record_id": "T003"}])
def test_a_valid_paper_certificate_may_be_declared_lost(
    take: Take, submission: dict[str, Any] | None
) -> None:
    assert loss_refusals(take, submission=submission) == []


def test_an_unopened_form_is_not_held_against_the_person(take: Take) -> None:
    assert loss_refusals(take, PAPER, None, own=False, title_status=None, carrier=None) == []


@pytest.mark.req("R98")
@pytest.mark.parametrize(
    ("submission", "fragments"),
    [
        ({"granted_on": "2012-11-30", "granted_by": BODY, "review_result": "PASS"}, []),
        ({"granted_on": "2012-12-15", "granted_by": BODY, "review_result": "PASS"}, ["授予时间"]),
        ({"granted_on": "2012-11-30", "granted_by": "别处", "review_result": "PASS"}, ["授予机构"]),
        (
            {"granted_on": "2012-12-15", "granted_by": "别处", "review_result": "PASS"},
            ["授予时间", "授予机构"],
        ),
        ({"granted_on": "2012-12-15", "granted_by": "别处", "review_result": "FAIL"}, []),
    ],
)
def test_only_what_equals_the_title_record_may_pass(
    take: Take, submission: dict[str, str], fragments: list[str]
) -> None:
    record = {"acquired_on": "2012-11-30", "approval_body_name": BODY}
    found = take("issuance_review_rules", submission=submission, title_record=record)
    assert [text[:4] for text in found] == fragments


@pytest.mark.req("R72")
@pytest.mark.parametrize(
    ("is_region", "template", "expected"),
    [
        (True, "GX-2020", {"needed": False, "way": "SAME_OFFICE"}),
        (True, "LZ-2019-M", {"needed": False, "way": "SAME_OFFICE"}),
        (False, "LZ-2019-M", {"needed": False, "way": "TEMPLATE"}),
        (False, "LZ-2019-J", {"needed": False, "way": "TEMPLATE"}),
        (False, "GX-2020", {"needed": True, "way": "REGION"}),
    ],
)
def test_the_region_releases_what_it_has_not_reviewed(
    take: Take, is_region: bool, template: str, expected: dict[str, Any]
) -> None:
    found = take(
        "release_rule", reviewer={"is_region": is_region}, layout={"template": template},
        case={"profile": "LZ"}, rule_date="2026-02-10",
    )  # fmt: skip
    assert found == expected


@pytest.mark.req("R27", "R42", "R131", "R132", "R171")
@pytest.mark.parametrize(
    ("period", "day", "days", "basis"),
    [
        ("PUBLICITY_LOST", "2019-04-15", 5, "LZ17-3-3"),
        ("PUBLICITY_LOST", "2026-02-10", 5, "LZ17-3-3"),
        ("PUBLICITY_UNIT", "2020-11-29", 5, None),
        ("PUBLICITY_UNIT", "2020-11-30", 5, "GX132-2-2-2"),
        ("PUBLICITY_RESULT", "2026-02-10", 5, None),
        ("DATA_COLLECTION", "2020-05-10", 5, None),
        ("DATA_COLLECTION", "2020-05-11", 5, "NN10-2-1"),
        ("MANUAL_VERIFICATION", "2020-05-11", 30, "NN10-3-2-5"),
        ("OBJECTION_EXAMINATION", "2026-02-10", 10, None),
        ("RETURNED_CLOSURE", "2026-02-10", 90, None),
    ],
)
def test_a_period_has_the_length_and_the_basis_of_its_day(
    take: Take, period: str, day: str, days: int, basis: str | None
) -> None:
    found = take("statutory_period", period_name=period, rule_date=day)
    assert (found["days"], found["legal_basis"]) == (days, basis)


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("PUBLICITY_LOST", "2019-04-14"),
        ("MANUAL_VERIFICATION", "2020-05-10"),
        ("UNKNOWN", "2026-02-10"),
    ],
)
def test_there_is_no_period_before_the_rule_or_by_another_name(
    take: Take, period: str, day: str
) -> None:
    assert take("statutory_period", period_name=period, rule_date=day) is None


HANDED_IN = {"data_checked": True}
LATE = "已超过归集期限（2020-05-18），请填写逾期原因"


@pytest.mark.req("R27", "R28", "R70")
@pytest.mark.parametrize(
    ("submission", "overdue", "high", "expected"),
    [
        (None, True, True, []),
        (HANDED_IN, False, False, []),
        (HANDED_IN, True, False, [LATE]),
        (
            HANDED_IN | {"late_reason": ""},
            True,
            False,
            [LATE],
        ),
        (HANDED_IN | {"late_reason": "经办人出差"}, True, False, []),
        (HANDED_IN, False, True, ["高级职称须填写确认通知的文号和日期"]),
        (HANDED_IN | {"confirm_notice_no": "桂职办〔2020〕9号"}, False, True, []),
    ],
)
def test_data_are_handed_in_late_only_with_a_reason_and_high_only_with_the_notice(
    take: Take, submission: dict[str, Any] | None, overdue: bool, high: bool, expected: list[str]
) -> None:
    found = take(
        "collection_rules", submission=submission, path={"region": "GX-ZGB"},
        collection={"high": high, "office": "GX-ZGB"},
        collection_item={"overdue": overdue, "due_on": "2020-05-18"},
    )  # fmt: skip
    assert found == expected


@pytest.mark.req("R27")
@pytest.mark.parametrize(
    ("day", "basis"), [("2020-05-10", None), ("2020-05-11", "NN10-2-1"), ("2026-03-02", "NN10-2-1")]
)
def test_data_are_collected_in_five_working_days(take: Take, day: str, basis: str | None) -> None:
    found = take("statutory_period", period_name="DATA_COLLECTION", rule_date=day)
    assert (found["days"], found["unit"], found["legal_basis"]) == (5, "工作日", basis)
