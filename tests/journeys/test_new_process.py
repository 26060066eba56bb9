"""A procedure that nobody here has seen: from the designers' command to the status page."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from app.bootstrap.setting_up import check_process
from app.cli.new_process import write_new_process
from app.engine.package import read_package
from tests.journeys.conftest import Town
from tests.journeys.steps import review

KEY = "equipment_loan"


def test_new_folder_works_from_check_to_status_page(town: Town, tmp_path: Path) -> None:
    workflows, forms = tmp_path / "design" / "workflows", tmp_path / "design" / "forms"
    shutil.copytree("workflows/shared", workflows / "shared")
    shutil.copytree("forms/shared", forms / "shared")
    write_new_process(KEY, workflows=workflows, forms=forms)
    house = replace(town.house, config=replace(town.house.config, workflows=workflows, forms=forms))
    assert check_process(house, KEY) == []
    town.house.engine.publish(
        read_package(KEY, workflows=workflows, forms=forms), published_by="test"
    )

    town.at("2026-11-20T09:00:00")
    applicant = town.person("P001")
    assert "新流程" in applicant.text("/apply")
    draft = applicant.post(f"/apply/{KEY}", {}).headers["Location"]
    case = applicant.post(draft, {"reason": "借用全站仪一台"}).headers["Location"]
    assert "单位审核" in applicant.text(case)

    assert review(town, "R-UADM@DW-002").status_code == 302
    assert (
        applicant.post(f"{case}/steps/confirm_receipt", {"received": "true"}, page=case).status_code
        == 302
    )

    status = applicant.text(case)
    assert "办结" in status
    assert "NNQT2026112000001" in status
