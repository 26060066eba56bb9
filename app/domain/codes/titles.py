"""Series, levels and the titles they hold.

Levels count downwards: 1 is the highest (正高级), 5 the lowest (员级). Historic titles on old paper
are not in the list, so a title may be unknown here without being wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from app.domain.codes.lists import Code, code_list, label
from app.domain.codes.reading import rows
from app.errors import DomainError


@dataclass(frozen=True)
class Title:
    """One title of the national list; `exam` names the examination it is normally reached by."""

    series: str
    track: str
    level: str
    title: str
    exam: str


def titles_of(series: str, level: str) -> tuple[Title, ...]:
    """Return the titles of a series at a level, of all its tracks."""
    return tuple(each for each in _titles() if (each.series, each.level) == (series, level))


def level_of_title(series: str, title: str) -> str | None:
    """Return the level code of a title in a series, or None when the list does not know it."""
    for each in _titles():
        if (each.series, each.title) == (series, title):
            return each.level
    return None


def level_label(level: str) -> str:
    """Return what a level is called."""
    return label("title_levels", level)


def band_of(level: str) -> str:
    """Return the band of a level: 高级, 中级 or 初级."""
    for row in rows("title_levels"):
        if row["level_code"] == level:
            return row["band_zh"]
    raise DomainError("codes.unknown_code", list="title_levels", entry=level)


def level_code(text: str) -> str:
    """Return the level code of a code, a level's name or a band; a band means its highest level."""
    for row in rows("title_levels"):
        if text in (row["level_code"], row["level_zh"], row["band_zh"]):
            return row["level_code"]
    raise DomainError("codes.unknown_label", list="title_levels", label=text)


def lowest_level(text: str) -> str:
    """Return the lowest level code that a code, a level's name or a band includes."""
    for row in reversed(rows("title_levels")):
        if text in (row["level_code"], row["level_zh"], row["band_zh"]):
            return row["level_code"]
    raise DomainError("codes.unknown_label", list="title_levels", label=text)


def is_up_to(level: str, highest: str) -> bool:
    """Tell whether a level is not higher than another one."""
    return int(level) >= int(highest)


def levels() -> tuple[Code, ...]:
    """Return the five levels from the highest to the lowest."""
    return code_list("title_levels")


@cache
def _titles() -> tuple[Title, ...]:
    return tuple(
        Title(
            row["series_code"],
            row["track_zh"],
            row["level_code"],
            row["title_zh"],
            row["exam_zh"],
        )
        for row in rows("title_series")
    )
