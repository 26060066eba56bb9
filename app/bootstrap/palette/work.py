"""What the house does by itself in the palette: operations, tables, called procedures, scripts."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from app.bootstrap.palette.fields import (
    choice,
    feel,
    hidden,
    house_property,
    needed,
    optional,
    template,
    text,
)
from app.bootstrap.palette.sources import Sources, said
from app.decisions import Decision
from app.domain.notifications.composing import NOTICES, read_template
from app.engine.checks.rules import words_of
from app.engine.citing import TEMPLATE
from app.engine.package import Descriptor
from app.messages import message

SERVICE, RULE, CALL = "bpmn:ServiceTask", "bpmn:BusinessRuleTask", "bpmn:CallActivity"
SCRIPT = "bpmn:ScriptTask"
EXAMPLE = "publicity"
# Parameters of these kinds take expressions only: a text would not be what it says.
COMPUTED = ("bool", "Mapping", "dict")


def operations(sources: Sources) -> list[dict[str, Any]]:
    """Return a template for every operation: its parameters, and how often it is tried."""
    return [_operation(sources, name) for name in sorted(sources.registry.operations)]


def _operation(sources: Sources, name: str) -> dict[str, Any]:
    function = sources.registry.operations[name]
    told = (inspect.getdoc(function) or name).splitlines()[0]
    title = message("palette.operation", name=said(f"palette.name.{name}", name))
    fields = [hidden(name, type="zeebe:taskDefinition", property="type")]
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY:
            fields.append(_parameter(sources, name, parameter))
    retries = text(
        message("palette.retries"), "work", about=message("palette.retries_about"),
        type="zeebe:taskDefinition", property="retries",
    )  # fmt: skip
    fields += [retries, house_property("legalBasis", "rules")]
    about = said(f"palette.about.{name}", told)
    return template(f"operation.{name}", title, about, SERVICE, fields, name)


def _parameter(sources: Sources, name: str, parameter: inspect.Parameter) -> dict[str, Any]:
    label = said(f"palette.parameter.{parameter.name}", parameter.name)
    binding = {"type": "zeebe:input", "name": parameter.name}
    words = sources.registry.choices.get((name, parameter.name))
    if words is not None:
        field = choice(label, "work", _worded(parameter.name, list(words())), **binding)
    else:
        computed = str(parameter.annotation).startswith(COMPUTED)
        field = feel(label, "work", required=computed, **binding)
    if parameter.default is parameter.empty:
        return needed(field)
    return optional(field | {"description": message("palette.optional")})


def _worded(parameter: str, words: list[str]) -> Mapping[str, str]:
    if parameter == TEMPLATE:
        return {word: f"{_title_of(word)}（{word}）" for word in sorted(words)}
    return {word: said(f"palette.word.{word.lower()}", word) for word in sorted(words)}


def _title_of(notice: str) -> str:
    return read_template((NOTICES / f"{notice}.toml").read_text(encoding="utf-8"), notice).title


def rules(sources: Sources) -> list[dict[str, Any]]:
    """Return a template for every shared table and called procedure, and one for scripts."""
    return [
        *(_rule(decision) for decision in sources.decisions),
        *(_call(about) for about in sources.called),
        _script(sources),
    ]


def _rule(decision: Decision) -> dict[str, Any]:
    result = text(
        message("palette.result"), "rules", value=decision.id,
        type="zeebe:calledDecision", property="resultVariable",
    )  # fmt: skip
    called = hidden(decision.id, type="zeebe:calledDecision", property="decisionId")
    fields = [called, needed(result)]
    for column in decision.inputs:
        words = words_of(decision, column.text)
        if words:
            worded = {word: word for word in sorted(words)}
            label = column.label or column.text
            fields.append(choice(label, "rules", worded, type="zeebe:input", name=column.text))
    name = decision.name or decision.id
    title = message("palette.rule", name=name)
    return template(f"decision.{decision.id}", title, decision.file, RULE, fields, decision.id)


def _call(about: Descriptor) -> dict[str, Any]:
    fields = [
        hidden(about.key, type="zeebe:calledElement", property="processId"),
        {
            "type": "Hidden",
            "value": False,
            "binding": {"type": "zeebe:calledElement", "property": "propagateAllChildVariables"},
        },
    ]
    title = message("palette.call", title=about.title)
    return template(f"call.{about.key}", title, about.summary, CALL, fields, about.key)


def _script(sources: Sources) -> dict[str, Any]:
    expression = feel(
        message("palette.expression"), "rules", value=f"={EXAMPLE}.finished", required=True,
        type="zeebe:script", property="expression",
    )  # fmt: skip
    result = text(
        message("palette.result"), "rules", value="finished",
        type="zeebe:script", property="resultVariable",
    )  # fmt: skip
    fields = [needed(expression), needed(result)]
    about = message("palette.script_about", facts=sources.facts)
    return template("script", message("palette.script"), about, SCRIPT, fields)
