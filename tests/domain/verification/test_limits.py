"""Counting the public's queries and using challenges up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.verification import MOST_PER_MINUTE, may_ask, spend_challenge
from app.domain.verification.tables import QueryCount, SpentChallenge

NOW = datetime(2026, 11, 20, 1, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_address_may_ask_so_often_in_one_minute_and_again_in_the_next(session: Session) -> None:
    allowed = [may_ask(session, "192.0.2.1", now=NOW) for _ in range(MOST_PER_MINUTE + 1)]

    assert allowed == [True] * MOST_PER_MINUTE + [False]
    assert may_ask(session, "192.0.2.2", now=NOW)
    assert may_ask(session, "192.0.2.1", now=NOW + MINUTE)


def test_address_is_never_stored_and_counts_are_forgotten(session: Session) -> None:
    may_ask(session, "192.0.2.1", now=NOW)
    stored = session.scalars(select(QueryCount.client_hash)).one()
    may_ask(session, "192.0.2.2", now=NOW + timedelta(hours=2))

    assert "192.0.2.1" not in stored
    assert session.scalar(select(func.count()).select_from(QueryCount)) == 1


def test_challenge_is_used_once(session: Session) -> None:
    expires = NOW + MINUTE

    assert spend_challenge(session, "nonce", expires, now=NOW)
    assert not spend_challenge(session, "nonce", expires, now=NOW)
    assert spend_challenge(session, "other", expires, now=NOW)


def test_expired_challenges_are_forgotten(session: Session) -> None:
    spend_challenge(session, "old", NOW + MINUTE, now=NOW)
    spend_challenge(session, "new", NOW + 3 * MINUTE, now=NOW + 2 * MINUTE)

    assert session.scalars(select(SpentChallenge.nonce)).all() == ["new"]
