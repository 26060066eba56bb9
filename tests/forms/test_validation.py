from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.forms import FormInvalid, Signer, load_form, validate
from tests.forms.building import (
    NOW,
    ROOT,
    context,
    errors_of,
    everything,
    field,
    form_of,
    id_number,
    signed_by,
    text_of_kind,
    values_of,
)  # fmt: skip

REVIEW = load_form((ROOT / "forms/shared/review.form").read_bytes(), "forms/shared/review.form")
AT, CLOCK = field("datetime", subtype="datetime"), field("datetime", subtype="time")
FULL = {"unit": "第一单位", "signature": True}


@pytest.mark.parametrize(
    ("component", "raw", "stored"),
    [
        (field("textfield"), " 甲\u200b乙\x00\t丙 ", "甲乙 丙"),
        (field("textfield"), "e\u0301", "é"),
        (field("textarea"), "一\r\n二\x07 ", "一\n二"),
        (field("number"), "１２", 12),
        (field("number"), "1,234.50", 1234.5),
        (field("number"), -0.25, -0.25),
        (field("number", serializeToString=True), "12345678901234567890", "12345678901234567890"),
        (field("datetime"), "2026.1.5", "2026-01-05"),
        (field("datetime"), "２０２６年１月５日", "2026-01-05"),
        (field("datetime"), "20260105", "2026-01-05"),
        (AT, "2026-11-20 9:30", "2026-11-20T09:30:00+08:00"),
        (AT, "2026-11-20T09:30", "2026-11-20T09:30:00+08:00"),
        (AT, "2026 年 11 月 20 日９点", "2026-11-20T09:00:00+08:00"),
        (AT, "2026年11月20日9时30分", "2026-11-20T09:30:00+08:00"),
        (AT, "2026-11-20T01:30:00.000Z", "2026-11-20T09:30:00+08:00"),
        (AT, "2026-11-19T20:30:00-05:00", "2026-11-20T09:30:00+08:00"),
        (AT, "1905-07-01 00:00", "1905-07-01T00:00:00+08:00"),
        (CLOCK, "9：30", "09:30"),
        (CLOCK, "23:59:59", "23:59"),
        (CLOCK, "9时", "09:00"),
        (field("taglist", valuesExpression='=["a", "b", "c"]'), ["c", "a"], ["a", "c"]),
        (field("checkbox"), "on", True),
        (field("checkbox"), "off", False),
        (field("checklist", valuesExpression='=["a", "b", "c"]'), ["c", "a"], ["a", "c"]),
        (field("select", valuesKey="organisations"), "DW-002", "DW-002"),
        (field("select", valuesExpression='=["x", {label: "乙", value: "y"}]'), "y", "y"),
        (field("filepicker"), ["A1"], ["A1"]),
        (text_of_kind("mobile"), "+86 １９９-0000 0001", "19900000001"),
        (text_of_kind("id_number"), " 45012619901102996２ ", "450126199011029962"),
        (text_of_kind("id_number"), "452123 19680512 997 2", "452123196805129972"),
        (text_of_kind("credit_code"), "91350100m000100y43", "91350100M000100Y43"),
        (text_of_kind("approval_number"), "桂职办[2020] １３２号", "桂职办〔2020〕132号"),
        (text_of_kind("approval_number"), "宁人社函（2021）5号", "宁人社函〔2021〕5号"),
        (text_of_kind("person_name"), "买买提•艾力", "买买提·艾力"),
        (text_of_kind("person_name"), "𠮷田\U000e0100", "𠮷田\U000e0100"),
    ],
)  # fmt: skip
def test_value_is_stored_in_one_spelling(component: dict[str, Any], raw: Any, stored: Any) -> None:
    assert values_of(form_of(component), {"field": raw}) == {"field": stored}


