"""The law of working days against the worked examples of working_days.md, and its invariants."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import SHANGHAI, local
from app.domain.calendar import Calendar, DayRule, Source
from app.errors import DomainError

GUANGXI, NINGXIA, BEIJING = "450000", "640000", "110000"


def days(text: str) -> list[date]:
    return [date.fromisoformat(part) for part in text.split()]


# Region, start, n, first and last counted days as the law's page lists them, working weekends.
EXAMPLES = [
    (1, BEIJING, "2020-05-11", 5, "2020-05-12 2020-05-13 2020-05-14 2020-05-15 2020-05-18", ""),
    (3, GUANGXI, "2019-04-26", 5, "2019-04-28 2019-04-29 2019-04-30 2019-05-05 2019-05-06",
     "2019-04-28 2019-05-05"),
    (4, GUANGXI, "2020-01-14", 5, "2020-01-15 2020-01-16 2020-01-17 2020-01-19 2020-01-20",
     "2020-01-19"),
    (5, GUANGXI, "2020-01-20", 5, "2020-01-21 2020-01-22 2020-01-23 2020-02-03 2020-02-04", ""),
    (6, GUANGXI, "2020-09-25", 5, "2020-09-27 2020-09-28 2020-09-29 2020-09-30 2020-10-09",
     "2020-09-27"),
    (7, GUANGXI, "2021-04-09", 5, "2021-04-12 2021-04-13 2021-04-18 2021-04-19 2021-04-20",
     "2021-04-18"),
    (8, NINGXIA, "2021-07-16", 5, "2021-07-21 2021-07-22 2021-07-23 2021-07-26 2021-07-27", ""),
    (9, GUANGXI, "2026-02-10", 5, "2026-02-11 2026-02-12 2026-02-13 2026-02-14 2026-02-24",
     "2026-02-14"),
    (10, GUANGXI, "2026-09-18", 5, "2026-09-20 2026-09-21 2026-09-22 2026-09-23 2026-09-24",
     "2026-09-20"),
    (11, GUANGXI, "2026-10-03", 5, "2026-10-08 2026-10-09 2026-10-10 2026-10-12 2026-10-13",
     "2026-10-10"),
    (12, GUANGXI, "2025-12-31", 5, "2026-01-04 2026-01-05 2026-01-06 2026-01-07 2026-01-08",
     "2026-01-04"),
]  # fmt: skip


@pytest.mark.req("R27")
@pytest.mark.req("R132")
@pytest.mark.req("R171")
@pytest.mark.parametrize(("number", "region", "start", "n", "counted", "exchanged"), EXAMPLES)
def test_worked_example_day_by_day(
    law: Calendar, number: int, region: str, start: str, n: int, counted: str, exchanged: str
) -> None:
    counting = law.count_days(date.fromisoformat(start), n, region)

    assert [day.on for day in counting.counted] == days(counted)
    assert [day.on for day in counting.exchanged] == days(exchanged)
    assert not counting.provisional
    possible_from = counting.end + timedelta(days=1)
    end = law.end_exclusive(date.fromisoformat(start), n, region)
    assert local(end) == datetime.combine(possible_from, datetime.min.time(), SHANGHAI)


@pytest.mark.req("R42")
@pytest.mark.parametrize(
    ("start", "end", "first", "provisional"),
    [
        ("2020-05-11", "2020-06-22", "2020-05-12", False),  # Example 2.
        ("2026-11-20", "2027-01-04", "2026-11-23", True),  # Example 13: WD7.
    ],
)
def test_thirty_working_days_of_manual_verification(
    law: Calendar, start: str, end: str, first: str, provisional: bool
) -> None:
    counting = law.count_days(date.fromisoformat(start), 30, GUANGXI)

    assert counting.end == date.fromisoformat(end)
    assert counting.counted[0].on == date.fromisoformat(first)
    assert law.add_workdays(date.fromisoformat(start), 30, GUANGXI) == (counting.end, provisional)
    assert counting.provisional_years == ((2027,) if provisional else ())


@pytest.mark.parametrize(
    ("region", "start", "national_end"),
    [(GUANGXI, "2021-04-09", "2021-04-16"), (NINGXIA, "2021-07-16", "2021-07-23")],
)
def test_the_national_calendar_alone_ends_earlier(
    law: Calendar, region: str, start: str, national_end: str
) -> None:
    end, _ = law.add_workdays(date.fromisoformat(start), 5, BEIJING)

    assert end == date.fromisoformat(national_end)
    assert law.add_workdays(date.fromisoformat(start), 5, region)[0] > end


@pytest.mark.parametrize(
    ("day", "years", "months", "expected"),
    [
        ("2024-11-20", 2, 0, "2026-11-20"),
        ("2024-02-29", 2, 0, "2026-02-28"),
        ("2026-01-31", 0, 1, "2026-02-28"),
        ("2026-11-30", 0, 3, "2027-02-28"),
        ("2026-03-31", 0, -1, "2026-02-28"),
        ("2026-01-15", -1, -1, "2024-12-15"),
    ],
)
def test_years_and_months_end_on_the_corresponding_date(
    day: str, years: int, months: int, expected: str
) -> None:
    result = Calendar.corresponding_date(date.fromisoformat(day), years=years, months=months)

    assert result == date.fromisoformat(expected)


def test_five_year_ban_ends_with_its_fifth_calendar_year() -> None:
    decided = date(2026, 6, 10)

    # D09: the base year counts, so the ban ends the day before the fifth corresponding New Year.
    ends = Calendar.corresponding_date(decided.replace(month=1, day=1), years=5) - timedelta(days=1)

    assert ends == date(2030, 12, 31)


def test_2027_has_statutory_days_made_up_and_nothing_exchanged(law: Calendar) -> None:
    made_up = days("2027-02-09 2027-02-10 2027-05-03 2027-05-04 2027-10-04 2027-10-05")

    assert all(law.is_workday(day, GUANGXI) == (False, "provisional") for day in made_up)
    year = [date(2027, 1, 1) + timedelta(days=i) for i in range(365)]
    assert not any(law.day(day, GUANGXI).exchanged for day in year)


@pytest.mark.parametrize("year", [1, 1949, 1990, 2001, 2003, 2027, 2100, 2101, 9998])
def test_dates_outside_the_data_never_fail(law: Calendar, year: int) -> None:
    end, provisional = law.add_workdays(date(year, 6, 1), 30, GUANGXI)

    assert end > date(year, 6, 30)
    assert provisional


def test_exchanged_days_of_the_package_for_2003_are_not_used(law: Calendar) -> None:
    assert law.is_workday(date(2003, 2, 6), GUANGXI) == (True, "provisional")
    assert law.is_workday(date(2003, 2, 8), GUANGXI) == (False, "provisional")


def test_national_part_agrees_with_the_package_every_day(law: Calendar) -> None:
    day = date(2004, 1, 1)
    while day <= date(2026, 12, 31):
        assert law.is_workday(day, BEIJING) == (chinese_calendar.is_workday(day), "national"), day
        day += timedelta(days=1)


def test_county_uses_the_rules_of_its_region(law: Calendar) -> None:
    for day in days("2017-04-01 2020-03-26 2021-04-14 2021-04-18 2026-04-20"):
        assert law.day(day, "450223") == law.day(day, GUANGXI)
        assert law.day(day, "450223").source == "regional"


def test_the_most_specific_region_wins_within_its_kind(law: Calendar) -> None:
    day = date(2026, 6, 1)

    def rule(region: str | None, works: bool, kind: Source) -> DayRule:
        return DayRule(region, day, works, "名", "依据", kind)

    city = law.with_rules(
        [rule("450200", False, Source.REGIONAL), rule(GUANGXI, True, Source.REGIONAL)]
    )
    assert city.is_workday(day, "450223") == (False, "regional")
    assert city.is_workday(day, "450100") == (True, "regional")
    decided = law.with_rules(
        [rule(None, True, Source.OVERRIDE), rule(GUANGXI, False, Source.OVERRIDE)]
    )
    assert decided.is_workday(day, "450100") == (False, "override")
    assert decided.is_workday(day, "640000") == (True, "override")


def test_skipped_days_carry_their_holiday(law: Calendar) -> None:
    counting = law.count_days(date(2021, 4, 9), 5, GUANGXI)

    names = [(day.on.day, day.name, day.source) for day in counting.holidays]
    assert names == [
        (14, "壮族三月三", "regional"),
        (15, "壮族三月三", "regional"),
        (16, "三月三调休", "regional"),
    ]
    assert [day.on.day for day in counting.skipped] == [10, 11, 14, 15, 16, 17]
    assert counting.sources == ("regional", "national")


def test_reminder_day_before_an_end(law: Calendar) -> None:
    assert law.subtract_workdays(date(2019, 5, 6), 5, GUANGXI) == date(2019, 4, 26)
    with pytest.raises(DomainError, match=r"calendar\.amount_below_one"):
        law.subtract_workdays(date(2019, 5, 6), 0, GUANGXI)


@pytest.mark.parametrize("n", [0, -1])
def test_less_than_one_day_is_refused(law: Calendar, n: int) -> None:
    with pytest.raises(DomainError) as caught:
        law.add_workdays(date(2026, 1, 5), n, GUANGXI)

    assert caught.value.code == "calendar.amount_below_one"
    assert caught.value.fields == {"amount": n}


@pytest.mark.parametrize("region", ["", "GX-ZGB", "45", "4500000", "050000", "４５００００", None])
def test_unknown_region_format_is_refused(law: Calendar, region: str) -> None:
    with pytest.raises(DomainError, match=r"calendar\.bad_region"):
        law.is_workday(date(2026, 1, 5), region)
    with pytest.raises(DomainError, match=r"calendar\.bad_region"):
        law.workdays_between(date(2026, 1, 5), date(2026, 1, 5), region)


def test_ends_of_time_are_refused_in_words(law: Calendar) -> None:
    for act in (
        lambda: law.add_workdays(date(9999, 12, 30), 5, GUANGXI),
        lambda: law.subtract_workdays(date(1, 1, 3), 5, GUANGXI),
        lambda: law.end_exclusive(date(9999, 12, 30), 1, GUANGXI),
        lambda: law.corresponding_date(date(9999, 12, 30), years=1),
    ):
        with pytest.raises(DomainError, match=r"calendar\.out_of_range"):
            act()
    with pytest.raises(DomainError, match=r"calendar\.amount_too_large"):
        law.add_workdays(date(2026, 1, 5), 10_001, GUANGXI)


DATES = st.dates(date(1995, 1, 1), date(2035, 12, 31))
AMOUNTS = st.integers(1, 120)
REGIONS = st.sampled_from([GUANGXI, NINGXIA, BEIJING, "450223", "640402"])


@given(day=DATES, n=AMOUNTS, region=REGIONS)
def test_adding_and_counting_agree(law: Calendar, day: date, n: int, region: str) -> None:
    end, _ = law.add_workdays(day, n, region)

    assert law.workdays_between(day, end, region) == n
    assert law.is_workday(end, region)[0]
    assert law.workdays_between(day, end - timedelta(days=1), region) == n - 1
    assert law.subtract_workdays(end + timedelta(days=1), n, region) > day


@given(day=DATES, n=AMOUNTS, region=REGIONS)
def test_later_starts_and_longer_periods_never_end_earlier(
    law: Calendar, day: date, n: int, region: str
) -> None:
    end, _ = law.add_workdays(day, n, region)

    assert law.add_workdays(day + timedelta(days=1), n, region)[0] >= end
    assert law.add_workdays(day, n + 1, region)[0] > end


@given(day=DATES, n=AMOUNTS, region=REGIONS)
def test_a_period_ends_at_midnight_in_shanghai(
    law: Calendar, day: date, n: int, region: str
) -> None:
    end = law.end_exclusive(day, n, region)

    assert end.tzinfo is UTC
    assert local(end).time() == datetime.min.time()
    assert local(end).date() == law.add_workdays(day, n, region)[0] + timedelta(days=1)


@given(a=DATES, b=DATES, c=DATES, region=REGIONS)
def test_counts_of_adjoining_periods_add_up(
    law: Calendar, a: date, b: date, c: date, region: str
) -> None:
    a, b, c = sorted((a, b, c))

    parts = law.workdays_between(a, b, region) + law.workdays_between(b, c, region)

    assert parts == law.workdays_between(a, c, region)
    assert law.workdays_between(c, a, region) == 0


@given(day=DATES, region=st.sampled_from(["310000", "530102", "990000"]))
def test_a_region_without_rows_equals_the_nation(law: Calendar, day: date, region: str) -> None:
    assert law.day(day, region) == law.day(day, BEIJING)


@given(
    day=DATES,
    declared=st.dictionaries(
        st.sampled_from([Source.OVERRIDE, Source.REGIONAL, Source.NATIONAL]), st.booleans()
    ),
)
@settings(max_examples=60)
def test_precedence_of_sources(day: date, declared: dict[Source, bool]) -> None:
    rules = tuple(
        DayRule(None if kind is Source.NATIONAL else GUANGXI, day, works, "名", "依据", kind)
        for kind, works in declared.items()
    )

    works, source = Calendar("v", rules).is_workday(day, GUANGXI)

    first = next((kind for kind in Source if kind in declared), None)
    if first is not None:
        assert (works, source) == (declared[first], first)
    else:
        assert source is Source.PROVISIONAL


def test_one_national_row_does_not_make_a_year_published(law: Calendar) -> None:
    eve = DayRule(None, date(2028, 12, 31), True, "元旦调休上班", "通知", Source.NATIONAL)
    calendar = law.with_rules([eve])

    assert calendar.is_workday(eve.day, GUANGXI) == (True, "national")
    assert calendar.is_workday(date(2028, 12, 29), GUANGXI) == (True, "provisional")
