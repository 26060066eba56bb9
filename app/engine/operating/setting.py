"""Setting a variable of a running case: typed, checked, the old value beside the new.

What a case is (number, path, region, day of submission, who began it) is frozen; fields that may
not become variables and names of facts and decisions are refused, and so is personal data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from app.domain.access.masks import looks_personal, mask_personal
from app.engine.acting import act_and_advance
from app.engine.operating.repairs import Ground, Repair, text_of
from app.engine.operating.telling import tell_applicant, troubled, write_line
from app.engine.spiff import Run
from app.errors import EngineError
from app.messages import message

SET, NOTICE = "data_changed", "W07"
FROZEN = frozenset({"case", "path", "region", "rule_date", "initiator"})
RESERVED = frozenset({"now", "today", "actor", "submission", "typename", "loopCounter"})
NAME = re.compile(r"[A-Za-z_]\w{0,99}")
LONGEST = 20_000
LARGEST = 10**15
KINDS: tuple[tuple[Any, str], ...] = (
    (bool, "boolean"),
    (int | float, "number"),
    (str, "text"),
    (list, "list"),
    (dict, "context"),
)


def read_value(text: str) -> Any:
    """Return the JSON value that an operator typed; raises when it is none."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise EngineError("engine.value_not_json") from error


def _refuse_constant(text: str) -> Any:
    raise ValueError(text)


def require_settable(ground: Ground, name: str, value: Any) -> None:
    """Refuse names that are not an operator's to set, and values that may not be a variable's."""
    if not NAME.fullmatch(name):
        raise EngineError("engine.variable_name", name=name[:40])
    bundle, forms = ground.situation.bundle, ground.tools.forms
    taken = RESERVED | set(ground.tools.registry.facts) | set(bundle.decisions)
    if name in FROZEN or name in taken:
        raise EngineError("engine.variable_frozen", name=name)
    if any(name in forms.keys(f) - forms.variable_keys(f) for f in bundle.forms.values()):
        raise EngineError("engine.variable_sensitive", name=name)
    text = shown(value)
    if len(text) > LONGEST or not _is_small(value):
        raise EngineError("engine.value_too_large", name=name)
    if looks_personal(text):
        raise EngineError("engine.value_personal", name=name)


def _is_small(value: Any) -> bool:
    """Tell whether every number is one that expressions compute with exactly."""
    if isinstance(value, Mapping):
        return all(map(_is_small, value.values()))
    if isinstance(value, list):
        return all(map(_is_small, value))
    return not isinstance(value, int | float) or abs(value) < LARGEST


def shown(value: Any) -> str:
    """Return a value as JSON, the same for equal values."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def masked(value: Any) -> str:
    """Return a value as operators read it: what is shaped like a personal number is masked."""
    return mask_personal(shown(value))


def _check(ground: Ground) -> dict[str, Any]:
    name, given = text_of(ground, "name").strip(), ground.arguments
    token_id = given.get("token") or None
    if "value" not in given:
        raise EngineError("engine.value_not_json")
    value = given["value"]
    require_settable(ground, name, value)
    run = ground.run
    seen = run.context(token_id) if token_id else run.root_variables()
    run.set_variables({name: value}, token_id)  # as a trial: a value that does not fit is refused
    was = [seen[name]] if name in seen else []
    if "was" in given and (given["was"] != was or shown(given["was"]) != shown(was)):
        raise EngineError("engine.variable_changed", name=name)
    if was and shown(was[0]) == shown(value):
        raise EngineError("engine.variable_same", name=name)
    return {"name": name, "value": value, "token": token_id, "was": was}


def _foretell(ground: Ground) -> list[str]:
    kept = _check(ground)
    was, value = kept["was"], kept["value"]
    old = masked(was[0]) if was else message("repair.unset")
    said = [message("repair.set", name=kept["name"], old=old, new=masked(value))]
    if not was:
        said.append(message("repair.new_variable", name=kept["name"]))
    elif kind_of_value(was[0]) != kind_of_value(value):
        kinds = {"old": kind_of_value(was[0]), "new": kind_of_value(value)}
        said.append(message("repair.other_type", **kinds))
    said.append(message("repair.not_recomputed"))
    return said


def kind_of_value(value: Any) -> str:
    """Name a JSON value's type as people say it."""
    for kind, name in KINDS:
        if isinstance(value, kind):
            return message(f"repair.type_{name}")
    return message("repair.type_null")


def _carry_out(ground: Ground) -> str:
    kept = _check(ground)

    def act(run: Run) -> None:
        run.set_variables({kept["name"]: kept["value"]}, kept["token"])

    old = masked(kept["was"][0]) if kept["was"] else message("repair.unset")
    change = message("repair.set", name=kept["name"], old=old, new=masked(kept["value"]))
    write_line(ground, SET, what=change)
    act_and_advance(ground.locked, ground.situation, act)
    tell_applicant(ground, NOTICE, what=message("repair.data"))
    return message("repair.was_set", name=kept["name"]) + troubled(ground)


REPAIR = Repair(_check, _foretell, _carry_out)
