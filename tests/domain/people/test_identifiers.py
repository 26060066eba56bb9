"""Identity numbers, credit codes and mobile numbers."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.people import (
    birth_date_of,
    check_credit_code,
    check_mobile,
    convert_15_to_18,
    gender_of,
    normalise_id_number,
)
from app.errors import DomainError

TODAY = date(2026, 3, 2)
TESTDATA = Path(__file__).parents[3] / "docs" / "domain" / "testdata"
WEIGHTS = [2 ** (17 - place) % 11 for place in range(17)]


def rows(name: str) -> list[dict[str, str]]:
    with (TESTDATA / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def with_check(body: str) -> str:
    """The standard's definition: the weighted sum of all 18 characters is 1 modulo 11."""
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    check = (1 - total) % 11
    return body + ("X" if check == 10 else str(check))


def refused(text: str, *, historic: bool = False) -> str:
    with pytest.raises(DomainError) as error:
        normalise_id_number(text, today=TODAY, historic=historic)
    assert not text or text not in str(error.value)
    return error.value.code


@pytest.mark.parametrize("row", rows("persons"), ids=lambda row: row["person_id"])
def test_the_numbers_of_the_test_data_are_right(row: dict[str, str]) -> None:
    number = normalise_id_number(row["id_number"], today=TODAY)

    assert number == row["id_number"]
    assert birth_date_of(number).isoformat() == row["birth_date"]
    assert {"1": "男", "2": "女"}[gender_of(number)] == row["gender_zh"]
    assert check_mobile(row["mobile"]) == row["mobile"]


@pytest.mark.parametrize("row", rows("excel_import_rows"), ids=lambda row: row["序号"])
def test_import_rows_are_refused_for_their_number_as_expected(row: dict[str, str]) -> None:
    if "身份证校验码" in row["预期"]:
        assert refused(row["身份证号"]) == "identifiers.id_check"
    else:
        assert normalise_id_number(row["身份证号"], today=TODAY, historic=True)


@pytest.mark.parametrize("row", rows("legacy_ids"), ids=lambda row: row["person_id"])
def test_the_two_forms_of_a_number_are_one_person(row: dict[str, str]) -> None:
    assert convert_15_to_18(row["id15"]) == row["id18"]
    assert normalise_id_number(row["id15"], today=TODAY, historic=True) == row["id18"]
    assert refused(row["id15"]) == "identifiers.id_fifteen"


@pytest.mark.parametrize(
    "text",
    ["45030219910505996x", " 450302 19910505 996X ", "４５０３０２１９９１０５０５９９６Ｘ"],
)
def test_small_x_blanks_and_full_width_digits_are_accepted(text: str) -> None:
    assert normalise_id_number(text, today=TODAY) == "45030219910505996X"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "identifiers.id_length"),
        ("4501031986031799731", "identifiers.id_length"),
        ("45010319860317997", "identifiers.id_length"),
        ("45010319860317A973", "identifiers.id_characters"),
        ("45010319860317997Y", "identifiers.id_characters"),
        ("450103198603179970", "identifiers.id_check"),
        (with_check("99010319860231997"), "identifiers.id_birth_date"),
        (with_check("45010319860231997"), "identifiers.id_birth_date"),
        (with_check("45010300000101997"), "identifiers.id_birth_date"),
        (with_check("45010320260303997"), "identifiers.id_birth_future"),
        (with_check("45010319050301997"), "identifiers.id_age"),
        (with_check("16010319860317997"), "identifiers.id_province"),
        (with_check("00010319860317997"), "identifiers.id_province"),
    ],
)
def test_a_wrong_number_is_refused_with_the_reason(text: str, code: str) -> None:
    assert refused(text) == code


def test_abolished_regions_and_foreign_residents_are_accepted() -> None:
    assert normalise_id_number("642222195803039981", today=TODAY)
    assert normalise_id_number(with_check("91110019860317997"), today=TODAY)


def test_the_day_of_birth_and_the_hundred_and_twentieth_birthday_are_accepted() -> None:
    assert normalise_id_number(with_check("45010320260302997"), today=TODAY)
    assert normalise_id_number(with_check("45010319060302997"), today=TODAY)
    assert normalise_id_number(with_check("45010319050303997"), today=TODAY)


bodies = st.builds(
    lambda region, born, sequence: f"{region}{born:%Y%m%d}{sequence:03d}",
    st.sampled_from(["450103", "642222", "110101", "830000"]),
    st.dates(date(1910, 1, 1), date(2025, 12, 31)),
    st.integers(1, 999),
)


@given(bodies)
def test_a_number_with_the_standards_check_character_is_accepted(body: str) -> None:
    number = with_check(body)

    assert normalise_id_number(number.lower(), today=TODAY) == number


@given(bodies, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(body: str, place: int, shift: int) -> None:
    number = with_check(body)
    wrong = str((int(number[place]) + shift) % 10)

    refused(number[:place] + wrong + number[place + 1 :])


@given(bodies, st.integers(0, 15))
def test_two_swapped_neighbours_are_always_found(body: str, place: int) -> None:
    number = with_check(body)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    if swapped != number:
        refused(swapped)


@given(bodies)
def test_converting_the_old_form_gives_the_new_one(body: str) -> None:
    if body[6:8] == "19":
        assert convert_15_to_18(body[:6] + body[8:]) == with_check(body)


CHECKS = {
    "id_number": lambda text: normalise_id_number(text, today=TODAY, historic=True),
    "old_form": convert_15_to_18,
    "credit_code": check_credit_code,
    "mobile": check_mobile,
}


@pytest.mark.parametrize("kind", CHECKS)
@given(text=st.text(max_size=40))
def test_any_text_is_accepted_or_refused_by_name(kind: str, text: str) -> None:
    code = "identifiers."
    try:
        CHECKS[kind](text)
    except DomainError as error:
        code = error.code
    assert code.startswith("identifiers.")


CREDIT_CODES = [row["uscc"] for row in rows("units")] + ["91350100M000100Y43"]


@pytest.mark.parametrize("code", CREDIT_CODES)
def test_credit_codes_of_the_test_data_and_the_standards_example(code: str) -> None:
    assert check_credit_code(f" {code.lower()} ") == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("91350100M000100Y4", "identifiers.credit_code_length"),
        ("91350100M000100Y44", "identifiers.credit_code_check"),
        ("91350100M000100I43", "identifiers.credit_code_characters"),
    ],
)
def test_a_wrong_credit_code_is_refused_with_the_reason(text: str, code: str) -> None:
    with pytest.raises(DomainError) as error:
        check_credit_code(text)
    assert error.value.code == code


@pytest.mark.parametrize("text", ["+86 199-0000-0001", "１９９００００００01", " 19900000001"])
def test_a_mobile_number_may_be_written_in_usual_ways(text: str) -> None:
    assert check_mobile(text) == "19900000001"


@pytest.mark.parametrize("text", ["12900000001", "1990000000", "199000000011", "0771-5550000"])
def test_what_is_no_mobile_number_is_refused(text: str) -> None:
    with pytest.raises(DomainError, match=r"identifiers\.mobile"):
        check_mobile(text)
