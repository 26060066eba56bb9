"""Code lists: what a code is called, which codes a form offers, which code a word stands for.

All lists come from CSV files and are frozen; forms, decisions, import and pages read them here.
The education list offers fewer codes than it can name, because its headings are not selectable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from app.domain.codes.reading import rows
from app.errors import DomainError

_FILES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "title_series": ("series_code", "series_zh"),
        "title_levels": ("level_code", "level_zh"),
        "acquisition_methods": ("code", "name_zh"),
        "education_levels": ("code", "name_zh"),
        "degrees": ("code", "name_zh"),
        "genders": ("code", "printed_zh"),
        "regions": ("code", "name_zh"),
        "roles": ("code", "name_zh"),
    }
)


@dataclass(frozen=True)
class Code:
    """One entry of a code list; entries that only head a group are not selectable."""

    code: str
    label: str
    selectable: bool = True


def list_names() -> tuple[str, ...]:
    """Return the names of all code lists."""
    return tuple(_lists())


def code_list(name: str) -> tuple[Code, ...]:
    """Return the entries of a list that a form may offer, in the order of the list."""
    return tuple(code for code in _list(name).values() if code.selectable)


def label(name: str, code: str) -> str:
    """Return what a code is called; raises `codes.unknown_code`."""
    entry = _list(name).get(code)
    if entry is None:
        raise DomainError("codes.unknown_code", list=name, entry=code)
    return entry.label


def has_code(name: str, code: str) -> bool:
    """Tell whether a list knows a code."""
    return code in _list(name)


def code_of(name: str, label: str) -> str:
    """Return the code that a word of a list stands for; raises `codes.unknown_label`."""
    word = label.strip()
    for entry in _list(name).values():
        if entry.label == word:
            return entry.code
    raise DomainError("codes.unknown_label", list=name, label=word)


def business_code(word: str) -> str:
    """Return the business code of a case for the word that D02 and grants use, or for itself."""
    if has_code("case_business", word):
        return word
    for row in rows("grant_businesses"):
        if row["word_zh"] == word:
            return row["code"]
    raise DomainError("codes.unknown_label", list="case_business", label=word)


def _list(name: str) -> Mapping[str, Code]:
    entries = _lists().get(name)
    if entries is None:
        raise DomainError("codes.unknown_list", list=name)
    return entries


@cache
def _lists() -> Mapping[str, Mapping[str, Code]]:
    lists: dict[str, dict[str, Code]] = {}
    for name, entry in _entries():
        lists.setdefault(name, {}).setdefault(entry.code, entry)
    return MappingProxyType({name: MappingProxyType(codes) for name, codes in lists.items()})


def _entries() -> Iterator[tuple[str, Code]]:
    given = [*rows("code_lists"), *rows("platform_codes")]
    for row in sorted(given, key=lambda row: (row["list"], int(row["sort"]))):
        yield row["list"], Code(row["code"], row["name_zh"])
    for name, (code_column, label_column) in _FILES.items():
        for row in rows(name):
            text = row[label_column] or row["name_zh"]
            yield name, Code(row[code_column], text, row.get("selectable", "1") == "1")
