"""Checks of what a package names: operations, decisions, forms, processes, roles, clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.domain.codes import has_code
from app.engine.bundles import Compiled
from app.engine.checks.expressions import expressions_of
from app.engine.checks.finding import Finding, meant
from app.engine.citing import TEMPLATE
from app.engine.guards import guard_names
from app.engine.package import form_path
from app.engine.situation import Tools
from app.engine.spiff import Element

# A value that is known before anything runs: a plain text, or FEEL that is nothing but a text.
CONSTANT = re.compile(r"=\s*\"(?P<word>[^\"\\]*)\"\s*|(?P<plain>[^=].*|)")
ROLE = re.compile(r"role\(\s*\"([^\"]+)\"")


def constant(text: str) -> str | None:
    """Return the text that a mapping or header certainly gives; None when it is computed."""
    found = CONSTANT.fullmatch(text)
    if found is None:
        return None
    return found["word"] if found["word"] is not None else found["plain"]


def check(compiled: Compiled, tools: Tools, roles: frozenset[str]) -> list[Finding]:
    """Return every name that stands for nothing."""
    found = list(_descriptor(compiled, roles))
    notices = frozenset(compiled.notices)
    for element in compiled.definition.elements.values():
        found += _form(compiled, element)
        found += _operation(tools, element, notices)
        found += _roles(compiled, element, roles)
        found += _decisions(compiled, element)
        found += _others(compiled, element, roles)
    return found


def _descriptor(compiled: Compiled, roles: frozenset[str]) -> Iterator[Finding]:
    """`process.toml`: who may start, and what the business is called in notices and numbers."""
    descriptor, file = compiled.descriptor, f"workflows/{compiled.key}/process.toml"
    starter, business = descriptor.starter, descriptor.business
    for name in ("starter", "opener"):
        role = getattr(descriptor, name)
        if role is not None and role not in roles:
            where = {"file": file, "element": name}
            yield Finding.of("check.starter_missing", **where, name=name, role=role)
    if (starter or business) and not has_code("case_business", business):
        yield Finding.of("check.business_missing", file=file, element="business", word=business)


def _finding(code: str, element: Element, **fields: str) -> Finding:
    return Finding.of(code, file=element.file, element=element.id, **fields)


def _form(compiled: Compiled, element: Element) -> Iterator[Finding]:
    if not element.form_id:
        return
    path = form_path(element.form_id, element.file.split("/")[1])
    if path not in compiled.forms:
        yield _finding("check.form_missing", element, form=path)


def _operation(tools: Tools, element: Element, notices: frozenset[str]) -> Iterator[Finding]:
    if element.kind in ("serviceTask", "sendTask"):
        given = {target.split(".")[0]: source for source, target in element.inputs}
        given |= element.headers
        yield from _call(tools, element, element.task_type or "", given)
        yield from _words(tools, element, element.task_type or "", given, notices)
    for _event, name, headers in element.listeners:
        yield from _call(tools, element, name, headers)
        yield from _words(tools, element, name, headers, notices)


def _call(tools: Tools, element: Element, name: str, given: Mapping[str, str]) -> Iterator[Finding]:
    known = tools.registry.operations
    if name not in known:
        fields = {"operation": name or "（空）", "meant": meant(name, known)}
        yield _finding("check.operation_missing", element, **fields)
        return
    parameters = tools.registry.parameters(name)
    for unknown in sorted(set(given) - set(parameters)):
        yield _finding(
            "check.parameter_unknown", element, operation=name, parameter=unknown,
            known="、".join(parameters) or "（无）",
        )  # fmt: skip
    for wanted in sorted(p for p, required in parameters.items() if required and p not in given):
        yield _finding("check.parameter_missing", element, operation=name, parameter=wanted)


def _words(
    tools: Tools, element: Element, name: str, given: Mapping[str, str], notices: frozenset[str]
) -> Iterator[Finding]:
    """A parameter takes certain words only; a notice may also be one that the package brings."""
    for parameter, text in given.items():
        words = tools.registry.choices.get((name, parameter))
        value = constant(text)
        if words is None or value is None:
            continue
        known = {*words(), *(notices if parameter == TEMPLATE else ())}
        if value not in known:
            yield _finding(
                "check.parameter_value", element, operation=name, parameter=parameter,
                value=value, known="、".join(sorted(known)),
            )  # fmt: skip


def _decisions(compiled: Compiled, element: Element) -> Iterator[Finding]:
    called = [element.called_decision.id] if element.called_decision else []
    for name in called + guard_names(element):
        if name not in compiled.decisions:
            yield _finding("check.decision_missing", element, decision=name)
    if element.kind == "businessRuleTask" and not called:
        yield _finding("check.decision_missing", element, decision="（空）")


def _roles(compiled: Compiled, element: Element, roles: frozenset[str]) -> Iterator[Finding]:
    """Wherever an expression makes a group of a role: who acts, who is told, who may send."""
    said = [expression for _, expression in expressions_of(compiled, element)]
    for role in sorted({role for text in said for role in ROLE.findall(text)} - roles):
        yield _finding("check.role_missing", element, role=role, meant=meant(role, roles))


def _groups(element: Element, roles: frozenset[str]) -> Iterator[Finding]:
    text = element.candidate_groups or ""
    for group in filter(None, map(str.strip, text.split(","))) if text[:1] != "=" else ():
        role, at, organisation = group.partition("@")
        if not at or not organisation or role not in roles:
            yield _finding("check.group_text", element, text=text)
            return


def _others(compiled: Compiled, element: Element, roles: frozenset[str]) -> Iterator[Finding]:
    if element.kind == "callActivity":
        called = element.called_process.id if element.called_process else ""
        if called not in compiled.definition.processes:
            yield _finding("check.process_missing", element, process=called or "（空）")
    yield from _groups(element, roles)
    basis = element.properties.get("legalBasis")
    if basis and basis not in compiled.clauses:
        yield _finding("check.clause_missing", element, clause=basis)
    for other in filter(None, element.properties.get("notSameAs", "").split(",")):
        if other.strip() not in compiled.definition.elements:
            yield _finding("check.element_missing", element, other=other.strip())
