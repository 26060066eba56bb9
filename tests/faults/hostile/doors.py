"""The doors at which hostile input is handed in: the entry points of the program itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from app.bootstrap.forms import Forms
from app.bootstrap.setting_up import ROLES
from app.decisions import parse_decisions
from app.domain.notifications import composing
from app.domain.notifications.tables import Channel
from app.engine.bundles import BundleCache
from app.engine.checks import check_package
from app.engine.package import Package, read_descriptor
from app.engine.registry import Registry
from app.engine.simulation import read_scenario
from app.engine.situation import Tools
from app.engine.spiff import Definition, Run, load_definition
from app.errors import AppError
from app.feel import BUNDLE, Feel
from app.forms import load_form
from tests.faults.hostile import drawings

MOST_STEPS = 500


@cache
def feel() -> Feel:
    """Return the isolate of this child, with the house's own limits of memory."""
    return Feel(BUNDLE)


@cache
def tools() -> Tools:
    forms = Forms(feel())
    return Tools(feel(), Registry(), forms, BundleCache(forms.load))


@cache
def simple() -> Definition:
    return load_definition({"workflows/p/p.bpmn": drawings.PLAIN}, "p")


class FeelHost:
    """Answers with real expressions, and does nothing else."""

    def evaluate(
        self, expressions: Sequence[str], context: Mapping[str, Any], element: Any, attribute: str
    ) -> list[Any]:
        return feel().evaluate(expressions, context)

    def perform(self, *given: Any) -> None:
        return None

    def decide(self, *given: Any) -> None:
        return None

    def record(self, *given: Any) -> None:
        return None


def bpmn(content: bytes) -> object:
    return load_definition({"workflows/p/p.bpmn": content}, "p")


def dmn(content: bytes) -> object:
    found = parse_decisions(content, "workflows/p/p.dmn", feel=feel())
    return [decision.key for decision in found]


def form(content: bytes) -> object:
    return load_form(content, "forms/p/f.form", analyse=feel().analyse)


def descriptor(text: str) -> object:
    return read_descriptor(text, "workflows/p/process.toml")


def scenario(text: str) -> object:
    folder = Path("workflows/p/scenarios")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "hostile.yaml"
    path.write_text(text, "utf-8")
    return read_scenario(path)


def notice(text: str) -> object:
    folder = Path("notices")
    folder.mkdir(exist_ok=True)
    (folder / "N99.toml").write_text(text, "utf-8")
    composing.NOTICES = folder
    composing.template.cache_clear()
    return composing.compose("N99", Channel.INBOX, {"name": "韦启澜"})


def package(files: Mapping[str, str]) -> object:
    """Return nothing; the findings of the check count as a refusal."""
    path = "workflows/p/process.toml"
    read = Package("p", files, read_descriptor(files[path], path))
    found = check_package(read, tools(), roles=ROLES, scenarios=["x.yaml"])
    if found:
        raise AppError(found[0].code, sentence=found[0].sentence)
    return None


def expression(asked: tuple[str, Mapping[str, Any]]) -> object:
    text, context = asked
    return feel().evaluate([text], context)


def state(text: str) -> object:
    run = Run.restore(simple(), FeelHost(), text)
    run.advance_carefully(limit=MOST_STEPS)
    for token in run.tokens():
        run.context(token.id)
    return run.snapshot()


def running(given: tuple[bytes, Mapping[str, Any]]) -> object:
    """Run as the engine does: at full speed, then carefully, step by step."""
    definition = load_definition({"workflows/p/p.bpmn": given[0]}, "p")
    try:
        Run.begin(definition, FeelHost(), given[1]).advance()
    except AppError:
        run = Run.begin(definition, FeelHost(), given[1])
        failures = run.advance_carefully()
        for failure in failures:
            raise failure.error from None
        run.snapshot()
    return None


DOORS: Mapping[str, Callable[[Any], object]] = {
    "bpmn": bpmn,
    "dmn": dmn,
    "form": form,
    "descriptor": descriptor,
    "scenario": scenario,
    "notice": notice,
    "package": package,
    "feel": expression,
    "state": state,
    "run": running,
}
