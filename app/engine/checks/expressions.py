"""Checks of FEEL: every expression parses, its names resolve, its functions are known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from app.decisions import Decision
from app.engine.bundles import Compiled
from app.engine.checks.finding import Finding, meant
from app.engine.guards import guard_names
from app.engine.sending import SENT_BY
from app.engine.situation import Tools
from app.engine.spiff import Element
from app.errors import AppError

LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
START_NAMES = frozenset({"case", "path", "region", "rule_date", "initiator"})
ALWAYS = frozenset({"actor", "now", "today", "submission"})
# Guards see what is being handed in; a process that named it would make all of it variables.
AT_GUARDS = frozenset({"submission"})
# The timer of a start event is reckoned when the bundle is published, before there is any case.
START_TIMER = ("startEvent", "timer")
AT_PUBLICATION = frozenset({"now", "today"})
# What every item of a multi-instance activity sees, and what its completion condition sees besides.
IN_LOOP = "loopCounter"
COUNTS = frozenset(
    f"numberOf{which}Instances" for which in ("", "Active", "Completed", "Terminated")
)


def check(compiled: Compiled, tools: Tools, given: frozenset[str] = frozenset()) -> list[Finding]:
    """Return what is wrong with the expressions of processes and decisions.

    `given` are variables that a caller of the process brings.
    """
    known = known_names(compiled, tools) | given
    found: list[Finding] = []
    in_process = known - AT_GUARDS
    for element in compiled.definition.elements.values():
        names = in_process | _handed_in(compiled, tools, element)
        names |= COUNTS if element.loop else frozenset()
        for attribute, expression in expressions_of(compiled, element):
            seen = AT_PUBLICATION if (element.kind, attribute) == START_TIMER else names
            found += _expression(tools, element, attribute, expression, seen)
    for decision in used_decisions(compiled):
        for name in sorted(decision.names - known):
            found.append(
                Finding.of(
                    "check.name_unknown",
                    file=decision.file,
                    element=decision.id,
                    name=name,
                    meant=meant(name, known),
                )
            )
    return found


def known_names(compiled: Compiled, tools: Tools) -> set[str]:
    """Return every name that a decision of the package may use."""
    known = {*START_NAMES, *ALWAYS, *tools.registry.facts, *written_names(compiled, tools)}
    return known | set(compiled.decisions)


def used_decisions(compiled: Compiled) -> list[Decision]:
    """Return the decisions that elements call or are guarded by, and those they name in turn."""
    waiting = [
        name for element in compiled.definition.elements.values() for name in _named(element)
    ]
    used: dict[str, Decision] = {}
    while waiting:
        name = waiting.pop()
        if name in compiled.decisions and name not in used:
            used[name] = compiled.decisions[name]
            waiting += used[name].names
    return [used[name] for name in sorted(used)]


def _named(element: Element) -> list[str]:
    called = [element.called_decision.id] if element.called_decision else []
    return called + guard_names(element)


def written_names(compiled: Compiled, tools: Tools) -> set[str]:
    """Return every variable that some element of the package writes."""
    names: set[str] = set()
    for element in compiled.definition.elements.values():
        names |= {target.split(".")[0] for _, target in (*element.inputs, *element.outputs)}
        if element.called_decision:
            names.add(element.called_decision.result_variable)
        if element.script:
            names.add(element.script.result_variable)
        if element.loop:
            written = {element.loop.input_element, element.loop.output_collection, IN_LOOP}
            names |= {name for name in written if name}
        form = _form(compiled, element)
        if form is not None and not element.outputs:
            names |= set(tools.forms.variable_keys(form))
    return names


def _handed_in(compiled: Compiled, tools: Tools, element: Element) -> frozenset[str]:
    """Return the names that only the output mappings of a user task see: its form's fields."""
    form = _form(compiled, element) if element.kind == "userTask" else None
    return frozenset() if form is None else tools.forms.keys(form)


def _form(compiled: Compiled, element: Element) -> object | None:
    try:
        return compiled.form_of(element)
    except KeyError:
        return None


def expressions_of(compiled: Compiled, element: Element) -> Iterator[tuple[str, str]]:
    """Yield attribute and expression for everything that is FEEL on an element."""
    texts = {
        "candidateGroups": element.candidate_groups,
        "assignee": element.assignee,
        "dueDate": element.due_date,
        "followUpDate": element.follow_up_date,
        "priority": element.priority,
        "timer": element.timer_expression,
        "correlationKey": element.correlation_key,
        SENT_BY: element.properties.get(SENT_BY),
        "script": element.script.expression if element.script else None,
        **_loop_texts(element),
    }
    yield from ((name, text) for name, text in texts.items() if text and text.startswith("="))
    for source, target in element.inputs:
        if source.startswith("="):
            yield f"input {target}", source
    for source, target in element.outputs:
        if source.startswith("=") and not _brings_names(element):
            yield f"output {target}", source
    for _event, name, headers in element.listeners:
        yield from ((f"{name} {key}", text) for key, text in headers.items() if text[:1] == "=")
    for flow_id in element.outgoing:
        condition = compiled.definition.flows[flow_id].condition
        if condition:
            yield f"condition {flow_id}", condition


def _loop_texts(element: Element) -> dict[str, str | None]:
    loop = element.loop
    if loop is None:
        return {}
    return {
        "inputCollection": loop.input_collection,
        "outputElement": loop.output_element,
        "completionCondition": loop.completion_condition,
    }


def _brings_names(element: Element) -> bool:
    """Tell whether an element's outputs see what comes from outside: results, messages, errors."""
    return element.task_type is not None or element.event in ("message", "error")


def _expression(
    tools: Tools, element: Element, attribute: str, expression: str, known: AbstractSet[str]
) -> Iterator[Finding]:
    where = {"file": element.file, "element": element.id, "attribute": attribute}
    try:
        analysis = tools.feel.analyse(expression.removeprefix("="))
    except AppError as error:
        reason = str(error.fields.get("reason", error))
        yield Finding.of("check.feel_syntax", **where, expression=expression, reason=reason)
        return
    if "==" in LITERAL.sub("", expression):
        yield Finding.of("check.feel_double_equals", **where, expression=expression)
    for name in sorted(analysis.names - analysis.in_filters - known):
        fields = {"expression": expression, "name": name, "meant": meant(name, known)}
        yield Finding.of("check.feel_name", **where, **fields)
    for function in sorted(analysis.functions - set(tools.feel.functions()) - analysis.names):
        yield Finding.of("check.feel_function", **where, expression=expression, name=function)
