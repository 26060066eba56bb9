"""Administrative regions (GB/T 2260), the rule profile of each, and its calendar region.

Abolished codes are kept apart: identity numbers still begin with them, organisations never do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from app.domain.codes.reading import rows
from app.errors import DomainError


@dataclass(frozen=True)
class Region:
    """A region of the current table; `kind` is e.g. 地级市, `parent` is None for a province."""

    code: str
    name: str
    kind: str
    parent: str | None
    profile: str


@dataclass(frozen=True)
class HistoricRegion:
    """An abolished region; `successor` is None when its counties went to several cities."""

    code: str
    name: str
    successor: str | None
    change: str


def region(code: str) -> Region:
    """Return a region; raises `codes.unknown_region`."""
    found = _regions().get(code)
    if found is None:
        raise DomainError("codes.unknown_region", region=code)
    return found


def region_name(code: str) -> str:
    """Return a region's name; an unknown code is its own name."""
    found = _regions().get(code)
    return found.name if found is not None else code


def regions_under(parent: str | None) -> tuple[Region, ...]:
    """Return the regions directly under one, or the provinces."""
    return tuple(each for each in _regions().values() if each.parent == parent)


def historic_region(code: str) -> HistoricRegion | None:
    """Return an abolished region, or None when the code was never one."""
    return _historic().get(code)


def profile_of_region(code: str) -> str:
    """Return the rule profile of a region: NN, QZ, LZ, GX or NX."""
    return region(code).profile


def province_of(code: str) -> str:
    """Return the code of the province that a region lies in."""
    return lineage(code)[-1]


def city_of(code: str) -> str | None:
    """Return the code of the city that a region is or lies in; a province has none."""
    chain = lineage(code)
    return chain[-2] if len(chain) > 1 else None


def lineage(code: str) -> tuple[str, ...]:
    """Return the region's code, its parent's and so on up to the province."""
    chain = [region(code)]
    while chain[-1].parent is not None:
        chain.append(region(chain[-1].parent))
    return tuple(each.code for each in chain)


def calendar_region(code: str) -> str:
    """Return the region whose public holidays hold here: the province."""
    return province_of(code)


@cache
def _regions() -> Mapping[str, Region]:
    found = {
        row["code"]: Region(
            row["code"],
            row["name_zh"],
            row["kind_zh"],
            row["parent_code"] or None,
            row["profile"],
        )
        for row in rows("regions")
    }
    return MappingProxyType(found)


@cache
def _historic() -> Mapping[str, HistoricRegion]:
    found = {
        row["old_code"]: HistoricRegion(
            row["old_code"], row["old_name_zh"], row["new_code"] or None, row["change"]
        )
        for row in rows("regions_historic")
    }
    return MappingProxyType(found)
