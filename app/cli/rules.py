"""`flask decide` and `flask feel`: trying a decision or an expression from the shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask import Flask

from app.cli.output import as_json, reporting, show
from app.decisions import Decision, decide, parse_decisions
from app.errors import DefinitionError
from app.web.extensions import house


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(decide_command)
    app.cli.add_command(feel_command)


def _decisions(file: Path | None) -> dict[str, Decision]:
    workflows = house().config.workflows
    files = [file] if file else sorted(workflows.glob("*/*.dmn"))
    found = [d for path in files for d in parse_decisions(path.read_bytes(), path.name)]
    return {decision.id: decision for decision in found}


@click.command("decide")
@click.argument("decision_id")
@click.option("--input", "given", default="{}", help="JSON 格式的输入")
@click.option("--file", type=click.Path(exists=True, path_type=Path), help="DMN 文件")
@as_json
@reporting
def decide_command(decision_id: str, given: str, file: Path | None, as_json: bool) -> None:
    """计算一个决策，显示命中的规则。"""
    decisions = _decisions(file)
    if decision_id not in decisions:
        raise DefinitionError(
            "rules.decision_unknown", file=str(file or "workflows"), element=decision_id
        )
    verdict = decide(house().tools.feel, decisions[decision_id], _json(given))
    data = {"output": verdict.output, "matched": list(verdict.matched), "inputs": verdict.inputs}
    lines = [
        "结果：" + json.dumps(verdict.output, ensure_ascii=False),
        "命中规则：" + ("、".join(verdict.matched) or "无"),
    ]
    show(data, lines, as_json=as_json)


@click.command("feel")
@click.argument("expression")
@click.option("--context", "given", default="{}", help="JSON 格式的变量")
@as_json
@reporting
def feel_command(expression: str, given: str, as_json: bool) -> None:
    """计算一个 FEEL 表达式。"""
    text = expression if expression.startswith("=") else f"={expression}"
    (value,) = house().tools.feel.evaluate([text], _json(given))
    show({"value": value}, [json.dumps(value, ensure_ascii=False)], as_json=as_json)


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise DefinitionError("rules.not_json", file="--input", reason=str(error)) from error
    if not isinstance(value, dict):
        raise DefinitionError("rules.not_json", file="--input", reason=type(value).__name__)
    return value
