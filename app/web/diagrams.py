"""The pinned BPMN file of a case as the viewer in the browser loads it."""

from __future__ import annotations

from flask import Response, abort, request

from app.engine.bundles import Compiled


def diagram(bundle: Compiled) -> Response:
    """Answer the file in which a process of the bundle is drawn: the one asked for, or its own."""
    process = bundle.definition.processes.get(request.args.get("process", bundle.key))
    if process is None or process.file not in bundle.files:
        abort(404)
    return Response(bundle.files[process.file], content_type="application/xml; charset=utf-8")


def own_drawing(bundle: Compiled) -> bytes:
    """Return the file in which the bundle's own process is drawn."""
    found: str | bytes = bundle.files[bundle.definition.processes[bundle.key].file]
    return found if isinstance(found, bytes) else found.encode()
