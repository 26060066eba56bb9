"""The JSON interface: the same verbs as the pages, errors as problem+json.

Callers are signed-in browsers; a change needs the form token in the header `X-CSRFToken`.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.clock import local
from app.errors import AppError
from app.web.access_rules import public, signed_in
from app.web.extensions import house, legal_now, reading
from app.web.identity import actor as current
from app.web.staff import queues

blueprint = Blueprint("api", __name__, url_prefix="/api")

KEY_HEADER = "Idempotency-Key"
KEY_LENGTH = 64


@blueprint.get("/health")
@public
def health() -> ResponseReturnValue:
    """Tell that the application answers and reaches its database."""
    reading().connection()
    return jsonify(status="ok", legal_time=local(legal_now()).isoformat(timespec="seconds"))


@blueprint.get("/v1/tasks")
@signed_in
def tasks() -> ResponseReturnValue:
    """List a queue of the actor, page by page."""
    queue = request.args.get("queue", queues.WAITING)
    if queue not in queues.QUEUES:
        raise AppError("web.bad_text")
    page = queues.page(
        reading(), queue, current(), queues.Filter(), request.args.get("after", ""), legal_now()
    )
    return jsonify(tasks=[_task(row) for row in page.rows], next=page.following or None)


def _task(row: queues.Row) -> dict[str, Any]:
    task = row.task
    return {
        "id": task.id, "case_no": row.case_no, "process": row.process_key, "name": task.name,
        "element": task.element_id, "assignee": task.assignee_name,
        "due_at": local(task.due_at).isoformat() if task.due_at else None,
        "created_at": local(task.created_at).isoformat(),
    }  # fmt: skip


@blueprint.post("/v1/cases/<case_id>/steps/<element_id>")
@signed_in
def act(case_id: str, element_id: str) -> ResponseReturnValue:
    """Take a step of a case by its name with a JSON object of values."""
    values = request.get_json(silent=True)
    if not isinstance(values, dict):
        raise AppError("web.json_expected")
    answer = house().engine.complete_element(
        case_id, element_id, values, actor=current(),
        key=request.headers.get(KEY_HEADER, "")[:KEY_LENGTH] or None,
    )  # fmt: skip
    return jsonify(answer)
