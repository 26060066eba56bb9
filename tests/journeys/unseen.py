"""A folder that nobody here has seen, copied beside the product's own, and what people do in it."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

from app.bootstrap.setting_up import check_process, publish_process
from tests.journeys.conftest import Town
from tests.journeys.steps import said
from tests.journeys.visitor import Visitor

PACKAGES = Path("tests/journeys/packages")
SCENARIOS = PACKAGES / "workflows/observatory_night/scenarios"
PLAN = SCENARIOS / "plan.png"
NIGHT, KEYS, WITHDRAWAL, CHOIR = (
    "observatory_night",
    "observatory_keys",
    "observatory_withdrawal",
    "choir_travel",
)
WANTED: dict[str, object] = {
    "target": "M31",
    "hours": "4",
    "night_of": "2026-12-20",
    "telescope": "LARGE",
    "purpose": "RESEARCH",
    "project": "仙女座变星",
    "extras": ["CAMERA", "SPECTROGRAPH"],
    "bands": ["B", "V"],
    "companions-0-nickname": "小周",
    "companions-0-nights": "3",
    "plan-file": PLAN,
    "remark": "若阴天则改期",
    "promise": "true",
}


def copied(folder: Path) -> tuple[Path, Path]:
    """Copy the unseen folders beside the product's own; returns the designers' two folders."""
    for name in ("workflows", "forms"):
        shutil.copytree(name, folder / name)
        shutil.copytree(PACKAGES / name, folder / name, dirs_exist_ok=True)
    return folder / "workflows", folder / "forms"


def publish(town: Town, folder: Path) -> None:
    """Check and publish the unseen processes as they lie in the designers' folders."""
    workflows, forms = copied(folder)
    house = replace(town.house, config=replace(town.house.config, workflows=workflows, forms=forms))
    for key in (NIGHT, KEYS, WITHDRAWAL, CHOIR):
        assert check_process(house, key) == []
        assert publish_process(house, key, published_by="test") == []


def apply(town: Town, **changes: object) -> str:
    """Hand in a request for a night and return the path of the case's page."""
    applicant = town.person("P001")
    draft = applicant.post(f"/apply/{NIGHT}", {}).headers["Location"]
    fields = {name: value for name, value in (WANTED | changes).items() if value is not None}
    answer = applicant.post(draft, fields)
    assert answer.status_code == 302, said(answer.text)
    town.work()
    return answer.headers["Location"]


def tasks(officer: Visitor, name: str) -> list[str]:
    """Return the paths of the tasks of this name in somebody's inbox."""
    rows = officer.text("/inbox").split("<tr")
    found = (re.search(r'href="(/tasks/\w{32})"', row) for row in rows if name in row)
    return [link.group(1) for link in found if link]


def do(town: Town, who: str, name: str, **fields: object) -> int:
    """Complete the first task of this name in somebody's inbox; returns the status."""
    officer = town.person(who)
    found = tasks(officer, name)
    assert found, f"{name} is not in the inbox of {who}"
    answer = officer.post(found[0], dict(fields))
    town.work()
    return answer.status_code
