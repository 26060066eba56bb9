"""What callers hand in: a process that only others start knows the variables they give it.

Without this, a called process could be checked only inside its callers; its own folder would be
refused for every name that an input mapping of a call activity brings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.engine.bundles import Compiled, compile_package
from app.engine.checks.expressions import written_names
from app.engine.package import Package
from app.engine.situation import Tools
from app.errors import DefinitionError


def handed_in(key: str, callers: Iterable[Package], tools: Tools) -> frozenset[str]:
    """Return the variables that call activities of these packages give a process.

    A caller that cannot be read gives nothing; its own check says what is wrong with it.
    """
    names: set[str] = set()
    for package in callers:
        try:
            compiled = compile_package(package, tools.forms.load)
        except DefinitionError:
            continue
        names.update(_given(key, compiled, tools))
    return frozenset(names)


def _given(key: str, compiled: Compiled, tools: Tools) -> Iterator[str]:
    for element in compiled.definition.elements.values():
        called = element.called_process
        if called is None or called.id != key:
            continue
        yield from (target.partition(".")[0] for _, target in element.inputs)
        if called.propagate_parent:
            yield from written_names(compiled, tools)
