"""Calendar versions: the first, later schedules and overrides, and files that are refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.calendar import (
    Calendar,
    CalendarDay,
    CalendarVersion,
    ScheduleFile,
    changed_days,
    load_calendar,
    load_schedule,
    read_addition,
    seed_calendar,
    unfollowed,
    versions,
)
from app.domain.calendar.notices import MOST_BYTES, MOST_ROWS, BadRow
from app.errors import DomainError
from app.messages import sentence
from tests.schedules import row, schedule_file

NOW = datetime(2026, 11, 25, tzinfo=UTC)
GUANGXI = "450000"
HEADER = "region_code,date,day_type,name_zh,basis,confidence\n"


def load(session: Session, schedule: object) -> CalendarVersion | None:
    return load_schedule(session, schedule, label="2027年", loaded_by="P900", now=NOW)


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "schedule.csv"
    file.write_text(text, encoding=encoding)
    return file


def refused(session: Session, schedule: object) -> list[BadRow]:
    before = session.scalar(select(func.count()).select_from(CalendarDay))
    with pytest.raises(DomainError, match=r"calendar\.bad_schedule") as caught:
        load(session, schedule)
    assert session.scalar(select(func.count()).select_from(CalendarDay)) == before
    assert all(row.reason in caught.value.fields["details"] for row in caught.value.fields["rows"])
    return caught.value.fields["rows"]


def test_first_version_equals_the_files_and_the_package(law: Calendar, calendar: Calendar) -> None:
    assert set(calendar.rules) == set(law.rules)
    assert calendar.is_published(2004)
    assert calendar.is_published(2026)
    assert not calendar.is_published(2027)


def test_seeding_twice_changes_nothing(session: Session, calendar: Calendar, folder: Path) -> None:
    again = seed_calendar(session, folder, now=NOW)

    assert again.id == calendar.version
    assert session.scalar(select(func.count()).select_from(CalendarVersion)) == 1


def test_a_calendar_is_built_once_per_version(session: Session, calendar: Calendar) -> None:
    assert load_calendar(session) is calendar


def test_without_a_version_the_error_says_so(session: Session) -> None:
    with pytest.raises(DomainError, match=r"calendar\.no_version"):
        load_calendar(session)


def test_a_national_schedule_ends_the_provisional_rule(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    version = load(session, notice_2027)

    new = load_calendar(session)
    assert new.version == version.id
    assert new.add_workdays(date(2026, 11, 20), 30, GUANGXI) == (date(2027, 1, 4), False)
    assert new.is_workday(date(2027, 2, 20), GUANGXI) == (True, "national")
    assert new.is_workday(date(2027, 6, 5), GUANGXI) == (False, "national")
    assert not load_calendar(session, calendar.version).is_published(2027)
    assert (version.number, version.label, version.loaded_by) == (2, "2027年", "P900")


def test_a_notice_may_also_speak_of_the_year_before(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    eve = {**notice_2027[0], "date": "2026-12-31"}

    load(session, [*notice_2027, eve])

    assert load_calendar(session).is_workday(date(2026, 12, 31), GUANGXI) == (False, "national")


def test_a_regional_notice_before_the_national_one(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    row = {**notice_2027[0], "region_code": GUANGXI, "date": "2027-04-09", "name_zh": "壮族三月三"}

    load(session, [row])

    new = load_calendar(session)
    assert new.is_workday(date(2027, 4, 9), "450223") == (False, "regional")
    assert new.is_workday(date(2027, 4, 9), "640000") == (True, "provisional")


def test_an_override_wins_and_a_later_one_replaces_it(session: Session, calendar: Calendar) -> None:
    row = {
        "region_code": GUANGXI,
        "date": "2026-04-17",
        "day_type": "work",
        "name_zh": "核对原文后照常上班",
        "basis": "桂政办〔2026〕1号",
        "confidence": "A",
        "kind": "override",
    }
    load(session, [row])
    assert load_calendar(session).is_workday(date(2026, 4, 17), GUANGXI) == (True, "override")

    load(session, [{**row, "day_type": "off"}])

    assert load_calendar(session).is_workday(date(2026, 4, 17), GUANGXI) == (False, "override")


def test_a_file_of_a_spreadsheet_with_byte_order_mark_is_read(
    session: Session, calendar: Calendar, tmp_path: Path
) -> None:
    text = HEADER + "640000,2026-03-20,off,开斋节,宁政办发〔2025〕1号,B\n"

    version = load(session, write(tmp_path, text, "utf-8-sig"))

    assert version.source == "schedule.csv、宁政办发〔2025〕1号"
    assert load_calendar(session).is_workday(date(2026, 3, 20), "640402") == (False, "regional")


def test_every_bad_row_is_named(session: Session, calendar: Calendar, tmp_path: Path) -> None:
    text = HEADER.strip() + ",kind\n" + (
        "450000,2027-04-09,off,三月三,通知,A,\n"
        "45,2027-04-10,off,三月三,通知,A,\n"
        "\n"
        "450000,2027-13-01,rest,,通知,D,\n"
        "450000,2027-04-09,work,三月三,通知,A,\n"
        "450000,2027-04-12,off,三月三,通知,A,national\n"
        ",2027-04-12,off,三月三,通知,A,regional\n"
        ",20270412,off,三月三,,A,festival\n"
    )  # fmt: skip

    bad = refused(session, write(tmp_path, text))

    assert [row.row for row in bad] == [3, 5, 5, 5, 5, 6, 7, 8, 9, 9, 9]
    assert bad[0].reason == "地区代码“45”不正确，应为6位数字"
    assert bad[1].reason == "日期“2027-13-01”不正确，应写作2027-01-01"
    assert bad[5].reason == "2027-04-09与第2行是同一地区的同一天，重复出现"
    columns = ["region_code", "date", "day_type", "name_zh", "confidence", "date"]
    assert [row.column for row in bad][:6] == columns


def test_an_incomplete_national_schedule_is_refused(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    without_spring = [row for row in notice_2027 if row["date"] != "2027-02-08"]

    bad = refused(session, without_spring)

    assert [row.reason for row in bad] == ["缺少法定节日2027-02-08（春节），安排不完整"]


def test_a_year_after_an_unknown_year_is_refused(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    bad = refused(session, [{**notice_2027[0], "date": "2027-12-31"}])

    assert [row.reason for row in bad] == [
        "2027年的全国安排尚未载入，而文件中没有该年元旦，年份有误或安排不完整"
    ]


def test_files_that_are_no_schedules_are_refused(
    session: Session, calendar: Calendar, tmp_path: Path
) -> None:
    assert "缺少列basis、confidence" in refused(
        session, write(tmp_path, "region_code,date,day_type,name_zh\n")
    )[0].reason  # fmt: skip
    assert "没有任何日期" in refused(session, write(tmp_path, HEADER))[0].reason
    assert "UTF-8" in refused(session, write(tmp_path, HEADER + "节", "gb18030"))[0].reason


def test_a_dry_reading_writes_nothing(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    draft = calendar.with_rules(read_addition(session, notice_2027))

    assert draft.is_published(2027)
    assert load_calendar(session) is calendar


def test_a_statutory_day_on_a_weekend_need_not_be_listed(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    load(session, [row for row in notice_2027 if row["date"] != "2027-02-06"])

    assert load_calendar(session).is_workday(date(2027, 2, 6), GUANGXI) == (False, "national")


def test_an_old_version_stays_as_it_was(session: Session, calendar: Calendar) -> None:
    day = date(2026, 3, 2)
    row = {
        "region_code": "",
        "date": day.isoformat(),
        "day_type": "off",
        "name_zh": "停工",
        "basis": "通知",
        "confidence": "A",
        "kind": "override",
    }
    for number in range(10):  # More than the process keeps, so that the first is read anew.
        load(session, [{**row, "basis": f"通知{number}"}])
        assert load_calendar(session).is_workday(day, GUANGXI) == (False, "override")

    first = load_calendar(session, calendar.version)

    assert first is not calendar
    assert first.rules == calendar.rules


def bad(session: Session, *rows: dict[str, str]) -> BadRow:
    [found] = refused(session, list(rows))
    return found


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"date": "2072-04-09"}, "date", "年份2072不在可以载入的2004至2028年之内"),
        ({"date": "1999-04-09"}, "date", "年份1999不在可以载入的2004至2028年之内"),
        (
            {"date": "2026-10-01", "day_type": "work"}, "day_type",
            "2026-10-01是法定节日（国庆节），不能写作上班",
        ),
        (
            {"date": "2026-10-07", "day_type": "work"}, "day_type",
            "2026-10-07按国务院安排放假（国庆节），地区安排不能写作上班；确需上班的用override",
        ),
        (
            {"date": "2026-03-02", "day_type": "work", "region_code": ""}, "day_type",
            "2026-03-02不是周末，本来就上班，不必写作调休上班",
        ),
        (
            {"date": "2028-03-04", "day_type": "work", "region_code": ""}, "date",
            "2028年的全国安排尚未载入，而文件中没有该年元旦，年份有误或安排不完整",
        ),
    ],
)  # fmt: skip
def test_a_row_against_law_notice_or_sense_is_refused(
    session: Session, calendar: Calendar, changes: dict[str, str], column: str, reason: str
) -> None:
    regional = row(date(2027, 4, 9), "off", "壮族三月三", region_code=GUANGXI)

    assert bad(session, {**regional, **changes}) == BadRow(1, reason, column)


def test_one_day_of_a_region_stands_once_whatever_its_kind(
    session: Session, calendar: Calendar
) -> None:
    rows = [
        row(date(2026, 4, 9), "off", "三月三", region_code=GUANGXI),
        row(date(2026, 4, 9), "work", "照常", region_code=GUANGXI, kind="override"),
        row(date(2026, 4, 9), "off", "三月三", region_code="450100"),
    ]

    assert bad(session, *rows) == BadRow(2, "2026-04-09与第1行是同一地区的同一天，重复出现", "date")


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"x" * (MOST_BYTES + 1), 0, "文件超过300千字节"),
        (HEADER.encode() + b"450000,2026-04-09,off,x,y,A\n" * (MOST_ROWS + 1), 0, "超过5000行"),
        (HEADER.encode() + b'450000,"2026-04-09,off,x,y,A\n', 2, "不是正确的CSV格式"),
        (HEADER.encode() + b"450000,2026-04-09,off,x,y,A,B\n", 2, "内容比表头的列多"),
        (b"\x00\xff\xfe", 0, "不是UTF-8编码"),
        (b"PK\x03\x04\x00\x00", 1, "缺少列"),
        (b"", 1, "缺少列"),
    ],
)
def test_what_is_no_schedule_is_refused_before_it_is_believed(
    session: Session, calendar: Calendar, content: bytes, line: int, reason: str
) -> None:
    [found] = refused(session, ScheduleFile("schedule.csv", content))

    assert found.row == line
    assert reason in found.reason


def test_the_sentence_names_file_row_and_column(session: Session, calendar: Calendar) -> None:
    file = schedule_file([row(date(2026, 4, 9), "rest", "三月三", region_code=GUANGXI)], "gx.csv")

    with pytest.raises(DomainError) as caught:
        load(session, file)

    assert sentence(caught.value) == (
        "放假安排未载入，原有日历不变。文件gx.csv有以下问题："
        "第2行day_type列：类型“rest”不正确，应为off（放假）或work（上班）；"
    )


def test_a_schedule_that_says_nothing_new_adds_no_version(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    load(session, notice_2027)

    assert load(session, notice_2027[3:9]) is None
    assert [version.number for version in versions(session)] == [2, 1]
    assert [version.number for version in unfollowed(session)] == [2]


def test_days_that_differ_are_told_with_what_they_were(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    found = {day.day: day for day in changed_days(read_addition(session, notice_2027), calendar)}

    assert found[date(2027, 2, 20)].works
    assert found[date(2027, 2, 20)].provisional
    assert not found[date(2027, 2, 12)].works
    assert date(2027, 1, 1) not in found
