"""The drawings of published procedures, for everybody: what is drawn is what is carried out."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from app.web.access_rules import public
from app.web.diagrams import diagram
from app.web.extensions import reading
from app.web.procedures import startable

blueprint = Blueprint("procedures", __name__)


@blueprint.get("/apply/<process_key>/drawing")
@public
def drawing(process_key: str) -> Response:
    """The newest drawing of a procedure that people may start, or of one that it calls."""
    found = {bundle.key: bundle for bundle in startable(reading())}.get(process_key)
    return diagram(found) if found is not None else abort(404)
