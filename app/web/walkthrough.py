"""A drawing told element by element: what, who, by when, by which clause, and what comes next.

The generated pages and the public guide both print these lines, so that they cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.codes import has_code, label
from app.engine.bundles import Compiled
from app.engine.drawing import Element
from app.messages import message
from app.web.drawn_order import elements_in_order
from app.web.guides import LEGAL_BASIS

ROLE = re.compile(r"\"(R-[A-Z]+)\"")
PLAIN_DAYS = re.compile(r"P(\d+)D")
KINDS = {
    "startEvent": "开始", "endEvent": "结束", "boundaryEvent": "附着事件",
    "intermediateCatchEvent": "等待", "intermediateThrowEvent": "经过",
    "userTask": "人工办理", "manualTask": "线下办理", "receiveTask": "等待消息", "task": "步骤",
    "serviceTask": "系统办理", "sendTask": "系统发送", "scriptTask": "系统计算",
    "businessRuleTask": "系统按决策判断", "callActivity": "调用流程", "subProcess": "子流程",
    "exclusiveGateway": "择一分支", "parallelGateway": "并行", "inclusiveGateway": "可多选分支",
    "eventBasedGateway": "等待先发生的事",
}  # fmt: skip


@dataclass(frozen=True)
class Way:
    """Where it goes on, and in which case."""

    why: str
    number: int


@dataclass(frozen=True)
class Line:
    """One element of a drawing in words."""

    number: int
    name: str
    note: str
    kind: str
    lane: str
    who: str
    deadline: str
    basis: str
    called: str
    # Expressions that decide who and by when where the drawing does not say so plainly.
    who_rule: str
    deadline_rule: str
    ways: tuple[Way, ...]


def walkthrough(bundle: Compiled) -> list[Line]:
    """Return the elements of a bundle's own process in order."""
    elements = list(elements_in_order(bundle.definition, bundle.key))
    numbers = {element.id: place for place, element in enumerate(elements, 1)}
    lanes = {name: lane.name for lane in bundle.definition.lanes for name in lane.elements}
    return [
        Line(
            number=numbers[element.id],
            name=element.name or _unnamed(element),
            note=element.documentation,
            kind=_kind(element),
            lane=lanes.get(element.id, ""),
            who=_who(element),
            deadline=_plain_deadline(element),
            who_rule=_who_rule(element),
            deadline_rule=_deadline_rule(element),
            basis=_basis(bundle, element),
            called=element.called_process.id if element.called_process else "",
            ways=tuple(_ways(bundle, element, numbers)),
        )
        for element in elements
    ]


def _ways(bundle: Compiled, element: Element, numbers: dict[str, int]) -> Iterator[Way]:
    definition = bundle.definition
    for flow_id in element.outgoing:
        flow = definition.flows[flow_id]
        otherwise = "其他情况" if flow_id == element.default_flow else ""
        yield Way(flow.name or otherwise, numbers[flow.target])
    for other in definition.elements.values():
        if other.attached_to == element.id and other.id in numbers:
            yield Way(other.name or KINDS[other.kind], numbers[other.id])


def _basis(bundle: Compiled, element: Element) -> str:
    entry = bundle.clauses.get(element.properties.get(LEGAL_BASIS, ""))
    return f"{entry['document']} {entry['article']}" if entry else ""


def _unnamed(element: Element) -> str:
    if element.kind.endswith("Gateway"):
        return "汇合" if len(element.incoming) > 1 else "分头进行"
    return KINDS[element.kind]


def _kind(element: Element) -> str:
    timer = element.event == "timer"
    words = f"{KINDS[element.kind]}（计时）" if timer else KINDS[element.kind]
    if element.loop is None:
        return words
    return f"{words}（逐个进行）" if element.loop.sequential else f"{words}（分别进行）"


def _who(element: Element) -> str:
    is_manual = element.kind in ("userTask", "manualTask")
    return roles_in(element.candidate_groups or "") if is_manual else ""


def _who_rule(element: Element) -> str:
    is_manual = element.kind in ("userTask", "manualTask")
    plain = not is_manual or _who(element)
    return "" if plain else (element.candidate_groups or "").removeprefix("=")


def roles_in(expression: str) -> str:
    """Return the names of the roles that an expression names."""
    codes = dict.fromkeys(ROLE.findall(expression))
    return "、".join(label("roles", code) for code in codes if has_code("roles", code))


def _unit(element: Element) -> str:
    return "个工作日" if element.properties.get("calendar") == "working-days" else "日"


def _due(element: Element) -> str:
    return element.due_date or element.timer_expression or ""


def _plain_deadline(element: Element) -> str:
    plain = PLAIN_DAYS.fullmatch(_due(element))
    return f"{plain[1]}{_unit(element)}" if plain else ""


def _deadline_rule(element: Element) -> str:
    text = _due(element)
    if not text or PLAIN_DAYS.fullmatch(text):
        return ""
    return message("docs.by_rule", unit=_unit(element), rule=text.removeprefix("="))
