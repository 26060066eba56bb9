"""Check digits and numbers: the examples of the specification, and what a check has to detect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.certificates.numbers import (
    ALPHABET,
    certificate_number,
    licence_identifier,
    licence_settings,
    management_number,
    mod_11_10,
    mod_37_36,
    valid_certificate_number,
)
from app.errors import DomainError


def test_mod_11_10_of_the_standard_example() -> None:
    assert mod_11_10("0794") == "5"


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("A12425GABC1234002", "M"),
        ("11100000000013338W00911330105002500287C2025052201002", "0"),
    ],
)
def test_mod_37_36_of_published_identifiers(text: str, check: str) -> None:
    assert mod_37_36(text) == check


@given(st.text("0123456789", min_size=1, max_size=24), st.data())
def test_mod_11_10_detects_every_wrong_digit(digits: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(digits) - 1))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[place]]))

    changed = digits[:place] + wrong + digits[place + 1 :]

    assert mod_11_10(changed) != mod_11_10(digits)


@given(st.text(ALPHABET, min_size=1, max_size=60), st.data())
def test_mod_37_36_detects_every_wrong_character(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    wrong = data.draw(st.sampled_from([c for c in ALPHABET if c != text[place]]))

    changed = text[:place] + wrong + text[place + 1 :]

    assert mod_37_36(changed) != mod_37_36(text)


@pytest.mark.parametrize(
    ("parts", "number"),
    [
        (("450100", 2020, "05", "3", "1", 1), "450100202005310000010"),
        (("450200", 2019, "22", "3", "1", 17), "450200201922310000173"),
        (("640000", 2021, "06", "2", "6", 1), "640000202106260000015"),
    ],
)
def test_certificate_numbers_of_the_specification(
    parts: tuple[str, int, str, str, str, int], number: str
) -> None:
    region, year, series, level, code, serial = parts

    made = certificate_number(
        region=region, year=year, series=series, level=level, code=code, serial=serial
    )

    assert made == number
    assert valid_certificate_number(made)


def test_mistyped_certificate_number_is_recognised() -> None:
    assert not valid_certificate_number("450100202005310000011")
    assert not valid_certificate_number("45010020200531000001")
    assert not valid_certificate_number("4501002020053100000１0")


def test_management_number_of_the_specification() -> None:
    assert management_number(region="450100", year=2020, serial=1) == "GL45010020200000001"


@pytest.mark.parametrize(
    ("profile", "serial", "identifier"),
    [
        (
            "NN",
            "45010020200531000001",
            "1.2.156.3005.2.11450000MATEK0000N999.11450000MATEK0000N.45010020200531000001.001.L",
        ),
        (
            "NX",
            "64000020210626000001",
            "1.2.156.3005.2.11640000MATEK00000999.11640000MATEK00000.64000020210626000001.001.R",
        ),
    ],
)
def test_licence_identifiers_of_the_specification(
    profile: str, serial: str, identifier: str
) -> None:
    assert licence_identifier(licence_settings(profile), serial=serial, version=1) == identifier


def test_serial_that_does_not_fit_is_refused() -> None:
    with pytest.raises(DomainError, match=r"certificate\.serial_out_of_range"):
        management_number(region="450100", year=2020, serial=10_000_000)


def test_profile_without_licence_codes_is_refused() -> None:
    with pytest.raises(DomainError, match=r"certificate\.no_licence_codes"):
        licence_settings("XX")


@pytest.mark.parametrize("text", ["", "12a", "１２"])
def test_check_digit_of_anything_but_digits_is_refused(text: str) -> None:
    with pytest.raises(DomainError, match=r"certificate\.not_digits"):
        mod_11_10(text)


def test_check_character_of_small_letters_is_refused() -> None:
    with pytest.raises(DomainError, match=r"certificate\.not_alphanumeric"):
        mod_37_36("abc")
