"""Checks of how drawings use decision tables, and of what tables say about the law.

A period asked of a table that has no row for it, or a clause that stands nowhere, would be noticed
only by the case that needs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.decisions import Decision
from app.engine.bundles import Compiled
from app.engine.checks.expressions import used_decisions
from app.engine.checks.finding import Finding, meant
from app.engine.checks.references import constant
from app.engine.situation import Tools
from app.engine.spiff import Element

# A cell that is nothing but a text, or several.
WORDS = re.compile(r"\s*\"[^\"\\]*\"(?:\s*,\s*\"[^\"\\]*\")*\s*")
WORD = re.compile(r"\"([^\"\\]*)\"")
LEGAL_BASIS = "legal_basis"
PERIOD = "period"


def check(compiled: Compiled, tools: Tools) -> list[Finding]:
    """Return values that no row knows, clauses that are not there, periods that look misspelt."""
    found: list[Finding] = []
    for element in compiled.definition.elements.values():
        found += _asked(compiled, element)
        found += _given_basis(compiled, element)
    for decision in used_decisions(compiled):
        found += _answered_basis(compiled, decision)
    return found + list(_periods(compiled, tools))


def _asked(compiled: Compiled, element: Element) -> Iterator[Finding]:
    """An input mapping gives a table a word that none of its rows asks for."""
    if element.called_decision is None:
        return
    decision = compiled.decisions.get(element.called_decision.id)
    for source, target in element.inputs:
        word = constant(source)
        known = words_of(decision, target) if decision else None
        if word is not None and known is not None and word not in known:
            yield Finding.of(
                "check.decision_value", file=element.file, element=element.id,
                decision=element.called_decision.id, name=target, value=word,
                meant=meant(word, known), known="、".join(sorted(known)),
            )  # fmt: skip


def words_of(decision: Decision, name: str) -> set[str] | None:
    """Return the words that a table's column asks for; None when it takes others, too."""
    columns = [place for place, column in enumerate(decision.inputs) if column.text == name]
    cells = [rule.tests[place] for rule in decision.rules for place in columns[:1]]
    if not cells or not all(WORDS.fullmatch(cell) for cell in cells):
        return None
    return {word for cell in cells for word in WORD.findall(cell)}


def _given_basis(compiled: Compiled, element: Element) -> Iterator[Finding]:
    """A drawing hands an operation the key of a clause."""
    given = {target: source for source, target in element.inputs} | dict(element.headers)
    basis = constant(given.get(LEGAL_BASIS, "="))
    if basis and basis not in compiled.clauses:
        where = {"file": element.file, "element": element.id}
        yield Finding.of("check.clause_missing", **where, clause=basis)


def _answered_basis(compiled: Compiled, decision: Decision) -> Iterator[Finding]:
    """A table answers with the key of a clause."""
    places = [place for place, each in enumerate(decision.outputs) if each.name == LEGAL_BASIS]
    for rule in decision.rules:
        for place in places:
            text = rule.outputs[place]
            basis = WORD.fullmatch(text.strip())
            if basis and basis[1] not in compiled.clauses:
                where = {"file": decision.file, "element": rule.id}
                yield Finding.of("check.clause_missing", **where, clause=basis[1])


def _periods(compiled: Compiled, tools: Tools) -> Iterator[Finding]:
    """A period that stands at one element only, and is almost called like another one."""
    named: dict[str, list[Element]] = {}
    for element in compiled.definition.elements.values():
        if PERIOD in element.properties:
            named.setdefault(element.properties[PERIOD], []).append(element)
    for name, elements in named.items():
        others = (set(named) | tools.registry.periods) - {name}
        like = meant(name, others)
        if like and len(elements) == 1 and name not in tools.registry.periods:
            where = {"file": elements[0].file, "element": elements[0].id}
            yield Finding.of("check.period_like", **where, name=name, meant=like)
