"""A finding of the publish check: where, what, and the sentence for the designer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from app.errors import DefinitionError
from app.messages import message, sentence


@dataclass(frozen=True)
class Finding:
    """One thing to repair before a package may be published."""

    file: str
    element: str
    code: str
    sentence: str

    @property
    def line(self) -> str:
        """The sentence with file and element, as a terminal shows it."""
        place = " ".join(part for part in (self.file, self.element) if part)
        return self.sentence if self.file in self.sentence else f"{place}：{self.sentence}"

    @classmethod
    def of(cls, code: str, *, file: str, element: str, **fields: Any) -> Finding:
        """Make a finding whose sentence stands in the messages under its code."""
        return cls.from_error(DefinitionError(code, file=file, element=element, **fields))

    @classmethod
    def from_error(cls, error: DefinitionError) -> Finding:
        """Return the finding that an error of reading is."""
        return cls(error.file, error.element, error.code, sentence(error))


def meant(name: str, known: Iterable[str]) -> str:
    """Return a question that offers the known name most like an unknown one; empty if none is."""
    like = get_close_matches(name, sorted(known), n=1, cutoff=0.7)
    return message("check.meant", name=like[0]) if like else ""
