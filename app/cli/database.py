"""`flask db-setup`: tables, reference data, published processes."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext

from app.bootstrap.setting_up import SET_UP, publish_all, set_up
from app.cli.output import fail, reporting
from app.clock import local_date
from app.db.installation import DEMO, PRODUCTION
from app.db.system_time import system_now
from app.domain.access.actor import PLATFORM
from app.domain.accounts import account, grant_role, open_account, set_first_password
from app.engine.package import process_keys
from app.scheduler.publishing import publish
from app.web.extensions import house


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(db_setup)
    app.cli.add_command(account_password)
    app.cli.add_command(account_open)


@click.command("db-setup")
@click.option("--demo", is_flag=True, help="写入演示数据，并允许拨动时钟")
@with_appcontext
@reporting
def db_setup(demo: bool) -> None:
    """建表、写入基础数据并发布全部流程；重复执行不会改动已有数据。"""
    set_up(house(), kind=DEMO if demo else PRODUCTION)
    refused = _publish(demo=demo)
    if refused:
        fail(refused)
    click.echo("数据库已就绪，流程已发布。")


def _publish(*, demo: bool) -> list[str]:
    """Publish every process, in a demo without playing the scenarios; returns why not."""
    if demo:
        return [finding.line for finding in publish_all(house())]
    keys = process_keys(house().config.workflows)
    return list(publish(house(), keys, published_by=SET_UP).refused)


@click.command("account-password")
@click.argument("user_name")
@click.password_option()
@reporting
def account_password(user_name: str, password: str) -> None:
    """为账户设置密码，首次登录须修改。"""
    with house().unit_of_work() as session:
        set_first_password(session, account(session, user_name), password, now=system_now())
    click.echo(f"已为 {user_name} 设置密码。")


@click.command("account-open")
@click.argument("user_name")
@click.argument("display_name")
@click.option("--role", required=True, help="角色代码，如 R-ADM、R-SEC、R-CITY")
@click.option("--organisation", default=PLATFORM, show_default=True, help="机构代码")
@click.password_option()
@reporting
def account_open(
    user_name: str, display_name: str, role: str, organisation: str, password: str
) -> None:
    """开立一个账户并授予角色；首次登录须修改密码。"""
    own = None if organisation == PLATFORM else organisation
    with house().unit_of_work() as session:
        opened = open_account(
            session, user_name=user_name, display_name=display_name, organisation_code=own
        )
        session.flush()  # the role refers to the account
        today = local_date(house().clock.now())
        grant_role(session, opened, role, organisation, on=today, granted_by="flask account-open")
        set_first_password(session, opened, password, now=system_now())
    click.echo(f"已开立账户 {user_name}。")
