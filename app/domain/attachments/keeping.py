"""Entering, finding and taking away attachments, and the tick that a copy equals its original.

Type, size and content of a file are checked by the form component before it comes here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.attachments.tables import Attachment
from app.errors import NotAllowed


@dataclass(frozen=True)
class Owner:
    """What a file belongs to: a case, a draft, an objection, a task, a claim."""

    type: str
    id: str


@dataclass(frozen=True)
class StoredFile:
    """A checked file that lies in storage."""

    name: str
    storage_key: str
    sha256: str
    size: int
    mime: str


def attach(
    session: Session,
    owner: Owner,
    file: StoredFile,
    *,
    component_key: str,
    uploaded_by: str,
    now: datetime,
    material: str | None = None,
) -> Attachment:
    """Add a file to its owner."""
    attachment = Attachment(
        id=new_id(),
        owner_type=owner.type,
        owner_id=owner.id,
        material=material,
        component_key=component_key,
        file_name=file.name,
        storage_key=file.storage_key,
        sha256=file.sha256,
        size=file.size,
        mime=file.mime,
        uploaded_by=uploaded_by,
        uploaded_at=now,
    )
    session.add(attachment)
    return attachment


def attachments_of(
    session: Session, owner: Owner, *, component_key: str | None = None
) -> Sequence[Attachment]:
    """Return the present files of an owner, the oldest first."""
    query = select(Attachment).where(
        Attachment.owner_type == owner.type,
        Attachment.owner_id == owner.id,
        Attachment.removed_at.is_(None),
    )
    if component_key is not None:
        query = query.where(Attachment.component_key == component_key)
    return session.scalars(query.order_by(Attachment.uploaded_at, Attachment.id)).all()


def find_attachment(session: Session, attachment_id: str) -> Attachment:
    """Return a file by id; unknown and removed ones answer like foreign ones."""
    found = session.get(Attachment, attachment_id)
    if found is None or found.removed_at is not None:
        raise NotAllowed("attachment.unknown")
    return found


def move_to(session: Session, draft: Owner, owner: Owner) -> None:
    """Hand the files of a draft over to what it became."""
    session.execute(
        update(Attachment)
        .where(Attachment.owner_type == draft.type, Attachment.owner_id == draft.id)
        .values(owner_type=owner.type, owner_id=owner.id)
    )


def see_original(attachment: Attachment, *, by: str, now: datetime) -> None:
    """Tick that the copy was compared with its original (与原件相符)."""
    attachment.original_seen_by, attachment.original_seen_at = by, now


def remove(attachment: Attachment, *, now: datetime) -> None:
    """Take a file away; its row and bytes stay for the record."""
    attachment.removed_at = now
