"""Checks of 退回: targets exist and lie upstream, and the form lets people say it.

A target is good when at least one way in the drawing leads back to it; what only some cases can
reach is decided again under the instance's lock.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.engine.bundles import Compiled
from app.engine.checks.finding import Finding
from app.engine.returning import OUTCOME
from app.engine.situation import Tools
from app.engine.spiff import (
    AFTER_RETURN,
    MAY_RETURN_TO,
    CannotReturn,
    Definition,
    Element,
    branches_stand,
    named_targets,
    targets_of,
    way_between,
    ways_back,
)
from app.engine.tables import RETURN
from app.messages import sentence

MOST_PAIRS = 4_000


def check(compiled: Compiled, tools: Tools) -> list[Finding]:
    """Return what is wrong with the returns of a package."""
    definition = compiled.definition
    tasks = [e for e in definition.elements.values() if e.kind == "userTask"]
    returning = [e for e in tasks if MAY_RETURN_TO in e.properties]
    pairs = sum(len(named_targets(element)) or len(tasks) for element in returning)
    if pairs > MOST_PAIRS:
        return [_finding("limits.return_pairs", returning[0], most=str(MOST_PAIRS))]
    found: list[Finding] = []
    for element in tasks:
        found += _form(compiled, tools, element)
    for element in returning:
        found += _targets(definition, element)
        found += _straight(definition, element)
    return found


def _finding(code: str, element: Element, **fields: str) -> Finding:
    return Finding.of(code, file=element.file, element=element.id, **fields)


def _targets(definition: Definition, element: Element) -> Iterator[Finding]:
    targets = {target.id: target for target in targets_of(definition, element)}
    for name in named_targets(element):
        if name not in targets:
            yield _finding("check.return_target", element, other=name)
            continue
        reason = _obstacle(definition, targets[name], element)
        if reason is not None:
            said = sentence(CannotReturn(reason, targets[name]))
            yield _finding("check.return_way", element, reason=said)
    if not named_targets(element) and all(
        _obstacle(definition, target, element) for target in targets.values()
    ):
        yield _finding("check.return_nowhere", element)


def _obstacle(definition: Definition, target: Element, element: Element) -> str | None:
    """Return why no way leads back to a target; None when one does."""
    found = [obstacle for _, _, obstacle in ways_back(definition, target, element)]
    return None if None in found or not found else found[0]


def _straight(definition: Definition, element: Element) -> Iterator[Finding]:
    """`afterReturn` on the returning task must be possible for each of its named targets."""
    if AFTER_RETURN not in element.properties:
        return
    stand = branches_stand(element)
    for target in targets_of(definition, element):
        beside = (target.process_id, target.parent) == (element.process_id, element.parent)
        way = way_between(definition, target.id, element.id, stand=stand)
        if named_targets(element) and not (beside and way.straight):
            yield _finding("check.return_straight", element)
            return


def _form(compiled: Compiled, tools: Tools, element: Element) -> Iterator[Finding]:
    try:
        form = compiled.form_of(element)
    except KeyError:
        return
    if form is None:
        return
    offers = RETURN in tools.forms.choices(form, OUTCOME)
    may = MAY_RETURN_TO in element.properties
    name = element.form_id or ""
    if may and not offers:
        yield _finding("check.return_form", element, form=name)
    elif offers and not may and not name.startswith("shared/"):
        yield _finding("check.return_offered", element, form=name)
