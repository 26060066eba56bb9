"""A scenario as a story for people: who did what when, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from app.clock import local
from app.domain.codes import has_code, label
from app.engine.simulation import Scenario
from app.engine.simulation.scenario import Step

WHEN = "%Y-%m-%d %H:%M:%S"


def story(scenario: Scenario, names: Mapping[str, str]) -> str:
    """Tell one scenario; `names` gives the words for the ids of elements."""
    proves = "、".join(scenario.requirements)
    end = f"\n\n对应要求：{proves}" if proves else ""
    return (
        f"### {scenario.name}\n\n{scenario.story}\n\n"
        + "\n".join(f"1. {line}" for line in _lines(scenario, names))
        + end
    )


def _lines(scenario: Scenario, names: Mapping[str, str]) -> Iterator[str]:
    begun = "存为草稿" if scenario.draft_only else "发起"
    if scenario.timer is not None:
        yield f"{_time(scenario.start)} 发布；到了时间自动{begun}。{_refused(scenario.refused)}"
    else:
        who = f"收到消息“{scenario.message}”，自动" if scenario.message else _who(scenario.actor)
        yield f"{_time(scenario.start)} {who}{begun}。{_refused(scenario.refused)}"
    for step in scenario.steps:
        when = f"{_time(step.at)} " if step.at else ""
        if step.wait_workdays:
            when = f"过{step.wait_workdays}个工作日，"
        if step.kind is not None:
            yield f"{when}{_act(step, names)}。{_refused(step.refused)}"
        expected = _expected(step.expect, names)
        if expected:
            yield f"{'' if step.kind else when}结果：{expected}。"


def _act(step: Step, names: Mapping[str, str]) -> str:
    done = names.get(step.do or "") or step.do
    if step.kind == "objection":
        return f"收到{'' if step.values.get('name') else '匿名'}异议"
    if step.kind == "message":
        return f"收到其他流程的消息“{step.do}”"
    return f"{_who(step.actor or '')}办理“{done}”"


def _time(at: datetime) -> str:
    return local(at).strftime(WHEN).removesuffix(":00")


def _minute(at: object) -> str:
    return str(at).replace("T", " ")


def _period(key: str, names: Mapping[str, str]) -> str:
    return names.get(key) or ("公示期" if key == "publicity" else key)


def _refused(text: str | None) -> str:
    return f"被拒绝：{text}。" if text else ""


def _who(actor: str) -> str:
    role, _, place = actor.partition("@")
    if place and has_code("roles", role):
        return f"{label('roles', role)}（{place}）"
    return actor


def _expected(expect: Mapping[str, object], names: Mapping[str, str]) -> str:
    said = []
    state = str(expect.get("state", ""))
    if state:
        said.append(label("case_state", state) if has_code("case_state", state) else state)
    open_tasks = expect.get("open")
    if isinstance(open_tasks, list):
        words = "、".join(f"“{names.get(str(task)) or task}”" for task in open_tasks)
        said.append(f"待办{words}" if words else "没有待办")
    deadlines = expect.get("deadlines")
    if isinstance(deadlines, Mapping):
        said += [f"“{_period(str(k), names)}”到期{_minute(v)}" for k, v in deadlines.items()]
    for key, words in (("documents", "制成"), ("notices", "发出通知")):
        values = expect.get(key)
        if isinstance(values, list) and values:
            said.append(words + "、".join(str(value) for value in values))
    return "；".join(said)
