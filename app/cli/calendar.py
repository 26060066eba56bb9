"""`flask calendar due|load`: a working-day deadline as it is counted, and a new schedule."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app.cli.output import as_json, fail, reporting, show
from app.cli.schedules import loaded_data, loaded_lines, preview_data, preview_lines
from app.clock import local
from app.domain.calendar import load_calendar
from app.engine.affected import preview
from app.messages import message
from app.web.extensions import house, legal_now, reading

group = AppGroup("calendar", help="工作日历")


def register(app: Flask) -> None:
    """Add the group."""
    app.cli.add_command(group)


@group.command("due")
@click.argument("start", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("days", type=int)
@click.option("--region", default="450000", show_default=True, help="行政区划代码")
@as_json
@reporting
def due(start: datetime, days: int, region: str, as_json: bool) -> None:
    """计算从 START 起第 DAYS 个工作日（START 当日不计）。"""
    first: date = start.date()
    with house().unit_of_work() as session:
        calendar = load_calendar(session)
    counting = calendar.count_days(first, days, region)
    end = calendar.end_exclusive(first, days, region)
    counted = [day.on for day in counting.counted]
    data = {
        "start": first,
        "days": days,
        "region": region,
        "counted": counted,
        "last_day": counting.end,
        "possible_from": f"{local(end):%Y-%m-%d %H:%M}",
        "provisional": counting.provisional,
    }
    note = "（暂定，国务院尚未公布该年安排）" if counting.provisional else ""
    lines = [
        f"期限：{counting.end} 24:00{note}",
        f"最早可办：{local(end):%Y-%m-%d %H:%M}",
        "计入的工作日：" + "、".join(map(str, counted)),
    ]
    show(data, lines, as_json=as_json)


@group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--label", default="", help="版本名称，如“2027年全国放假安排”；不写则用文件名")
@click.option("--dry-run", is_flag=True, help="只列出会变动的期限，不载入")
@as_json
@reporting
def load(file: Path, label: str, dry_run: bool, as_json: bool) -> None:
    """载入放假安排（CSV），重新计算未办结的期限，并告知有关人员。"""
    if dry_run:
        found = preview(reading(), house().tools, file, now=legal_now())
        show(preview_data(found), preview_lines(found), as_json=as_json)
        return
    engine = house().engine
    number = engine.load_schedule(file, label=label or file.stem, loaded_by="flask calendar load")
    followed = engine.follow_calendar()
    show(loaded_data(number, followed), loaded_lines(number, followed), as_json=as_json)
    if not followed.finished:
        fail([message("schedule.not_all_followed", left=followed.left)])
