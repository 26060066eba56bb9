"""`flask docs`: a page and a picture per procedure in `docs/procedures/`, from its files."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext

from app.cli.output import as_json, fail, reporting, show
from app.cli.procedure_pages import Told
from app.config import ROOT
from app.engine.bundles import compile_package
from app.engine.package import process_keys, read_package
from app.engine.pictures import picture
from app.engine.simulation import read_scenario, scenario_files
from app.messages import message
from app.web.diagrams import own_drawing
from app.web.extensions import house

FOLDER = ROOT / "docs" / "procedures"
INDEX = "README.md"


def register(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(docs)


@click.command("docs")
@click.option("--check", is_flag=True, help="只比较，不写；有出入时以 1 退出")
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER, help="写到哪个文件夹")
@as_json
@with_appcontext
@reporting
def docs(check: bool, folder: Path, as_json: bool) -> None:
    """按流程文件写出每个流程的说明页。"""
    wanted = pages()
    stale = _stale(folder, wanted)
    if check and stale:
        fail([message("docs.stale", names="、".join(stale))])
    if not check:
        _write(folder, wanted)
    show(sorted(wanted), [message("docs.current", count=len(wanted) // 2)], as_json=as_json)


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    config = house().config
    written, index = {}, ["# 流程说明", message("docs.index"), ""]
    told = [_told(key) for key in process_keys(config.workflows)]
    for each in sorted(told, key=lambda one: (one.bundle.descriptor.order, one.bundle.key)):
        about = each.bundle.descriptor
        written[f"{about.key}.md"] = each.page()
        written[f"{about.key}.svg"] = picture(own_drawing(each.bundle), about.title)
        index.append(f"- [{about.title}]({about.key}.md)：{about.summary}".rstrip("："))
    written[INDEX] = "\n".join([index[0], "", *index[1:]]) + "\n"
    return written


def _told(key: str) -> Told:
    config = house().config
    package = read_package(key, workflows=config.workflows, forms=config.forms)
    bundle = compile_package(package, house().tools.forms.load)
    scenarios = [read_scenario(path) for path in scenario_files(config.workflows, key)]
    return Told(bundle, scenarios)


def _stale(folder: Path, wanted: dict[str, str]) -> list[str]:
    there = {path.name: path.read_text(encoding="utf-8") for path in _files(folder)}
    return sorted(name for name in {*there, *wanted} if there.get(name) != wanted.get(name))


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*") if path.suffix in (".md", ".svg")]


def _write(folder: Path, wanted: dict[str, str]) -> None:
    """Write all pages and take away those whose procedure is gone."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in _files(folder):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")
