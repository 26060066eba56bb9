"""What the palette is made of beside the code: clauses, shared tables and called procedures."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.decisions import Decision, parse_decisions
from app.engine.package import (
    LEGAL_BASIS,
    SHARED,
    Descriptor,
    process_keys,
    read_descriptor,
    read_toml,
)
from app.engine.registry import Registry
from app.errors import DefinitionError
from app.messages import catalogue, message


@dataclass(frozen=True)
class Sources:
    """The house as designers may draw with it."""

    registry: Registry
    clauses: Mapping[str, Any]
    decisions: tuple[Decision, ...]
    called: tuple[Descriptor, ...]

    @property
    def facts(self) -> str:
        """Name every fact and what it is."""
        names = sorted(self.registry.facts)
        return "、".join(f"{name} {said(f'palette.fact.{name}', '')}".strip() for name in names)

    @property
    def periods(self) -> str:
        """Name the periods that operations open."""
        return "、".join(sorted(self.registry.periods))


def said(code: str, otherwise: str) -> str:
    """Return the words of a code, or what stands for them when nobody has put it in Chinese."""
    return message(code) if code in catalogue() else otherwise


def read_sources(workflows: Path, registry: Registry) -> Sources:
    """Read what cannot be read is left out; `flask process check` says what is wrong with it."""
    clauses: Mapping[str, Any] = {}
    book = workflows.parent / LEGAL_BASIS
    if book.is_file():
        with suppress(ValueError):
            clauses = read_toml(book.read_text(encoding="utf-8"))
    return Sources(registry, clauses, tuple(_decisions(workflows)), tuple(_called(workflows)))


def _decisions(workflows: Path) -> list[Decision]:
    found: list[Decision] = []
    for path in sorted((workflows / SHARED).glob("*.dmn")):
        with suppress(DefinitionError):
            found += parse_decisions(path.read_bytes(), f"workflows/{SHARED}/{path.name}")
    return found


def _called(workflows: Path) -> list[Descriptor]:
    found = []
    for key in process_keys(workflows):
        file = workflows / key / "process.toml"
        with suppress(DefinitionError):
            found.append(read_descriptor(file.read_text(encoding="utf-8"), file.name))
    return [about for about in found if about.starter is None]
