"""Decisions as values: tables and literal expressions, as read from a DMN file.

`app.decisions.reading` makes them, `app.decisions.deciding` evaluates them inside the isolate.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

TABLE_POLICIES = (
    "UNIQUE", "ANY", "FIRST", "PRIORITY", "RULE ORDER", "OUTPUT ORDER", "COLLECT",
)  # fmt: skip
LIST_POLICIES = ("RULE ORDER", "OUTPUT ORDER", "COLLECT")
RANKED_POLICIES = ("PRIORITY", "OUTPUT ORDER")
AGGREGATIONS = ("SUM", "MIN", "MAX", "COUNT")


@dataclass(frozen=True)
class Type:
    """A declared type: a FEEL type, whether it is a list of it, and which values are allowed."""

    base: str
    list: bool = False
    allowed: str = ""


ANY = Type("any")


@dataclass(frozen=True)
class Input:
    """A column that is asked."""

    label: str
    text: str
    type: Type = ANY
    values: str = ""


@dataclass(frozen=True)
class Output:
    """A column that answers; `otherwise` is its value when no rule matches."""

    name: str
    type: Type = ANY
    values: str = ""
    otherwise: str = ""

    @property
    def ranking(self) -> str:
        """The values from the most important on, which PRIORITY and OUTPUT ORDER need."""
        return self.values or self.type.allowed


@dataclass(frozen=True)
class Rule:
    """A row: one test for each input, one expression for each output."""

    id: str
    tests: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """A decision of a DMN file; `names` are the free names that its context has to hold.

    A literal expression has a `text` and neither columns nor rules.
    """

    id: str
    name: str
    file: str
    hit_policy: str = "UNIQUE"
    aggregation: str = ""
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    rules: tuple[Rule, ...] = ()
    text: str | None = None
    type: Type = ANY
    variables: tuple[tuple[str, Type], ...] = ()
    requires: tuple[Decision, ...] = ()
    names: frozenset[str] = frozenset()

    @cached_property
    def graph(self) -> tuple[Decision, ...]:
        """The decisions that this one requires, each once and before who needs it, and itself."""
        found: dict[str, Decision] = {}
        for required in self.requires:
            found.update((below.id, below) for below in required.graph)
        return (*found.values(), self)

    @cached_property
    def model(self) -> list[dict[str, Any]]:
        """The decision and what it requires, as the isolate evaluates them."""
        return [decision._node() for decision in self.graph]

    def _node(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "hit": self.hit_policy,
            "aggregation": self.aggregation,
            "inputs": [asdict(column) for column in self.inputs],
            "outputs": [asdict(column) for column in self.outputs],
            "rules": [asdict(rule) for rule in self.rules],
            "text": self.text,
            "type": asdict(self.type),
            "variables": {name: asdict(kind) for name, kind in self.variables},
            "requires": [required.id for required in self.requires],
        }

    @cached_property
    def key(self) -> str:
        """The name under which the isolate keeps the decision; equal decisions share it."""
        text = json.dumps(self.model, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Taken:
    """One decision of a graph as it was taken.

    `matched` are the rules that matched, in the order of the answer: the first decided under
    PRIORITY.
    """

    decision_id: str
    name: str
    output: Any
    matched: tuple[str, ...]
    inputs: dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What a decision answered and why: matched rules and the values of its inputs.

    `taken` are all decisions of its graph, the required ones first, itself last.
    """

    output: Any
    matched: tuple[str, ...]
    inputs: dict[str, Any]
    decision_id: str
    taken: tuple[Taken, ...] = ()
