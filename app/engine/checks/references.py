"""Checks of what a package names: operations, decisions, forms, processes, roles, clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.engine.bundles import Compiled
from app.engine.checks.finding import Finding
from app.engine.guards import guard_names
from app.engine.package import form_path
from app.engine.situation import Tools
from app.engine.spiff import Element

ROLE = re.compile(r"role\(\s*\"([^\"]+)\"")


def check(compiled: Compiled, tools: Tools, roles: frozenset[str]) -> list[Finding]:
    """Return every name that stands for nothing."""
    found: list[Finding] = []
    for element in compiled.definition.elements.values():
        found += _form(compiled, element)
        found += _operation(tools, element)
        found += _decisions(compiled, element)
        found += _others(compiled, element, roles)
    return found


def _finding(code: str, element: Element, **fields: str) -> Finding:
    return Finding.of(code, file=element.file, element=element.id, **fields)


def _form(compiled: Compiled, element: Element) -> Iterator[Finding]:
    if not element.form_id:
        return
    path = form_path(element.form_id, element.file.split("/")[1])
    if path not in compiled.forms:
        yield _finding("check.form_missing", element, form=path)


def _operation(tools: Tools, element: Element) -> Iterator[Finding]:
    if element.kind in ("serviceTask", "sendTask"):
        given = {target.split(".")[0] for _, target in element.inputs} | set(element.headers)
        yield from _call(tools, element, element.task_type or "", given)
    for _event, name, headers in element.listeners:
        yield from _call(tools, element, name, set(headers))


def _call(tools: Tools, element: Element, name: str, given: set[str]) -> Iterator[Finding]:
    if name not in tools.registry.operations:
        yield _finding("check.operation_missing", element, operation=name or "（空）")
        return
    parameters = tools.registry.parameters(name)
    for unknown in sorted(given - set(parameters)):
        yield _finding("check.parameter_unknown", element, operation=name, parameter=unknown)
    for wanted in sorted(p for p, required in parameters.items() if required and p not in given):
        yield _finding("check.parameter_missing", element, operation=name, parameter=wanted)


def _decisions(compiled: Compiled, element: Element) -> Iterator[Finding]:
    called = [element.called_decision.id] if element.called_decision else []
    for name in called + guard_names(element):
        if name not in compiled.decisions:
            yield _finding("check.decision_missing", element, decision=name)
    if element.kind == "businessRuleTask" and not called:
        yield _finding("check.decision_missing", element, decision="（空）")


def _others(compiled: Compiled, element: Element, roles: frozenset[str]) -> Iterator[Finding]:
    if element.kind == "callActivity":
        called = element.called_process.id if element.called_process else ""
        if called not in compiled.definition.processes:
            yield _finding("check.process_missing", element, process=called or "（空）")
    for role in ROLE.findall(element.candidate_groups or ""):
        if role not in roles:
            yield _finding("check.role_missing", element, role=role)
    basis = element.properties.get("legalBasis")
    if basis and basis not in compiled.clauses:
        yield _finding("check.clause_missing", element, clause=basis)
    for other in filter(None, element.properties.get("notSameAs", "").split(",")):
        if other.strip() not in compiled.definition.elements:
            yield _finding("check.element_missing", element, other=other.strip())
