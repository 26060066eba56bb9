"""`flask worker` and `flask sweep`: the scheduler as its own process, or one pass of it."""

from __future__ import annotations

import signal
import threading

import click
from flask import Flask

from app.cli.output import as_json, reporting, show
from app.scheduler.due import fire_everything
from app.scheduler.metronome import start, worker_name
from app.scheduler.outbox import work_everything
from app.scheduler.tidying import tidy
from app.web.extensions import house


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(worker)
    app.cli.add_command(sweep)


@click.command("worker")
@reporting
def worker() -> None:
    """持续处理到期计时与后台任务，直到收到停止信号。"""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    scheduler = start(house())
    click.echo("后台处理已启动。")
    stop.wait()
    scheduler.shutdown(wait=True)


@click.command("sweep")
@as_json
@reporting
def sweep(as_json: bool) -> None:
    """处理当前所有到期计时与后台任务，找出停滞的办件，然后结束。"""
    owner = worker_name()
    followed = house().engine.follow_calendar()
    fired = fire_everything(house(), owner=owner)
    worked = work_everything(house(), owner=owner)
    stalled = house().engine.report_stalled()
    tidied = tidy(house())
    show(
        {
            "timers": fired,
            "outbox": worked,
            "stalled": stalled,
            "tidied": tidied,
            "recounted": followed.moved,
        },
        [
            f"重新计算期限 {followed.moved} 个，到期计时 {fired} 个，后台任务 {worked} 个，"
            f"停滞办件 {stalled} 个，清理未完成的上传和过期的暂存 {tidied} 个。"
        ],
        as_json=as_json,
    )
