"""From errors to answers: the one place that knows status codes.

A signed-in person gets the same page for a foreign and for a non-existing thing. Pages say what
is wrong, what to do now, what was saved, and show what was typed; the API answers problem+json.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from app.errors import (
    AppError,
    Busy,
    DefinitionError,
    DomainError,
    EngineError,
    NotAllowed,
    Refused,
    for_log,
)
from app.forms import FormInvalid
from app.messages import message, sentences
from app.web import busy, kept
from app.web.reference import reference

logger = logging.getLogger(__name__)

STATUS: list[tuple[type[AppError], int]] = [
    (NotAllowed, 403),
    (FormInvalid, 422),
    (Refused, 409),
    (DefinitionError, 422),
    (EngineError, 409),
    (DomainError, 409),
    (AppError, 400),
]
WORDS = {
    400: "bad",
    401: "sign_in",
    403: "forbidden",
    404: "missing",
    405: "method",
    409: "conflict",
    413: "too_large",
    422: "invalid",
    429: "too_many",
    503: "busy",
}
# What happens every day needs no number; a foreign and a missing page stay the same to the byte.
UNNUMBERED = (401, 403, 404)
SIGN_IN, TOO_LARGE, TOO_MANY, BUSY = 401, 413, 429, 503
SECONDS_TO_WAIT = {BUSY: busy.RETRY_SECONDS, TOO_MANY: 60}


def status_of(error: AppError) -> int:
    """Return the status code of an error of the house."""
    return next(status for family, status in STATUS if isinstance(error, family))


def wants_json() -> bool:
    """Tell whether the caller is a program."""
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def _later(said: str, code: str) -> Response:
    """Answer 503: nothing was done, the same may be sent again."""
    _note(BUSY, code)
    title = message("web.busy")
    response = make_response(
        _problem(BUSY, title, [said], code) if wants_json() else busy.page(said)
    )
    response.status_code = BUSY
    response.headers["Retry-After"] = str(busy.RETRY_SECONDS)
    return response


def answer(status: int, messages: list[str], code: str) -> tuple[Response | str, int]:
    """Answer as the caller expects: problem+json for the API, a page for people."""
    title = message(f"web.{WORDS.get(status, 'failed')}")
    _note(status, code)
    if wants_json():
        return _problem(status, title, messages, code), status
    return _headed(_page(status, title, messages), status), status


def _note(status: int, code: str) -> None:
    if status not in UNNUMBERED:
        fields = {"reference": reference(), "status": status, "code": code}
        logger.warning(
            "refused: reference %(reference)s, status %(status)s, code %(code)s", fields,
            extra={**fields, "endpoint": request.endpoint},
        )  # fmt: skip


def _problem(status: int, title: str, messages: list[str], code: str) -> Response:
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": code,
        "detail": "；".join(messages),
        "messages": messages,
    }
    if status not in UNNUMBERED:
        body["reference"] = reference()
    response = jsonify(body)
    response.content_type = "application/problem+json"
    return response


def _page(status: int, title: str, messages: list[str]) -> str:
    saved = _kept(status)
    return render_template(
        "pages/error.html", title=title, messages=messages, status=status, saved=saved,
        advice=message(f"web.{WORDS.get(status, 'failed')}_advice"), back=kept.page_of_form(),
        reference="" if status in UNNUMBERED else reference(),
    )  # fmt: skip


def _kept(status: int) -> Mapping[str, Any]:
    """Return what the page says of the form that was sent: kept, shown, saved as a draft."""
    if not kept.is_long_form():
        return {}
    if status == TOO_LARGE:
        return {"draft_at": kept.saved_at()}  # nothing of the request was read
    try:
        held = kept.keep_typed() if status in (SIGN_IN, 400) else False
    except SQLAlchemyError:
        held = False
    may_send_again = status >= 500
    return {
        "kept": held,
        "typed": [] if held else kept.prose(),
        "draft_at": kept.saved_at() if status not in (SIGN_IN, 403, 404) else None,
        "sent": list(request.form.items(multi=True)) if may_send_again else [],
        "files": may_send_again and any(file.filename for file in request.files.values()),
    }


def _headed(page: str, status: int) -> Response:
    response = make_response(page)
    if status in SECONDS_TO_WAIT:
        response.headers["Retry-After"] = str(SECONDS_TO_WAIT[status])
    return response


def register(app: Flask) -> None:
    """Install the handlers."""

    @app.errorhandler(AppError)
    def house_error(error: AppError) -> tuple[Response | str, int]:
        return answer(status_of(error), sentences(error), error.code)

    @app.errorhandler(Busy)
    def busy_error(error: Busy) -> Response:
        return _later(busy.explanation(error), error.code)

    @app.errorhandler(CSRFError)
    def csrf_error(error: CSRFError) -> tuple[Response | str, int]:
        return answer(400, [message("web.csrf")], "web.csrf")

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> tuple[Response | str, int]:
        status = error.code or 500
        word = WORDS.get(status, "failed")
        made, status = answer(status, [message(f"web.{word}_text")], f"web.{word}")
        if isinstance(error, MethodNotAllowed) and isinstance(made, Response):
            made.headers["Allow"] = ", ".join(error.valid_methods or ())
        return made, status

    @app.errorhandler(DBAPIError)
    def database_error(error: DBAPIError) -> Response:
        logger.error("database error, reference %s", reference(), exc_info=for_log(error))
        return _later(message("busy.database"), "busy.database")

    @app.errorhandler(Exception)
    def unknown_error(error: Exception) -> tuple[Response | str, int]:
        logger.error("unexpected error, reference %s", reference(), exc_info=for_log(error))
        return answer(500, [message("web.failed_text")], "web.failed")
