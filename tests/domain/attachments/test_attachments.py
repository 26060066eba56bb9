"""Attachments belong to one owner, move from a draft to its case, and never vanish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.attachments.keeping import (
    Owner,
    StoredFile,
    attach,
    attachments_of,
    find_attachment,
    move_to,
    remove,
    see_original,
)
from app.domain.attachments.tables import Attachment
from app.errors import NotAllowed

NOW = datetime(2020, 5, 20, 2, tzinfo=UTC)
DRAFT, CASE = Owner("DRAFT", "d1"), Owner("CASE", "c1")
PDF = StoredFile("批文.pdf", "files/a", "a" * 64, 1000, "application/pdf")


def test_files_of_an_owner_come_in_order_of_upload(session: Session) -> None:
    first = _attach(session, DRAFT, "evidence", NOW)
    second = _attach(session, DRAFT, "photo", NOW + timedelta(seconds=1))
    _attach(session, CASE, "evidence", NOW)

    assert attachments_of(session, DRAFT) == [first, second]
    assert attachments_of(session, DRAFT, component_key="photo") == [second]


def test_files_of_a_draft_go_with_its_case(session: Session) -> None:
    file = _attach(session, DRAFT, "evidence", NOW)
    session.flush()

    move_to(session, DRAFT, CASE)
    session.expire_all()

    assert attachments_of(session, CASE) == [file]
    assert attachments_of(session, DRAFT) == []


def test_removed_file_is_hidden_but_kept(session: Session) -> None:
    file = _attach(session, CASE, "evidence", NOW)
    session.flush()

    remove(file, now=NOW)

    assert attachments_of(session, CASE) == []
    assert session.get(Attachment, file.id) is file
    for unknown in (file.id, "missing"):
        with pytest.raises(NotAllowed):
            find_attachment(session, unknown)


def test_tick_names_who_saw_the_original(session: Session) -> None:
    file = _attach(session, CASE, "evidence", NOW)
    session.flush()

    see_original(find_attachment(session, file.id), by="a7", now=NOW)

    assert (file.original_seen_by, file.original_seen_at) == ("a7", NOW)


def _attach(session: Session, owner: Owner, key: str, now: datetime) -> Attachment:
    return attach(session, owner, PDF, component_key=key, uploaded_by="a1", now=now, material="M2")
