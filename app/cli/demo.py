"""`flask demo serve` and `flask demo story`: the demo in a browser, the main job without one."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import click
import waitress
from flask import Flask, current_app
from flask.cli import AppGroup

from app.adapters.licence_library import Book, HttpLicenceLibrary, running_library
from app.bootstrap import House
from app.bootstrap.setting_up import publish_each, set_up
from app.cli.output import fail, reporting
from app.cli.story import tell
from app.db.installation import DEMO
from app.scheduler.metronome import start
from app.scheduler.watching import FolderWatch
from app.web.extensions import house, keep_house

group = AppGroup("demo", help="演示")
THREADS = 8
GENERATION_SECONDS = 1.5


def register(app: Flask) -> None:
    """Add the group."""
    app.cli.add_command(group)


@group.command("serve")
@click.option("--port", default=8000, show_default=True)
@reporting
def serve(port: int) -> None:
    """准备演示数据，启动网站、计时与文件监视。"""
    with ExitStack() as running:
        home = _with_library(running)
        _serve(home, port)


def _with_library(running: ExitStack) -> House:
    """Return the house; without a licence library in the settings it gets one of its own."""
    home = house()
    if home.config.licence_library:
        return home
    server = running.enter_context(running_library(Book(generation_seconds=GENERATION_SECONDS)))
    library = HttpLicenceLibrary(server.url)
    home = replace(home, adapters=replace(home.adapters, licence_library=library))
    keep_house(current_app._get_current_object(), home)  # type: ignore[attr-defined]
    click.echo(f"演示用电子证照库已启动：{server.url}")
    return home


def _serve(home: House, port: int) -> None:
    set_up(home, kind=DEMO)
    errors = {key: [f.line for f in found] for key, found in publish_each(home).items()}
    home.designer_errors[:] = [line for lines in errors.values() for line in lines]
    for sentence in home.designer_errors:
        click.echo(sentence, err=True)
    watch = FolderWatch(home, tell=lambda line: click.echo(line, err=True), errors=errors)
    scheduler = start(home, watch.look, watch.rehearse)
    click.echo(f"演示已启动：http://127.0.0.1:{port}（按 Ctrl+C 停止）")
    try:
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        waitress.serve(app, host="127.0.0.1", port=port, threads=THREADS, ident=None)
    finally:
        threading.Thread(target=scheduler.shutdown, kwargs={"wait": False}).start()


@group.command("story")
@click.option("--out", type=click.Path(path_type=Path), help="证书与根证书的存放位置")
@reporting
def story(out: Path | None) -> None:
    """在虚拟时钟上走完遗失补办（A04、A05），逐步打印，并留下签名的证书。"""
    folder = out or house().config.instance / "demo"
    if not tell(house().config, folder, click.echo):
        fail(["演示故事没有走到预期的结果。"])
