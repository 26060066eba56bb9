"""Checks of forms against the processes that use them.

No sensitive value becomes a variable, and every name in a process's own forms stands for something.
Shared forms may ask for what only some procedures have.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from app.engine.bundles import Compiled
from app.engine.checks.expressions import known_names
from app.engine.checks.finding import Finding, meant
from app.engine.looking import RETURN_TARGETS
from app.engine.situation import Tools
from app.engine.spiff import Element
from app.errors import AppError

SHARED_FORMS = "forms/shared/"


def check(compiled: Compiled, tools: Tools, given: frozenset[str] = frozenset()) -> list[Finding]:
    """Return sensitive fields that would become variables, and names that mean nothing.

    `given` are variables that a caller of the process brings.
    """
    found: list[Finding] = []
    known = known_names(compiled, tools) | given | {RETURN_TARGETS}
    for file, form in compiled.forms.items():
        if not file.startswith(SHARED_FORMS):
            found += _names(file, form, tools, known)
    for element in compiled.definition.elements.values():
        found += _mappings(compiled, tools, element)
    return found


def _names(file: str, form: Any, tools: Tools, known: AbstractSet[str]) -> Iterator[Finding]:
    for component, source in tools.forms.sources(form):
        if source not in known:
            yield Finding.of("check.form_source", file=file, element=component, name=source)
    known = known | tools.forms.own_names(form)
    functions = set(tools.feel.functions())
    for component, attribute, expression in tools.forms.expressions(form):
        analysis = tools.feel.analyse(expression.removeprefix("="))
        where = {
            "file": file, "element": component, "attribute": attribute, "expression": expression,
        }  # fmt: skip
        for name in sorted(analysis.names - analysis.in_filters - known):
            yield Finding.of("check.form_name", **where, name=name, meant=meant(name, known))
        for name in sorted(analysis.functions - functions - analysis.names):
            yield Finding.of("check.form_function", **where, name=name)


def _mappings(compiled: Compiled, tools: Tools, element: Element) -> Iterator[Finding]:
    if element.kind not in ("userTask", "startEvent") or not element.outputs:
        return
    try:
        form = compiled.form_of(element)
    except KeyError:
        return
    if form is None:
        return
    allowed, fields = tools.forms.variable_keys(form), tools.forms.keys(form)
    for source, target in element.outputs:
        try:
            names = tools.feel.analyse(source.removeprefix("=")).names
        except AppError as error:
            yield Finding.of(
                "check.feel_syntax",
                file=element.file,
                element=element.id,
                attribute=f"output {target}",
                expression=source,
                reason=str(error.fields.get("reason", error)),
            )
            continue
        for name in sorted((names & fields) - allowed):
            yield Finding.of(
                "check.sensitive_variable", file=element.file, element=element.id, name=name
            )
