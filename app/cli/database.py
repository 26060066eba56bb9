"""`flask db-setup`: tables, reference data, published processes."""

from __future__ import annotations

import click
from flask import Flask

from app.bootstrap.setting_up import publish_all, set_up
from app.cli.output import fail, reporting
from app.db.installation import DEMO, PRODUCTION
from app.domain.accounts import account, set_password
from app.web.extensions import house


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(db_setup)
    app.cli.add_command(account_password)


@click.command("db-setup")
@click.option("--demo", is_flag=True, help="写入演示数据，并允许拨动时钟")
@reporting
def db_setup(demo: bool) -> None:
    """建表、写入基础数据并发布全部流程；重复执行不会改动已有数据。"""
    set_up(house(), kind=DEMO if demo else PRODUCTION)
    findings = publish_all(house())
    if findings:
        fail([finding.sentence for finding in findings])
    click.echo("数据库已就绪，流程已发布。")


@click.command("account-password")
@click.argument("user_name")
@click.password_option()
@reporting
def account_password(user_name: str, password: str) -> None:
    """为账户设置密码，首次登录须修改。"""
    with house().unit_of_work() as session:
        set_password(session, account(session, user_name), password, now=house().clock.now())
    click.echo(f"已为 {user_name} 设置密码。")
