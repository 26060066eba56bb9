"""Acting on many records: each is a command of its own, with a key of its own.

The keys are made from the key of the page that was sent, so that a batch sent twice does nothing
twice; a record that is refused is named with its reasons, and the others go on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError

from app.errors import AppError, NotAllowed
from app.messages import message, sentences
from app.web.extensions import house
from app.web.identity import actor
from app.web.issuing.lists import MOST_AT_ONCE

WITHDRAWAL = "issuance.withdraw"


@dataclass(frozen=True)
class Outcome:
    """What became of one record of a batch; without reasons it was done."""

    id: str
    reasons: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Tell whether the act was carried out."""
        return not self.reasons


Act = Callable[[str, str], object]


def each(ids: Iterable[str], page_key: str, verb: str, act: Act) -> list[Outcome]:
    """Carry an act out for each record, one transaction after another."""
    wanted = list(dict.fromkeys(ids))[:MOST_AT_ONCE]
    return [_one(record, _key(page_key, verb, record), act) for record in wanted]


def _one(record: str, key: str, act: Act) -> Outcome:
    try:
        act(record, key)
    except AppError as error:
        return Outcome(record, tuple(sentences(error)))
    except DBAPIError:
        return Outcome(record, (message("web.busy_text"),))
    return Outcome(record)


def _key(page_key: str, verb: str, record: str) -> str:
    return hashlib.sha256(f"{page_key}:{verb}:{record}".encode()).hexdigest()


def completing(values: Callable[[str], Mapping[str, Any]]) -> Act:
    """Return the act that completes a task with what was typed for it."""

    def act(task_id: str, key: str) -> object:
        return house().engine.complete(task_id, values(task_id), actor=actor(), key=key)

    return act


def withdrawing(office_of: Callable[[str], str | None], refusal: Callable[[str], AppError]) -> Act:
    """Return the act that withdraws an application of one's own office."""

    def act(issuance_id: str, key: str) -> object:
        office = office_of(issuance_id)
        if office is None:
            raise NotAllowed("web.forbidden_text")
        try:
            return house().engine.correlate(WITHDRAWAL, issuance_id, actor=actor(), key=key)
        except AppError as error:
            if error.code == "engine.message_unawaited":
                raise refusal(issuance_id) from error
            raise

    return act


def beginning(process_key: str, person_of: Mapping[str, str]) -> Act:
    """Return the act that puts a title record on the list for issuance."""

    def act(record_id: str, key: str) -> object:
        if record_id not in person_of:
            raise NotAllowed("web.forbidden_text")
        return house().engine.begin(
            process_key, record_id, person_of[record_id], actor=actor(), key=key
        )

    return act