@pytest.mark.parametrize(
    ("component", "raw", "words"),
    [
        (field("textfield", validate={"required": True}), " \u3000 ", "请填写项目"),
        (field("textfield", validate={"minLength": 3}), "ab", "至少填写3个字，现在是2个字"),
        (field("textfield", validate={"maxLength": "3"}), "abcd", "最多填写3个字"),
        (field("textarea"), "字" * 10_001, "最多填写10000个字"),
        (field("textfield", validate={"validationType": "email"}), "a@b", "电子邮箱"),
        (field("textfield", validate={"validationType": "phone"}), "abc", "电话号码"),
        (field("textfield", validate={"pattern": "^\\d{6}$"}), "12345", "格式不正确"),
        (field("number"), "十二", "应填写数字"),
        (field("number"), "1234567890123456", "应填写数字"),
        (field("number", decimalDigits=0), "1.5", "请填写整数"),
        (field("number", decimalDigits=1), "1.25", "最多保留1位"),
        (field("number", increment="0.5"), "1.3", "0.5的整数倍"),
        (field("number", validate={"min": 1, "max": 5}), "0", "不能小于1"),
        (field("number", validate={"min": 1, "max": "=2+3"}), "6", "不能大于5"),
        (field("number", validate={"required": True}), "", "请填写项目"),
        (field("datetime"), "2026-02-30", "实际存在的日期"),
        (field("datetime"), "0001-01-01", "实际存在的日期"),
        (field("datetime", properties={"not_after": "=today"}), "2026-03-03", "不能晚于2026-03-02"),
        (field("datetime", disallowPassedDates=True), "2026-03-01", "不能早于2026-03-02"),
        (AT, "2026-11-20", "应填写日期和时间"),
        (AT, "2026-11-20 24:30", "应填写日期和时间"),
        (AT, "2100-12-31T23:00:00-05:00", "应填写日期和时间"),
        (CLOCK, "9", "应填写时间"),
        (CLOCK, "9:60", "应填写时间"),
        (AT | {"timeInterval": 15}, "2026-11-20 09:20", "应为15的整数倍"),
        (
            AT | {"properties": {"not_before": "=now"}},
            "2026-03-02 09:59",
            "不能早于2026-03-02 10:00",
        ),
        (AT | {"properties": {"not_after": "=today"}}, "2026-03-03 00:00", "不能晚于2026-03-02"),
        (AT | {"disallowPassedDates": True}, "2026-03-01 23:59", "不能早于2026-03-02"),
        (CLOCK | {"properties": {"not_after": '=time("17:30:00")'}}, "17:31", "不能晚于17:30"),
        (field("taglist", valuesExpression='=["a"]'), ["a", "b"], "请从列出的选项中选择"),
        (field("select", valuesKey="organisations"), "DW-999", "请从列出的选项中选择"),
        (field("checkbox", validate={"required": True}), False, "请阅读并勾选"),
        (field("filepicker", validate={"required": True}), [], "请上传项目"),
        (field("filepicker"), ["a", "b"], "最多上传1个文件"),
        (field("filepicker"), ["foreign"], "请重新上传"),
        (field("filepicker", multiple=True, properties={"min_files": 2}), ["a"], "至少上传2个文件"),
        (text_of_kind("person_name"), "韦", "2至50个字"),
        (text_of_kind("person_name"), "韦1澜", "2至50个字"),
        (text_of_kind("approval_number"), "桂职办2020第1号", "〔年份〕"),
    ],
)
def test_bad_value_is_answered_with_what_to_do(
    component: dict[str, Any], raw: Any, words: str
) -> None:
    found = errors_of(form_of(component), {"field": raw})

    assert list(found) == ["field"]
    assert words in found["field"][0]


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("id_number", "450126199011029963"),
        ("id_number", "450126199002309962"),
        ("id_number", "110101209901010010"),
        ("id_number", "450126901102996"),
        ("credit_code", "91350100M000100Y44"),
        ("mobile", "12900000001"),
    ],
)
def test_wrong_identifier_is_refused_with_a_sentence(kind: str, raw: str) -> None:
    (sentence,) = errors_of(form_of(text_of_kind(kind)), {"field": raw})["field"]

    assert any("\u4e00" <= character <= "\u9fff" for character in sentence)
    assert "{" not in sentence


@given(serial=st.integers(0, 995), day=st.dates(min_value=NOW.date().replace(year=1930)))
def test_only_the_right_check_character_is_accepted(serial: int, day: Any) -> None:
    day = day.replace(year=1930 + day.year % 65, day=min(day.day, 28))
    number = id_number(f"450103{day:%y%m%d}{serial:03d}")
    form = form_of(text_of_kind("id_number"))

    accepted = [c for c in "0123456789X" if not errors_of(form, {"field": number[:17] + c})]

    assert accepted == [number[17]]


def test_day_as_a_limit_holds_the_whole_day() -> None:
    limited = AT | {"properties": {"not_before": "=today", "not_after": "=today"}}

    for typed in ("2026-03-02 00:00", "2026-03-02 23:59"):
        assert errors_of(form_of(limited), {"field": typed}) == {}


def test_expressions_see_moments_and_times() -> None:
    form = form_of(
        AT,
        field("datetime", "clock", subtype="time"),
        {"type": "expression", "key": "later", "label": "晚", "expression": "=field > now"},
        {"type": "expression", "key": "hour", "label": "时", "expression": "=clock.hour"},
    )

    found = values_of(form, {"field": "2026-03-02 10:01", "clock": "09:30"})

    assert (found["later"], found["hour"]) == (True, 9)


