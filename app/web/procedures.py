"""The published procedures: the newest bundle of each, and who may start it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.engine.bundles import Compiled
from app.engine.starting import may_start
from app.web.extensions import house


def newest(session: Session) -> list[Compiled]:
    """Return the newest bundle of every procedure, in the designers' order."""
    return house().tools.bundles.newest_of_all(session)


def startable(session: Session, actor: Actor | None = None) -> list[Compiled]:
    """Return the procedures that somebody may start: the actor, or without one anybody at all."""
    found = [bundle for bundle in newest(session) if bundle.descriptor.starter]
    return found if actor is None else [bundle for bundle in found if may_start(bundle, actor)]


def titles(session: Session) -> dict[str, str]:
    """Return the titles of all procedures by key."""
    return {bundle.key: bundle.descriptor.title for bundle in newest(session)}
