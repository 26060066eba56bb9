"""`flask process templates`: the Modeler's palette, written beside the drawings."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext

from app.bootstrap.palette import FOLDER, palette, written
from app.cli.output import as_json, fail, reporting, show
from app.cli.process import group
from app.messages import message
from app.web.extensions import house


def register(app: Flask) -> None:
    """Add the command to the group."""
    group.add_command(templates)


@click.command("templates")
@click.option("--check", is_flag=True, help="只比较，不写；有出入时以 1 退出")
@as_json
@with_appcontext
@reporting
def templates(check: bool, as_json: bool) -> None:
    """按操作、角色、事实和代码表写出建模器的中文模板。"""
    home = house()
    found = palette(home.config.workflows, home.tools.registry)
    folder, texts = home.config.workflows / FOLDER, written(found)
    stale = _stale(folder, texts)
    if check and stale:
        fail([message("palette.stale", names="、".join(stale))])
    if not check:
        _write(folder, texts)
    count = sum(map(len, found.values()))
    said = message("palette.current" if check else "palette.written", count=count, place=folder)
    ids = {name: [each["id"] for each in templates] for name, templates in found.items()}
    show(ids, [said], as_json=as_json)


def _stale(folder: Path, wanted: dict[str, str]) -> list[str]:
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in {*there, *wanted} if there.get(name) != wanted.get(name))


def _write(folder: Path, wanted: dict[str, str]) -> None:
    """Write all files and take away those that are no longer generated."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")
