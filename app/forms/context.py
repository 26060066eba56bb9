"""What a form is given by its caller: evaluation, lists, the signer, the attachments.

Pure values and callables; forms reach neither the database nor the request. Identity and time come
in here and are never fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from app.clock import local_date

Choice = tuple[str, str]


@dataclass(frozen=True)
class Signer:
    """Who signs, and the organisation whose seal this person may use here."""

    name: str
    organisation_name: str | None = None


@dataclass(frozen=True)
class AttachmentInfo:
    """A stored file as a form sees it."""

    id: str
    name: str
    media_type: str = ""
    size: int = 0
    remarks: tuple[str, ...] = ()
    # Where a page may fetch it; empty where files are only named.
    address: str = ""

    @property
    def is_image(self) -> bool:
        """Tell whether a browser can show the file as a picture."""
        return self.media_type in ("image/jpeg", "image/png")


class OptionSource(Protocol):
    """Options by name; `given` narrows them (series and level for titles)."""

    def __call__(self, name: str, /, **given: str) -> Sequence[Choice]: ...


def _nobody() -> Signer | None:
    return None


def _no_codes(name: str) -> Sequence[Choice]:
    return ()


def _no_options(name: str, /, **given: str) -> Sequence[Choice]:
    return ()


def _no_attachment(attachment_id: str) -> AttachmentInfo | None:
    return None


@dataclass(frozen=True)
class FormContext:
    """One person at one form at one instant."""

    evaluate: Callable[[Sequence[str], Mapping[str, Any]], list[Any]]
    context: Mapping[str, Any]
    now: datetime
    # Returns who signs and seals here; asked only by a form that wants it.
    signer: Callable[[], Signer | None] = _nobody
    code_list: Callable[[str], Sequence[Choice]] = _no_codes
    options: OptionSource = _no_options
    # Returns the file only when this person may use it here; foreign ids are as good as unknown.
    attachment: Callable[[str], AttachmentInfo | None] = _no_attachment
    # Returns a file that the case already holds, for reading.
    document: Callable[[str], AttachmentInfo | None] = _no_attachment

    @property
    def today(self) -> date:
        """Return the Shanghai date of the instant."""
        return local_date(self.now)

    def feel(self, expressions: Sequence[str], values: Mapping[str, Any]) -> list[Any]:
        """Evaluate in one call over the context with the form's values on top."""
        if not expressions:
            return []
        return self.evaluate(expressions, {**self.context, **values})
