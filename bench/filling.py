"""Filling a database with as many instances as an installation has after years: copied rows.

One instance that waits at its second task is made by the engine; its rows are copied inside the
database. Copies keep the state and the tokens; ids, numbers and groups become their own, so that
indexes look as they do in real life. What is sealed in a copy cannot be opened: nobody does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, text

from app.bootstrap import House
from app.db.base import Base
from app.domain.audit.tables import AuditEntry
from app.domain.calendar import Deadline
from app.domain.cases.tables import CaseRow
from app.engine.tables import (
    ActivityEvent,
    ProcessInstance,
    TaskCandidate,
    TaskSubmission,
    UserTask,
)
from app.scheduler.virtual import find_actor
from bench.houses import GOING_ON, OFFICER, PERSON, complete, start

TABLES: tuple[type[Base], ...] = (
    CaseRow, ProcessInstance, Deadline, UserTask, TaskCandidate, TaskSubmission, ActivityEvent,
    AuditEntry,
)  # fmt: skip
SLICE = 20_000
OFFICES = 5_000
SERIES = {
    "sqlite": "WITH RECURSIVE n(i) AS "
    "(SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)",
    "postgresql": "WITH n(i) AS "
    "(SELECT generate_series(CAST(:first AS bigint), CAST(:last AS bigint)))",
}
NUMBER = {"sqlite": "printf('%012d', i)", "postgresql": "lpad(CAST(i AS text), 12, '0')"}


@dataclass(frozen=True)
class Template:
    """The rows of one instance, and what in them becomes its own in every copy."""

    rows: tuple[tuple[Table, dict[str, Any]], ...]
    own: dict[str, str]

    def statements(self, kind: str) -> Iterator[tuple[str, dict[str, Any], Table]]:
        """Yield an insert for each row, for the copies from :first to :last."""
        for table, row in self.rows:
            given = {name: value for name, value in row.items() if not self._is_own(value)}
            values = [
                f":{name}" if name in given else self._expression(row[name], kind) for name in row
            ]
            names = ", ".join(f'"{name}"' for name in row)
            into = f'INSERT INTO "{table.name}" ({names})'
            chosen = f"SELECT {', '.join(values)} FROM n"
            yield f"{SERIES[kind]} {into} {chosen}", given, table

    def _is_own(self, value: Any) -> bool:
        return isinstance(value, str) and value in self.own

    def _expression(self, value: str, kind: str) -> str:
        return self.own[value].replace("{number}", NUMBER[kind])


def template(found: House) -> Template:
    """Make an instance that waits at its second task, and read its rows."""
    case_id = start(found, "line")
    complete(found, case_id, find_actor(found, OFFICER), GOING_ON)
    with found.unit_of_work() as session:
        connection = session.connection()
        instance = session.get_one(CaseRow, case_id).process_instance_id or ""
        rows = tuple(_rows_of(connection, case_id, instance))
    own: dict[str, str] = {}
    for number, (_, row) in enumerate(rows):
        for name in ("id", "business_key", "case_no", "chain", "object_id", "subject_id"):
            value = row.get(name)
            if isinstance(value, str) and value:
                # Copies sort before everything that is made later, as old rows do.
                own.setdefault(value, f"'0{number:03d}' || substr('{value}', 1, 16) || {{number}}")
    own[OFFICER] = f"'R-UADM@S-' || (i % {OFFICES})"
    own[PERSON] = "'S' || i"
    return Template(rows, own)


def _rows_of(
    connection: Connection, case_id: str, instance: str
) -> Iterator[tuple[Table, dict[str, Any]]]:
    tasks: list[str] = []
    for model in TABLES:
        table: Any = model.__table__
        key = {
            "case_row": table.c.get("id"), "process_instance": table.c.get("id"),
            "deadline": table.c.get("process_instance_id"),
            "task_candidate": table.c.get("task_id"), "audit_entry": table.c.get("object_id"),
        }.get(table.name, table.c.get("instance_id"))  # fmt: skip
        wanted = {"case_row": [case_id], "process_instance": [instance], "task_candidate": tasks,
                  "audit_entry": [case_id, *tasks]}.get(table.name, [instance])  # fmt: skip
        for row in connection.execute(select(table).where(key.in_(wanted))).mappings():
            tasks += [row["id"]] if table.name == "user_task" else []
            yield table, dict(row)


def fill(found: House, source: Template, first: int, last: int) -> None:
    """Write the copies from one number to another, slice by slice."""
    kind = found.database.dialect.name
    for start_at in range(first, last + 1, SLICE):
        numbers = {"first": start_at, "last": min(start_at + SLICE - 1, last)}
        with found.unit_of_work() as session:
            for statement, given, table in source.statements(kind):
                typed = [bindparam(name, type_=table.c[name].type) for name in given]
                session.execute(text(statement).bindparams(*typed), {**given, **numbers})


def settle(found: House) -> None:
    """Let the database do what it does by itself in an hour: statistics, and a checkpoint."""
    with found.database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if found.database.dialect.name == "postgresql":
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")
            connection.exec_driver_sql("CHECKPOINT")
