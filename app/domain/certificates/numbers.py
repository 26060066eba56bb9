"""The pure arithmetic of certificate, management and licence numbers (GB/T 36904, ISO/IEC 7064).

Nothing here reads the database: serials come from `serials`, regions from the caller.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.errors import DomainError

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LICENCE_PREFIX = "1.2.156.3005.2"
LICENCE_FILE = Path(__file__).with_name("licence.toml")


@dataclass(frozen=True)
class LicenceSettings:
    """Type and issuer code of a profile's electronic licences."""

    type_code: str
    issuer_code: str


@cache
def licence_settings(profile: str) -> LicenceSettings:
    """Return the licence codes of a profile, from `licence.toml`."""
    table = tomllib.loads(LICENCE_FILE.read_text(encoding="utf-8"))
    if profile not in table:
        raise DomainError("certificate.no_licence_codes", profile=profile)
    return LicenceSettings(**table[profile])


def _hybrid_check(text: str, modulus: int) -> int:
    """Return the check value of an ISO/IEC 7064 hybrid system MOD (modulus + 1), modulus."""
    product = modulus
    for character in text:
        total = (product + ALPHABET.index(character)) % modulus or modulus
        product = total * 2 % (modulus + 1)
    return (modulus + 1 - product) % modulus


def mod_11_10(digits: str) -> str:
    """Return the check digit of a string of digits, ISO/IEC 7064 MOD 11,10."""
    if not (digits.isascii() and digits.isdigit()):
        raise DomainError("certificate.not_digits", text=digits)
    return str(_hybrid_check(digits, 10))


def mod_37_36(text: str) -> str:
    """Return the check character of digits and capital letters, ISO/IEC 7064 MOD 37,36."""
    if not text or set(text) - set(ALPHABET):
        raise DomainError("certificate.not_alphanumeric", text=text)
    return ALPHABET[_hybrid_check(text, 36)]


def certificate_number(
    *, region: str, year: int, series: str, level: str, code: str, serial: int
) -> str:
    """Return the 21-digit certificate number."""
    body = f"{region:0>6}{year:04}{series:0>2}{level}{code}{_padded(serial, 6)}"
    return body + mod_11_10(body)


def valid_certificate_number(number: str) -> bool:
    """Say whether a typed number has 21 digits and the right check digit."""
    if len(number) != 21 or not (number.isascii() and number.isdigit()):
        return False
    return mod_11_10(number[:-1]) == number[-1]


def management_number(*, region: str, year: int, serial: int) -> str:
    """Return the number that identifies a title record for good."""
    return f"GL{region:0>6}{year:04}{_padded(serial, 7)}"


def licence_identifier(settings: LicenceSettings, *, serial: str, version: int) -> str:
    """Return the licence identifier; `serial` is the first certificate number without check."""
    parts = (settings.type_code, settings.issuer_code, serial, _padded(version, 3))
    return ".".join((LICENCE_PREFIX, *parts, mod_37_36("".join(parts))))


def _padded(serial: int, width: int) -> str:
    text = f"{serial:0{width}}"
    if serial < 1 or len(text) > width:
        raise DomainError("certificate.serial_out_of_range", serial=serial, width=width)
    return text
