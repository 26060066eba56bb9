"""The answer when somebody else works on the very case: who, since when, and nothing is lost.

A form that could not be carried out comes back on the page with everything that was typed, under
the same idempotency key, so that one press sends it again. A foreign case's officer is not named.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, make_response, render_template, request

from app.clock import local
from app.domain.accounts import Account
from app.errors import Busy
from app.messages import message
from app.web.extensions import read_afresh
from app.web.identity import current_actor
from app.web.reference import reference

RETRY_SECONDS = 5
KEPT_FILES = "titles.kept_files"
SECRET = "password"  # noqa: S105 - a part of the names of fields


def keep_files(fields: Iterable[tuple[str, str]]) -> None:
    """Remember the files that this request has stored: field name and id."""
    request.environ[KEPT_FILES] = list(fields)


def explanation(error: Busy) -> str:
    """Say who is at work, as far as it is known and concerns whoever asks."""
    if error.account_id is None or error.since is None or not _is_about_this(error):
        return message("busy.unknown")
    since = f"{local(error.since):%H:%M:%S}"
    if not error.account_id:
        return message("busy.system", since=since)
    actor = current_actor()
    if actor is not None and actor.account_id == error.account_id:
        return message("busy.yourself", since=since)
    account = read_afresh().get(Account, error.account_id)
    if account is None:
        return message("busy.unknown")
    return message("busy.somebody", name=account.display_name, since=since)


def _is_about_this(error: Busy) -> bool:
    here = {str(value) for value in (request.view_args or {}).values()}
    return error.certain or bool(here & error.subjects)


def page(said: str) -> Response:
    """Return the page that tells it and carries the form to be sent again."""
    fields = list(request.form.items(multi=True)) + request.environ.get(KEPT_FILES, [])
    again = request.method == "POST" and not any(SECRET in name for name, _ in fields)
    kept = {name for name, _ in request.environ.get(KEPT_FILES, [])}
    files = [
        file.filename
        for name, file in request.files.items(multi=True)
        if file.filename and name.removesuffix("-file") not in kept
    ]
    return make_response(
        render_template(
            "pages/busy.html", said=said, fields=fields if again else [], again=again,
            files=files, address=request.full_path.rstrip("?"), reference=reference(),
        )
    )  # fmt: skip
