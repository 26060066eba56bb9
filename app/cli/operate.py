"""`flask operate …`: the operators' repairs for scripts, with the same rights and records as pages.

Who acts is named by his user name; outside a demo he proves it with his password (asked for, or
read from standard input). The four eyes stay two: a request is approved by another account.
"""

from __future__ import annotations

import sys
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import select

from app.cli.output import as_json, reporting, show
from app.clock import local_date
from app.db.installation import DEMO, installation
from app.db.system_time import system_now
from app.domain.access.actor import Actor
from app.domain.accounts import Account, actor_of, find_account
from app.domain.accounts.sign_in import sign_in
from app.engine.looking import run_of
from app.engine.operating.known import CORRELATE, MOVE, REPEAT, SET
from app.engine.operating.repairs import INSTANCE, Subject
from app.engine.operating.requests import open_requests, require_operator
from app.engine.operating.setting import masked, read_value
from app.engine.tables import MessageSubscription, ProcessInstance
from app.errors import DomainError, EngineError
from app.messages import message
from app.web.extensions import house

group = AppGroup("operate", help="运维：查看、暂停、恢复、更正办件，批准更正")
who = click.option("--as", "user_name", required=True, help="平台管理员的用户名")
why = click.option("--reason", required=True, help="理由，至少5个字")


def register(app: Flask) -> None:
    """Add the group."""
    app.cli.add_command(group)


def operator(user_name: str) -> Actor:
    """Return the administrator who acts; raises unless he proves who he is."""
    with house().unit_of_work() as session:
        demo = installation(session).kind == DEMO
    if not demo:
        password = _password()
        sign_in(house().unit_of_work, user_name, password, now=system_now())
    with house().unit_of_work() as session:
        account: Account | None = find_account(session, user_name)
        if account is None:
            raise DomainError("cli.no_account", user_name=user_name)
        actor = actor_of(account, local_date(house().clock.now()))
    require_operator(actor)
    return actor


def _password() -> str:
    """Ask for the password; a script hands it in on its standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(message("cli.password"), hide_input=True))
    return sys.stdin.readline().rstrip("\n")


def instance_of(number: str) -> str:
    """Return the id of the instance with a case number; raises when there is none."""
    with house().unit_of_work() as session:
        query = select(ProcessInstance.id).where(ProcessInstance.business_key == number)
        found = session.scalar(query)
    if found is None:
        raise DomainError("web.no_such_case")
    return found


def _standing(instance_id: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return where an instance stands and its variables, as they are printed."""
    with house().unit_of_work() as session:
        run = run_of(session, house().tools, session.get_one(ProcessInstance, instance_id))
        tokens = [
            {"token": t.id, "element": t.element.id, "name": t.element.name,
             "waits_for": t.waits_for, "failed": t.failed}
            for t in run.tokens()
        ]  # fmt: skip
        return tokens, {n: masked(v) for n, v in sorted(run.root_variables().items())}


def token_on(instance_id: str, element: str) -> str:
    """Return the token that stands on an element, or the one with this id."""
    for token in _standing(instance_id)[0]:
        if element in (token["token"], token["element"]):
            return str(token["token"])
    raise EngineError("engine.repair_overtaken", name=element)


@group.command("show")
@click.argument("number")
@as_json
@reporting
def show_case(number: str, as_json: bool) -> None:
    """显示办件的位置和流程变量。"""
    tokens, variables = _standing(instance_of(number))
    lines = [f"{row['element']}  {row['name']}  {row['waits_for']}" for row in tokens]
    lines += [f"{name} = {value}" for name, value in variables.items()]
    show({"tokens": tokens, "variables": variables}, lines, as_json=as_json)


@group.command("suspend")
@click.argument("number")
@why
@who
@as_json
@reporting
def suspend(number: str, reason: str, user_name: str, as_json: bool) -> None:
    """暂停办件。"""
    house().engine.suspend(instance_of(number), reason=reason, actor=operator(user_name))
    show({"case": number, "suspended": True}, [f"办件 {number} 已暂停。"], as_json=as_json)


@group.command("resume")
@click.argument("number")
@why
@who
@as_json
@reporting
def resume(number: str, reason: str, user_name: str, as_json: bool) -> None:
    """恢复办理。"""
    house().engine.resume(instance_of(number), reason=reason, actor=operator(user_name))
    show({"case": number, "suspended": False}, [f"办件 {number} 已恢复办理。"], as_json=as_json)


