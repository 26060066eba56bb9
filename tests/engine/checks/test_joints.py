"""Where files meet: notices and their parameters, tables and what is asked of them, calls, ids."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.bootstrap.setting_up import ROLES
from app.engine.checks import check_package
from app.engine.package import read_package
from app.messages import catalogue
from app.operations import registry
from tests.engine.checks.editing import RULES, Draft
from tests.engine.houses import PACKAGES

NOTICE = "templates/notices/N99.toml"
TEXTS = 'title = "到馆"\nparams = [{params}]\n[texts]\ninbox = "{inbox}"\nsms = "{sms}"\n'
ERROR_BACK = (
    '<bpmn:boundaryEvent id="no_shelf" name="没有书架" attachedToRef="reserve_book">'
    '<bpmn:errorEventDefinition errorRef="no_shelf_error" /></bpmn:boundaryEvent>'
    '<bpmn:exclusiveGateway id="again" />'
    '<bpmn:sequenceFlow id="no_shelf_again" sourceRef="no_shelf" targetRef="again" />'
    '<bpmn:sequenceFlow id="again_reserve" sourceRef="again" targetRef="reserve_book" />'
    '<bpmn:endEvent id="refused"'
)
ERROR = '<bpmn:error id="no_shelf_error" errorCode="NO_SHELF" /></bpmn:definitions>'


def telling(good: Draft, *, inbox: str, sms: str = "请登录", params: str = '"case_no"') -> Draft:
    """Return the package with a notice of its own, sent when the book is handed over."""
    registry_ = good.tools.registry
    registry_.operations["notify.send"] = registry.operations["notify.send"]
    registry_.choices[("notify.send", "template")] = lambda: ["N03"]
    registry_.told |= registry.told
    sent = good.edited(
        'eventType="end" type="note.take"><zeebe:taskHeaders><zeebe:header key="text" '
        'value="=case.no" /><zeebe:header key="about" value="handed over" />',
        'eventType="end" type="notify.send"><zeebe:taskHeaders><zeebe:header key="template" '
        'value="N99" /><zeebe:header key="to" value="=role(&quot;R-PERS&quot;, path.applicant)" />',
    )
    text = TEXTS.format(params=params, inbox=inbox, sms=sms)
    files = {**sent.package.files, NOTICE: text}
    return replace(sent, package=replace(sent.package, files=files))


def test_notice_that_the_package_brings_is_fine(good: Draft) -> None:
    assert telling(good, inbox="{{ case_no }}").check() == []


def test_notice_that_nobody_has(good: Draft) -> None:
    [finding] = telling(good, inbox="").without(NOTICE).check()

    assert (finding.code, finding.element) == ("check.parameter_value", "hand_over_book")
    assert "N03" in finding.sentence


@pytest.mark.parametrize(
    ("code", "inbox", "sms", "params", "said"),
    [
        ("check.notice_name", "{{ case_nr }}", "请登录", '"case_nr"', "是不是“case_no”"),
        ("check.notice_params", "{{ step }}", "请登录", '"case_no"', "step"),
        ("check.notice_params", "完", "{{ cert_no }}", '"cert_no"', "cert_no"),
        ("package.notice", "{% for a in case_no %}{% endfor %}", "请登录", '"case_no"', "For"),
    ],
)
def test_notice_that_could_not_be_sent(
    good: Draft, code: str, inbox: str, sms: str, params: str, said: str
) -> None:
    [finding] = telling(good, inbox=inbox, sms=sms, params=params).check()

    assert (finding.code, finding.file, finding.element) == (code, NOTICE, "N99")
    assert said in finding.sentence


def test_role_that_is_told_must_exist(good: Draft) -> None:
    edited = telling(good, inbox="完").edited("R-PERS", "R-PERSON")

    [finding] = edited.check()

    assert (finding.code, finding.element) == ("check.role_missing", "hand_over_book")
    assert "是不是“R-PERS”" in finding.sentence


def asked(good: Draft, word: str) -> Draft:
    """Return the package with a table that is asked by a word."""
    table = good
    for number, word_of_row in enumerate(('"SHORT"', '"LONG", "ENDLESS"')):
        name = ("before_2026", "short_2026")[number]
        place = f'<inputEntry id="{name}_i0"><text>'
        old = ('&lt; date("2026-01-01")', '&gt;= date("2026-01-01")')[number]
        table = table.edited(f"{place}{old}</text>", f"{place}{word_of_row}</text>", RULES)
    table = table.edited('&gt;= date("2026-01-01")', '"OTHER"', RULES).edited(
        'typeRef="date"><text>date(rule_date)</text>', 'typeRef="string"><text>kind</text>', RULES
    )
    return table.edited(
        'resultVariable="period" />',
        f'resultVariable="period" /><zeebe:ioMapping><zeebe:input source="{word}"'
        ' target="kind" /></zeebe:ioMapping>',
    )


@pytest.mark.parametrize("word", ["SHORT", "=&quot;ENDLESS&quot;", "=case.no"])
def test_word_that_a_row_asks_for_is_fine(good: Draft, word: str) -> None:
    assert asked(good, word).check() == []


def test_period_that_no_row_knows(good: Draft) -> None:
    [finding] = asked(good, "=&quot;SHRT&quot;").check()

    assert (finding.code, finding.element) == ("check.decision_value", "determine_period")
    assert "是不是“SHORT”" in finding.sentence


def test_clause_that_a_table_answers_with_must_stand_in_the_book(good: Draft) -> None:
    named = good.edited('name="period" typeRef="string"', 'name="legal_basis"', RULES).edited(
        '<text>"P30D"</text>', '<text>"RR-7"</text>', RULES
    )

    found = [f for f in named.check() if f.code == "check.clause_missing"]

    assert (RULES, "before_2026") in {(f.file, f.element) for f in found}
    assert "RR-7" in found[0].sentence


@pytest.mark.parametrize(("name", "found"), [("lendin", ["check.period_like"]), ("other", [])])
def test_period_that_is_almost_another_one(good: Draft, name: str, found: list[str]) -> None:
    good.tools.registry.period("lending")
    dated = good.edited(
        '<zeebe:property name="legalBasis" value="RR-1" />',
        '<zeebe:property name="legalBasis" value="RR-1" />'
        f'<zeebe:property name="period" value="{name}" />',
    )

    assert [f.code for f in dated.check()] == found


def test_error_that_leads_straight_back_is_a_cycle(good: Draft) -> None:
    turned = good.edited('<bpmn:endEvent id="refused"', ERROR_BACK).edited(
        "</bpmn:definitions>", ERROR
    )

    found = [f for f in turned.check() if f.code == "check.cycle_without_wait"]

    assert {f.element for f in found} == {"reserve_book", "no_shelf", "again"}


def loop_around(good: Draft, inside: str) -> Draft:
    """Return the package with a sub-process that is repeated until somebody is content."""
    return good.edited(
        'sourceRef="is_agreed" targetRef="refused" />',
        'sourceRef="is_agreed" targetRef="try_again" />'
        '<bpmn:exclusiveGateway id="try_again" /><bpmn:subProcess id="round" name="一轮">'
        '<bpmn:startEvent id="round_began" />'
        f"{inside}"
        '<bpmn:sequenceFlow id="round_on" sourceRef="round_began" targetRef="round_step" />'
        '<bpmn:sequenceFlow id="round_off" sourceRef="round_step" targetRef="round_ended" />'
        '<bpmn:endEvent id="round_ended" /></bpmn:subProcess>'
        '<bpmn:exclusiveGateway id="is_enough" name="够了？" default="enough" />'
        '<bpmn:sequenceFlow id="to_round" sourceRef="try_again" targetRef="round" />'
        '<bpmn:sequenceFlow id="after_round" sourceRef="round" targetRef="is_enough" />'
        '<bpmn:sequenceFlow id="enough" name="够了" sourceRef="is_enough" targetRef="refused" />'
        '<bpmn:sequenceFlow id="more" name="再来" sourceRef="is_enough" targetRef="try_again">'
        "<bpmn:conditionExpression>=days &gt; 3</bpmn:conditionExpression></bpmn:sequenceFlow>",
    )


def test_sub_process_without_a_wait_does_not_break_a_cycle(good: Draft) -> None:
    turned = loop_around(good, '<bpmn:task id="round_step" name="记一笔" />')

    found = [f for f in turned.check() if f.code == "check.cycle_without_wait"]

    assert {f.element for f in found} == {"round", "is_enough", "try_again"}


def test_sub_process_that_waits_breaks_a_cycle(good: Draft) -> None:
    timer = (
        '<bpmn:intermediateCatchEvent id="round_step"><bpmn:timerEventDefinition>'
        "<bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
        "</bpmn:intermediateCatchEvent>"
    )

    assert loop_around(good, timer).check() == []


def test_id_that_stands_in_a_called_process_too(good: Draft) -> None:
    package = read_package("two_rooms", workflows=PACKAGES / "workflows", forms=PACKAGES / "forms")
    main = package.files["workflows/two_rooms/two_rooms.bpmn"]
    twice = main.replace('"sum_up"', '"give_verdict"')
    files = {**package.files, "workflows/two_rooms/two_rooms.bpmn": twice}

    found = check_package(
        replace(package, files=files), good.tools, roles=ROLES, scenarios=["one.yaml"]
    )

    assert [f.code for f in found] == ["definition.repeated_id"]
    assert found[0].element == "give_verdict"


def test_every_finding_says_what_to_do() -> None:
    remedies = ("请", "可用", "须", "只能", "应为", "应写", "不能")
    silent = [
        code
        for code, text in catalogue().items()
        if code.startswith("check.") and not any(word in text for word in remedies)
    ]

    assert silent == ["check.meant"]