def test_hidden_fields_are_dropped_and_not_validated() -> None:
    form = everything()

    assert "former_unit" not in values_of(form, {**FULL, "former_unit": "偷偷填写"})
    assert errors_of(form, {**FULL, "origin": "MOVED"}) == {"former_unit": ["请填写原单位"]}


def test_phone_verification_asks_for_the_contacts_post() -> None:
    assert errors_of(everything(), {**FULL, "ways": ["PHONE"]}) == {
        "contact_post": ["请填写联系人职务"]
    }


def test_condition_sees_a_hidden_field_as_empty() -> None:
    hidden = field("textfield", "b", conditional={"hide": "=a"})
    form = form_of(
        field("checkbox", "a"), hidden, field("textfield", "c", conditional={"hide": '=b = ""'})
    )

    assert values_of(form, {"a": True, "b": "x", "c": "y"}) == {"a": True}
    assert values_of(form, {"b": "x", "c": "y"}) == {"a": False, "b": "x", "c": "y"}


def test_conditions_that_contradict_each_other_come_to_an_end() -> None:
    form = form_of(
        field("textfield", "a", conditional={"hide": '=b != ""'}),
        field("textfield", "b", conditional={"hide": '=a != ""'}),
    )

    assert set(values_of(form, {"a": "1", "b": "2"})) <= {"a", "b"}


def test_group_condition_hides_everything_inside() -> None:
    inside = {"type": "group", "label": "组", "conditional": {"hide": "=not(a)"},
              "components": [field("textfield", "b", validate={"required": True})]}  # fmt: skip

    assert values_of(form_of(field("checkbox", "a"), inside), {}) == {"a": False}


def test_unknown_keys_are_ignored() -> None:
    assert values_of(form_of(field("textfield")), {"field": "a", "is_admin": True}) == {
        "field": "a"
    }


@pytest.mark.parametrize(
    "locked", [{"readonly": True}, {"disabled": True}, {"readonly": "=open = null"}]
)
def test_readonly_field_takes_the_servers_value(locked: dict[str, Any]) -> None:
    form = form_of(field("textfield", properties={"prefill": "=person.name"}, **locked))

    assert values_of(form, {"field": "冒名"}) == {"field": "韦启澜"}


def test_readonly_condition_does_not_believe_posted_values() -> None:
    form = form_of(
        field("textfield", "mine"),
        field("textfield", properties={"prefill": "=person.name"}, readonly='=mine != "x"'),
    )

    assert values_of(form, {"mine": "x", "field": "冒名"})["field"] == "韦启澜"


def test_empty_locked_field_says_whom_to_ask() -> None:
    form = form_of(
        field("textfield", readonly=True, validate={"required": True},
              properties={"prefill": "=person.nothing"})
    )  # fmt: skip

    assert "联系单位管理员" in errors_of(form, {"field": "冒名"})["field"][0]


def test_locked_list_takes_the_servers_rows() -> None:
    inner = [field("textfield", "name", validate={"required": True}), field("datetime", "on")]
    rows = {"type": "dynamiclist", "path": "rows", "label": "行", "readonly": True,
            "properties": {"prefill": "=people"}, "components": inner}  # fmt: skip
    people = [{"name": "甲", "on": "2020-01-01"}, {"name": "", "on": "?"}]

    assert values_of(form_of(rows), {"rows": [{"name": "冒名"}]}, context(people=people)) == {
        "rows": [{"name": "甲", "on": "2020-01-01"}, {"name": "", "on": "?"}]
    }


def test_readonly_field_of_a_row_takes_its_default() -> None:
    inner = [field("textfield", "a"), field("textfield", "b", readonly=True, defaultValue="定")]
    rows = {"type": "dynamiclist", "path": "rows", "label": "行", "components": inner}

    assert values_of(form_of(rows), {"rows": [{"a": "x", "b": "改"}]}) == {
        "rows": [{"a": "x", "b": "定"}]
    }


def test_computed_value_ignores_what_was_posted() -> None:
    work = [{"from": "2020-01-01", "what": "设计"}, {"from": "", "what": " "}]
    values = values_of(everything(), {**FULL, "work_history": work, "work_count": 99})

    assert values["work_count"] == 2
    assert values["work_history"] == [{"from": "2020-01-01", "what": "设计", "abroad": False}]


def test_title_must_belong_to_the_chosen_series() -> None:
    form = everything()

    assert values_of(form, {**FULL, "series": "17", "title": "会计师"})["title"] == "会计师"
    assert "title" in errors_of(form, {**FULL, "series": "17", "title": "工程师"})