def _ask(
    number: str, verb: str, arguments: dict[str, Any], reason: str, user_name: str, as_json: bool
) -> None:
    """Ask for a repair and print the request's id."""
    subject = Subject(INSTANCE, instance_of(number))
    answer = house().engine.request_repair(
        verb, subject, arguments, reason=reason, actor=operator(user_name)
    )
    request_id = answer["request_id"]
    said = [f"已提交申请 {request_id}，由另一位平台管理员批准：flask operate approve {request_id}"]
    show({"case": number, "request": request_id}, said, as_json=as_json)


@group.command("move")
@click.argument("number")
@click.argument("start")
@click.argument("target")
@click.option("--together", is_flag=True, help="并行的其他分支一并停止")
@why
@who
@as_json
@reporting
def move(
    number: str, start: str, target: str, together: bool, reason: str, user_name: str,
    as_json: bool,
) -> None:  # fmt: skip
    """申请把办件从 START（元素或令牌编号）移到元素 TARGET。"""
    token = token_on(instance_of(number), start)
    arguments = {"token": token, "to": target, "together": together}
    _ask(number, MOVE, arguments, reason, user_name, as_json)


@group.command("set")
@click.argument("number")
@click.argument("name")
@click.argument("value")
@why
@who
@as_json
@reporting
def set_variable(
    number: str, name: str, value: str, reason: str, user_name: str, as_json: bool
) -> None:
    """申请把变量 NAME 改为 JSON 值 VALUE。"""
    _ask(number, SET, {"name": name, "value": read_value(value)}, reason, user_name, as_json)


@group.command("repeat")
@click.argument("number")
@click.argument("element")
@why
@who
@as_json
@reporting
def repeat(number: str, element: str, reason: str, user_name: str, as_json: bool) -> None:
    """申请再执行一次已经执行过的系统步骤 ELEMENT。"""
    _ask(number, REPEAT, {"element": element}, reason, user_name, as_json)


@group.command("correlate")
@click.argument("number")
@click.argument("element")
@click.option("--variables", default="{}", help="随消息写入的变量，JSON")
@why
@who
@as_json
@reporting
def correlate(
    number: str, element: str, variables: str, reason: str, user_name: str, as_json: bool
) -> None:
    """申请代收元素 ELEMENT 所等的消息。"""
    with house().unit_of_work() as session:
        query = select(MessageSubscription.id).where(
            MessageSubscription.instance_id == instance_of(number),
            MessageSubscription.element_id == element,
            MessageSubscription.done_at.is_(None),
        )
        found = session.scalars(query.order_by(MessageSubscription.id)).first()
    arguments = {"subscription": found or "", "variables": read_value(variables)}
    _ask(number, CORRELATE, arguments, reason, user_name, as_json)


@group.command("requests")
@as_json
@reporting
def requests(as_json: bool) -> None:
    """列出等待批准的更正申请。"""
    with house().unit_of_work() as session:
        rows = [
            {"request": row.id, "verb": row.verb, "subject": row.subject_name,
             "reason": row.reason, "by": row.requested_by_name, "at": row.requested_at}
            for row in open_requests(session)
        ]  # fmt: skip
    lines = [f"{r['request']}  {r['verb']}  {r['subject']}  {r['by']}：{r['reason']}" for r in rows]
    show(rows, lines or [message("cli.no_requests")], as_json=as_json)


@group.command("approve")
@click.argument("request_id")
@who
@as_json
@reporting
def approve(request_id: str, user_name: str, as_json: bool) -> None:
    """批准并执行另一位管理员的申请。"""
    answer = house().engine.approve_repair(request_id, actor=operator(user_name))
    show(answer, [f"已批准并执行：{answer['outcome']}。"], as_json=as_json)


@group.command("reject")
@click.argument("request_id")
@why
@who
@as_json
@reporting
def reject(request_id: str, reason: str, user_name: str, as_json: bool) -> None:
    """驳回申请；自己提出的即为撤回。"""
    house().engine.reject_repair(request_id, reason=reason, actor=operator(user_name))
    show({"request": request_id}, ["申请已关闭，办件没有改变。"], as_json=as_json)


@group.command("retry")
@click.argument("cause")
@why
@who
@as_json
@reporting
def retry(cause: str, reason: str, user_name: str, as_json: bool) -> None:
    """重新执行因同一原因（代码）停下的全部步骤，列出每件的结果。"""
    tried = house().engine.retry_cause(cause, reason=reason, actor=operator(user_name))
    failing = sum(not each.ok for each in tried)
    lines = [f"{each.case_no}  {each.element_name}：{each.said}" for each in tried]
    lines.append(f"已重新执行 {len(tried)} 件，其中 {failing} 件仍然失败。")
    data = {"retried": len(tried), "failing": failing, "cases": [vars(each) for each in tried]}
    show(data, lines, as_json=as_json)
