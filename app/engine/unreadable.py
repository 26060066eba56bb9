"""Instances whose stored state this program cannot read: refused, and told as an incident.

A state of another version of the program, or a damaged one, is never run: whatever is asked of the
instance is refused, and an operator learns of it even if nobody was there to be told.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.engine.acting import explain, lock_instance
from app.engine.situation import Tools
from app.engine.spiff import SnapshotRefused
from app.engine.tables import ACTIVE, Incident

C = TypeVar("C")


def tells_unreadable(commands: type[C]) -> type[C]:
    """Let every public method of a class leave an incident when a state cannot be read."""
    for name in dir(commands):
        method = getattr(commands, name)
        if callable(method) and not name.startswith("_"):
            setattr(commands, name, _telling(method))
    return commands


def _telling(command: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(command)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return command(self, *args, **kwargs)
        except SnapshotRefused as refused:
            if refused.instance_id is not None:
                with self.unit_of_work() as session:
                    report_unreadable(session, self.tools, refused, self.clock.now())
            raise

    return run


def report_unreadable(
    session: Session, tools: Tools, refused: SnapshotRefused, now: datetime
) -> None:
    """Open an incident for an instance whose state was refused, unless one is open."""
    instance = lock_instance(session, refused.instance_id or "")
    known = exists().where(
        Incident.instance_id == instance.id,
        Incident.kind == refused.code,
        Incident.resolved_at.is_(None),
    )
    if instance.status != ACTIVE or session.scalar(select(known)):
        return
    bundle = tools.bundles.get(session, instance.bundle_id)
    element = bundle.definition.starts_of(bundle.key)[0]
    session.add(
        Incident(
            id=new_id(),
            instance_id=instance.id,
            token_id="",
            element_id=element.id,
            element_name=bundle.descriptor.title,
            kind=refused.code,
            sentence=explain(refused),
            created_at=now,
        )
    )
