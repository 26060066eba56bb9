"""Pages read one moment of the database, write nothing, and never keep two connections."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from app.domain.accounts import Account
from app.web.extensions import house, read_afresh, reading
from tests.web.conftest import Town

NAMES = select(Account.display_name).where(Account.user_name == "gxzgb.reg1")


def _rename(town: Town, name: str) -> None:
    """Rename an account as another process would."""

    def rename() -> None:
        with town.app.app_context(), house().unit_of_work() as session:
            query = select(Account).where(Account.user_name == "gxzgb.reg1")
            session.scalars(query).one().display_name = name

    thread = threading.Thread(target=rename)
    thread.start()
    thread.join()


def test_page_sees_one_moment_until_it_reads_afresh(town: Town) -> None:
    with town.app.test_request_context():
        before = reading().scalar(NAMES)
        _rename(town, "新名")
        during = reading().scalar(NAMES)
        after = read_afresh().scalar(NAMES)

    assert (during, after) == (before, "新名")


def test_page_that_writes_is_a_mistake(town: Town) -> None:
    with town.app.test_request_context():
        account = reading().scalars(select(Account).limit(1)).one()
        account.display_name = "x"
        with pytest.raises(RuntimeError, match="only read"):
            reading().flush()


def test_what_was_read_stays_when_a_command_begins(town: Town) -> None:
    with town.app.test_request_context():
        account = reading().scalars(select(Account).limit(1)).one()
        name = account.display_name
        with house().unit_of_work() as session:
            session.get_one(Account, account.id).display_name = "anders"
        assert account.display_name == name
        assert not reading().in_transaction()
