"""Audit entries and the detection of edits, deletions and cut ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.audit import Break, Damage, Head, heads, record, verify_chain

START = datetime(2026, 3, 2, 1, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def log(core_session: Session) -> Session:
    """Two chains: four entries on one case, two on another."""
    for minute, case in enumerate(["c1", "c2", "c1", "c1", "c2", "c1"]):
        record(
            core_session, actor="a1", action="complete", object_type="case", object_id=case,
            at=START + timedelta(minutes=minute), outcome="refused" if minute % 2 else "ok",
            reason="engine.task_not_allowed" if minute % 2 else None, ip="10.0.0.1",
        )  # fmt: skip
    core_session.commit()
    return core_session


def damage(session: Session, statement: str) -> None:
    session.execute(text(statement))
    session.commit()
    session.expire_all()


def test_untouched_chains_hold(log: Session) -> None:
    assert verify_chain(log) == []
    assert verify_chain(log, kept=heads(log)) == []
    assert {name: head.seq for name, head in heads(log).items()} == {"case:c1": 4, "case:c2": 2}


@pytest.mark.parametrize(
    "change",
    [
        "outcome = 'ok'", "actor = 'a2'", "action = 'start'", "object_id = 'c9'",
        "reason = null", "ip = null", "at = '2026-03-02 01:03:00.000000'",
        "organisation = 'DW-001'", "seal = 'f'", "previous = 'f'",
    ],
)  # fmt: skip
def test_an_edited_entry_is_found(log: Session, change: str) -> None:
    damage(log, f"update audit_entry set {change} where chain = 'case:c1' and seq = 3")

    assert verify_chain(log) == [Break("case:c1", 3, Damage.CHANGED)]
    assert verify_chain(log, "case:c2") == []


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_deleted_entry_is_found(log: Session, seq: int) -> None:
    damage(log, f"delete from audit_entry where chain = 'case:c1' and seq = {seq}")

    assert verify_chain(log) == [Break("case:c1", seq + 1, Damage.MISSING)]


def test_an_entry_deleted_with_the_rest_renumbered_is_found(log: Session) -> None:
    damage(log, "delete from audit_entry where chain = 'case:c1' and seq = 2")
    damage(log, "update audit_entry set seq = seq - 1 where chain = 'case:c1' and seq > 2")

    assert verify_chain(log) == [Break("case:c1", 2, Damage.CHANGED)]


def test_a_cut_end_is_found_with_kept_heads_only(log: Session) -> None:
    kept = heads(log)
    damage(log, "delete from audit_entry where chain = 'case:c1' and seq > 2")

    assert verify_chain(log) == []
    assert verify_chain(log, kept=kept) == [Break("case:c1", 4, Damage.TRUNCATED)]


def test_a_removed_chain_is_found_with_kept_heads(log: Session) -> None:
    kept = heads(log)
    damage(log, "delete from audit_entry where chain = 'case:c2'")

    assert verify_chain(log, kept=kept) == [Break("case:c2", 2, Damage.TRUNCATED)]
    assert verify_chain(log, "case:c1", kept=kept) == []


def test_a_chain_that_grew_still_fits_its_kept_head_but_a_rewritten_one_does_not(
    log: Session,
) -> None:
    kept = heads(log)
    record(log, actor=None, action="fire", object_type="case", object_id="c2", at=START)
    log.commit()

    assert verify_chain(log, kept=kept) == []
    forged = {**kept, "case:c2": Head(2, "0" * 64)}
    assert verify_chain(log, kept=forged) == [Break("case:c2", 2, Damage.CHANGED)]


def test_entries_can_share_a_named_chain(core_session: Session) -> None:
    for task in ("t1", "t2"):
        record(
            core_session, actor="a1", action="claim", object_type="task", object_id=task,
            at=START, chain="case:c1",
        )  # fmt: skip

    assert {name: head.seq for name, head in heads(core_session).items()} == {"case:c1": 2}


def test_an_entry_never_holds_an_identity_number(core_session: Session) -> None:
    entry = record(
        core_session, actor="a1", action="search", object_type="person",
        object_id="450103198603179973", at=START,
    )  # fmt: skip

    assert entry.object_id == "450***********9973"
    assert "450103198603179973" not in entry.chain


def test_the_program_cannot_change_or_delete_an_entry(log: Session) -> None:
    entry = record(log, actor="a1", action="x", object_type="case", object_id="c3", at=START)
    log.commit()

    entry.action = "y"
    with pytest.raises(RuntimeError, match="only ever added"):
        log.flush()
    log.rollback()
    log.delete(entry)
    with pytest.raises(RuntimeError, match="only ever added"):
        log.flush()
