"""A scenario as a story for people: who did what when, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.clock import local
from app.domain.codes import has_code, label
from app.engine.simulation.scenario import Scenario, Step

WHEN = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class Line:
    """A sentence of a story and the step it tells of; step 0 is the start."""

    step: int
    text: str


LISTS = {
    "documents": "制成",
    "documents_exactly": "只制成",
    "notices": "发出通知",
    "notices_exactly": "只发出通知",
    "history": "经办记录有",
}


def story(scenario: Scenario, names: Mapping[str, str]) -> str:
    """Tell one scenario; `names` gives the words for the ids of elements."""
    proves = "、".join(scenario.requirements)
    end = f"\n\n对应要求：{proves}" if proves else ""
    return (
        f"### {scenario.name}\n\n{scenario.story}\n\n"
        + "\n".join(f"1. {line.text}" for line in story_lines(scenario, names))
        + end
    )


def story_lines(scenario: Scenario, names: Mapping[str, str]) -> Iterator[Line]:
    """Yield the sentences of a scenario: who begins it, then what is done and what is expected."""
    begun = "存为草稿" if scenario.draft_only else "发起"
    if scenario.timer is not None:
        who = "发布；到了时间自动"
    elif scenario.message:
        who = f"收到消息“{scenario.message}”，自动"
    else:
        who = _who(scenario.actor)
    yield Line(0, f"{_time(scenario.start)} {who}{begun}。{_refused(scenario.refused)}")
    for number, step in enumerate(scenario.steps, start=1):
        when = f"{_time(step.at)} " if step.at else ""
        if step.wait_workdays:
            when = f"过{step.wait_workdays}个工作日，"
        if step.kind is not None:
            yield Line(number, f"{when}{_act(step, names)}。{_refused(step.refused)}")
        expected = _expected(step.expect, names)
        if expected:
            yield Line(number, f"{'' if step.kind else when}结果：{expected}。")


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
    for key, words in LISTS.items():
        values = expect.get(key)
        if isinstance(values, list) and values:
            said.append(words + "、".join(str(value) for value in values))
    said += _sent(expect.get("notices"))
    return "；".join(said)


def _sent(notices: object) -> Iterator[str]:
    """Tell of each notice to whom it went, or that it did not."""
    for template, recipients in notices.items() if isinstance(notices, Mapping) else ():
        people = "、".join(_who(str(each)) for each in recipients)
        yield f"通知{template}发给{people}" if people else f"没有发出通知{template}"
