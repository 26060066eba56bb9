"""Pushing certificates to the licence library and asking whether it has generated them.

What may have an end is tried again and becomes the drawn error with the last attempt; what cannot
get better (a conflict, a failed generation) takes the drawn way at once. Both effects may be
repeated: the library knows a licence by its identifier.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.adapters.licence_library import Licence, LicenceState, Receipt
from app.bootstrap import House
from app.domain.issuance import making
from app.domain.issuance.log import Doer
from app.domain.issuance.tables import Issuance, IssuanceState
from app.engine.background import NotYet, OutOfReach, Record
from app.engine.registry import BpmnError
from app.errors import AppError
from app.messages import message, sentence

LIBRARY = "LICENCE_LIBRARY"
LICENCE_FAILED = "LICENCE_FAILED"
MAY_GET_BETTER = frozenset({"licence.unavailable", "licence.unset"})
SOONEST, LATEST = timedelta(seconds=2), timedelta(minutes=5)


def push_licence(house: House, payload: dict[str, Any]) -> Record:
    """Push one certificate; a repeated push changes nothing in the library."""
    with house.unit_of_work() as session:
        issuance = session.get_one(Issuance, payload["issuance_id"])
        licence, photo_key = _licence(session, issuance), issuance.photo_key
    photo = house.adapters.storage.get(photo_key) if photo_key else None
    try:
        house.adapters.licence_library.push(licence(photo))
    except AppError as error:
        raise _failure(error) from error

    def record(session: Session) -> dict[str, Any]:
        issuance = session.get_one(Issuance, payload["issuance_id"])
        making.pushed(session, issuance, doer=_library(), now=house.clock.now())
        return {}

    return record


def fetch_licence(house: House, payload: dict[str, Any]) -> Record:
    """Ask once; a library that still generates, or cannot be reached, is asked again later."""
    with house.unit_of_work() as session:
        issuance = session.get_one(Issuance, payload["issuance_id"])
        identifier, sha256 = making.reserved(issuance).licence_id, issuance.sha256
        pushed_at = issuance.pushed_at
        waiting = issuance.state == IssuanceState.GENERATING
    if not waiting:  # the day was over meanwhile: there is nobody left to be told
        return lambda session: None
    try:
        receipt = house.adapters.licence_library.look_up(identifier)
    except AppError as error:
        raise NotYet(_pause(pushed_at, house.clock.now())) from error
    _require_generated(receipt, sha256, _pause(pushed_at, house.clock.now()))

    def record(session: Session) -> dict[str, Any]:
        issuance = session.get_one(Issuance, payload["issuance_id"])
        making.generated(session, issuance, doer=_library(), now=house.clock.now())
        return {}

    return record


def _licence(session: Session, issuance: Issuance) -> Any:
    """Return how the licence is put together once its photo is read."""
    identifier = making.reserved(issuance).licence_id
    metadata, sha256 = dict(issuance.licence_metadata or {}), issuance.sha256 or ""
    replaces = making.replaced_files(session, issuance)

    def with_photo(photo: bytes | None) -> Licence:
        return Licence(identifier, metadata, sha256, photo, replaces)

    return with_photo


def _require_generated(receipt: Receipt | None, sha256: str | None, pause: timedelta) -> None:
    if receipt is None:
        raise _final(AppError("licence.lost"))
    if receipt.file_sha256 != sha256:
        raise _final(AppError("licence.digest_differs"))
    if receipt.state == LicenceState.FAILED:
        raise _final(AppError("licence.not_generated", reason=receipt.reason))
    if receipt.state == LicenceState.GENERATING:
        raise NotYet(pause)


def _pause(pushed_at: datetime | None, now: datetime) -> timedelta:
    """Ask often in the beginning and seldom later."""
    age = now - pushed_at if pushed_at is not None else SOONEST
    return min(max(age / 4, SOONEST), LATEST)


def _failure(error: AppError) -> BpmnError:
    if error.code in MAY_GET_BETTER:
        return OutOfReach(LICENCE_FAILED, {"reason": sentence(error)})
    return _final(error)


def _final(error: AppError) -> BpmnError:
    return BpmnError(LICENCE_FAILED, {"reason": sentence(error)})


def _library() -> Doer:
    return Doer(LIBRARY, message("operation.library"))
