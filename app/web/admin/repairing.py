"""Asking for a repair of a case: what is wanted, what it would do, and only then the request.

Three looks at one form, without scripts: filled in, its consequences, handed in. The engine checks
the same things again under its lock, now and when a second administrator approves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from app.db.base import new_id
from app.engine.operating.known import CORRELATE, MOVE, REPEAT, SET
from app.engine.operating.moving import ways_from
from app.engine.operating.repairs import INSTANCE, Ground, Subject
from app.engine.operating.repeating import repeatable
from app.engine.operating.requests import foretold, looked_at
from app.engine.operating.setting import masked, read_value
from app.engine.tables import MessageSubscription, ProcessInstance
from app.errors import EngineError
from app.messages import message, sentence
from app.web.access_rules import role_needed
from app.web.extensions import house, legal_now, read_afresh, reading
from app.web.identity import actor as current
from app.web.surroundings import ADMINISTRATOR

blueprint = Blueprint("repairing", __name__)
LONGEST_REASON, LONGEST_VALUE = 200, 25_000
VERBS = (MOVE, SET, REPEAT, CORRELATE)
TOGETHER = "|together"
ACT, PREVIEW, SUBMIT = "_act", "preview", "submit"


def _text(name: str, longest: int = 200) -> str:
    return request.values.get(name, "")[:longest].strip()


def _move() -> dict[str, Any]:
    target = _text("to", 300)
    together = target.endswith(TOGETHER)
    return {"token": _text("token"), "to": target.removesuffix(TOGETHER), "together": together}


def _set() -> dict[str, Any]:
    found: dict[str, Any] = {"name": _text("name"), "token": _text("token") or None}
    return {**found, "value": read_value(_text("value", LONGEST_VALUE))}


def _repeat() -> dict[str, Any]:
    return {"element": _text("element", 300)}


def _correlate() -> dict[str, Any]:
    variables = read_value(_text("variables", LONGEST_VALUE) or "{}")
    return {"subscription": _text("subscription"), "variables": variables}


ARGUMENTS: Mapping[str, Callable[[], dict[str, Any]]] = {
    MOVE: _move,
    SET: _set,
    REPEAT: _repeat,
    CORRELATE: _correlate,
}


@blueprint.get("/instances/<instance_id>/repairs/<verb>")
@role_needed(ADMINISTRATOR)
def fill_in(instance_id: str, verb: str) -> str:
    """The form of a repair, with what may be chosen."""
    return _page(instance_id, verb)


@blueprint.post("/instances/<instance_id>/repairs/<verb>")
@role_needed(ADMINISTRATOR)
def hand_in(instance_id: str, verb: str) -> str | tuple[str, int] | Answer:
    """What the repair would do; handed in, it waits for another administrator."""
    act = request.form.get(ACT)
    if act not in (PREVIEW, SUBMIT):
        return _page(instance_id, verb)
    try:
        arguments = _arguments(verb)
        if act == PREVIEW:
            said = foretold(_ground(instance_id, arguments), verb)
            return _page(instance_id, verb, consequences=said)
        house().engine.request_repair(
            verb, Subject(INSTANCE, instance_id), arguments,
            reason=_text("reason", LONGEST_REASON), actor=current(), key=_text("_key", 64) or None,
        )  # fmt: skip
    except EngineError as error:
        read_afresh()
        return _page(instance_id, verb, said=sentence(error)), 409
    flash(message("web.repair_requested"), "done")
    return redirect(url_for("operating.situation", instance_id=instance_id))


def _arguments(verb: str) -> dict[str, Any]:
    return ARGUMENTS[verb]() if verb in ARGUMENTS else abort(404)


def _ground(instance_id: str, arguments: Mapping[str, Any] | None = None) -> Ground:
    session = reading()
    instance = session.get(ProcessInstance, instance_id) or abort(403)
    tools, now = house().tools, legal_now()
    return looked_at(session, tools, instance, actor=current(), now=now, arguments=arguments)


def _page(
    instance_id: str, verb: str, *, said: str = "", consequences: list[str] | None = None
) -> str:
    if verb not in VERBS:
        abort(404)
    ground = _ground(instance_id)
    instance = ground.locked
    bundle = ground.situation.bundle
    return render_template(
        "pages/admin/repair.html", verb=verb, instance=instance, title=bundle.descriptor.title,
        said=said, consequences=consequences, given=request.values, key=new_id(),
        choices=CHOICES[verb](ground), longest=LONGEST_REASON,
    )  # fmt: skip


def _ways(ground: Ground) -> dict[str, Any]:
    """Return where a token may go; it was chosen on the page of the case."""
    run, token_id = ground.run, _text("token")
    token = next((each for each in run.tokens() if each.id == token_id), None)
    ways = ways_from(run, token_id) if token is not None else []
    shown = [way for way in ways if way.element.name]
    return {
        "token": token,
        "open": [way for way in shown if way.refused is None],
        "shut": [(way.element, sentence(way.refused)) for way in shown if way.refused],
    }


def _variables(ground: Ground) -> dict[str, Any]:
    """Return the variables that may be chosen, with their values as they are."""
    run, token_id = ground.run, _text("token")
    living = {token.id for token in run.tokens()}
    seen = run.context(token_id) if token_id in living else run.root_variables()
    value = masked(seen[_text("name")]) if _text("name") in seen else ""
    return {"names": sorted(seen), "value": value}


def _steps(ground: Ground) -> dict[str, Any]:
    return {"steps": repeatable(ground)}


def _messages(ground: Ground) -> dict[str, Any]:
    query = select(MessageSubscription).where(
        MessageSubscription.instance_id == ground.locked.id,
        MessageSubscription.done_at.is_(None),
    )
    rows = ground.session.scalars(query.order_by(MessageSubscription.id))
    return {"messages": [(ground.elements[row.element_id], row) for row in rows]}


CHOICES: Mapping[str, Callable[[Ground], dict[str, Any]]] = {
    MOVE: _ways,
    SET: _variables,
    REPEAT: _steps,
    CORRELATE: _messages,
}
