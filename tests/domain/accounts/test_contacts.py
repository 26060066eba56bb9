"""The mobile numbers behind an addressee."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain import accounts

DAY = date(2026, 3, 2)
GROUP = "R-CERT@ZGB-450200"


@pytest.fixture
def with_numbers(seeded: Session) -> Session:
    """The two certificate officers of Liuzhou share one telephone."""
    for name in ("zgb450200.cert1", "zgb450200.cert2"):
        accounts.account(seeded, name).mobile = "19900000901"
    return seeded


@pytest.mark.parametrize(
    ("kind", "code", "numbers"),
    [
        ("PERSON", "P003", ["19900000003"]),
        ("PERSON", "P999", []),
        ("GROUP", "R-PERS@P003", ["19900000003"]),
        ("GROUP", GROUP, ["19900000901"]),
        ("GROUP", "R-CREV@ZGB-450200", []),
        ("ACCOUNT", "nobody", []),
    ],
)
def test_numbers_of_an_addressee(
    with_numbers: Session, kind: str, code: str, numbers: list[str]
) -> None:
    assert accounts.mobiles_of(with_numbers, kind, code) == numbers
    assert accounts.mobiles_of(with_numbers, kind, code, on=DAY) == numbers


def test_an_account_has_its_own_number_or_its_persons(with_numbers: Session) -> None:
    def of(name: str) -> list[str]:
        account = accounts.account(with_numbers, name)
        return accounts.mobiles_of(with_numbers, "ACCOUNT", account.id)

    assert of("zgb450200.cert1") == ["19900000901"]
    assert of("p003") == ["19900000003"]
    assert of("zgb450200.crev1") == []


def test_who_no_longer_holds_the_role_is_not_told(with_numbers: Session) -> None:
    for name in ("zgb450200.cert1", "zgb450200.cert2"):
        account = accounts.account(with_numbers, name)
        accounts.end_role(account, "R-CERT", "ZGB-450200", on=DAY)

    assert accounts.mobiles_of(with_numbers, "GROUP", GROUP, on=DAY) == []
    assert accounts.mobiles_of(with_numbers, "GROUP", GROUP) == []
    day_before = DAY - timedelta(days=1)
    assert accounts.mobiles_of(with_numbers, "GROUP", GROUP, on=day_before) == ["19900000901"]


def test_an_officers_number_is_not_stored_in_the_clear(core_session: Session) -> None:
    accounts.open_account(core_session, user_name="lz", display_name="某人", mobile="199 0000 0902")
    core_session.flush()

    assert "19900000902" not in str(core_session.execute(text("select * from account")).one())
