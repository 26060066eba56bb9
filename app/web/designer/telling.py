"""Scenarios on a page: the story line by line, and beside each line how it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.engine.simulation import Outcome, Scenario, read_scenario, said, scenario_files
from app.engine.simulation.stories import story_lines
from app.errors import DefinitionError
from app.messages import message, sentence
from app.scheduler.trials import Trial
from app.web.extensions import house

DONE, WRONG, SKIPPED, UNTRIED = "done", "wrong", "skipped", "untried"


@dataclass(frozen=True)
class Line:
    """A sentence of the story, how it went, and what differed or was refused."""

    text: str
    state: str
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Story:
    """A scenario as told; `state` is how the last trial of it ended."""

    name: str
    title: str
    summary: str
    requirements: tuple[str, ...]
    lines: Sequence[Line]
    state: str = UNTRIED
    seconds: float = 0.0
    unread: str = ""


def stories(key: str, names: Mapping[str, str], trial: Trial | None) -> list[Story]:
    """Return the scenarios of a procedure with what a trial brought, if there was one."""
    outcomes = {each.scenario.file: each for each in trial.outcomes} if trial else {}
    found = []
    for path in scenario_files(house().config.workflows, key):
        try:
            scenario = read_scenario(path)
        except DefinitionError as error:
            found.append(Story(path.stem, path.name, "", (), [], unread=sentence(error)))
            continue
        found.append(_story(path.stem, scenario, names, outcomes.get(scenario.file)))
    return found


def _story(
    name: str, scenario: Scenario, names: Mapping[str, str], outcome: Outcome | None
) -> Story:
    lines = _lines(scenario, names, outcome)
    seconds = outcome.seconds if outcome else 0.0
    return Story(
        name, scenario.name, scenario.story, scenario.requirements, lines, _state(outcome), seconds
    )


def _state(outcome: Outcome | None) -> str:
    if outcome is None:
        return UNTRIED
    return DONE if outcome.passed else WRONG


def _lines(scenario: Scenario, names: Mapping[str, str], outcome: Outcome | None) -> list[Line]:
    told: dict[int, list[str]] = {number: [] for number in range(len(scenario.steps) + 1)}
    for line in story_lines(scenario, names):
        told[line.step].append(line.text)
    return [_line(number, texts, names, outcome) for number, texts in told.items()]


def _line(
    number: int, texts: Sequence[str], names: Mapping[str, str], outcome: Outcome | None
) -> Line:
    text = "".join(texts) or message("designer.looked")
    if outcome is None:
        return Line(text, UNTRIED)
    gone = next((each for each in outcome.steps if each.number == number), None)
    if gone is None:
        return Line(text, SKIPPED)
    differing = tuple(said(each, {**names, **outcome.names}) for each in gone.mismatches)
    if differing:
        return Line(text, WRONG, differing)
    refusal = (message("designer.refused_with", said=gone.refusal),) if gone.refusal else ()
    return Line(text, DONE, refusal)
