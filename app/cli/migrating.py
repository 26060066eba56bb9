"""`flask process migrate`: what a newer version means for running cases, and carrying it out.

A dry run needs nobody. Everything else is asked for by one administrator and approved by another;
with an approved request the instances are moved here instead of by the workers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bootstrap import House
from app.cli.output import as_json, fail, reporting, show
from app.clock import local_date
from app.domain.access.actor import Actor
from app.domain.accounts import account, actor_of
from app.engine.migrating.launching import VERB, counted, wanted_by
from app.engine.migrating.planning import VERDICTS, Plan, candidates, plan_of
from app.engine.migrating.running import work_off
from app.engine.migrating.tables import FAILED, WAITING, InstanceMigration, Migration
from app.engine.migrating.wanted import Wanted, read_correspondence
from app.engine.operating.repairs import PROCESS, Subject
from app.engine.operating.requests import require_approved
from app.engine.tables import ProcessInstance
from app.errors import EngineError
from app.messages import message
from app.web.extensions import house, reading


@click.command("migrate")
@click.argument("key")
@click.option("--to", "version", type=int, help="目标版本，默认最新")
@click.option(
    "--map", "file", type=click.Path(exists=True, path_type=Path), help="对应关系（TOML 或 JSON）"
)
@click.option("--instance", help="只看一件：受理号")
@click.option("--accept-skipped", is_flag=True, help="确认新插入的步骤可以跳过")
@click.option("--dry-run", is_flag=True, help="只列出计划，什么也不改")
@click.option("--pilot", type=int, help="先迁移前几件")
@click.option("--reason", help="申请的理由")
@click.option("--by", help="谁（用户名）")
@click.option("--request", "request_id", help="已批准的申请编号：现在执行")
@click.option("--rest", is_flag=True, help="试迁移之后，连同其余的一起执行")
@as_json
@with_appcontext
@reporting
def migrate(
    key: str, version: int | None, file: Path | None, instance: str | None, pilot: int | None,
    reason: str | None, by: str | None, request_id: str | None, *, accept_skipped: bool,
    dry_run: bool, rest: bool, as_json: bool,
) -> None:  # fmt: skip
    """把办理中的办件迁移到流程的新版本：先看计划，经两名管理员后执行。"""
    renamed, sent_to = read_correspondence(file.read_text("utf-8")) if file else ({}, {})
    arguments: dict[str, Any] = {
        "to": version, "renamed": renamed, "sent_to": sent_to, "accept_skipped": accept_skipped,
        "pilot": pilot, "instance": instance,
    }  # fmt: skip
    if dry_run:
        _show_plan(house(), key, arguments, as_json=as_json)
    elif request_id is not None:
        _carry_out(house(), key, request_id, by if rest else None, as_json=as_json)
    else:
        _ask(house(), key, arguments, reason or "", by, as_json=as_json)


def _show_plan(home: House, key: str, arguments: dict[str, Any], *, as_json: bool) -> None:
    session = reading()  # which refuses to write
    wanted = wanted_by(session, home.tools, key, arguments)
    plans = list(_plans(home, session, wanted, arguments["instance"]))
    counts = Counter(plan.verdict for plan in plans)
    data = {
        "process": key,
        "to_version": wanted.to.version,
        "counts": {name: counts.get(name, 0) for name in VERDICTS},
        "instances": [plan.data() for plan in plans],
    }
    show(data, [counted(counts, wanted), *_lines(plans)], as_json=as_json)


def _plans(
    home: House, session: Session, wanted: Wanted, business_key: str | None
) -> Iterator[Plan]:
    now = home.clock.now()
    for instance in candidates(session, wanted, business_key=business_key):
        yield replace(plan_of(session, home.tools, instance, wanted, now), passage=None)


def _lines(plans: list[Plan]) -> Iterator[str]:
    for plan in plans:
        verdict = message(f"migration.verdict_{plan.verdict}")
        yield f"{plan.instance.business_key}  第{plan.version}版  {verdict}"
        skipped = [message("migration.would_skip", name=name) for name in plan.skipped]
        yield from (f"    {each}" for each in (*plan.reasons, *skipped, *plan.effects))


def _ask(
    home: House, key: str, arguments: dict[str, Any], reason: str, by: str | None, *, as_json: bool
) -> None:
    actor = _actor(home, by)
    answer = home.engine.request_repair(
        VERB, Subject(PROCESS, key), arguments, reason=reason, actor=actor
    )
    said = message("migration.asked", request=answer["request_id"])
    show({"request": answer["request_id"]}, [said], as_json=as_json)


def _actor(home: House, by: str | None) -> Actor:
    if not by:
        raise EngineError("migration.by_whom")
    with home.unit_of_work() as session:
        return actor_of(account(session, by), local_date(home.clock.now()))


def _carry_out(home: House, key: str, request_id: str, by: str | None, *, as_json: bool) -> None:
    """Move what an approved request enlisted, and with a name also the rest of a pilot."""
    with home.unit_of_work() as session:
        require_approved(session, request_id, VERB, key)
        query = select(Migration.id).where(Migration.request_id == request_id)
        migration_id = session.scalars(query).one()
    if by is not None:
        home.engine.continue_migration(migration_id, actor=_actor(home, by))
    with home.unit_of_work() as session:
        waiting = [row.id for row, _ in _rows(session, migration_id) if row.outcome == WAITING]
    held = work_off(home.engine, waiting)
    with home.unit_of_work() as session:
        rows = _rows(session, migration_id)
        data = [
            {"business_key": number, "outcome": row.outcome, "said": row.said}
            for row, number in rows
        ]
        lines = [
            f"{number}  {message(f'migration.outcome_{row.outcome}')}  {row.said}"
            for row, number in rows
        ]
    show({"migration": migration_id, "instances": data}, lines, as_json=as_json)
    if held or any(each["outcome"] == FAILED for each in data):
        fail([message("migration.not_all")])


def _rows(session: Session, migration_id: str) -> list[tuple[InstanceMigration, str]]:
    query = select(InstanceMigration, ProcessInstance.business_key).join(
        ProcessInstance, ProcessInstance.id == InstanceMigration.instance_id
    )
    found = query.where(InstanceMigration.migration_id == migration_id)
    return [(row, number) for row, number in session.execute(found.order_by(InstanceMigration.id))]
