"""The three error families of the house; each error has a code and fields, no sentence.

The Chinese sentences stand in `templates/messages.toml` under the code and are put together by
`app.messages`. Only `app.web.errors` knows status codes.
"""

from __future__ import annotations

from datetime import datetime
from types import TracebackType
from typing import Any


class AppError(Exception):
    """Something a caller has to be told; `code` names the sentence, `fields` fill its gaps."""

    def __init__(self, code: str, **fields: Any) -> None:
        super().__init__(code, fields)
        self.code = code
        self.fields = fields

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"{self.code} ({details})" if details else self.code


class DomainError(AppError):
    """A rule of the title domain said no."""


class NotAllowed(DomainError):
    """The person may not see or do this; foreign and non-existing things answer alike."""


class EngineError(AppError):
    """The process instance is not where the caller believes it is."""


class Refused(EngineError):
    """Guards refused an act; `messages` are the finished Chinese sentences of their decisions."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("refused", messages=messages)
        self.messages = messages


class Busy(AppError):
    """Somebody else holds what a command needs; nothing was written, and it may be sent again.

    `account_id` ("" is the system itself) and `since` tell who holds it, where that is known;
    `subjects` are the ids of what is held, and `certain` says that just this was wanted: where one
    lock covers everything, another case may be the one that is worked on.
    """

    def __init__(
        self,
        *,
        account_id: str | None = None,
        since: datetime | None = None,
        subjects: frozenset[str] = frozenset(),
        certain: bool = False,
    ) -> None:
        super().__init__("busy.unknown")
        self.certain = certain
        self.account_id = account_id
        self.since = since
        self.subjects = subjects


class DefinitionError(AppError):
    """A designer's mistake: `file`, `element` and what to do."""

    def __init__(self, code: str, *, file: str, element: str = "", **fields: Any) -> None:
        super().__init__(code, file=file, element=element, **fields)
        self.file = file
        self.element = element


def kind_of(error: BaseException) -> str:
    """Return an error's code, or the name of its class when it is not one of the house's."""
    return error.code if isinstance(error, AppError) else type(error).__name__


def for_log(error: BaseException) -> tuple[type[Exception], Exception, TracebackType | None]:
    """Return what a log may show: kind and place. The text of an error may hold form data."""
    return Exception, Exception(kind_of(error)), error.__traceback__
