"""The publish gate: checks and scenarios green for a process and for whoever uses what changed.

Commands and pages go through the same door. A refused publication changes nothing and leaves an
audit entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.bootstrap import House
from app.bootstrap.plans import Plan, make_plan
from app.engine.bundles import digest
from app.engine.package import read_package
from app.errors import AppError, DefinitionError
from app.messages import message, sentences
from app.scheduler.scenarios import Report, test_processes

SCENARIOS, CHANGED = "publish.scenarios_failed", "publish.changed_meanwhile"


@dataclass(frozen=True)
class Verdict:
    """What the gate said: the plan, how the scenarios went, why not; and whether it was done."""

    plan: Plan
    report: Report | None = None
    refused: tuple[str, ...] = ()
    code: str = ""
    done: bool = False

    def data(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return {
            "published": self.done,
            "processes": [change.data() for change in self.plan.changes],
            "findings": [vars(finding) for finding in self.plan.findings],
            "scenarios": self.report.data() if self.report else None,
            "refused": list(self.refused),
        }

    def lines(self) -> list[str]:
        """Return what would change, or has, and what the scenarios reached."""
        reached = self.report.lines() if self.report else []
        return [line for change in self.plan.changes for line in change.lines()] + reached


def judge(house: House, keys: Sequence[str]) -> Verdict:
    """Check these processes and their dependants and play their scenarios; nothing is stored."""
    plan = make_plan(house, keys)
    if plan.findings:
        lines = tuple(finding.line for finding in plan.findings)
        return Verdict(plan, None, lines, plan.findings[0].code)
    if not plan.new:
        return Verdict(plan)
    return _played(house, plan)


def _played(house: House, plan: Plan) -> Verdict:
    keys = [change.key for change in plan.new]
    try:
        report = test_processes(house.config, keys, operations=house.tools.registry)
    except AppError as error:
        return Verdict(plan, None, tuple(sentences(error)), error.code)
    failures = tuple(report.failures())
    if failures:
        return Verdict(plan, report, failures, SCENARIOS)
    if _changed_meanwhile(house, plan):
        return Verdict(plan, report, (message(CHANGED),), CHANGED)
    return Verdict(plan, report)


def _changed_meanwhile(house: House, plan: Plan) -> bool:
    """Tell whether somebody saved a file while the scenarios were played."""
    config = house.config
    try:
        now = [
            digest(read_package(key, workflows=config.workflows, forms=config.forms))
            for key in plan.keys
        ]
    except (DefinitionError, OSError):
        return True
    return now != [digest(change.package) for change in plan.changes]


def publish(house: House, keys: Sequence[str], *, published_by: str, note: str = "") -> Verdict:
    """Publish these processes and their dependants if the gate lets them, all or none."""
    verdict = judge(house, keys)
    if verdict.refused:
        refused = verdict.plan.keys or tuple(keys)
        house.engine.refuse(refused, verdict.code, refused_to=published_by)
        return verdict
    house.engine.publish_together(verdict.plan.changes, published_by=published_by, note=note)
    return Verdict(verdict.plan, verdict.report, done=True)
