"""Files that arrive in pieces: begun, continued where the connection broke, finished, swept.

Pieces are rows beside the upload's own, so an interrupted one leaves nothing that the sweep does
not find. What a whole file may be is judged by the form component; it becomes an attachment then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.attachments.keeping import Owner
from app.domain.attachments.tables import Upload, UploadPiece
from app.errors import DomainError, NotAllowed

KEPT_FOR = timedelta(days=1)
MOST_UNFINISHED = 20
LARGEST_PIECE = 1024 * 1024


@dataclass(frozen=True)
class Announced:
    """What a browser says of a file before it sends it; `stamp` is the file's own time."""

    field: str
    name: str
    size: int
    stamp: str


def begin(session: Session, owner: Owner, file: Announced, *, by: str, now: datetime) -> Upload:
    """Begin an upload, or return the same person's unfinished one of the same file."""
    mine = select(Upload).where(
        Upload.uploaded_by == by,
        Upload.attachment_id.is_(None),
        Upload.refused.is_(None),
    )
    same = mine.where(
        Upload.owner_type == owner.type,
        Upload.owner_id == owner.id,
        Upload.field == file.field,
        Upload.file_name == file.name,
        Upload.size == file.size,
        Upload.stamp == file.stamp,
    )
    found = session.scalars(same.order_by(Upload.seen_at.desc()).limit(1)).one_or_none()
    if found is not None:
        found.seen_at = now
        return found
    unfinished = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
    if unfinished >= MOST_UNFINISHED:
        raise DomainError("attachment.too_many_uploads", most=MOST_UNFINISHED)
    upload = Upload(
        id=new_id(), owner_type=owner.type, owner_id=owner.id, field=file.field,
        file_name=file.name, size=file.size, stamp=file.stamp, received=0, uploaded_by=by,
        seen_at=now, remarks=[],
    )  # fmt: skip
    session.add(upload)
    return upload


def find_upload(session: Session, upload_id: str, *, by: str, lock: bool = False) -> Upload:
    """Return one's own upload; unknown and foreign ones answer alike."""
    found = session.get(Upload, upload_id, with_for_update=lock or None, populate_existing=lock)
    if found is None or found.uploaded_by != by:
        raise NotAllowed("attachment.unknown")
    return found


def receive(session: Session, upload: Upload, start: int, data: bytes, *, now: datetime) -> None:
    """Add a piece to a locked upload; it has to begin where the last one ended."""
    end = start + len(data)
    if start != upload.received or end > upload.size or len(data) > LARGEST_PIECE:
        raise DomainError("attachment.wrong_offset", received=upload.received)
    if data:
        session.add(UploadPiece(upload_id=upload.id, start=start, data=data))
    upload.received, upload.seen_at = end, now


def content_of(session: Session, upload: Upload) -> bytes:
    """Return what has arrived so far."""
    query = select(UploadPiece.data).where(UploadPiece.upload_id == upload.id)
    return b"".join(session.scalars(query.order_by(UploadPiece.start)))


def finish(
    session: Session,
    upload: Upload,
    *,
    attachment_id: str | None = None,
    remarks: tuple[str, ...] = (),
    refused: str | None = None,
) -> None:
    """Note what became of a whole upload and let its pieces go."""
    upload.attachment_id, upload.refused = attachment_id, refused
    upload.remarks = list(remarks)
    session.execute(delete(UploadPiece).where(UploadPiece.upload_id == upload.id))


def cancel(session: Session, upload: Upload) -> None:
    """Forget an upload and its pieces."""
    session.execute(delete(UploadPiece).where(UploadPiece.upload_id == upload.id))
    session.execute(delete(Upload).where(Upload.id == upload.id))


def sweep_uploads(session: Session, *, now: datetime) -> int:
    """Forget every upload that has not been heard of for a day; returns how many."""
    old = select(Upload.id).where(Upload.seen_at <= now - KEPT_FOR)
    ids = list(session.scalars(old.with_for_update(skip_locked=True)))
    session.execute(delete(UploadPiece).where(UploadPiece.upload_id.in_(ids)))
    session.execute(delete(Upload).where(Upload.id.in_(ids)))
    return len(ids)
