"""One process instance in memory: acts, advances, and what stands where.

Acts (`complete`, `fire`, `finish`, `throw`, `fail`, `retry`) only set a flag and variables, so that
they cannot fail halfway; `advance` does the rest. No database, no clock: callers bring both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.engine.spiff import moving, snapshots, stepping
from app.engine.spiff.definition import Definition
from app.engine.spiff.errors import (
    BpmnError,
    Runaway,
    TokenGone,
    TokenNotWaiting,
    TooManyTokens,
)
from app.engine.spiff.host import MESSAGE, SERVICE, TIMER, USER, Failure, Host, Savepoint, Token
from app.engine.spiff.migrating import plan_passage
from app.engine.spiff.model import Element
from app.engine.spiff.moves import (
    ACTED,
    FAILED,
    LAST,
    RESULT,
    RETURN,
    THROWN,
    cancel,
    catcher_of,
    context_of,
    is_shown,
    own_scope,
    put_token,
    token_of,
    waits_for,
)
from app.engine.spiff.passages import Correspondence, Passage
from app.engine.spiff.returning import levels_around, route_to
from app.engine.spiff.scopes import ROOT, Scopes, plain
from app.engine.spiff.settling import settle
from app.engine.spiff.workflow import Instance

STEP_LIMIT = 1000


class Run:
    """A process instance that can be advanced, looked at and written down."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    @classmethod
    def begin(
        cls,
        definition: Definition,
        host: Host,
        variables: Mapping[str, Any],
        *,
        start_element: str | None = None,
        message: Mapping[str, Any] | None = None,
    ) -> Run:
        """Put a token on a start event: the plain one, or the one named. Does not advance.

        `message` is what a message start event hands on, through its output mappings if any.
        """
        start = definition.start_of(definition.process_id, start_element)
        instance = Instance(definition, host, Scopes())
        instance.scopes.put(ROOT, plain(variables, start.id))
        data = None if message is None else {RESULT: plain(message, start.id)}
        put_token(instance, instance.spec.task_specs[start.id], data=data)
        return cls(instance)

    @classmethod
    def restore(cls, definition: Definition, host: Host, text: str) -> Run:
        """Return the run that a snapshot describes; raises SnapshotRefused."""
        return cls(snapshots.read(definition, host, text))

    @classmethod
    def arrive(cls, definition: Definition, host: Host, passage: Passage) -> Run:
        """Return the run on the new drawing of a passage without obstacles; does not advance."""
        run = cls.restore(definition, host, passage.state)
        settle(run._instance, passage)
        return run

    def passage_to(
        self, definition: Definition, given: Correspondence, done: frozenset[str]
    ) -> Passage:
        """Return what it means to go on by another drawing; `done` are the elements completed."""
        return plan_passage(self._instance, definition, given, done)

    def snapshot(self) -> str:
        """Return the run as text, to be stored as text."""
        return snapshots.write(self._instance)

    @property
    def completed(self) -> bool:
        """Tell whether the last token has ended."""
        return bool(self._instance.completed)

    @property
    def taken_flows(self) -> tuple[str, ...]:
        """Return the sequence flows taken since this object was made, in order."""
        return tuple(self._instance.taken)

    # What stands where

    def tokens(self) -> list[Token]:
        """Return the living tokens that wait for somebody, for each other, or for repair."""
        return [token_of(task) for task in self._instance.all_living() if is_shown(task)]

    def token(self, token_id: str) -> Token:
        """Return a living token; raises TokenGone."""
        return token_of(self._find(token_id))

    def context(self, token_id: str) -> dict[str, Any]:
        """Return the variables that a token sees."""
        return context_of(self._find(token_id))

    def root_variables(self) -> dict[str, Any]:
        """Return the variables of the instance itself."""
        return dict(self._instance.scopes.local(ROOT))

    def set_variables(self, values: Mapping[str, Any], token_id: str | None = None) -> None:
        """Write variables as an operator: where a token would write them, or into the instance."""
        scope = ROOT if token_id is None else own_scope(self._find(token_id))
        self._instance.scopes.put(scope, plain(values, token_id or ROOT))

    # Acts

    def complete(self, token_id: str, variables: Mapping[str, Any] | None = None) -> None:
        """Note that a person has done a user task."""
        self._act(token_id, "complete", {USER}, variables)

    def may_return(self, token_id: str, target: str, scope: str, *, stand: bool = False) -> bool:
        """Tell whether a case may go back from a task to one done before; raises CannotReturn.

        `scope` is where the target ran; the answer is whether it could lead straight back here.
        """
        return route_to(self._find(token_id), target, scope, stand=stand).straight

    def send_back(
        self, token_id: str, target: str, scope: str, *, stand: bool = False, straight: bool = False
    ) -> None:
        """Note that a person sends the case back; raises CannotReturn."""
        self.may_return(token_id, target, scope, stand=stand)
        self._act(token_id, "return", {USER}, None)
        plan = {"to": target, "scope": scope, "straight": straight, "stand": stand}
        self._find(token_id).internal_data[RETURN] = plan

    def cancel(self) -> None:
        """End the whole run: nothing goes on any more, and no expression is asked."""
        for task in self._instance.all_living():
            cancel(task)
        self._instance.completed = True
        self._instance.kept = {}
        self._instance.deliver()

    def plan_move(self, token_id: str, target: str, *, together: bool = False) -> list[Token]:
        """Return the tokens that a move would take away, the moved one first; raises CannotMove."""
        planned = moving.plan_move(self._find(token_id), target, together=together)
        return [token_of(task) for task in planned.taken_away]

    def move(self, token_id: str, target: str, *, together: bool = False) -> str:
        """Move a token to another step, as an operator; returns the new token's id."""
        return moving.move(moving.plan_move(self._find(token_id), target, together=together))

    def require_repeatable(self, element_id: str) -> None:
        """Refuse a step that cannot run once more by itself; raises CannotMove."""
        moving.level_to_repeat(self._instance, element_id)

    def repeat(self, element_id: str) -> str:
        """Run a step once more by itself, as an operator; returns its token's id."""
        return moving.repeat(self._instance, element_id)

    def steps_around(self, token_id: str) -> list[Element]:
        """Return the elements of the levels around a token; none if it cannot be moved."""
        task, elements = self._find(token_id), self._instance.definition.elements
        levels = levels_around(task).values() if moving.can_be_moved(task) else ()
        return [elements[n] for level, _ in levels for n in level.spec.task_specs if n in elements]

    def fire(
        self, token_id: str, variables: Mapping[str, Any] | None = None, *, last: bool = False
    ) -> None:
        """Note that a timer is due or a message has come; the `last` time ends a repeating one."""
        self._act(token_id, "fire", {TIMER, MESSAGE}, variables)
        if last:
            self._find(token_id).internal_data[LAST] = True

    def finish(self, token_id: str, variables: Mapping[str, Any] | None = None) -> None:
        """Note that the background work of a service task is done."""
        self._act(token_id, "finish", {SERVICE}, variables)

    def throw(self, token_id: str, error: BpmnError) -> None:
        """Note that the background work of a service task ended with a foreseen error."""
        self._act(token_id, "throw", {SERVICE}, error.variables)
        self._find(token_id).internal_data[THROWN] = error.error_code

    def catches(self, token_id: str, error_code: str) -> bool:
        """Tell whether a boundary event around a token catches this error."""
        return catcher_of(self._find(token_id), error_code) is not None

    def fail(self, token_id: str) -> None:
        """Mark a token as failed: it is not moved until it is retried."""
        self._find(token_id).internal_data[FAILED] = True

    def retry(self, token_id: str) -> None:
        """Clear a token's failure mark; the next advance tries it again."""
        self._find(token_id).internal_data.pop(FAILED, None)

    def _act(
        self, token_id: str, act: str, awaited: set[str], variables: Mapping[str, Any] | None
    ) -> None:
        task = self._find(token_id)
        element = task.task_spec.element.id
        if waits_for(task) not in awaited or FAILED in task.internal_data:
            raise TokenNotWaiting(token_id, element, act)
        result = plain(variables or {}, element)
        task.internal_data[ACTED] = True
        if result:
            task.internal_data[RESULT] = result

    # Advancing

    def advance(self, limit: int = STEP_LIMIT) -> None:
        """Run to the next wait states. After a failure this object must be discarded."""
        stepping.advance(self._instance, limit)

    def advance_carefully(
        self,
        savepoint: Callable[[], Savepoint] | None = None,
        *,
        limit: int = STEP_LIMIT,
        fatal: tuple[type[BaseException], ...] = (),
    ) -> list[Failure]:
        """Run step by step; a failing token is taken back and marked, the others go on.

        Each step lies in a savepoint of its own. Errors in `fatal` (a lost transaction) go through.
        """
        failures: list[Failure] = []
        steps, before = 0, self.snapshot()
        while (task := self._next_after(failures)) is not None:
            steps += 1
            token_id, element = task.id, task.task_spec.element
            saved, taken = savepoint() if savepoint else None, len(self._instance.taken)
            try:
                if steps > limit:
                    raise Runaway(element.id, limit)
                stepping.step(task)
                before = self.snapshot()
            except fatal:
                raise
            except Exception as error:
                if saved is not None:
                    saved.rollback()
                asked = self._instance.asked
                before = self._take_back(before, taken, token_id)
                failures.append(Failure(token_id, element, error, asked))
            else:
                if saved is not None:
                    saved.commit()
        return failures

    def _next_after(self, failures: list[Failure]) -> Any | None:
        """Return the token to move; after too many tokens none, as all would fail alike."""
        if failures and isinstance(failures[-1].error, TooManyTokens):
            return None
        return stepping.next_task(self._instance)

    def _take_back(self, text: str, taken: int, token_id: str) -> str:
        """Return to the text from before a step, mark its token, and return the new text."""
        old = self._instance
        self._instance = snapshots.read(old.definition, old.host, text)
        self._instance.taken = old.taken[:taken]
        self.fail(token_id)
        return self.snapshot()

    def _find(self, token_id: str) -> Any:
        task = self._instance.find(token_id)
        if task is None:
            raise TokenGone(token_id)
        return task
