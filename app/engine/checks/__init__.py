"""What a package must satisfy before it is published.

`check_package` returns findings, each with file, element and a Chinese sentence that says what to
do. An empty list means that the package may be published.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.bundles import Compiled, compile_package
from app.engine.checks import expressions, forms, properties, references, returns, structure
from app.engine.checks.finding import Finding
from app.engine.package import Package
from app.engine.situation import Tools
from app.errors import DefinitionError
from app.messages import sentence

__all__ = ["Finding", "check_compiled", "check_package"]


def check_package(
    package: Package, tools: Tools, *, roles: frozenset[str], scenarios: Sequence[str]
) -> list[Finding]:
    """Check a package read from files; a file that cannot be parsed is the only finding."""
    try:
        compiled = compile_package(package, tools.forms.load)
    except DefinitionError as error:
        return [Finding(error.file, error.element, error.code, sentence(error))]
    found = check_compiled(compiled, tools, roles=roles)
    if not scenarios:
        folder = f"workflows/{package.key}/scenarios"
        found.append(Finding.of("check.no_scenario", file=folder, element=package.key))
    return found


def check_compiled(compiled: Compiled, tools: Tools, *, roles: frozenset[str]) -> list[Finding]:
    """Check everything that can be known from the parsed package."""
    found = structure.check(compiled)
    found += properties.check(compiled)
    found += references.check(compiled, tools, roles)
    found += expressions.check(compiled, tools)
    found += forms.check(compiled, tools)
    found += returns.check(compiled, tools)
    return sorted(set(found), key=lambda finding: (finding.file, finding.element, finding.code))
