"""Accounts, passwords, lockout, roles."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db.unit_of_work import unit_of_work
from app.domain import accounts
from app.domain.accounts import Account, AccountState
from app.domain.accounts import passwords as hashing
from app.errors import DomainError

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
PASSWORD = "Zhicheng-2026"


@pytest.fixture
def officer(core_session: Session) -> Account:
    """An officer of the Liuzhou city office with a password."""
    account = accounts.open_account(
        core_session, user_name="LZ.Wei", display_name="韦某", organisation_code="ZGB-450200"
    )
    accounts.set_password(core_session, account, PASSWORD, now=NOW)
    core_session.commit()
    return account


def attempt(session: Session, password: str, at: datetime = NOW) -> str:
    """The error code of a sign-in, or 'in'."""
    try:
        accounts.authenticate(session, "lz.wei", password, now=at)
    except DomainError as refused:
        return refused.code
    return "in"


def grant(session: Session, account: Account, role: str, place: str = "PLATFORM") -> None:
    accounts.grant_role(session, account, role, place, on=DAY, granted_by="a0")


def test_a_user_name_is_unique_whatever_its_case(core_session: Session, officer: Account) -> None:
    assert accounts.find_account(core_session, " LZ.WEI ") is officer
    with pytest.raises(DomainError, match=r"accounts\.user_name_taken"):
        accounts.open_account(core_session, user_name="lz.wei", display_name="另一人")


@pytest.mark.parametrize(
    ("user_name", "code"),
    [
        ("a", "accounts.user_name_form"),
        ("x" * 61, "accounts.user_name_form"),
        ("two words", "accounts.user_name_form"),
        ("450103198603179973", "accounts.user_name_personal"),
        ("19900000001", "accounts.user_name_personal"),
    ],
)
def test_a_bad_user_name_is_refused(core_session: Session, user_name: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        accounts.open_account(core_session, user_name=user_name, display_name="某人")
    assert refused.value.code == code


@pytest.mark.parametrize("password", ["Short-1", "alllowercase1", "12345678", "x" * 129 + "A1-"])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(DomainError, match=r"accounts\.weak_password"):
        accounts.check_password(password)


@pytest.mark.parametrize("password", ["Abcdefg1", "abcdef-1", "ABCDEF-1", PASSWORD])
def test_three_kinds_of_characters_are_enough(password: str) -> None:
    assert accounts.check_password(password) == password


def test_a_password_is_stored_as_argon2_with_the_house_parameters(officer: Account) -> None:
    stored = officer.password_hash or ""

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in stored


def test_the_right_password_opens_the_account(core_session: Session, officer: Account) -> None:
    assert accounts.authenticate(core_session, "LZ.wei", PASSWORD, now=NOW) is officer
    assert officer.last_login_at == NOW


def test_unknown_user_and_wrong_password_answer_alike(
    core_session: Session, officer: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    verify = type(hashing._HASHER).verify
    monkeypatch.setattr(
        type(hashing._HASHER), "verify",
        lambda self, known, typed: compared.append(known) or verify(self, known, typed),
    )  # fmt: skip
    errors = []
    for name in ("lz.wei", "nobody"):
        with pytest.raises(accounts.SignInRefused) as refused:
            accounts.authenticate(core_session, name, "wrong", now=NOW)
        errors.append((refused.value.code, refused.value.fields))

    assert errors[0] == errors[1]
    assert len(compared) == 2  # one hash is computed in either case


def test_five_failures_lock_for_thirty_minutes(core_session: Session, officer: Account) -> None:
    for _ in range(4):
        attempt(core_session, "wrong")
    assert officer.locked_until is None

    attempt(core_session, "wrong")

    assert officer.locked_until == NOW + timedelta(minutes=30)
    shut = NOW + timedelta(minutes=29, seconds=59)
    assert attempt(core_session, PASSWORD, shut) == "accounts.sign_in_refused"
    assert attempt(core_session, PASSWORD, NOW + timedelta(minutes=30)) == "in"


def test_attempts_during_the_lock_do_not_prolong_it(
    core_session: Session, officer: Account
) -> None:
    for _ in range(12):
        attempt(core_session, "wrong", NOW + timedelta(minutes=1))

    assert officer.locked_until == NOW + timedelta(minutes=31)


def test_a_success_starts_counting_anew(core_session: Session, officer: Account) -> None:
    for _ in range(4):
        attempt(core_session, "wrong")
    attempt(core_session, PASSWORD)
    for _ in range(4):
        attempt(core_session, "wrong")

    assert attempt(core_session, PASSWORD) == "in"


@pytest.mark.parametrize(
    ("state", "code"),
    [(AccountState.PENDING, "accounts.pending"), (AccountState.LOCKED, "accounts.locked")],
)
@pytest.mark.req("R116")
def test_a_pending_or_locked_account_is_told_so_only_with_the_right_password(
    core_session: Session, officer: Account, state: AccountState, code: str
) -> None:
    officer.state = state

    assert attempt(core_session, PASSWORD) == code
    assert attempt(core_session, "wrong") == "accounts.sign_in_refused"

    accounts.activate(officer)
    assert attempt(core_session, PASSWORD) == "in"


def test_an_account_without_password_never_opens(core_session: Session) -> None:
    accounts.open_account(core_session, user_name="lz.wei", display_name="某人")

    assert attempt(core_session, "") == "accounts.sign_in_refused"
    assert attempt(core_session, "no account has this password") == "accounts.sign_in_refused"


@pytest.mark.req("R120")
def test_a_legacy_user_keeps_his_name_and_must_change_his_password(core_session: Session) -> None:
    account = accounts.open_account(
        core_session, user_name="柳州韦某", display_name="韦某", person_code="P003", legacy=True
    )
    accounts.set_first_password(core_session, account, PASSWORD, now=NOW)

    opened = accounts.authenticate(core_session, "柳州韦某", PASSWORD, now=NOW)
    assert opened.must_change_password

    accounts.set_password(core_session, account, "Another-2026", now=NOW)
    assert not account.must_change_password


@pytest.fixture
def office(database: Engine) -> Engine:
    """A database with one account."""
    with unit_of_work(database) as session:
        account = accounts.open_account(session, user_name="lz.wei", display_name="韦某")
        accounts.set_password(session, account, PASSWORD, now=NOW)
    return database


def test_signing_in_stores_the_failure_although_it_refuses(office: Engine) -> None:
    for _ in range(5):
        with pytest.raises(accounts.SignInRefused):
            accounts.sign_in(lambda: unit_of_work(office), "lz.wei", "wrong", now=NOW)

    with Session(office) as session:
        assert accounts.account(session, "lz.wei").locked_until is not None
    with pytest.raises(accounts.SignInRefused):
        accounts.sign_in(lambda: unit_of_work(office), "lz.wei", PASSWORD, now=NOW)
    later = NOW + timedelta(hours=1)
    assert accounts.sign_in(lambda: unit_of_work(office), "lz.wei", PASSWORD, now=later)


def test_groups_are_the_roles_in_force_on_a_day(core_session: Session, officer: Account) -> None:
    accounts.grant_role(
        core_session, officer, "R-CITY", "ZGB-450200", on=DAY, granted_by="a0",
        until=DAY + timedelta(days=1),
    )  # fmt: skip

    def groups(days: int) -> frozenset[str]:
        return accounts.groups_of(officer, DAY + timedelta(days=days))

    assert [bool(groups(days)) for days in (-1, 0, 1, 2)] == [False, True, True, False]
    assert groups(0) == {"R-CITY@ZGB-450200"}


def test_a_persons_account_has_its_own_group(core_session: Session) -> None:
    account = accounts.open_account(
        core_session, user_name="p003", display_name="覃砚舟", person_code="P003"
    )

    actor = accounts.actor_of(account, DAY)

    assert actor.groups == {"R-PERS@P003"}
    assert (actor.person_code, actor.organisation, actor.name) == ("P003", None, "覃砚舟")


def test_ending_a_role_takes_its_group_away_at_once(
    core_session: Session, officer: Account
) -> None:
    grant(core_session, officer, "R-CITY", "ZGB-450200")
    accounts.end_role(officer, "R-CITY", "ZGB-450200", on=DAY)

    assert accounts.groups_of(officer, DAY) == frozenset()
    assert accounts.holders_of(core_session, "R-CITY", "ZGB-450200", on=DAY) == []


def test_granting_twice_leaves_one_assignment(core_session: Session, officer: Account) -> None:
    grant(core_session, officer, "R-CERT", "ZGB-450200")
    grant(core_session, officer, "R-CERT", "ZGB-450200")

    assert len(officer.assignments) == 1
    assert accounts.holders_of(core_session, "R-CERT", "ZGB-450200", on=DAY) == [officer]


@pytest.mark.parametrize(
    ("held", "wanted", "allowed"),
    [
        ("R-CERT", "R-CREV", True),  # different persons per record, not per account
        ("R-CITY", "R-ADM", False),
        ("R-ADM", "R-CITY", False),
        ("R-ADM", "R-SEC", False),
        ("R-SEC", "R-AUD", False),
        ("R-AUD", "R-ADM", False),
        ("R-VEND", "R-CITY", False),
        ("R-ADM", "R-ADM", True),
    ],
)
@pytest.mark.req("R224")
def test_administrators_stand_alone(
    core_session: Session, officer: Account, held: str, wanted: str, allowed: bool
) -> None:
    grant(core_session, officer, held)
    if allowed:
        grant(core_session, officer, wanted)
    else:
        with pytest.raises(DomainError, match=r"accounts\.separation_of_duties"):
            grant(core_session, officer, wanted)


def test_one_human_being_cannot_be_two_administrators_on_two_accounts(
    core_session: Session,
) -> None:
    one, two = (
        accounts.open_account(core_session, user_name=name, display_name="某", person_code="P9")
        for name in ("one", "two")
    )
    grant(core_session, one, "R-ADM")
    with pytest.raises(DomainError, match=r"accounts\.separation_of_duties"):
        grant(core_session, two, "R-AUD")


def test_an_administrator_may_apply_for_his_own_title_with_another_account(
    core_session: Session,
) -> None:
    own = accounts.open_account(core_session, user_name="p9", display_name="某", person_code="P9")
    grant(core_session, own, "R-PERS", "P9")
    staff = accounts.open_account(
        core_session, user_name="adm", display_name="某", person_code="P9"
    )
    grant(core_session, staff, "R-ADM")

    assert accounts.groups_of(staff, DAY) == {"R-ADM@PLATFORM"}
    assert accounts.groups_of(own, DAY) == {"R-PERS@P9"}


def test_a_role_that_ended_no_longer_stands_in_the_way(
    core_session: Session, officer: Account
) -> None:
    grant(core_session, officer, "R-CITY", "ZGB-450200")
    accounts.end_role(officer, "R-CITY", "ZGB-450200", on=DAY)
    grant(core_session, officer, "R-AUD")

    assert accounts.groups_of(officer, DAY) == {"R-AUD@PLATFORM"}


@pytest.mark.parametrize(
    ("role", "place", "code"),
    [
        ("R-KING", "PLATFORM", "accounts.unknown_role"),
        ("PUB", "PLATFORM", "accounts.unknown_role"),
        ("R-PERS", "P001", "accounts.own_role_only"),
    ],
)
def test_some_roles_cannot_be_granted(
    core_session: Session, officer: Account, role: str, place: str, code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        grant(core_session, officer, role, place)
    assert refused.value.code == code
