"""From errors to answers: the one place that knows status codes.

A signed-in person gets the same page for a foreign and for a non-existing thing. Pages say what
is wrong, what to do, and that what was typed is kept; the API answers problem+json.
"""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

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
from app.web import busy

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
    405: "missing",
    409: "conflict",
    413: "too_large",
    422: "invalid",
    503: "busy",
}


def status_of(error: AppError) -> int:
    """Return the status code of an error of the house."""
    return next(status for family, status in STATUS if isinstance(error, family))


def wants_json() -> bool:
    """Tell whether the caller is a program."""
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def _later(said: str, code: str) -> Response:
    """Answer 503: nothing was done, the same may be sent again."""
    response = make_response(answer(503, [said], code)) if wants_json() else busy.page(said)
    response.status_code = 503
    response.headers["Retry-After"] = str(busy.RETRY_SECONDS)
    return response


def answer(status: int, messages: list[str], code: str) -> tuple[Response | str, int]:
    """Answer as the caller expects: problem+json for the API, a page for people."""
    title = message(f"web.{WORDS.get(status, 'failed')}")
    if wants_json():
        body = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "code": code,
            "detail": "；".join(messages),
            "messages": messages,
        }
        response = jsonify(body)
        response.content_type = "application/problem+json"
        return response, status
    page = render_template(
        "pages/error.html", title=title, messages=messages, status=status, code=code
    )
    return page, status


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
        return answer(status, [message(f"web.{word}_text")], f"web.{word}")

    @app.errorhandler(DBAPIError)
    def database_error(error: DBAPIError) -> Response:
        logger.error("database error", exc_info=for_log(error))
        return _later(message("busy.database"), "busy.database")

    @app.errorhandler(Exception)
    def unknown_error(error: Exception) -> tuple[Response | str, int]:
        logger.error("unexpected error", exc_info=for_log(error))
        return answer(500, [message("web.failed_text")], "web.failed")
