"""A shipped procedure is redrawn while a case runs: migrated over pages and from the shell."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import Result

from app.engine.package import Package, read_package
from app.engine.tables import OPEN, Timer, UserTask
from app.scheduler.virtual import find_actor
from tests.engine.migrations import inserted, redrawn
from tests.journeys.conftest import Town
from tests.journeys.steps import declare, open_task, review, submit_to_unit
from tests.journeys.test_verbs import words
from tests.journeys.visitor import Visitor
from wsgi import register_commands

KEY = "lost_certificate"
PLAN = f"/operating/migrations/{KEY}"
UNIT, DEPARTMENT, OFFICE = "R-UADM@DW-005", "R-DEPT@DEP-450223-NY", "R-CITY@ZGB-450200"
FIRST, SECOND = "platform.admin1", "platform.admin2"
WHY = "新办法要求增加一步"


def newer(town: Town) -> Package:
    """Publish the procedure with a legal check before the office's review."""
    config = town.house.config
    package = read_package(KEY, workflows=config.workflows, forms=config.forms)
    office = '=role("R-CITY", path.city)'
    package = inserted(
        package, "approval_here", "legal_check", "法制审核", groups=office, form="shared/review"
    )
    named = 'id="unit_review" name="{}"'
    package = redrawn(package, (named.format("单位审核"), named.format("单位初审")))
    town.house.engine.publish(package, published_by="tests")
    return package


@pytest.fixture
def case(town: Town) -> str:
    """A case that waits for its unit's review; returns the path of its page."""
    town.at("2019-04-26T09:00:00")
    found = declare(town)
    town.at("2019-05-07T09:00:00")
    assert submit_to_unit(town, found).status_code == 302
    return found


def waiting(town: Town) -> tuple[UserTask, list[tuple[str, object]]]:
    """Return the open task and the instants of the waiting timers."""
    with town.house.unit_of_work() as session:
        [task] = session.query(UserTask).filter(UserTask.status == OPEN).all()
        timers = session.query(Timer).filter(Timer.done_at.is_(None)).all()
        return task, sorted((each.element_id, each.due_at) for each in timers)


def request_of(administrator: Visitor) -> str:
    """Return the page of the request that waits for somebody else."""
    found = re.search(r"/requests/\w+", administrator.text(PLAN))
    assert found is not None
    return found[0]


def approve(administrator: Visitor) -> None:
    page = request_of(administrator)
    assert administrator.post(f"{page}/approve", {}, page=page).status_code == 302


def test_running_case_goes_over_by_two_administrators(town: Town, case: str) -> None:
    newer(town)
    town.at("2019-05-08T09:00:00")
    before, timers = waiting(town)
    asking, approving = town.person(FIRST), town.person(SECOND)
    overview = words(asking.text("/operating/migrations"))
    assert "1件在旧版本" in overview
    page = words(asking.text(PLAN))
    assert "可以迁移1件" in page
    assert "任务“单位审核”改称“单位初审”" in page

    short = asking.post(PLAN, {"to": "2", "reason": "改"}, page=PLAN)
    assert short.status_code == 409
    assert asking.post(PLAN, {"to": "2", "reason": WHY}, page=PLAN).status_code == 302
    assert "等待另一名管理员批准" in words(asking.text(PLAN))
    assert "1件可以迁移" in words(approving.text(request_of(approving)))
    approve(approving)
    town.work()
    run = re.search(r"/operating/migrations/runs/\w+", approving.text(PLAN))
    assert run is not None
    assert "已迁移1件" in words(approving.text(run[0]))

    after, same = waiting(town)
    assert (after.id, after.due_at, after.deadline_id) == (
        before.id, before.due_at, before.deadline_id,
    )  # fmt: skip
    assert same == timers
    status = words(town.person("P003").text(case))
    assert "单位初审" in status
    assert "法制审核" in status
    assert "改用新版流程" in status
    situation = re.search(r"/instances/\w{32}", approving.text(run[0]))
    assert situation is not None
    assert "流程第2版" in words(approving.text(situation[0]))

    for who in (UNIT, DEPARTMENT):
        assert review(town, who).status_code == 302
    officer = town.person(OFFICE)
    assert "法制审核" in words(officer.text(open_task(officer)))
    assert review(town, OFFICE).status_code == 302
    assert review(town, OFFICE).status_code == 302
    done = words(town.person("P003").text(case))
    assert "已批准" in done


def test_case_is_taken_back_on_the_page(town: Town, case: str) -> None:
    newer(town)
    asking = town.person(FIRST)
    wanted = {"to": "2", "reason": WHY, "pilot": "1"}
    assert asking.post(PLAN, wanted, page=PLAN).status_code == 302
    approving = town.person(SECOND)
    approve(approving)
    town.work()
    run = re.search(r"/operating/migrations/runs/\w+", approving.text(PLAN))
    assert run is not None
    revert = re.search(r"/operating/migrations/instances/\w+/revert", approving.text(run[0]))
    assert revert is not None

    answer = approving.post(revert[0], {"reason": "新图画错了"}, page=run[0])

    assert answer.status_code == 302
    assert "已撤回1件" in words(approving.text(run[0]))
    assert waiting(town)[0].name == "单位审核"
    status = words(town.person("P003").text(case))
    assert "单位审核" in status
    assert "法制审核" not in status
    assert town.house.engine.report_stalled() == 0


def test_only_administrators_see_migrations(town: Town, case: str) -> None:
    for who in (OFFICE, "P003"):
        assert town.person(who).get(PLAN).status_code == 403
        assert town.person(who).get("/operating/migrations").status_code == 403


def flask(town: Town, *arguments: str) -> Result:
    register_commands(town.app)
    return town.app.test_cli_runner().invoke(args=["process", "migrate", KEY, *arguments])


def test_command_plans_asks_and_carries_out(town: Town, case: str, tmp_path: Path) -> None:
    for who in (UNIT, DEPARTMENT):
        assert review(town, who).status_code == 302
    newer(town)
    before, _ = waiting(town)
    assert before.element_id == "office_review"

    plan = flask(town, "--dry-run", "--json")
    assert plan.exit_code == 0, plan.output
    found = json.loads(plan.stdout)
    assert found["counts"] == {"ready": 0, "unchanged": 0, "skips": 1, "blocked": 0}
    assert found["instances"][0]["skipped"] == ["法制审核"]

    mapping = tmp_path / "map.toml"
    mapping.write_text('[sent_to]\noffice_review = "legal_check"\n', encoding="utf-8")
    refused = flask(town, "--reason", WHY, "--by", FIRST)
    assert refused.exit_code == 1
    assert "没有一件可以迁移" in refused.stderr
    asked = flask(town, "--map", str(mapping), "--reason", WHY, "--by", FIRST, "--json")
    assert asked.exit_code == 0, asked.output
    request_id = json.loads(asked.stdout)["request"]
    early = flask(town, "--request", request_id)
    assert early.exit_code == 1
    assert "没有得到批准" in early.stderr
    town.house.engine.approve_repair(request_id, actor=find_actor(town.house, SECOND))

    done = flask(town, "--request", request_id, "--json")

    assert done.exit_code == 0, done.output
    [row] = json.loads(done.stdout)["instances"]
    assert row["outcome"] == "done"
    assert waiting(town)[0].element_id == "legal_check"
    town.work()  # the workers find nothing left to do
    assert review(town, OFFICE).status_code == 302
    assert review(town, OFFICE).status_code == 302
    assert "已批准" in words(town.person("P003").text(case))
