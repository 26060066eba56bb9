"""Identity numbers, credit codes and mobile numbers: normalised, checked, converted.

Pure functions; the day of the check is an argument. Full-width digits, blanks and a small x are
accepted. Errors never carry the number, because messages reach logs.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from app.errors import DomainError

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_PROVINCE_BLOCKS = (
    *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47),
    *range(50, 55), *range(61, 66), 71, 81, 82, 83,
)  # fmt: skip
_PROVINCES = frozenset(str(number) for number in _PROVINCE_BLOCKS)
_FOREIGN_RESIDENT = "9"
_OLDEST = 120
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_MALE, _FEMALE = "1", "2"


def normalise_id_number(text: str, *, today: date, historic: bool = False) -> str:
    """Return the checked 18-character number.

    A 15-digit number is accepted, and converted, for historic records only.
    """
    number = _compact(text).upper()
    if historic and re.fullmatch(r"\d{15}", number, re.ASCII):
        number = convert_15_to_18(number)
    _check_shape(number)
    if number[:2] not in _PROVINCES and number[0] != _FOREIGN_RESIDENT:
        raise DomainError("identifiers.id_province")
    _check_birth_date(birth_date_of(number), today)
    if number[17] != _check_character(number[:17]):
        raise DomainError("identifiers.id_check")
    return number


def convert_15_to_18(number: str) -> str:
    """Return the 18-character form of a number issued before 1999."""
    old = _compact(number)
    if not re.fullmatch(r"\d{15}", old, re.ASCII):
        raise DomainError("identifiers.id_old_form")
    body = f"{old[:6]}19{old[6:]}"
    return body + _check_character(body)


def birth_date_of(id_number: str) -> date:
    """Return the birth date that an 18-character number contains."""
    try:
        return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))
    except ValueError as error:
        raise DomainError("identifiers.id_birth_date") from error


def gender_of(id_number: str) -> str:
    """Return the gender code (GB/T 2261.1) that an 18-character number implies."""
    return _MALE if int(id_number[16]) % 2 else _FEMALE


def check_credit_code(text: str) -> str:
    """Return the checked 18-character unified social credit code."""
    code = _compact(text).upper()
    if len(code) != 18:
        raise DomainError("identifiers.credit_code_length", length=len(code))
    strange = sorted(set(code) - set(_CREDIT_ALPHABET))
    if strange:
        raise DomainError("identifiers.credit_code_characters", characters="、".join(strange))
    values = [_CREDIT_ALPHABET.index(character) for character in code]
    total = sum(value * 3**place for place, value in enumerate(values[:17]))
    if values[17] != -total % 31:
        raise DomainError("identifiers.credit_code_check")
    return code


def check_mobile(text: str) -> str:
    """Return the checked eleven-digit mobile number; a leading +86 and hyphens are dropped."""
    number = _compact(text).replace("-", "").removeprefix("+86")
    if not _MOBILE.fullmatch(number):
        raise DomainError("identifiers.mobile")
    return number


def _compact(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _check_shape(number: str) -> None:
    if re.fullmatch(r"\d{15}", number, re.ASCII):
        raise DomainError("identifiers.id_fifteen")
    if len(number) != 18:
        raise DomainError("identifiers.id_length", length=len(number))
    if not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        raise DomainError("identifiers.id_characters")


def _check_birth_date(born: date, today: date) -> None:
    if born > today:
        raise DomainError("identifiers.id_birth_future")
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if years > _OLDEST:
        raise DomainError("identifiers.id_age", oldest=_OLDEST)


def _check_character(body: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % 11]
