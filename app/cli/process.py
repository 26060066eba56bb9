"""`flask process new|check|list|test|publish|migrate`: the designers' commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from app.bootstrap.setting_up import check_process, publish_process
from app.cli.migrating import migrate
from app.cli.new_process import write_new_process
from app.cli.output import as_json, fail, reporting, show
from app.cli.scenarios import test_processes
from app.config import Config
from app.engine.bundles import compile_package
from app.engine.package import process_keys, read_package
from app.engine.simulation import scenario_files
from app.web.extensions import house

group = AppGroup("process", help="流程：新建、检查、列出、试验、发布")


def register(app: Flask) -> None:
    """Add the group."""
    group.add_command(migrate)
    app.cli.add_command(group)


def _keys(given: tuple[str, ...]) -> list[str]:
    return list(given) or process_keys(house().config.workflows)


@group.command("check")
@click.argument("keys", nargs=-1)
@as_json
@reporting
def check(keys: tuple[str, ...], as_json: bool) -> None:
    """检查流程文件；有问题时逐条列出并以 1 退出。"""
    findings = [finding for key in _keys(keys) for finding in check_process(house(), key)]
    show([vars(f) for f in findings], [], as_json=as_json)
    if findings:
        fail([finding.line for finding in findings])
    if not as_json:
        click.echo(f"已检查 {len(_keys(keys))} 个流程，没有问题。")


@group.command("publish")
@click.argument("keys", nargs=-1)
@as_json
@reporting
def publish(keys: tuple[str, ...], as_json: bool) -> None:
    """检查并发布流程的新版本；内容未变则版本不变。"""
    for key in _keys(keys):
        findings = publish_process(house(), key, published_by="flask process publish")
        if findings:
            fail([finding.line for finding in findings])
    show(_keys(keys), [f"已发布：{'、'.join(_keys(keys))}"], as_json=as_json)


@group.command("list")
@as_json
@reporting
def list_processes(as_json: bool) -> None:
    """列出流程及其用户任务、计时、表单和场景。"""
    rows = [_row(key) for key in process_keys(house().config.workflows)]
    lines = [
        f"{row['key']}  {row['title']}  用户任务 {len(row['user_tasks'])} · 计时 "
        f"{len(row['timers'])} · 表单 {len(row['forms'])} · 场景 {len(row['scenarios'])}"
        for row in rows
    ]
    show(rows, lines, as_json=as_json)


def _row(key: str) -> dict[str, Any]:
    config = house().config
    package = read_package(key, workflows=config.workflows, forms=config.forms)
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
    report = test_processes(house().config, _keys(keys))
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
