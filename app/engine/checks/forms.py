"""Checks of forms against the processes that use them: no sensitive value becomes a variable."""

from __future__ import annotations

from collections.abc import Iterator

from app.engine.bundles import Compiled
from app.engine.checks.finding import Finding
from app.engine.situation import Tools
from app.engine.spiff import Element
from app.errors import AppError


def check(compiled: Compiled, tools: Tools) -> list[Finding]:
    """Return output mappings of user tasks that would make a sensitive field a variable."""
    found: list[Finding] = []
    for element in compiled.definition.elements.values():
        found += _mappings(compiled, tools, element)
    return found


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
