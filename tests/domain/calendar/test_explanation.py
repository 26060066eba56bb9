"""Deadlines in words, and the template macro that shows them."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session

from app.clock import SHANGHAI
from app.domain.calendar import (
    Calendar,
    Deadline,
    Subject,
    apply_recompute,
    close_deadline,
    explain,
    load_calendar,
    load_schedule,
    open_deadline,
    open_fixed_deadline,
    recompute,
    remaining,
)

TEMPLATES = Path(__file__).parents[3] / "templates"
SUBJECT = Subject("publicity", "p1")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def opened(session: Session, calendar: Calendar, start: str, **more: Any) -> Deadline:
    given = {"duration": "P5D", "unit": "workday", "region": "450200", "kind": "task"} | more
    deadline = open_deadline(session, calendar, subject=SUBJECT, start_at=at(start), **given)
    session.flush()  # Recomputation reads the table.
    return deadline


@pytest.mark.req("R132")
def test_labour_day_with_two_working_sundays(session: Session, calendar: Calendar) -> None:
    deadline = opened(session, calendar, "2019-04-26 10:00", announced=True, legal_basis="LZ17-3-3")

    told = explain(deadline, calendar)

    assert told.start_text == "自2019年4月26日（星期五）起算，当日不计入"
    assert told.length_text == "5个工作日"
    assert told.end_text == "2019年5月6日（星期一）24:00"
    assert told.possible_from_text == "2019年5月7日（星期二）00:00"
    assert (told.last_day, told.possible_from) == (date(2019, 5, 6), at("2019-05-07"))
    assert [line.on.isoformat() for line in told.exchanged] == ["2019-04-28", "2019-05-05"]
    assert told.exchanged[0].text == "2019年4月28日（星期日）"
    assert told.exchanged[0].reason == "劳动节调休上班"
    assert [(line.on.day, line.reason) for line in told.skipped] == [
        (27, "周末"), (1, "劳动节"), (2, "劳动节"), (3, "劳动节"), (4, "劳动节"),
    ]  # fmt: skip
    assert told.skipped[1].source_text == "国务院放假安排"
    assert (told.legal_basis, told.provisional, told.provisional_text) == ("LZ17-3-3", False, "")
    assert told.note == ""


@pytest.mark.req("R171")
def test_regional_holidays_are_named_with_their_notice(
    session: Session, calendar: Calendar
) -> None:
    told = explain(opened(session, calendar, "2021-04-09 10:00", announced=True), calendar)

    festival = next(line for line in told.skipped if line.reason == "壮族三月三")
    assert (festival.source, festival.source_text) == ("regional", "自治区放假安排")
    assert festival.basis == "2021年放假安排（单一转载）"
    assert told.end_text == "2021年4月20日（星期二）24:00"


@pytest.mark.parametrize(
    ("announced", "sentence"),
    [
        (False, "2027年放假安排尚未载入，日期按法定节假日暂定，安排公布后重新计算。"),
        (True, "安排公布后截止日期只会延后，不会提前。"),
    ],
)
def test_a_provisional_end_says_so(
    session: Session, calendar: Calendar, announced: bool, sentence: str
) -> None:
    deadline = opened(session, calendar, "2026-11-20", duration="P30D", announced=announced)

    told = explain(deadline, calendar)

    assert told.provisional
    assert told.provisional_text.endswith(sentence)
    assert told.end_text == "2027年1月4日（星期一）24:00"


def test_a_held_publicity_explains_its_later_end(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    deadline = opened(session, calendar, "2027-02-19", announced=True)
    load_schedule(session, notice_2027, label="2027年", loaded_by="P900", now=at("2026-12-01"))
    new = load_calendar(session)
    apply_recompute(session, recompute(session, new, now=at("2026-12-01")))

    told = explain(deadline, new)

    assert told.end_text == "2027年2月26日（星期五）24:00"
    assert told.note == (
        "按最新放假安排可至2027年2月25日（星期四）24:00，但公示期限已经公告，不再提前。"
    )


def test_a_schedule_not_yet_applied_is_mentioned(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    deadline = opened(session, calendar, "2027-02-19")
    load_schedule(session, notice_2027, label="2027年", loaded_by="P900", now=at("2026-12-01"))

    told = explain(deadline, load_calendar(session))

    assert told.end_text == "2027年2月26日（星期五）24:00"
    assert told.note == "按最新放假安排应至2027年2月25日（星期四）24:00，待重新计算。"
    assert told.provisional_text.startswith("2027年放假安排尚未载入")


def test_calendar_time_has_nothing_to_count(session: Session, calendar: Calendar) -> None:
    deadline = opened(session, calendar, "2026-03-02 14:00", duration="PT30M", unit="calendar")

    told = explain(deadline, calendar)

    assert (told.counted, told.skipped, told.length_text, told.note) == ((), (), "", "")
    assert told.end_text == "2026年3月2日（星期一）14:30"


# The period 2019-04-26 + 5 working days ends with Monday 2019-05-06.
@pytest.mark.parametrize(
    ("now", "words", "level", "days"),
    [
        ("2019-04-26 10:00", "剩5个工作日", "blue", 5),
        ("2019-04-27 10:00", "剩5个工作日", "blue", 5),
        ("2019-04-28 00:00", "剩4个工作日", "blue", 4),
        ("2019-04-29 23:59", "剩3个工作日", "amber", 3),
        ("2019-05-03 09:00", "剩2个工作日", "amber", 2),
        ("2019-05-05 09:00", "剩1个工作日", "amber", 1),
        ("2019-05-06 00:00", "今天到期", "red", 0),
        ("2019-05-06 23:59:59", "今天到期", "red", 0),
        ("2019-05-07 00:00", "已逾期1个工作日", "red", -1),
        ("2019-05-13 00:00", "已逾期5个工作日", "red", -5),
    ],
)
def test_what_is_left_for_an_office(
    session: Session, calendar: Calendar, now: str, words: str, level: str, days: int
) -> None:
    left = remaining(opened(session, calendar, "2019-04-26"), calendar, at(now))

    assert (left.words, left.level, left.days) == (words, level, days)


@pytest.mark.parametrize(
    ("now", "words", "level"),
    [
        ("2019-05-03 09:00", "剩2个工作日", "blue"),
        ("2019-05-06 09:00", "今天期满", "blue"),
        ("2019-05-07 00:00", "已期满", "none"),
    ],
)
def test_the_end_of_a_publicity_is_no_reproach(
    session: Session, calendar: Calendar, now: str, words: str, level: str
) -> None:
    deadline = opened(session, calendar, "2019-04-26", announced=True)

    left = remaining(deadline, calendar, at(now))

    assert (left.words, left.level) == (words, level)


def test_over_rest_days_alone_calendar_days_are_named(session: Session, calendar: Calendar) -> None:
    friday = opened(session, calendar, "2026-03-02", duration="P4D")

    assert remaining(friday, calendar, at("2026-03-07 09:00")).words == "已逾期1天"
    assert remaining(friday, calendar, at("2026-03-08 09:00")).words == "已逾期2天"
    assert remaining(friday, calendar, at("2026-03-09 09:00")).words == "已逾期1个工作日"


def test_calendar_time_is_left_in_days_and_hours(session: Session, calendar: Calendar) -> None:
    deadline = open_fixed_deadline(
        session, calendar, subject=SUBJECT, kind="slot", start_at=at("2026-03-02"),
        due_at=at("2026-03-10 17:30"),
    )  # fmt: skip

    assert remaining(deadline, calendar, at("2026-03-02 09:00")).words == "剩8天"
    assert remaining(deadline, calendar, at("2026-03-10 09:00")).words == "今天17:30到期"
    assert remaining(deadline, calendar, at("2026-03-10 17:30")).words == "已逾期"
    assert remaining(deadline, calendar, at("2026-03-12 09:00")).words == "已逾期2天"


@pytest.mark.parametrize(
    ("closed", "words"), [("2019-05-06 23:59", "已办结"), ("2019-05-07 00:00", "逾期办结")]
)
def test_closed_deadlines_ask_for_nothing(
    session: Session, calendar: Calendar, closed: str, words: str
) -> None:
    deadline = opened(session, calendar, "2019-04-26")
    close_deadline(deadline, now=at(closed))

    left = remaining(deadline, calendar, at("2020-01-01"))

    assert (left.words, left.level) == (words, "none")


def chip(deadline: Deadline, calendar: Calendar, now: str, clause: str | None = None) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    macro: Any = environment.get_template("pages/macros/deadline.html").module
    left = remaining(deadline, calendar, at(now))
    return str(macro.deadline_chip(left, explain(deadline, calendar), clause))


def test_the_chip_has_words_icon_colour_and_the_days(session: Session, calendar: Calendar) -> None:
    deadline = opened(session, calendar, "2019-04-26", announced=True)

    html = chip(deadline, calendar, "2019-04-29", clause="公示期为<5>个工作日")

    assert "剩3个工作日" in html
    assert 'class="deadline deadline-blue"' in html
    assert "<svg" in html
    assert html.count("<li>") == 10
    assert '<time datetime="2019-04-28">2019年4月28日（星期日）</time>' in html
    assert "公示期为&lt;5&gt;个工作日" in html
    assert "<dt>最早可提交</dt><dd>2019年5月7日（星期二）00:00</dd>" in html
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", html)


@pytest.mark.parametrize(
    ("now", "level"), [("2026-11-20", "blue"), ("2026-12-30", "amber"), ("2027-01-05", "red")]
)
def test_the_chip_of_an_office_shows_what_is_provisional(
    session: Session, calendar: Calendar, now: str, level: str
) -> None:
    deadline = opened(session, calendar, "2026-11-20", duration="P30D")

    html = chip(deadline, calendar, now)

    assert f"deadline-{level}" in html
    assert "暂定" in html
    assert "最早可提交" not in html
