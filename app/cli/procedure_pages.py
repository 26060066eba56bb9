"""The page of a procedure, written from its files: what is drawn is what is told.

Markdown for people: who may start it, every element of the drawing in order, decisions, notices and
the scenarios as stories. Nothing depends on the day on which the page is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.codes import label
from app.engine.bundles import Compiled
from app.engine.citing import TEMPLATE
from app.engine.drawing import Element
from app.engine.package import NOTICE_FOLDER
from app.engine.simulation import Scenario
from app.engine.simulation.stories import story
from app.messages import message
from app.web.drawn_order import elements_in_order
from app.web.guides import LEGAL_BASIS
from app.web.walkthrough import Line, roles_in, walkthrough

KINDS_OF_FILES = (
    (".bpmn", "流程图"), ("/process.toml", "说明"), (".dmn", "决策"), (".form", "表单"),
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A procedure with everything its page tells of."""

    bundle: Compiled
    scenarios: list[Scenario]

    def page(self) -> str:
        """Return the page."""
        parts = [self._head(), self._steps(), self._clauses(), self._decisions(), self._notices()]
        parts += [self._files(), self._stories()]
        return "\n\n".join(part for part in parts if part) + "\n"

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
        head = ["序号", "步骤", "类型", "泳道", "谁办理", "期限", "依据", "然后"]
        rows = [_row(line) for line in walkthrough(self.bundle)]
        about = self.bundle.descriptor
        drawn = f"## 流程图\n\n![{about.title}流程图，文字说明见下表]({about.key}.svg)"
        return f"{drawn}\n\n## 流程图逐步说明\n\n" + _table(head, rows)

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
            when = "完成后" if listener.event_type == "end" else "开始时"
            yield from self._told(element, when, listener.headers)
        given = {target: source for source, target in element.inputs} | dict(element.headers)
        yield from self._told(element, "办理时", given)

    def _told(self, element: Element, when: str, given: Mapping[str, str]) -> Iterator[str]:
        notice = self.bundle.notices.get(given.get(TEMPLATE, ""))
        if notice is not None:
            to = roles_in(given.get("to", ""))
            said = f"，发给{to}" if to else ""
            yield f"- “{element.name}”{when}：{notice.title}（{notice.key}）{said}"

    def _files(self) -> str:
        """Tell what a version pins, by kind of file."""
        found = {
            kind: [f"`{path}`" for path in self.bundle.files if path.endswith(ending)]
            for ending, kind in KINDS_OF_FILES
        }
        found["通知"] = [f"`{NOTICE_FOLDER}/{key}.toml`" for key in self.bundle.notices]
        found["条文"] = [f"`{key}`" for key in self.bundle.clauses]
        lines = [f"- {kind}：{'、'.join(names)}" for kind, names in found.items() if names]
        return _section("一个版本里有什么", lines)

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


def _row(line: Line) -> list[str]:
    called = f"（[{line.called}]({line.called}.md)）" if line.called else ""
    name = f"**{line.name}**{called}" + (f"<br>{line.note}" if line.note else "")
    ways = "<br>".join(f"{way.why}→ {way.number}" for way in line.ways)
    by_rule = message("docs.group_by_rule", rule=line.who_rule) if line.who_rule else ""
    return [
        str(line.number), name, line.kind, line.lane, line.who or by_rule,
        line.deadline or line.deadline_rule, line.basis, ways,
    ]  # fmt: skip


def _clause(entry: Mapping[str, Any]) -> str:
    until = f"至{entry['to']}" if entry.get("to") else ""
    since = f"（{entry['from']}起{until}施行）" if entry.get("from") else ""
    return f"- {entry['document']} {entry['article']}{since}：{entry['text']}"


def _size_of(rules: int) -> str:
    return f"{rules}条规则" if rules else "一个算式"
