"""Designers at their pages: scenarios tried, a version published, a publication refused."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from app.cli.new_process import write_new_process
from app.domain.audit import AuditEntry
from app.engine.bundles import latest
from app.engine.tables import ProcessInstance
from app.web.designer.pages import TRIALS
from tests.journeys.conftest import Town
from tests.journeys.visitor import Visitor

KEY = "equipment_loan"
PAGE = f"/designer/{KEY}"
NOTE = "借用设备的流程改名"


@pytest.fixture
def folder(town: Town, tmp_path: Path) -> Path:
    """The designers' folder with a procedure of its own, not yet published."""
    workflows, forms = tmp_path / "design/workflows", tmp_path / "design/forms"
    for name in ("shared", "calendars"):
        shutil.copytree(f"workflows/{name}", workflows / name)
    shutil.copytree("forms/shared", forms / "shared")
    write_new_process(KEY, workflows=workflows, forms=forms)
    config = replace(town.house.config, workflows=workflows, forms=forms)
    town.house = replace(town.house, config=config)
    town.app.extensions["house"] = town.house
    town.at("2026-11-20T09:00:00")
    return workflows / KEY


@pytest.fixture
def designer(town: Town) -> Visitor:
    """The platform's administrator."""
    return town.person("R-ADM@PLATFORM")


def edit(path: Path, old: str, new: str) -> None:
    """Change a text of a designer's file, which must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def publish(designer: Visitor, note: str = NOTE) -> int:
    return designer.post(f"{PAGE}/publish", {"note": note}, page=PAGE).status_code


def version(town: Town) -> int:
    with town.house.unit_of_work() as session:
        found = latest(session, KEY)
        return found.version if found is not None else 0


def refusals(town: Town, action: str) -> list[str | None]:
    with town.house.unit_of_work() as session:
        query = select(AuditEntry.reason).where(
            AuditEntry.action == action, AuditEntry.outcome == "refused"
        )
        return list(session.scalars(query))


@pytest.mark.usefixtures("folder")
def test_all_scenarios_are_tried_from_the_page_and_leave_nothing(
    town: Town, designer: Visitor
) -> None:
    page = designer.post(f"{PAGE}/try", {}, page=PAGE)

    assert page.status_code == 200
    assert "试验了2个场景，2个通过" in page.text
    assert "（100%）" in page.text
    assert "data:image/svg+xml;base64," in page.text
    with town.house.unit_of_work() as session:
        assert session.scalars(select(ProcessInstance)).all() == []
    assert version(town) == 0


def test_wrong_expectation_is_told_at_its_step(folder: Path, designer: Visitor) -> None:
    edit(folder / "scenarios/accepted.yaml", "state: UNIT", "state: DEPT")

    page = designer.post(f"{PAGE}/try", {"scenario": "accepted"}, page=PAGE)

    assert "试验了1个场景，0个通过" in page.text
    assert "办件状态应为：" in page.text
    assert "（DEPT）；实际为：" in page.text
    assert "没有经过的：" in page.text


def test_refusal_is_part_of_the_story(folder: Path, designer: Visitor) -> None:
    edit(
        folder / "scenarios/refused.yaml", "signature: true, seal: true}",
        "signature: true}\n    refused: 公章",
    )  # fmt: skip

    page = designer.post(f"{PAGE}/try", {"scenario": "refused"}, page=PAGE)

    assert "被拒绝，话是：" in page.text
    assert "没有进行到" not in page.text


def test_scenario_that_cannot_be_read_says_so(folder: Path, designer: Visitor) -> None:
    (folder / "scenarios/broken.yaml").write_text("name: [", encoding="utf-8")

    page = designer.post(f"{PAGE}/try", {}, page=PAGE)

    assert page.status_code == 200
    assert "broken.yaml：不是有效的 YAML" in page.text
    assert "2个通过" in page.text


def test_version_is_published_from_the_page(town: Town, folder: Path, designer: Visitor) -> None:
    assert "还没有发布" in designer.text(PAGE)
    assert publish(designer) == 302
    assert "已发布：新流程（1）" in designer.text(PAGE)
    assert "没有可发布的内容" in designer.text(PAGE)
    applicant = town.person("P001")
    draft = applicant.post(f"/apply/{KEY}", {}).headers["Location"]
    assert applicant.post(draft, {"reason": "借用全站仪一台"}).status_code == 302

    edit(folder / "process.toml", 'title = "新流程"', 'title = "设备借用"')

    assert "文件有变，未发布" in designer.text("/designer/")
    assert publish(designer) == 302
    page = designer.text(PAGE)
    assert version(town) == 2
    assert NOTE in page
    assert page.index("第2版</a>") < page.index("正在办理0件") < page.index("正在办理1件")
    assert "第1版1件" in designer.text("/designer/")
    assert designer.get(f"{PAGE}/drawing.svg?version=1").mimetype == "image/svg+xml"


def test_refused_publication_says_why_and_changes_nothing(
    town: Town, folder: Path, designer: Visitor
) -> None:
    publish(designer)
    edit(folder / "process.toml", 'title = "新流程"', 'title = "设备借用"')
    edit(folder / "scenarios/accepted.yaml", "open: [review_application]", "open: []")

    assert publish(designer) == 409

    page = designer.last.text if designer.last else ""
    assert "没有发布，已发布的版本不变" in page
    assert "第1步：待办应为：没有；实际为：“单位审核”（review_application）。" in page
    assert NOTE in page
    assert version(town) == 1
    assert refusals(town, "publish") == ["publish.scenarios_failed"]


def test_fault_of_a_file_is_shown_with_its_place_and_stops_publishing(
    town: Town, folder: Path, designer: Visitor
) -> None:
    edit(folder / f"{KEY}.bpmn", 'formId="confirmation"', 'formId="confirmed"')

    page = designer.text(PAGE)
    assert "检查发现的问题" in page
    assert f"workflows/{KEY}/{KEY}.bpmn　confirm_receipt" in page
    assert "文件有误（1处）" in designer.text("/designer/")

    assert publish(designer) == 409
    assert version(town) == 0


@pytest.mark.usefixtures("folder")
def test_publication_needs_a_reason(town: Town, designer: Visitor) -> None:
    assert publish(designer, " 改 ") == 409
    assert version(town) == 0


@pytest.mark.usefixtures("folder")
def test_one_trial_at_a_time(town: Town, designer: Visitor) -> None:
    designer.post(f"{PAGE}/try", {"scenario": "refused"}, page=PAGE)

    with town.app.extensions[TRIALS].turn():
        answer = designer.post(f"{PAGE}/try", {}, page=PAGE)
        assert answer.status_code == 409
        assert "有人正在试验场景或发布流程" in answer.text
        assert publish(designer) == 409
    assert version(town) == 0


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["P001", "R-UADM@DW-002", "R-CITY@ZGB-450200"])
def test_only_designers_open_the_pages(town: Town, name: str) -> None:
    other = town.person(name)

    assert other.get("/designer/").status_code == 403
    assert other.get(PAGE).status_code == 403
    assert other.post(f"{PAGE}/try", {}, page="/notices").status_code == 403
    assert other.post(f"{PAGE}/publish", {"note": NOTE}, page="/notices").status_code == 403
    assert refusals(town, "open_page") == ["web.role_missing"] * 4


@pytest.mark.usefixtures("folder")
def test_unknown_procedure_is_not_found(designer: Visitor) -> None:
    assert designer.get("/designer/unknown").status_code == 404
    assert designer.get(f"{PAGE}/drawing.svg?version=9").status_code == 404
    assert designer.post("/designer/..%2Fshared/try", {}, page=PAGE).status_code == 404
