"""`flask process new|check|list|test|migrate`: the designers' commands; see also `publishing`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.bootstrap.setting_up import check_process
from app.cli.migrating import migrate
from app.cli.new_process import write_new_process
from app.cli.output import as_json, fail, reporting, show
from app.config import Config
from app.engine.bundles import compile_package
from app.engine.package import Package, process_keys, read_package
from app.engine.publishing import Change
from app.engine.simulation import scenario_files
from app.messages import message
from app.scheduler.scenarios import test_processes
from app.web.extensions import house

group = AppGroup("process", help="流程：新建、检查、列出、试验、发布")


def register(app: Flask) -> None:
    """Add the group."""
    group.add_command(migrate)
    app.cli.add_command(group)


def keys_or_all(given: tuple[str, ...]) -> list[str]:
    """Return the processes that were named, else every one of the folders."""
    return list(given) or process_keys(house().config.workflows)


@group.command("check")
@click.argument("keys", nargs=-1)
@as_json
@reporting
def check(keys: tuple[str, ...], as_json: bool) -> None:
    """检查流程文件；有问题时逐条列出并以 1 退出。"""
    findings = [finding for key in keys_or_all(keys) for finding in check_process(house(), key)]
    show([vars(f) for f in findings], [], as_json=as_json)
    if findings:
        fail([finding.line for finding in findings])
    if not as_json:
        click.echo(f"已检查 {len(keys_or_all(keys))} 个流程，没有问题。")


@group.command("list")
@as_json
@reporting
def list_processes(as_json: bool) -> None:
    """列出流程、已发布的版本，以及用户任务、计时、表单和场景。"""
    packages = {key: _read(key) for key in process_keys(house().config.workflows)}
    versions = _versions(packages)
    rows = [_row(key, one) | _state(versions.get(key)) for key, one in packages.items()]
    lines = [
        f"{row['key']}  {row['title']}  {row['state']}  用户任务 {len(row['user_tasks'])} · 计时 "
        f"{len(row['timers'])} · 表单 {len(row['forms'])} · 场景 {len(row['scenarios'])}"
        for row in rows
    ]
    show(rows, lines, as_json=as_json)


def _read(key: str) -> Package:
    config = house().config
    return read_package(key, workflows=config.workflows, forms=config.forms)


def _versions(packages: dict[str, Package]) -> dict[str, Change]:
    """Return what would be published; nothing is known before there is a database."""
    try:
        return {one.key: one for one in house().engine.compare(packages, list(packages))}
    except (OperationalError, ProgrammingError):
        return {}


def _state(change: Change | None) -> dict[str, Any]:
    """Return the published version of a process, and whether its files have changed since."""
    if change is None:
        state = message("publish.state_unknown")
        return {"version": None, "changed": True, "state": state}
    code = "publish.state_new" if change.old is None else "publish.state_changed"
    code = code if change.is_new else "publish.state_current"
    return {
        "version": change.old,
        "changed": change.is_new,
        "state": message(code, version=change.old or 0),
    }


def _row(key: str, package: Package) -> dict[str, Any]:
    config = house().config
    compiled = compile_package(package, house().tools.forms.load)
    elements = [e for e in compiled.definition.elements.values() if e.process_id == key]
    return {
        "key": key,
        "title": package.descriptor.title,
        "starter": package.descriptor.starter,
        "user_tasks": [e.id for e in elements if e.kind == "userTask"],
        "timers": [e.id for e in elements if e.timer_kind],
        "forms": sorted(path for path in package.files if path.endswith(".form")),
        "scenarios": [path.name for path in scenario_files(config.workflows, key)],
    }


@group.command("test")
@click.argument("keys", nargs=-1)
@as_json
@reporting
def test(keys: tuple[str, ...], as_json: bool) -> None:
    """运行流程的场景，并打印节点与流向的覆盖情况。"""
    report = test_processes(house().config, keys_or_all(keys))
    show(report.data(), report.lines(), as_json=as_json)
    if report.failures():
        fail(report.failures())


@group.command("new")
@click.argument("key")
@reporting
def new(key: str) -> None:
    """新建一个可以运行的三步流程。"""
    config = house().config
    for path in write_new_process(key, workflows=config.workflows, forms=config.forms):
        click.echo(f"已写入 {_shown(path, config)}")


def _shown(path: Path, config: Config) -> str:
    """Return a path from the designers' folder on."""
    inside = config.workflows if path.is_relative_to(config.workflows) else config.forms
    return str(path.relative_to(inside.parent))
