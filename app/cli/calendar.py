"""`flask calendar due`: a working-day deadline, with the days that were counted."""

from __future__ import annotations

from datetime import date, datetime

import click
from flask import Flask
from flask.cli import AppGroup

from app.cli.output import as_json, reporting, show
from app.clock import local
from app.domain.calendar import load_calendar
from app.web.extensions import house

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
    data = {
        "start": first,
        "days": days,
        "region": region,
        "counted": list(counting.counted),
        "last_day": counting.end,
        "possible_from": f"{local(end):%Y-%m-%d %H:%M}",
        "provisional": counting.provisional,
    }
    note = "（暂定，国务院尚未公布该年安排）" if counting.provisional else ""
    lines = [
        f"期限：{counting.end} 24:00{note}",
        f"最早可办：{local(end):%Y-%m-%d %H:%M}",
        "计入的工作日：" + "、".join(str(day) for day in counting.counted),
    ]
    show(data, lines, as_json=as_json)
