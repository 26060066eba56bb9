"""Running a scenario and comparing what people notice with what the scenario expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from app.domain.access.actor import Actor
from app.engine.simulation.comparing import Eyes, Mismatch, differences
from app.engine.simulation.observing import (
    awaited_key,
    history_lines,
    newest_case,
    observe,
)
from app.engine.simulation.scenario import Scenario, Step
from app.engine.simulation.world import World
from app.engine.timer_starts import armed
from app.errors import AppError, EngineError
from app.messages import sentences


@dataclass(frozen=True)
class Done:
    """A step that was gone: when, how it was refused, and what differed; step 0 is the start."""

    number: int
    at: datetime
    refusal: str | None
    mismatches: tuple[Mismatch, ...]


@dataclass(frozen=True)
class Outcome:
    """A finished scenario; `names` are the names of the elements it may speak of."""

    scenario: Scenario
    mismatches: tuple[Mismatch, ...]
    case_id: str | None
    steps: tuple[Done, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Tell whether everything was as expected."""
        return not self.mismatches


Heard = Callable[[Step | None, str | None, str | None], None]


def _silent(step: Step | None, case_id: str | None, refusal: str | None) -> None:
    """Nobody listens to the steps."""


def run_scenario(scenario: Scenario, world: World, heard: Heard = _silent) -> Outcome:
    """Play a scenario in a world of its own; stops at the first step that cannot be done.

    `heard` is told of every act: its step (None for the start), the case, why it was refused.
    """
    return _Play(scenario, world, heard).run()


