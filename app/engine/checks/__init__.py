"""What a package must satisfy before it is published.

`check_package` returns findings, each with file, element and a Chinese sentence that says what to
do. An empty list means that the package may be published.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.bundles import Compiled, compile_package
from app.engine.checks import (
    cycles,
    expressions,
    forms,
    notices,
    properties,
    references,
    returns,
    rules,
    structure,
)
from app.engine.checks.callers import handed_in
from app.engine.checks.finding import Finding
from app.engine.checks.reading import unreadable
from app.engine.package import Package
from app.engine.situation import Tools
from app.errors import DefinitionError

# What callers may know better.
UNKNOWN = {"check.feel_name", "check.name_unknown", "check.form_name", "check.form_source"}

__all__ = ["Finding", "check_compiled", "check_package"]


def check_package(
    package: Package,
    tools: Tools,
    *,
    roles: frozenset[str],
    scenarios: Sequence[str],
    callers: Sequence[Package] = (),
) -> list[Finding]:
    """Check a package read from files; files that cannot be parsed are the only findings.

    `callers` are the packages that call this one; their input mappings are variables of it.
    """
    try:
        compiled = compile_package(package, tools.forms.load)
    except DefinitionError as error:
        return unreadable(package, tools, error)
    found = check_compiled(compiled, tools, roles=roles)
    if callers and any(finding.code in UNKNOWN for finding in found):
        given = handed_in(package.key, callers, tools)
        found = check_compiled(compiled, tools, roles=roles, given=given)
    if not scenarios:
        folder = f"workflows/{package.key}/scenarios"
        found.append(Finding.of("check.no_scenario", file=folder, element=package.key))
    return found


def check_compiled(
    compiled: Compiled,
    tools: Tools,
    *,
    roles: frozenset[str],
    given: frozenset[str] = frozenset(),
) -> list[Finding]:
    """Check everything that can be known from the parsed package and what callers give it."""
    found = structure.check(compiled) + cycles.check(compiled)
    found += properties.check(compiled)
    found += references.check(compiled, tools, roles)
    found += expressions.check(compiled, tools, given)
    found += forms.check(compiled, tools, given)
    found += returns.check(compiled, tools)
    found += rules.check(compiled, tools) + notices.check(compiled, tools)
    return sorted(set(found), key=lambda finding: (finding.file, finding.element, finding.code))
