"""The drawings of published procedures, for everybody: what is drawn is what is carried out."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from app.engine.bundles import Compiled
from app.engine.pictures import picture
from app.web.access_rules import public
from app.web.diagrams import diagram, own_drawing
from app.web.extensions import reading
from app.web.procedures import startable

blueprint = Blueprint("procedures", __name__)


@blueprint.get("/apply/<process_key>/drawing")
@public
def drawing(process_key: str) -> Response:
    """The newest drawing of a procedure that people may start, or of one that it calls."""
    return diagram(_bundle(process_key))


@blueprint.get("/apply/<process_key>/drawing.svg")
@public
def svg(process_key: str) -> Response:
    """The same as a picture, for readers without scripts and for paper."""
    bundle = _bundle(process_key)
    drawn = picture(own_drawing(bundle), bundle.descriptor.title)
    return Response(drawn, content_type="image/svg+xml; charset=utf-8")


def _bundle(process_key: str) -> Compiled:
    found = {bundle.key: bundle for bundle in startable(reading())}.get(process_key)
    return found if found is not None else abort(404)
