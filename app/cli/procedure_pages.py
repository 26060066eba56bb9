"""The page of a procedure, written from its files: what is drawn is what is told.

Markdown for people: who may start it, every element of the drawing in order, decisions, notices and
the scenarios as stories. Nothing depends on the day on which the page is written.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.cli.scenario_stories import story
from app.domain.codes import has_code, label
from app.engine.bundles import Compiled
from app.engine.drawing import Element
from app.engine.simulation import Scenario
from app.messages import message
from app.web.guides import LEGAL_BASIS
from app.web.progress import elements_in_order

ROLE = re.compile(r"\"(R-[A-Z]+)\"")
PLAIN_DAYS = re.compile(r"P(\d+)D")
KINDS = {
    "startEvent": "开始", "endEvent": "结束", "boundaryEvent": "附着事件",
    "intermediateCatchEvent": "等待", "intermediateThrowEvent": "发出消息",
    "userTask": "人工办理", "manualTask": "线下办理", "receiveTask": "等待消息", "task": "步骤",
    "serviceTask": "系统办理", "sendTask": "系统发送", "scriptTask": "系统计算",
    "businessRuleTask": "系统按决策判断", "callActivity": "调用流程", "subProcess": "子流程",
    "exclusiveGateway": "择一分支", "parallelGateway": "并行", "inclusiveGateway": "可多选分支",
    "eventBasedGateway": "等待先发生的事",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A procedure with everything its page tells of."""

    bundle: Compiled
    scenarios: list[Scenario]
    notices: Path

    def page(self) -> str:
        """Return the page."""
        parts = [self._head(), self._steps(), self._clauses(), self._decisions(), self._notices()]
        return "\n\n".join(part for part in [*parts, self._stories()] if part) + "\n"

    def _elements(self) -> list[Element]:
        return list(elements_in_order(self.bundle.definition, self.bundle.key))

    def _head(self) -> str:
        about = self.bundle.descriptor
        lines = [f"# {about.title}", message("docs.generated", key=about.key)]
        if about.summary:
            lines.append(about.summary)
        starter = label("roles", about.starter) if about.starter else message("docs.called_only")
        facts = [f"- 谁可以发起：{starter}"]
        if about.owner:
            facts.append(f"- 主管：{about.owner}")
        facts.append(f"- 流程文件：`workflows/{about.key}/{about.key}.bpmn`")
        return "\n\n".join([*lines, "\n".join(facts)])

    def _steps(self) -> str:
        elements = self._elements()
        numbers = {element.id: place for place, element in enumerate(elements, 1)}
        head = ["序号", "步骤", "类型", "泳道", "谁办理", "期限", "依据", "然后"]
        rows = [self._row(element, numbers) for element in elements]
        about = self.bundle.descriptor
        drawn = f"## 流程图\n\n![{about.title}流程图，文字说明见下表]({about.key}.svg)"
        return f"{drawn}\n\n## 流程图逐步说明\n\n" + _table(head, rows)

    def _row(self, element: Element, numbers: Mapping[str, int]) -> list[str]:
        lanes = {name: lane.name for lane in self.bundle.definition.lanes for name in lane.elements}
        return [
            str(numbers[element.id]), self._name(element), _kind(element),
            lanes.get(element.id, ""), _who(element), _deadline(element),
            self._basis(element), self._next(element, numbers),
        ]  # fmt: skip

    def _name(self, element: Element) -> str:
        name = f"**{element.name or _unnamed(element)}**"
        called = f"（[{element.called_process.id}]({element.called_process.id}.md)）" if (
            element.called_process
        ) else ""  # fmt: skip
        return f"{name}{called}" + (f"<br>{element.documentation}" if element.documentation else "")

    def _basis(self, element: Element) -> str:
        entry = self.bundle.clauses.get(element.properties.get(LEGAL_BASIS, ""))
        return f"{entry['document']} {entry['article']}" if entry else ""

    def _next(self, element: Element, numbers: Mapping[str, int]) -> str:
        definition = self.bundle.definition
        said = []
        for flow_id in element.outgoing:
            flow = definition.flows[flow_id]
            otherwise = "其他情况" if flow_id == element.default_flow else ""
            why = flow.name or otherwise
            said.append(f"{why}→ {numbers[flow.target]}" if why else f"→ {numbers[flow.target]}")
        for other in definition.elements.values():
            if other.attached_to == element.id and other.id in numbers:
                said.append(f"{other.name or KINDS[other.kind]}→ {numbers[other.id]}")
        return "<br>".join(said)

    def _clauses(self) -> str:
        keys = dict.fromkeys(e.properties.get(LEGAL_BASIS, "") for e in self._elements())
        found = [self.bundle.clauses[key] for key in keys if key in self.bundle.clauses]
        return _section("办理依据", [_clause(entry) for entry in found])

    def _decisions(self) -> str:
        used: dict[str, None] = {}
        for element in self._elements():
            if element.called_decision:
                used[element.called_decision.id] = None
            used.update(
                dict.fromkeys(element.properties.get("guard", "").replace(",", " ").split())
            )
        found = [self.bundle.decisions[name] for name in used if name in self.bundle.decisions]
        return _section(
            "决策",
            [f"- **{d.name or d.id}**（`{d.file}`）：{_size_of(len(d.rules))}" for d in found],
        )

    def _notices(self) -> str:
        said = [line for element in self._elements() for line in self._sent(element)]
        return _section("通知", list(dict.fromkeys(said)))

    def _sent(self, element: Element) -> Iterator[str]:
        for listener in element.listeners:
            template = listener.headers.get("template")
            if template:
                when = "完成后" if listener.event_type == "end" else "开始时"
                to = _roles(listener.headers.get("to", ""))
                title = _title(self.notices / f"{template}.toml")
                yield f"- “{element.name}”{when}：{title}（{template}）" + (
                    f"，发给{to}" if to else ""
                )

    def _stories(self) -> str:
        names = {element.id: element.name for element in self.bundle.definition.elements.values()}
        return _section("场景", [story(scenario, names) for scenario in self.scenarios], "\n\n")


