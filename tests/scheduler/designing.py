"""Two small procedures in designers' folders of their own, and edits that tests make there."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from app.bootstrap import House, build, build_tools
from app.cli.new_process import write_new_process
from app.config import ROOT
from app.domain.audit.tables import AuditEntry
from app.engine.tables import Bundle
from app.feel import Feel
from tests.engine.houses import Stage

LEAVE, LOAN = "leave_request", "key_loan"
REVIEW = "forms/shared/review.form"
NOTICE = (
    '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="notify.send">'
    '<zeebe:taskHeaders><zeebe:header key="template" value="P01" />'
    '<zeebe:header key="to" value="=role(&quot;R-PERS&quot;, path.applicant)" />'
    '<zeebe:header key="text" value="已受理" /></zeebe:taskHeaders>'
    "</zeebe:executionListener></zeebe:executionListeners>"
)
TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="{id}_rules" name="规则"
  namespace="http://camunda.org/schema/1.0/dmn">
  <decision id="{id}" name="可否受理"><decisionTable id="{id}_table" hitPolicy="FIRST">
    <input id="{id}_in"><inputExpression id="{id}_ie"><text>region</text></inputExpression></input>
    <output id="{id}_out" name="message" />
    <rule id="{id}_no"><inputEntry id="{id}_no_in"><text>"000000"</text></inputEntry>
      <outputEntry id="{id}_no_out"><text>"不受理"</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>
"""
CLAUSE = '["{key}"]\ndocument = "内部规定"\narticle = "第一条"\ntext = "{text}"\n'


@dataclass(frozen=True)
class Desk:
    """A designer's folders and the house that publishes from them."""

    house: House
    root: Path
    stage: Stage

    def save(self, path: str, old: str, new: str) -> None:
        """Replace a text that must be there."""
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def write(self, path: str, text: str) -> None:
        """Write a whole file."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def versions(self, key: str) -> list[int]:
        """Return the versions of a process that are stored."""
        rows = self.stage.rows(Bundle, Bundle.process_key == key)
        return sorted(row.version for row in rows)

    def audit(self) -> list[tuple[str, str, str | None]]:
        """Return what the audit log says of publications."""
        rows = self.stage.rows(AuditEntry, AuditEntry.action == "publish")
        return [(row.object_id, row.outcome, row.reason) for row in rows]


def drawing(key: str) -> str:
    """Return the path of a process's drawing."""
    return f"workflows/{key}/{key}.bpmn"


def desk_of(stage: Stage, root: Path, feel: Feel) -> Desk:
    """Lay out a desk with two procedures that share a form; nothing is published yet."""
    workflows, forms = root / "workflows", root / "forms"
    shutil.copytree(ROOT / "forms/shared", forms / "shared")
    for key in (LEAVE, LOAN):
        write_new_process(key, workflows=workflows, forms=forms)
    config = replace(stage.house.config, workflows=workflows, forms=forms)
    old = stage.house
    house = build(
        config, old.database, adapters=old.adapters, clock=stage.clock,
        tools=build_tools(config, feel=feel),
    )  # fmt: skip
    desk = Desk(house, root, stage)
    # Each has a rule, a clause and a notice of its own beside what both use.
    for key in (LEAVE, LOAN):
        gate = f"{key}_gate"
        desk.write(f"workflows/shared/{gate}.dmn", TABLE.format(id=gate))
        basis = f'<zeebe:property name="legalBasis" value="NB-{key}" />'
        guard = f'<zeebe:property name="guard" value="{gate}" />'
        state = '<zeebe:property name="caseState" value="UNIT" />'
        desk.save(drawing(key), state, state + basis + guard)
    clauses = [CLAUSE.format(key=f"NB-{key}", text="应当办理。") for key in (LEAVE, LOAN)]
    desk.write("workflows/legal_basis.toml", "# 条文\n\n" + "\n".join(clauses))
    task = '<zeebe:userTask />\n        <zeebe:formDefinition formId="confirmation" />'
    desk.save(drawing(LEAVE), task, NOTICE + task)
    notice = ROOT / "templates/notices/P01.toml"
    desk.write("templates/notices/P01.toml", notice.read_text(encoding="utf-8"))
    return desk
