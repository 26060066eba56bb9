"""The element table of the designers' guide: every row has a test that exists, none is empty."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from app.engine.spiff.model import ELEMENT_KINDS
from tests.engine.spiff.test_core_refused_elements import REFUSED

GUIDE = Path("docs/designers-guide.md").read_text(encoding="utf-8")
SECTION = GUIDE[GUIDE.index("## 4. 元素一览") : GUIDE.index("## 5. ")]
NAMED = re.compile(r"`([\w./]+\.py)::(\w+)`")
ENGINE = Path("tests/engine")


def rows() -> list[list[str]]:
    """Return the cells of each row."""
    lines = [line for line in SECTION.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [[*row, ""][:4] for row in cells if row[0] != "元素"]


@cache
def _source(path: str) -> str:
    return (ENGINE / path).read_text(encoding="utf-8")


def test_every_row_says_whether_it_runs_and_what_to_do() -> None:
    assert {row[1] for row in rows()} == {"支持", "拒绝"}
    assert [row for row in rows() if not row[2]] == []


@pytest.mark.parametrize("row", [row for row in rows() if row[1] == "支持"], ids=lambda r: r[0])
def test_supported_element_names_tests_that_exist(row: list[str]) -> None:
    named = NAMED.findall(row[3])

    assert named
    assert [name for path, name in named if f"def {name}(" not in _source(path)] == []


def test_refused_elements_are_those_whose_sentences_are_tested() -> None:
    assert [row[0] for row in rows() if row[1] == "拒绝"] == _in_order(list(REFUSED))


def _in_order(names: list[str]) -> list[str]:
    """Sort as the guide does; names it lacks come last and so show up."""
    order = [row[0] for row in rows()]
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))


def test_every_kind_that_runs_is_in_the_table() -> None:
    words = {
        "startEvent": "开始事件", "endEvent": "结束事件", "intermediateCatchEvent": "中间捕获",
        "intermediateThrowEvent": "中间抛出", "boundaryEvent": "边界", "task": "任务、手工任务",
        "manualTask": "手工任务", "userTask": "用户任务", "serviceTask": "服务任务",
        "sendTask": "发送任务", "receiveTask": "接收任务", "scriptTask": "脚本任务",
        "businessRuleTask": "业务规则任务", "exclusiveGateway": "排他网关",
        "parallelGateway": "并行网关", "inclusiveGateway": "包容网关",
        "eventBasedGateway": "事件网关", "subProcess": "子流程", "callActivity": "调用活动",
    }  # fmt: skip
    supported = " ".join(row[0] for row in rows() if row[1] == "支持")

    assert set(words) == set(ELEMENT_KINDS)
    assert [kind for kind, word in words.items() if word not in supported] == []
