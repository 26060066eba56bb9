"""Publicity from its beginning to each of its ends, and what the gate is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.clock import start_of_day
from app.domain.publicity.content import GateFields, LostPaper, content_hash, declaration
from app.domain.publicity.facts import publicity_facts
from app.domain.publicity.listing import Listed, Search, listed
from app.domain.publicity.objections import Decider, decide, objections_of, receive
from app.domain.publicity.publishing import (
    Announcement,
    Period,
    clear,
    publicity_of,
    publish,
    stop,
    unit_list,
)
from app.domain.publicity.tables import Finding, Objection, Place, Publicity, PublicityKind
from app.errors import DomainError

CASE = "LZYS2019042600001"
BEGIN = datetime(2019, 4, 26, 2, tzinfo=UTC)
THIRD_DAY = datetime(2019, 4, 29, 2, tzinfo=UTC)
END = start_of_day(date(2019, 5, 7))
PERIOD = Period(days=5, end_exclusive=END, deadline_id="d1")
ID_NUMBER = "450223198406309995"
GATE = GateFields("覃砚舟", ID_NUMBER, "06", "农艺师", "中 1200388", "2012-12-15")
PAPER = LostPaper(
    name="覃砚舟",
    series="农业专业人员",
    title="农艺师",
    number="中 1200388",
    issued_on=date(2012, 12, 15),
    issuer="柳州市职改办（测试）",
)
WHAT = Announcement(
    kind=PublicityKind.LOST,
    place=Place.PLATFORM,
    content={"name": "覃砚舟", "title": "农艺师"},
    text=declaration(PAPER),
    gate=GATE,
    receiver_code="ZGB-450200",
    host_code="ZGB-450200",
)
OFFICE = Decider("a9", "审批员", "ZGB-450200")


def public_list(session: Session, at: datetime) -> list[Listed]:
    return listed(session, Search(), now=at).lines


@pytest.fixture
def publicity(session: Session) -> Publicity:
    return publish(session, CASE, WHAT, PERIOD, now=BEGIN)


def test_declaration_says_what_c4_says() -> None:
    assert declaration(PAPER) == (
        "覃砚舟遗失农业专业人员农艺师职称证书一本，证书编号：中 1200388，"
        "发证时间：2012年12月15日，发证机关：柳州市职改办（测试），现声明作废。"
    )


@pytest.mark.req("R132")
def test_page_shows_the_period_from_first_to_last_day(
    session: Session, publicity: Publicity
) -> None:
    [notice] = public_list(session, BEGIN)

    assert (notice.published_on, notice.last_day, notice.days) == (
        date(2019, 4, 26),
        date(2019, 5, 6),
        5,
    )
    assert publicity.text == declaration(PAPER)
    assert ID_NUMBER not in repr(notice)


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (BEGIN - timedelta(seconds=1), False),
        (BEGIN, True),
        (END - timedelta(seconds=1), True),
        (END, False),
    ],
)
def test_notice_is_public_during_its_period_only(
    session: Session, publicity: Publicity, at: datetime, shown: bool
) -> None:
    assert bool(public_list(session, at)) is shown


def test_unit_publicity_is_for_the_unit(session: Session) -> None:
    inside = replace(WHAT, kind=PublicityKind.UNIT, place=Place.UNIT, unit_code="DW-005")
    publish(session, CASE, inside, PERIOD, now=BEGIN)

    assert public_list(session, BEGIN) == []
    assert len(unit_list(session, "DW-005", BEGIN)) == 1
    assert unit_list(session, "DW-001", BEGIN) == []


@pytest.mark.parametrize(
    "change",
    [
        {"content": {"name": "覃砚舟", "note": f"身份证{ID_NUMBER}"}},
        {"content": {"list": [{"old": "450223840630999"}]}},
        {"text": f"声明作废（{ID_NUMBER}）"},
    ],
)
def test_id_number_is_never_published(session: Session, change: dict[str, object]) -> None:
    with pytest.raises(DomainError, match=r"publicity\.id_number"):
        publish(session, CASE, replace(WHAT, **change), PERIOD, now=BEGIN)  # type: ignore[arg-type]


def test_certificate_number_may_be_published(session: Session) -> None:
    numbered = replace(WHAT, content={"number": "450100202005310000010"})

    assert publish(session, CASE, numbered, PERIOD, now=BEGIN).state == "RUNNING"


def test_one_publicity_of_a_kind_at_a_time(session: Session, publicity: Publicity) -> None:
    with pytest.raises(DomainError, match=r"publicity\.already_running"):
        publish(session, CASE, WHAT, PERIOD, now=THIRD_DAY)
    with pytest.raises(DomainError, match=r"publicity\.no_period"):
        publish(session, "other", WHAT, replace(PERIOD, end_exclusive=BEGIN), now=BEGIN)


@pytest.mark.req("R93")
def test_publicity_without_objection_ends_clear(session: Session, publicity: Publicity) -> None:
    with pytest.raises(DomainError, match=r"publicity\.not_over"):
        clear(session, publicity, now=END - timedelta(seconds=1))

    assert clear(session, publicity, now=END) == "CLEAR"
    assert publicity.ended_at == END


@pytest.mark.req("R93")
def test_unfounded_objection_ends_clear_after_objection(
    session: Session, publicity: Publicity
) -> None:
    objection = _object(session, publicity)
    with pytest.raises(DomainError, match=r"publicity\.cannot_clear"):
        clear(session, publicity, now=END)

    _decide(session, objection, Finding.UNFOUNDED)

    assert publicity.state == "RUNNING"
    assert clear(session, publicity, now=END) == "CLEAR_AFTER_OBJECTION"


def test_objection_that_is_not_accepted_leaves_no_trace_in_the_state(
    session: Session, publicity: Publicity
) -> None:
    _decide(session, _object(session, publicity), Finding.NOT_ACCEPTED)

    assert clear(session, publicity, now=END) == "CLEAR"


@pytest.mark.parametrize("finding", [Finding.CORRECTABLE, Finding.INELIGIBLE, Finding.FALSIFIED])
def test_founded_objection_is_upheld_at_once(
    session: Session, publicity: Publicity, finding: Finding
) -> None:
    _decide(session, _object(session, publicity), finding)

    assert publicity.state == "UPHELD"
    assert public_list(session, THIRD_DAY) == []


def test_two_objections_must_both_be_decided(session: Session, publicity: Publicity) -> None:
    first, second = _object(session, publicity), _object(session, publicity)

    _decide(session, first, Finding.UNFOUNDED)
    pending = publicity.state
    _decide(session, second, Finding.NOT_ACCEPTED)

    assert (pending, publicity.state) == ("PENDING_OBJECTION", "RUNNING")
    assert objections_of(session, publicity.id) == [first, second]
    with pytest.raises(DomainError, match=r"publicity\.objection_decided"):
        _decide(session, second, Finding.UNFOUNDED)


def test_objection_after_the_end_is_refused(session: Session, publicity: Publicity) -> None:
    with pytest.raises(DomainError, match=r"publicity\.objection_late"):
        receive(session, publicity, objector=None, facts="持有证书", now=END)


def test_objector_and_facts_are_sealed(session: Session, publicity: Publicity) -> None:
    objection = _object(session, publicity)

    assert objection.objector == {"name": "举报人", "contact": "19900000099"}
    assert "举报人".encode() not in (objection.objector_enc or b"")
    assert "证书在单位".encode() not in (objection.facts_enc or b"")


def test_withdrawal_takes_the_notice_down_at_once(session: Session, publicity: Publicity) -> None:
    stop(publicity, now=THIRD_DAY)
    session.flush()

    assert (publicity.state, public_list(session, THIRD_DAY)) == ("STOPPED", [])


def test_ended_publicity_is_not_stopped(session: Session, publicity: Publicity) -> None:
    clear(session, publicity, now=END)

    stop(publicity, now=END)

    assert publicity.state == "CLEAR"


@pytest.mark.req("R131")
def test_gate_is_told_that_nothing_was_published(session: Session) -> None:
    facts = publicity_facts(session, CASE, now=BEGIN)

    assert (facts["state"], facts["finished"], facts["earliest_text"]) == ("NONE", False, None)
    assert publicity_facts(session, None, now=BEGIN) == facts


@pytest.mark.req("R133")
@pytest.mark.parametrize(("now", "finished"), [(END - timedelta(seconds=1), False), (END, True)])
def test_gate_is_told_the_earliest_time(
    session: Session, publicity: Publicity, now: datetime, finished: bool
) -> None:
    facts = publicity_facts(session, CASE, now=now, current=GATE)

    assert (facts["finished"], facts["earliest_text"]) == (finished, "2019-05-07 00:00")
    assert (facts["open_objection"], facts["upheld"], facts["content_changed"]) == (
        False,
        False,
        False,
    )
    assert json.loads(json.dumps(facts)) == facts


def test_gate_is_told_of_objections(session: Session, publicity: Publicity) -> None:
    objection = _object(session, publicity)
    before = publicity_facts(session, CASE, now=END)
    _decide(session, objection, Finding.INELIGIBLE)
    after = publicity_facts(session, CASE, now=END)

    assert (before["open_objection"], before["upheld"]) == (True, False)
    assert (after["open_objection"], after["upheld"]) == (False, True)


@pytest.mark.parametrize("field", list(GateFields.__dataclass_fields__))
def test_gate_is_told_of_each_changed_field(
    session: Session, publicity: Publicity, field: str
) -> None:
    changed = replace(GATE, **{field: "别的"})

    assert publicity_facts(session, CASE, now=END, current=changed)["content_changed"] is True


def test_fingerprint_ignores_width_and_blanks() -> None:
    assert content_hash(replace(GATE, cert_no="中１２００３８８")) == content_hash(GATE)


def test_newest_publicity_counts(session: Session, publicity: Publicity) -> None:
    stop(publicity, now=THIRD_DAY)
    again = publish(session, CASE, WHAT, PERIOD, now=THIRD_DAY)

    assert publicity_of(session, CASE) is again
    assert publicity_of(session, CASE, PublicityKind.RESULT) is None


def _object(session: Session, publicity: Publicity) -> Objection:
    objector = {"name": "举报人", "contact": "19900000099"}
    return receive(session, publicity, objector=objector, facts="证书在单位", now=THIRD_DAY)


def _decide(session: Session, objection: Objection, finding: Finding) -> Publicity:
    session.flush()
    return decide(session, objection, finding, reason="经查", decider=OFFICE, now=THIRD_DAY)
