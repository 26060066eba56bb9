"""Words for tests of migrations: newer drawings, two administrators, workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.engine.migrating.planning import Plan, candidates, plan_of
from app.engine.migrating.tables import InstanceMigration
from app.engine.migrating.wanted import Wanted, target
from app.engine.operating.repairs import PROCESS, Subject
from app.engine.package import Package
from app.engine.tables import ProcessInstance
from app.scheduler.outbox import work_everything
from tests.engine.houses import Stage
from tests.engine.test_bundles import changed

FIRST, SECOND = "platform.admin1", "platform.admin2"
WHY = "新办法增加了法制审核"
WORKER = "worker-m"
DESK = 'role("R-UADM", path.unit)'


def user_task(name: str, title: str, *, groups: str = f"={DESK}", form: str = "note") -> str:
    """One user task as a designer draws it."""
    return (
        f'<bpmn:userTask id="{name}" name="{title}"><bpmn:extensionElements><zeebe:userTask />'
        f'<zeebe:formDefinition formId="{form}" />'
        f"<zeebe:assignmentDefinition candidateGroups='{groups}' />"
        '<zeebe:taskSchedule dueDate="P5D" /></bpmn:extensionElements></bpmn:userTask>'
    )


def drawing_of(package: Package) -> str:
    """Return the path of a package's own drawing."""
    return f"workflows/{package.key}/{package.key}.bpmn"


def redrawn(package: Package, *edits: tuple[str, str]) -> Package:
    """Return a package whose drawing has texts replaced."""
    for old, new in edits:
        package = changed(package, drawing_of(package), old, new)
    return package


def inserted(package: Package, flow: str, name: str, title: str, **drawn: str) -> Package:
    """Return a package with a user task put on a sequence flow, before its target."""
    text = package.files[drawing_of(package)]
    opening = f'<bpmn:sequenceFlow id="{flow}"'
    end = text.index("/>", text.index(opening)) + 2
    found = text[text.index(opening) : end]
    goal = found.split('targetRef="')[1].split('"')[0]
    first = found.replace(f'targetRef="{goal}"', f'targetRef="{name}"')
    second = f'<bpmn:sequenceFlow id="{name}_on" sourceRef="{name}" targetRef="{goal}" />'
    return redrawn(package, (found, user_task(name, title, **drawn) + first + second))


def publish(stage: Stage, package: Package) -> str:
    """Publish a package and return the bundle's id."""
    return stage.house.engine.publish(package, published_by="tests")


def plans(stage: Stage, key: str, **wanted: Any) -> list[Plan]:
    """Return the plan of every running instance for the newest version."""
    tools = stage.house.tools
    with stage.house.unit_of_work() as session:
        aim = Wanted(target(session, tools, key, None), **wanted)
        now = stage.clock.now()
        return [plan_of(session, tools, each, aim, now) for each in candidates(session, aim)]


def request(stage: Stage, key: str, *, by: str = FIRST, **arguments: Any) -> str:
    """Ask for a migration; returns the request."""
    answer = stage.house.engine.request_repair(
        "migrate", Subject(PROCESS, key), arguments, reason=WHY, actor=stage.actor(by)
    )
    return str(answer["request_id"])


def approved(stage: Stage, key: str, **arguments: Any) -> None:
    """Ask for a migration and let another administrator approve it; nothing is moved yet."""
    asked = request(stage, key, **arguments)
    stage.house.engine.approve_repair(asked, actor=stage.actor(SECOND))


def migrated(stage: Stage, key: str, **arguments: Any) -> list[InstanceMigration]:
    """Migrate by two administrators and a worker; returns what became of each instance."""
    approved(stage, key, **arguments)
    return worked_off(stage)


def worked_off(stage: Stage) -> list[InstanceMigration]:
    """Let a worker do what waits."""
    work_everything(stage.house, owner=WORKER)
    return stage.rows(InstanceMigration)


def outcomes(rows: list[InstanceMigration]) -> list[str]:
    """Return what became of each instance, in order."""
    return [row.outcome for row in rows]


def image(stage: Stage, instance_id: str, *tables: type[Any]) -> Mapping[str, Any]:
    """Return everything that is stored of an instance, byte for byte."""
    found: dict[str, Any] = {}
    with stage.house.unit_of_work() as session:
        for table in (ProcessInstance, *tables):
            key = table.id if table is ProcessInstance else table.instance_id
            rows = session.execute(
                select(*table.__table__.columns).where(key == instance_id).order_by(table.id)
            )
            found[table.__tablename__] = [tuple(row) for row in rows]
    return found