class _Play:
    def __init__(self, scenario: Scenario, world: World, heard: Heard) -> None:
        self.scenario = scenario
        self.world = world
        self.heard = heard
        self.mismatches: list[Mismatch] = []
        self.steps: list[Done] = []
        self.refusal: str | None = None
        self.case_id: str | None = None

    def run(self) -> Outcome:
        begun = perf_counter()
        self.world.move_to(self.scenario.start)
        for person, photo in self.scenario.photos.items():
            self.world.keep_photo(person, self._file(photo["file"]))
        if self._noted(0, self._start) and self.scenario.refused is None:
            for number, step in enumerate(self.scenario.steps, start=1):
                if not self._noted(number, partial(self._step, number, step)):
                    break
        return Outcome(
            self.scenario, tuple(self.mismatches), self.case_id, tuple(self.steps),
            self._names(), perf_counter() - begun,
        )  # fmt: skip

    def _noted(self, number: int, go: Callable[[], bool]) -> bool:
        """Go one step and note how it went; returns whether the next can be gone."""
        self.refusal = None
        goes_on = go()
        found = tuple(each for each in self.mismatches if each.step == number)
        self.steps.append(Done(number, self.world.clock.now(), self.refusal, found))
        return goes_on

    def _names(self) -> Mapping[str, str]:
        engine = self.world.engine
        with self.world.unit_of_work() as session, suppress(EngineError):
            bundle = engine.tools.bundles.newest(session, self.scenario.process)
            return {each.id: each.name for each in bundle.definition.elements.values()}
        return {}

    def _start(self) -> bool:
        def act() -> None:
            if self.scenario.message is not None:
                self._ring(self.scenario.message)
                return
            if self.scenario.timer is not None:
                self._await(self.scenario.timer)
                return
            actor = self.world.actor(self.scenario.actor)
            if self.scenario.record is not None:
                self.case_id = self.world.begin(self.scenario.process, self.scenario.record, actor)
                return
            self.case_id = self.world.engine.open_draft(self.scenario.process, actor=actor)
            raw = self._raw(self.scenario.values, actor)
            if self.scenario.draft_only:
                self.world.engine.save_draft(self.case_id, raw, actor=actor)
            else:
                self.world.engine.start(self.case_id, raw, actor=actor)

        return self._attempt(0, None, act, self.scenario.refused)

    def _ring(self, message: str) -> None:
        """Begin the case by a message; what the message hands on stands in `with`."""
        self.world.engine.correlate(message, "", self.scenario.values)
        with self.world.unit_of_work() as session:
            self.case_id = newest_case(session, self.scenario.process)

    def _await(self, element: str) -> None:
        """Arm the procedure as if it were published now, and move on to when its event is due."""
        process = self.scenario.process
        self.world.engine.arm_starts(process)
        with self.world.unit_of_work() as session:
            due_at = next(
                (e.due_at for e in armed(session, process) if e.element_id == element), None
            )
        if due_at is None:
            raise EngineError("engine.start_not_armed", process=process, element=element)
        self.world.move_to(due_at)
        with self.world.unit_of_work() as session:
            self.case_id = newest_case(session, process)

    def _step(self, number: int, step: Step) -> bool:
        self._move(step)
        for name, mood in step.outside.items():
            self.world.outside(name, mood)
        if step.kind is not None and not self._do(number, step):
            return False
        if step.expect and self.case_id is not None:
            self._compare(number, step.expect)
        return True

    def _move(self, step: Step) -> None:
        if step.at is not None:
            self.world.move_to(step.at)
        if step.wait_workdays is not None:
            with self.world.unit_of_work() as session:
                region = observe(session, self.case_id or "").region
            self.world.move_to(self.world.after_workdays(step.wait_workdays, region))

    def _do(self, number: int, step: Step) -> bool:
        case, name = self.case_id or "", step.do or ""

        def complete() -> None:
            actor = self.world.actor(step.actor or "")
            raw = self._raw(step.values, actor)
            self.world.engine.complete_element(case, name, raw, actor=actor)

        def send() -> None:
            actor = self.world.actor(step.actor or "")
            self.world.engine.send(case, name, self._raw(step.values, actor), actor=actor)

        def message() -> None:
            actor = self.world.actor(step.actor) if step.actor else None
            with self.world.unit_of_work() as session:
                key = awaited_key(session, case, name)
            self.world.engine.correlate(name, key, step.values, actor=actor)

        def objection() -> None:
            self.world.object(case, step.values)

        acts = {"do": complete, "send": send, "message": message, "objection": objection}
        return self._attempt(number, step, acts[step.kind or "do"], step.refused)

    def _attempt(
        self, number: int, step: Step | None, act: Callable[[], None], refused: str | None
    ) -> bool:
        try:
            act()
        except AppError as error:
            said = self.refusal = "；".join(sentences(error))
            self.heard(step, self.case_id, said)
            if refused is None or refused not in said:
                self.mismatches.append(Mismatch(number, "refused", refused, _with_fields(error)))
                return False
            return True
        self.world.work()
        self.heard(step, self.case_id, None)
        if refused is not None:
            self.mismatches.append(Mismatch(number, "refused", refused, None))
            return False
        return True

    def _raw(self, values: Any, actor: Actor) -> Any:
        """Replace every `{file: name}`, or list of them, by the ids of attachments."""
        if isinstance(values, Mapping):
            if set(values) == {"file"}:
                return [self.world.attach(self._file(values["file"]), actor)]
            return {key: self._raw(value, actor) for key, value in values.items()}
        if isinstance(values, list):
            if all(isinstance(value, Mapping) and set(value) == {"file"} for value in values):
                return [name for value in values for name in self._raw(value, actor)]
            return [self._raw(value, actor) for value in values]
        return str(values) if hasattr(values, "isoformat") else values

    def _file(self, name: str) -> Path:
        return self.scenario.folder / name

    def _compare(self, number: int, expect: Mapping[str, Any]) -> None:
        case_id = self.case_id or ""
        with self.world.unit_of_work() as session:
            seen = observe(session, case_id)
        eyes = Eyes(partial(self.world.opened, case_id), self._history)
        for difference in differences(expect, seen, eyes):
            self.mismatches.append(Mismatch(number, *difference))

    def _history(self) -> list[str]:
        with self.world.unit_of_work() as session:
            return history_lines(session, self.world.engine.tools, self.case_id or "")


def _with_fields(error: AppError) -> str:
    """Return what a designer reads of a refusal: beside each sentence the field it is about."""
    beside = getattr(error, "errors", None)
    if not isinstance(beside, Mapping):
        return "；".join(sentences(error))
    return "；".join(f"{key} {text}" for key, texts in beside.items() for text in texts)
