"""Notices: every template composes, and no SMS carries a number it must not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.notifications import composing
from app.domain.notifications.composing import NoticeTemplate, compose, spoken_of, template
from app.domain.notifications.forbidden import holds_id_number, holds_long_number
from app.domain.notifications.reading import (
    Reader,
    case_numbers,
    mark_all_read,
    mark_read,
    notices_of,
    unread_count,
)
from app.domain.notifications.sending import (
    mark_delivered,
    mark_failed,
    notify,
    to_account,
    to_group,
    to_person,
    undelivered,
)
from app.domain.notifications.tables import Channel, NoticeState
from app.errors import DomainError, NotAllowed

NOW = datetime(2020, 5, 20, 2, tzinfo=UTC)
ID_NUMBER = "450103198603179973"
OLD_ID_NUMBER = "450103860317997"
CERT_NO = "450100202005310000010"
CASE = "NNQR2026030200001"
KEYS = ["N03", "N04", "N05", "N06", "N07", "N11", "N13", "N14", "P01"]
VALUES: dict[str, Any] = {
    "age_days": 5,
    "agreed": True,
    "before": True,
    "approved_on": "2020-05-20",
    "business": "职称重新确认",
    "case_no": CASE,
    "cert_no": CERT_NO,
    "closes_on": "2020-08-18",
    "contact": "0771-0000000",
    "days": 5,
    "decided_on": "2020-05-20",
    "document_no": "南职办〔2020〕10号",
    "earliest": "2019-05-07 00:00",
    "collection_due_on": "2020-05-18",
    "event": "began",
    "from": "2019-04-26",
    "menu_path": "个人/单位办事 › 人才服务",
    "name": "韦启澜",
    "new": "2020-05-29 00:00",
    "old": "2020-05-27 00:00",
    "online_on": "2020-05-20",
    "organisation": "南宁市职改办（测试）",
    "reason": "材料不全",
    "remark": "照片不清晰",
    "remedies": "可重新申报。",
    "reviewed_on": "2020-05-20",
    "since": "2020-05-20",
    "step": "单位审核",
    "own": True,
    "superior": False,
    "text": "请带本人证件领取钥匙。",
    "target": "提交单位",
    "title": "工程师",
    "to": "2019-05-06",
    "to_applicant": True,
    "what": "更正办理数据",
}
# On the platform alone: colleagues ask each other.
EVERY = composing.keys()
CHANNELS = [(key, channel) for key in EVERY for channel in template(key).texts]
SMS_KEYS = [key for key, channel in CHANNELS if channel is Channel.SMS]


def test_templates_are_there() -> None:
    assert set(KEYS) <= set(composing.keys())


@pytest.mark.parametrize(("key", "channel"), CHANNELS)
def test_template_composes_from_declared_parameters(key: str, channel: Channel) -> None:
    message = compose(key, channel, VALUES)

    assert message.text
    assert "{{" not in message.text
    assert set(message.params) == spoken_of(template(key), channel)


@pytest.mark.parametrize("event", ["began", "ended", "objection", "upheld", "withdrawn", "closing"])
@pytest.mark.parametrize("key", SMS_KEYS)
def test_no_sms_holds_id_or_certificate_number(key: str, event: str) -> None:
    message = compose(key, Channel.SMS, {**VALUES, "event": event, "id_number": ID_NUMBER})

    said = message.text + repr(message.params)
    assert ID_NUMBER not in said
    assert CERT_NO not in said
    assert not holds_long_number(said)


@pytest.mark.req("R31")
def test_holder_is_told_when_and_how_to_print() -> None:
    text = compose("N07", Channel.SMS, VALUES).text

    assert "2020-05-20" in text
    assert "个人/单位办事 › 人才服务" in text


@pytest.mark.parametrize("number", [CERT_NO, "GL45010020200000001", f"{ID_NUMBER}0"])
def test_sms_with_a_forbidden_number_in_a_parameter_is_refused(number: str) -> None:
    with pytest.raises(DomainError, match=r"notice\.forbidden_number"):
        compose("N03", Channel.SMS, {**VALUES, "step": f"审核 {number}"})


@pytest.mark.parametrize("number", [ID_NUMBER, OLD_ID_NUMBER])
def test_id_number_in_a_parameter_of_an_sms_is_masked(number: str) -> None:
    message = compose("N03", Channel.SMS, {**VALUES, "step": f"审核 {number}"})

    assert number not in message.text + repr(message.params)


@pytest.mark.parametrize("number", [ID_NUMBER, OLD_ID_NUMBER])
def test_id_number_in_an_opinion_is_masked_in_the_inbox(number: str) -> None:
    message = compose("N05", Channel.INBOX, {**VALUES, "reason": f"号码{number}不符"})

    assert number not in message.text
    assert number not in repr(message.params)
    assert f"450*{'*' * (len(number) - 8)}{number[-4:]}" in message.text


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        (Channel.SMS, "{{ cert_no }}"),
        (Channel.INBOX, "{{ id_number }}"),
        (Channel.INBOX, "{{ undeclared }}"),
    ],
)
def test_template_that_names_a_forbidden_parameter_is_refused(channel: Channel, text: str) -> None:
    bad = NoticeTemplate("N99", "坏模板", frozenset({"cert_no", "id_number"}), {channel: text})

    with pytest.raises(DomainError, match=r"notice\.bad_params"):
        spoken_of(bad, channel)


def test_missing_parameter_and_unknown_template_are_refused() -> None:
    with pytest.raises(DomainError, match=r"notice\.cannot_compose"):
        compose("N03", Channel.SMS, {})
    with pytest.raises(DomainError, match=r"notice\.no_template"):
        template("N98")
    with pytest.raises(DomainError, match=r"notice\.no_template"):
        template("../N03")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (ID_NUMBER, True),
        ("45030219910505996x", True),
        (OLD_ID_NUMBER, True),
        (f"证号{ID_NUMBER}。", True),
        (CERT_NO, False),
        ("123456789012345678", False),
        (CASE, False),
    ],
)
def test_id_numbers_are_recognised_by_shape_and_birth_date(text: str, holds: bool) -> None:
    assert holds_id_number(text) is holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (CERT_NO, True),
        ("4501 0020 2005 3100 0001 0", True),
        ("45030219910505996X", True),
        (CASE, False),
        ("2019-04-26 至 2019-05-06", False),
        ("0771-12345678", False),
    ],
)
def test_long_numbers_are_recognised(text: str, holds: bool) -> None:
    assert holds_long_number(text) is holds


def test_notice_is_one_row_per_channel(session: Session) -> None:
    rows = notify(
        session, to=to_person("P001"), template="N05", params=VALUES, now=NOW, case_no=CASE
    )

    states = {row.channel: row.state for row in rows}
    assert states == {"INBOX": NoticeState.DELIVERED, "SMS": NoticeState.QUEUED}
    sms = next(row for row in rows if row.channel == "SMS")
    assert set(sms.params) == {"business", "case_no"}


def test_inbox_is_the_addressees_own(session: Session) -> None:
    [mine] = _inbox_notice(session, to_person("P001"))
    [group] = _inbox_notice(session, to_group("R-CITY@ZGB-450100"))
    [other] = _inbox_notice(session, to_account("a2"))
    me = Reader("a1", frozenset({to_person("P001"), to_group("R-CITY@ZGB-450100")}))

    assert {notice.row.id for notice in notices_of(session, me).notices} == {mine.id, group.id}
    assert unread_count(session, me) == 2
    mark_read(session, mine.id, me, now=NOW)
    session.flush()

    assert unread_count(session, me) == 1
    assert [n.row.id for n in notices_of(session, me, only_unread=True).notices] == [group.id]
    assert notices_of(session, Reader("a1", frozenset())).notices == []
    with pytest.raises(NotAllowed):
        mark_read(session, other.id, me, now=NOW)


def test_group_notice_stays_unread_for_the_colleague(session: Session) -> None:
    group = to_group("R-CITY@ZGB-450100")
    [notice] = _inbox_notice(session, group)
    first, second = Reader("a1", frozenset({group})), Reader("a2", frozenset({group}))

    for _ in range(2):
        mark_read(session, notice.id, first, now=NOW)
        session.flush()

    assert (unread_count(session, first), unread_count(session, second)) == (0, 1)
    assert notice.state == NoticeState.READ
    assert mark_all_read(session, second, now=NOW) == 1
    session.flush()
    assert unread_count(session, second) == 0


def test_notices_come_in_pages_and_by_case(session: Session) -> None:
    me = Reader("a1", frozenset({to_person("P001")}))
    for _ in range(5):
        _inbox_notice(session, to_person("P001"))
    session.flush()

    first = notices_of(session, me, size=3)
    rest = notices_of(session, me, size=3, after=first.following)

    ids = [notice.row.id for notice in (*first.notices, *rest.notices)]
    assert (len(ids), len(set(ids)), rest.following) == (5, 5, "")
    assert notices_of(session, me, case_no="none").notices == []
    assert list(case_numbers(session, me)) in ([], [CASE])


def test_failed_sms_stands_on_the_board_until_it_is_delivered(session: Session) -> None:
    rows = notify(
        session,
        to=to_person("P001"),
        template="N07",
        params=VALUES,
        now=NOW,
        channels=[Channel.SMS],
    )
    mark_failed(rows[0], error="网关拒绝", now=NOW)
    session.flush()
    failed = [row.id for row in undelivered(session, limit=10)]
    mark_delivered(rows[0], now=NOW)
    session.flush()

    assert failed == [rows[0].id]
    assert undelivered(session, limit=10) == []


def _inbox_notice(session: Session, to: Any) -> list[Any]:
    return notify(session, to=to, template="N03", params=VALUES, now=NOW, channels=[Channel.INBOX])