def _section(title: str, lines: list[str], between: str = "\n") -> str:
    return f"## {title}\n\n{between.join(lines)}" if lines else ""


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _unnamed(element: Element) -> str:
    return "汇合" if len(element.incoming) > 1 else "分头进行"


def _kind(element: Element) -> str:
    timer = element.event == "timer"
    return f"{KINDS[element.kind]}（计时）" if timer else KINDS[element.kind]


def _who(element: Element) -> str:
    if element.kind in ("userTask", "manualTask"):
        groups = element.candidate_groups or ""
        return _roles(groups) or message("docs.group_by_rule", rule=groups.removeprefix("="))
    return ""


def _roles(expression: str) -> str:
    codes = dict.fromkeys(ROLE.findall(expression))
    return "、".join(label("roles", code) for code in codes if has_code("roles", code))


def _deadline(element: Element) -> str:
    text = element.due_date or element.timer_expression or ""
    plain = PLAIN_DAYS.fullmatch(text)
    unit = "个工作日" if element.properties.get("calendar") == "working-days" else "日"
    if plain:
        return f"{plain[1]}{unit}"
    return message("docs.by_rule", unit=unit, rule=text.removeprefix("=")) if text else ""


def _clause(entry: Mapping[str, Any]) -> str:
    until = f"至{entry['to']}" if entry.get("to") else ""
    since = f"（{entry['from']}起{until}施行）" if entry.get("from") else ""
    return f"- {entry['document']} {entry['article']}{since}：{entry['text']}"


def _size_of(rules: int) -> str:
    return f"{rules}条规则" if rules else "一个算式"


def _title(file: Path) -> str:
    found = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return str(found.get("title", file.stem))
