"""Web sessions: tokens, idle and absolute end, rotation, revocation."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain import accounts
from app.domain.accounts import Account, AccountState, OpenedSession
from app.errors import DomainError

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def account(core_session: Session) -> Account:
    """A city officer."""
    account = accounts.open_account(
        core_session, user_name="lz", display_name="韦某", organisation_code="ZGB-450200"
    )
    accounts.grant_role(
        core_session, account, "R-CITY", "ZGB-450200", on=date(2019, 1, 1), granted_by="a0"
    )
    return account


@pytest.fixture
def opened(core_session: Session, account: Account) -> OpenedSession:
    """His session."""
    opened = accounts.open_session(core_session, account, now=NOW)
    core_session.commit()
    return opened


def is_open(session: Session, token: str, **after: float) -> bool:
    return accounts.resume_session(session, token, now=NOW + timedelta(**after)) is not None


def test_a_token_brings_back_the_session_and_who_acts(
    core_session: Session, opened: OpenedSession, account: Account
) -> None:
    resumed = accounts.resume_session(core_session, opened.token, now=NOW)

    assert resumed is not None
    row, actor = resumed
    assert row is opened.row
    assert actor.account_id == account.id
    assert actor.groups == {"R-CITY@ZGB-450200"}


def test_roles_are_read_for_the_legal_day(core_session: Session, opened: OpenedSession) -> None:
    resumed = accounts.resume_session(core_session, opened.token, now=NOW, on=date(2018, 12, 31))

    assert resumed is not None
    assert resumed[1].groups == frozenset()


def test_the_token_is_long_and_not_stored(core_session: Session, opened: OpenedSession) -> None:
    stored = str(core_session.execute(text("select * from web_session")).one())

    assert len(opened.token) >= 43
    assert opened.token not in stored
    assert not is_open(core_session, "another")


def test_half_an_hour_of_silence_ends_it(core_session: Session, opened: OpenedSession) -> None:
    assert is_open(core_session, opened.token, minutes=29, seconds=59)
    assert not is_open(core_session, opened.token, minutes=30)


def test_being_seen_keeps_it_open_until_the_absolute_end(
    core_session: Session, opened: OpenedSession
) -> None:
    for minutes in range(20, 480, 20):
        accounts.touch(core_session, opened.row.id, now=NOW + timedelta(minutes=minutes))

    assert is_open(core_session, opened.token, hours=7, minutes=59, seconds=59)
    assert not is_open(core_session, opened.token, hours=8)


def test_a_session_that_is_over_cannot_be_touched_back_to_life(
    core_session: Session, opened: OpenedSession
) -> None:
    accounts.touch(core_session, opened.row.id, now=NOW + timedelta(minutes=31))

    assert not is_open(core_session, opened.token, minutes=31)


def test_sight_is_written_once_a_minute(opened: OpenedSession) -> None:
    assert not accounts.wants_touch(opened.row, now=NOW + timedelta(seconds=59))
    assert accounts.wants_touch(opened.row, now=NOW + timedelta(seconds=60))


def test_rotation_kills_the_old_token_and_keeps_the_absolute_end(
    core_session: Session, opened: OpenedSession
) -> None:
    ends = opened.row.expires_at

    token = accounts.rotate(opened.row, now=NOW + timedelta(minutes=10))

    assert token != opened.token
    assert not is_open(core_session, opened.token, minutes=10)
    assert is_open(core_session, token, minutes=10)
    assert opened.row.expires_at == ends


def test_a_revoked_session_is_over(core_session: Session, opened: OpenedSession) -> None:
    accounts.revoke(opened.row, now=NOW)

    assert not is_open(core_session, opened.token)


def test_locking_and_a_new_password_end_all_sessions(
    core_session: Session, opened: OpenedSession, account: Account
) -> None:
    other = accounts.open_session(core_session, account, now=NOW)
    accounts.set_password(core_session, account, "Zhicheng-2026", now=NOW)

    assert not is_open(core_session, opened.token)
    assert not is_open(core_session, other.token)

    third = accounts.open_session(core_session, account, now=NOW)
    accounts.lock(core_session, account, now=NOW)
    assert not is_open(core_session, third.token)


def test_a_pending_account_gets_no_session_not_even_as_a_persona(
    core_session: Session, account: Account
) -> None:
    account.state = AccountState.PENDING

    with pytest.raises(DomainError, match=r"accounts\.pending"):
        accounts.open_session(core_session, account, now=NOW, persona=True)


def test_a_persona_session_is_marked(core_session: Session, account: Account) -> None:
    assert accounts.open_session(core_session, account, now=NOW, persona=True).row.persona
