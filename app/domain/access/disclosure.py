"""Which fields of a person a page may show, by its purpose.

A page names its purpose and gets one answer for all fields; whether a reviewer really has an open
task is decided by `rules.may_see_person_fully` before he may name the purpose REVIEW.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.domain.access.actor import WITHOUT_CASES, Actor
from app.domain.access.masks import mask_id_number, mask_mobile, mask_name


class Show(StrEnum):
    """How a field is shown."""

    FULL = "full"
    MASKED = "masked"
    HIDDEN = "hidden"


class Purpose(StrEnum):
    """What personal data are wanted for."""

    OWN = "own"
    REVIEW = "review"
    STAFF = "staff"
    UNIT_QUERY = "unit_query"
    PUBLICITY = "publicity"
    VERIFICATION = "verification"


@dataclass(frozen=True)
class Disclosure:
    """The decision for one page."""

    name: Show
    id_number: Show
    mobile: Show
    birth_date: Show
    photo: Show


_NOTHING = Disclosure(*[Show.HIDDEN] * 5)
_EVERYTHING = Disclosure(*[Show.FULL] * 5)
_STAFF = Disclosure(Show.FULL, Show.MASKED, Show.MASKED, Show.HIDDEN, Show.HIDDEN)
_NAME_ONLY = Disclosure(Show.FULL, Show.HIDDEN, Show.HIDDEN, Show.HIDDEN, Show.HIDDEN)
_MASKED_NAME = Disclosure(Show.MASKED, Show.HIDDEN, Show.HIDDEN, Show.HIDDEN, Show.HIDDEN)

_BY_PURPOSE: Mapping[Purpose, Disclosure] = MappingProxyType(
    {
        Purpose.OWN: _EVERYTHING,
        Purpose.REVIEW: _EVERYTHING,
        Purpose.STAFF: _STAFF,
        Purpose.UNIT_QUERY: _STAFF,
        Purpose.PUBLICITY: _NAME_ONLY,
        Purpose.VERIFICATION: _MASKED_NAME,
    }
)
_FOR_ANYONE = frozenset({Purpose.PUBLICITY, Purpose.VERIFICATION})
_MASKS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"name": mask_name, "id_number": mask_id_number, "mobile": mask_mobile}
)


def reveal(actor: Actor | None, purpose: Purpose) -> Disclosure:
    """Decide which fields are shown; the public (None) and roles without cases see least."""
    if purpose in _FOR_ANYONE:
        return _BY_PURPOSE[purpose]
    if actor is None or not actor.roles - WITHOUT_CASES:
        return _NOTHING
    return _BY_PURPOSE[purpose]


def shown(field: str, value: str | None, show: Show) -> str | None:
    """Return a field's text as decided; a field without a mask is hidden instead of masked."""
    if value is None or show is Show.HIDDEN:
        return None
    if show is Show.FULL:
        return value
    mask = _MASKS.get(field)
    return None if mask is None else mask(value)