def test_rows_have_conditions_and_errors_of_their_own() -> None:
    work = [
        {"from": "2020-01-01", "what": "设计", "abroad": True},
        {},
        {"from": "昨天", "what": "", "where": "不该有"},
    ]
    found = errors_of(everything(), {**FULL, "work_history": work})

    assert list(found) == ["work_history-0-where", "work_history-2-from", "work_history-2-what"]


def test_too_many_rows_are_refused() -> None:
    work = [{"from": "2020-01-01", "what": "设计"}] * 6

    assert errors_of(everything(), {**FULL, "work_history": work}) == {
        "work_history": ["最多填写5行，请删除多余的行"]
    }


def test_too_few_rows_are_refused() -> None:
    rows = {"type": "dynamiclist", "path": "rows", "label": "学历", "properties": {"min_rows": 1},
            "components": [field("textfield", "school")]}  # fmt: skip

    assert errors_of(form_of(rows), {"rows": [{"school": ""}]}) == {
        "rows": ["请在学历中至少填写一行"]
    }


def test_errors_stand_in_the_order_of_the_form_and_keep_what_was_typed() -> None:
    raw = {"hours": "很多", "mail": "x", "unit": ""}

    with pytest.raises(FormInvalid) as caught:
        validate(everything(), raw, context())

    assert list(caught.value.errors) == ["unit", "mail", "hours", "signature"]
    assert caught.value.values == raw
    assert "很多" not in str(caught.value)


def test_review_without_seal_is_refused() -> None:
    raw = {"outcome": "AGREE", "opinion": "同意", "signature": "on"}

    assert errors_of(REVIEW, raw) == {"seal": ["请加盖公章（签章）后再提交"]}


def test_signature_and_seal_carry_the_servers_name_and_time() -> None:
    forged = {"name": "别人", "at": "2000-01-01T00:00:00+00:00", "organisation": "别的单位"}
    raw = {"outcome": "AGREE", "opinion": "同意", "signature": forged, "seal": forged}

    submission = validate(REVIEW, raw, context())

    act = {"name": "韦启澜", "at": NOW.isoformat()}
    assert submission.values["signature"] == act
    assert submission.values["seal"] == {"organisation": "第一单位", **act}
    assert submission.variables == {"outcome": "AGREE"}


@pytest.mark.parametrize("signer", [None, Signer("韦启澜")])
def test_nobody_seals_without_an_organisation(signer: Signer | None) -> None:
    raw = {"outcome": "AGREE", "opinion": "同意", "signature": "on", "seal": "on"}

    assert "seal" in errors_of(REVIEW, raw, signed_by(signer))


@pytest.mark.parametrize(("outcome", "accepted"), [("AGREE", True), ("REJECT", False)])
def test_refusal_needs_a_longer_opinion(outcome: str, accepted: bool) -> None:
    raw = {"outcome": outcome, "opinion": "好的", "signature": "on", "seal": "on"}

    assert ("opinion" not in errors_of(REVIEW, raw)) is accepted


def test_schema_lists_what_is_asked_now() -> None:
    schema = everything().schema(context(), {"origin": "MOVED"})

    assert schema.fields["former_unit"].required
    assert "former_unit" not in everything().schema(context()).fields


def test_draft_goes_before_prefill_but_not_before_a_locked_value() -> None:
    form = form_of(
        field("textfield", "a", properties={"prefill": "=person.name"}),
        field("textfield", "b", properties={"prefill": "=person.name"}),
        field("textfield", "c", readonly=True, properties={"prefill": "=person.name"}),
        field("number", "d", defaultValue=3),
    )

    assert form.initial(context(), {"b": "改过", "c": "改过"}) == {
        "a": "韦启澜", "b": "改过", "c": "韦启澜", "d": 3,
    }  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
KEYS = [*sorted(everything().keys()), "nowhere"]
ROW = st.dictionaries(st.sampled_from(["from", "what", "abroad", "where"]), JSON, max_size=4)


@given(raw=st.dictionaries(st.sampled_from(KEYS), JSON | st.lists(ROW, max_size=3), max_size=12))
def test_random_submissions_are_taken_as_json_or_refused_field_by_field(
    raw: dict[str, Any],
) -> None:
    form, known = everything(), set(everything().keys())

    refused = errors_of(form, {**FULL, **raw})

    assert {key.partition("-")[0] for key in refused} <= known | set(raw)
    assert all(texts and all(texts) for texts in refused.values())
    if not refused:
        values = values_of(form, {**FULL, **raw})
        assert set(values) <= known
        assert json.loads(json.dumps(values, allow_nan=False)) == values
