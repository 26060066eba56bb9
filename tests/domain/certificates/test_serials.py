"""Serials stay gapless with two real connections on one database file."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db.unit_of_work import unit_of_work
from app.domain.certificates.serials import next_serial

ROUNDS = 40


class Changed(Exception):
    """Something after the number went wrong."""


def test_serials_of_two_scopes_are_independent(session: Session) -> None:
    taken = [next_serial(session, scope) for scope in ("a", "b", "a", "a", "b")]

    assert taken == [1, 1, 2, 3, 2]


def test_rolled_back_serial_is_given_out_again(database: Engine) -> None:
    with pytest.raises(Changed):
        _take_and_fail(database)
    with unit_of_work(database) as session:
        serial = next_serial(session, "certificate:450100:2020")

    assert serial == 1


def test_two_connections_share_no_serial_and_leave_no_gap(database: Engine) -> None:
    with ThreadPoolExecutor(max_workers=2) as pool:
        kept = [*pool.map(lambda odd: _take(database, odd), (0, 1))]

    serials = sorted(kept[0] + kept[1])
    assert serials == list(range(1, len(serials) + 1))
    assert len(serials) == ROUNDS


def _take_and_fail(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        next_serial(session, "certificate:450100:2020")
        raise Changed


def _take(engine: Engine, odd: int) -> list[int]:
    """Take serials; every second transaction fails after it took one."""
    kept = []
    for attempt in range(ROUNDS):
        try:
            with unit_of_work(engine) as session:
                serial = next_serial(session, "case:NNQR20260302")
                if attempt % 2 == odd:
                    raise Changed
        except Changed:
            continue
        kept.append(serial)
    return kept
