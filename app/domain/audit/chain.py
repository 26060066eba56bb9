"""Writes audit entries into chains sealed with an HMAC, and finds what was changed afterwards.

There is one chain per object (a case, a task, an account), because one chain for all would make
every writer wait for the last. Removing the end of a chain leaves no gap: that is found only by
comparing with heads that were kept elsewhere, so `heads` is to be written to other storage daily.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.db.contention import take_turn
from app.db.keys import keyring
from app.domain.access.masks import mask_personal
from app.domain.audit.tables import AuditEntry

_START = "0" * 64
NEWEST = (
    select(AuditEntry.seq, AuditEntry.seal)
    .where(AuditEntry.chain == bindparam("chain"))
    .order_by(AuditEntry.seq.desc())
    .limit(1)
)


class Damage(StrEnum):
    """What is wrong with a chain."""

    CHANGED = "changed"
    MISSING = "missing"
    TRUNCATED = "truncated"


@dataclass(frozen=True)
class Break:
    """The first place where a chain no longer holds."""

    chain: str
    seq: int
    damage: Damage


@dataclass(frozen=True)
class Head:
    """The last entry of a chain, as kept elsewhere."""

    seq: int
    seal: str


def record(
    session: Session,
    *,
    actor: str | None,
    action: str,
    object_type: str,
    object_id: str,
    at: datetime,
    outcome: str = "ok",
    reason: str | None = None,
    organisation: str | None = None,
    ip: str | None = None,
    chain: str | None = None,
) -> AuditEntry:
    """Add an entry to the object's chain, or to the named one; `actor` is an account id.

    A refusal must be recorded in a transaction of its own, since the refused one is rolled back.
    """
    subject = mask_personal(object_id)
    name = chain or f"{object_type}:{subject}"
    # The first entry of a chain has no row to lock, so writers queue on the chain's name.
    take_turn(session, f"audit:{name}")
    last = _last(session, name)
    entry = AuditEntry(
        chain=name,
        seq=last.seq + 1,
        at=at.astimezone(UTC),
        actor=actor,
        organisation=organisation,
        action=action,
        object_type=object_type,
        object_id=subject,
        outcome=outcome,
        reason=reason,
        ip=ip,
        previous=last.seal,
    )
    entry.seal = _seal(entry)
    session.add(entry)
    return entry


def heads(session: Session) -> dict[str, Head]:
    """Return the last entry of every chain, to be kept where this program cannot change it."""
    tops = select(AuditEntry.chain, func.max(AuditEntry.seq).label("seq")).group_by(
        AuditEntry.chain
    )
    top = tops.subquery()
    found = session.execute(
        select(AuditEntry.chain, AuditEntry.seq, AuditEntry.seal).join(
            top, (AuditEntry.chain == top.c.chain) & (AuditEntry.seq == top.c.seq)
        )
    )
    return {chain: Head(seq, seal) for chain, seq, seal in found}


def verify_chain(
    session: Session,
    chain: str | None = None,
    *,
    kept: Mapping[str, Head] | None = None,
) -> list[Break]:
    """Return where chains are broken: the first break of each; all chains unless one is named.

    With `kept` heads also chains whose end or whole was removed are found.
    """
    expected = {name: head for name, head in (kept or {}).items() if chain in (None, name)}
    breaks: dict[str, Break] = {}
    reached: dict[str, Head] = {}
    wanted = select(AuditEntry).order_by(AuditEntry.chain, AuditEntry.seq)
    if chain is not None:
        wanted = wanted.where(AuditEntry.chain == chain)
    for entry in session.scalars(wanted.execution_options(yield_per=1000)):
        if entry.chain in breaks:
            continue
        damage = _damage(entry, reached.get(entry.chain, Head(0, _START)), expected)
        if damage is not None:
            breaks[entry.chain] = Break(entry.chain, entry.seq, damage)
        reached[entry.chain] = Head(entry.seq, entry.seal)
    for name, head in expected.items():
        if name not in breaks and (name not in reached or reached[name].seq < head.seq):
            breaks[name] = Break(name, head.seq, Damage.TRUNCATED)
    return sorted(breaks.values(), key=lambda each: each.chain)


def _damage(entry: AuditEntry, before: Head, kept: Mapping[str, Head]) -> Damage | None:
    if entry.seq != before.seq + 1:
        return Damage.MISSING
    if entry.previous != before.seal or not hmac.compare_digest(entry.seal, _seal(entry)):
        return Damage.CHANGED
    head = kept.get(entry.chain)
    if head is not None and head.seq == entry.seq and head.seal != entry.seal:
        return Damage.CHANGED
    return None


def _last(session: Session, chain: str) -> Head:
    if any(isinstance(row, AuditEntry) for row in session.new):
        session.flush()  # a chain goes on from what this transaction has added to it
    with session.no_autoflush:
        found = session.execute(NEWEST, {"chain": chain}).first()
    return Head(found.seq, found.seal) if found else Head(0, _START)


def _seal(entry: AuditEntry) -> str:
    content = [
        entry.previous,
        entry.chain,
        entry.seq,
        entry.at.isoformat(),
        entry.actor,
        entry.organisation,
        entry.action,
        entry.object_type,
        entry.object_id,
        entry.outcome,
        entry.reason,
        entry.ip,
    ]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(_key(), text.encode(), hashlib.sha256).hexdigest()


def _key() -> bytes:
    return hmac.new(keyring().index_key, b"audit chain", hashlib.sha256).digest()
