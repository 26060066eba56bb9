"""Raw SpiffWorkflow as a contender: `python -m bench.peers.raw_spiff ADDRESS FOLDER`.

Its own BpmnWorkflow and serializer, the specification cached and left out of the state, and the
rows of a completion written by SQLAlchemy Core in one transaction: no rights, no form, no FEEL, no
deadlines, no sealing, no hash chain.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.workflow import (
    BpmnWorkflowConverter,
    WorkflowConverter,
)
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import create_engine

from app.bootstrap.models import metadata
from app.db.unit_of_work import prepare
from bench.peers.protocol import VALUES, serve, timed
from bench.peers.raw_rows import Rows

DRAWING = Path(__file__).with_name("line.bpmn")
TASKS = 3


def specification() -> tuple[Any, Any]:
    """Parse the drawing, once."""
    parser = BpmnParser()
    parser.add_bpmn_file(str(DRAWING))
    return parser.get_spec("line"), parser.get_subprocess_specs("line")


class Detached(BpmnWorkflowConverter):
    """Keeps the cached specification out of the state."""

    spec: Any = None
    subprocess_specs: Any = None

    def to_dict(self, workflow: Any) -> dict[str, Any]:
        state: dict[str, Any] = WorkflowConverter.to_dict(self, workflow)
        state["subprocesses"] = self.mapping_to_dict(workflow.subprocesses)
        state["bpmn_events"] = self.registry.convert(workflow.bpmn_events)
        return state

    def from_dict(self, state: dict[str, Any]) -> Any:
        workflow = self.target_class(self.spec, self.subprocess_specs, deserializing=True)
        workflow.tasks = self.mapping_from_dict(state["tasks"], UUID, workflow=workflow)
        workflow.task_tree = workflow.tasks.get(UUID(state["root"]))
        self.set_default_attributes(workflow, state)
        self.subprocesses_from_dict(state["subprocesses"], workflow)
        workflow.bpmn_events = self.registry.restore(state.pop("bpmn_events", []))
        return workflow


def human(task: Any) -> bool:
    """Tell whether a task waits for a person."""
    return bool(task.task_spec.manual)


def drawn(task: Any) -> bool:
    """Tell whether a task stands for something in the drawing."""
    return task.task_spec.bpmn_id is not None


class Raw:
    """Instances in rows."""

    def __init__(self, address: str) -> None:
        self.engine = prepare(create_engine(address))
        metadata.create_all(self.engine)
        Detached.spec, Detached.subprocess_specs = specification()
        registry = BpmnWorkflowSerializer.configure({**DEFAULT_CONFIG, BpmnWorkflow: Detached})
        self.serializer = BpmnWorkflowSerializer(registry)
        with self.engine.begin() as connection:
            self.rows = Rows.prepared(connection)

    def start(self) -> str:
        """Begin an instance that waits at its first task."""
        workflow = BpmnWorkflow(Detached.spec, Detached.subprocess_specs)
        workflow.do_engine_steps()
        with self.engine.execution_options(writes=True).begin() as connection:
            waiting = [task for task in workflow.get_tasks(state=TaskState.READY) if human(task)]
            return self.rows.begin(connection, self.serializer.serialize_json(workflow), waiting)

    def complete(self, instance_id: str, user_task: tuple[str, str]) -> None:
        """Complete a waiting task: one transaction."""
        row_id, token = user_task
        with self.engine.execution_options(writes=True).begin() as connection:
            workflow = self.serializer.deserialize_json(self.rows.lock(connection, instance_id))
            before = {task.id for task in workflow.get_tasks(state=TaskState.COMPLETED)}
            task = workflow.get_task_from_id(UUID(token))
            task.data.update(VALUES)
            task.run()
            workflow.do_engine_steps()
            state = self.serializer.serialize_json(workflow)
            passed = [
                each
                for each in workflow.get_tasks(state=TaskState.COMPLETED)
                if each.id not in before and drawn(each)
            ]
            waiting = [each for each in workflow.get_tasks(state=TaskState.READY) if human(each)]
            over = workflow.is_completed()
            self.rows.completed(connection, instance_id, row_id, state, passed, waiting, over=over)


def main(address: str, _folder: str) -> None:
    """Complete three tasks of each new instance."""
    raw = Raw(address)

    def one(instance_id: str) -> float:
        with raw.engine.connect() as connection:
            waiting = raw.rows.waiting(connection, instance_id)
        return timed(lambda: raw.complete(instance_id, waiting))

    def completions(instances: int) -> list[float]:
        begun = [raw.start() for _ in range(instances)]
        return [one(instance_id) for instance_id in begun for _ in range(TASKS)]

    serve(completions)


if __name__ == "__main__":
    main(*sys.argv[1:])
