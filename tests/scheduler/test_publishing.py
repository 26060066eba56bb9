"""The publish gate: dependants together or none, checks and scenarios green, refusals traced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.bootstrap.plans import make_plan
from app.bootstrap.setting_up import publish_process
from app.domain.notifications.tables import Channel, Notification
from app.engine.tables import Bundle
from app.errors import EngineError
from app.feel import Feel
from app.scheduler import publishing
from app.scheduler.publishing import judge, publish
from app.scheduler.watching import FolderWatch
from tests.engine.houses import Stage
from tests.scheduler.designing import LEAVE, LOAN, REVIEW, Desk, desk_of, drawing

BY = "tests"


@pytest.fixture
def desk(sqlite_stage: Stage, tmp_path: Path, house_feel: Feel) -> Desk:
    """Two procedures, both published as version 1."""
    laid_out = desk_of(sqlite_stage, tmp_path / "desk", house_feel)
    for key in (LEAVE, LOAN):
        assert publish_process(laid_out.house, key, published_by=BY) == []
    return laid_out


def test_green_process_is_published_and_told(desk: Desk) -> None:
    desk.save(drawing(LEAVE), "单位审核", "部门审核")

    verdict = publish(desk.house, [LEAVE], published_by=BY, note="改名")

    assert verdict.done
    assert verdict.refused == ()
    told = verdict.data()
    [process] = told["processes"]
    assert (process["key"], process["old_version"], process["new_version"]) == (LEAVE, 1, 2)
    assert (process["reason"], process["files"]) == ("own", {drawing(LEAVE): "edited"})
    [row] = desk.stage.rows(Bundle, Bundle.process_key == LEAVE, Bundle.version == 2)
    assert (row.sha256, row.note, row.published_by) == (process["digest"], "改名", BY)
    assert [s["passed"] for s in told["scenarios"]["scenarios"]] == [True, True]
    assert desk.audit()[-1] == (LEAVE, "ok", "1 → 2")


def test_what_uses_a_changed_form_is_published_with_it(desk: Desk) -> None:
    desk.save(REVIEW, "同意", "准予")
    desk.save(f"workflows/{LEAVE}/scenarios/accepted.yaml", "同意", "准予")

    verdict = publish(desk.house, [LEAVE], published_by=BY)

    changes = {change.key: (change.reason, dict(change.files)) for change in verdict.plan.changes}
    assert changes == {LEAVE: ("own", {REVIEW: "edited"}), LOAN: ("uses", {REVIEW: "edited"})}
    assert (desk.versions(LEAVE), desk.versions(LOAN)) == ([1, 2], [1, 2])


@pytest.mark.parametrize(
    ("path", "old", "new", "users"),
    [
        (REVIEW, "同意", "准予", [LEAVE, LOAN]),
        (f"workflows/shared/{LOAN}_gate.dmn", "不受理", "不予受理", [LOAN]),
        ("templates/notices/P01.toml", "请登录平台查看", "请上平台查看", [LEAVE]),
        ("workflows/legal_basis.toml", "# 条文", "# 全部条文", []),
        (drawing(LOAN), "单位审核", "部门审核", [LOAN]),
    ],
)
def test_only_what_uses_a_changed_file_gets_a_version(
    desk: Desk, path: str, old: str, new: str, users: list[str]
) -> None:
    desk.save(path, old, new)

    plan = make_plan(desk.house, [LEAVE, LOAN])

    assert [change.key for change in plan.new] == users
    assert {file for change in plan.new for file in change.files} == ({path} if users else set())


def test_a_clause_makes_new_versions_of_those_who_cite_it(desk: Desk) -> None:
    text = (desk.root / "workflows/legal_basis.toml").read_text("utf-8")
    head, _, tail = text.rpartition("应当办理。")
    desk.write("workflows/legal_basis.toml", f"{head}应当及时办理。{tail}")

    assert [change.key for change in make_plan(desk.house, [LEAVE, LOAN]).new] == [LOAN]


def test_one_dependant_that_fails_keeps_all_back(desk: Desk) -> None:
    desk.save(REVIEW, "同意", "准予")
    desk.save(drawing(LOAN), 'formId="confirmation"', 'formId="confirmaton"')

    verdict = publish(desk.house, [LEAVE], published_by=BY)

    assert not verdict.done
    assert "confirmaton" in verdict.refused[0]
    assert (desk.versions(LEAVE), desk.versions(LOAN)) == ([1], [1])
    assert desk.audit()[-2:] == [
        (LEAVE, "refused", "check.form_missing"),
        (LOAN, "refused", "check.form_missing"),
    ]


def test_dependant_that_cannot_be_read_keeps_all_back(desk: Desk) -> None:
    desk.save(REVIEW, "同意", "准予")
    desk.save(f"workflows/{LOAN}/process.toml", "title =", "titel =")

    verdict = publish(desk.house, [LEAVE], published_by=BY)

    assert [finding.code for finding in verdict.plan.findings] == ["package.descriptor_unknown"]
    assert desk.versions(LEAVE) == [1]


def test_scenario_that_fails_keeps_the_process_back(desk: Desk) -> None:
    desk.save(drawing(LEAVE), 'dueDate="P10D"', 'dueDate="P20D"')
    desk.save(f"workflows/{LEAVE}/scenarios/accepted.yaml", "state: UNIT", "state: DEPT")

    verdict = publish(desk.house, [LEAVE], published_by=BY)

    assert not verdict.done
    assert "DEPT" in "".join(verdict.refused)
    assert desk.versions(LEAVE) == [1]
    assert desk.audit()[-1] == (LEAVE, "refused", "publish.scenarios_failed")


def test_node_that_no_scenario_visits_keeps_the_process_back(desk: Desk) -> None:
    desk.save(drawing(LEAVE), "单位审核", "部门审核")
    (desk.root / f"workflows/{LEAVE}/scenarios/refused.yaml").unlink()

    verdict = judge(desk.house, [LEAVE])

    assert any("没有场景经过节点" in line for line in verdict.refused)


def test_scenario_that_cannot_be_read_keeps_the_process_back(desk: Desk) -> None:
    desk.save(drawing(LEAVE), "单位审核", "部门审核")
    desk.save(f"workflows/{LEAVE}/scenarios/accepted.yaml", "steps:", "stepps:")

    verdict = publish(desk.house, [LEAVE], published_by=BY)

    assert "stepps" in verdict.refused[0]
    assert desk.audit()[-1] == (LEAVE, "refused", "scenario.unknown_key")


def test_file_saved_while_the_scenarios_are_played_keeps_the_process_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = publishing.test_processes

    def played(*args: object, **given: object) -> object:
        report = play(*args, **given)  # type: ignore[arg-type]
        desk.save(drawing(LEAVE), "部门审核", "科室审核")
        return report

    monkeypatch.setattr(publishing, "test_processes", played)
    desk.save(drawing(LEAVE), "单位审核", "部门审核")

    verdict = publish(desk.house, [LEAVE], published_by=BY)

    assert verdict.code == "publish.changed_meanwhile"
    assert desk.versions(LEAVE) == [1]


def test_judging_stores_nothing(desk: Desk) -> None:
    desk.save(drawing(LEAVE), "单位审核", "部门审核")

    verdict = judge(desk.house, [LEAVE])

    assert (verdict.refused, len(verdict.plan.new), desk.versions(LEAVE)) == ((), 1, [1])
    assert [each for each in desk.audit() if each[1] == "refused"] == []


def test_what_has_not_changed_is_not_played_again(desk: Desk) -> None:
    verdict = publish(desk.house, [LEAVE, LOAN], published_by=BY)

    assert (verdict.done, verdict.report) == (True, None)
    assert [change.reason for change in verdict.plan.changes] == ["unchanged", "unchanged"]


def test_somebody_elses_version_in_between_is_not_overwritten(desk: Desk) -> None:
    desk.save(drawing(LEAVE), "单位审核", "部门审核")
    mine = make_plan(desk.house, [LEAVE])
    desk.save(drawing(LEAVE), "部门审核", "科室审核")
    assert publish_process(desk.house, LEAVE, published_by=BY) == []

    with pytest.raises(EngineError, match=r"publish\.overtaken"):
        desk.house.engine.publish_together(mine.changes, published_by="late")

    assert desk.versions(LEAVE) == [1, 2]
    assert desk.audit()[-1] == (LEAVE, "refused", "publish.overtaken")


def test_running_case_keeps_the_notice_of_its_bundle(desk: Desk) -> None:
    stage = replace(desk.stage, house=desk.house)
    applicant, reviewer = stage.actor("P001"), stage.actor("R-UADM@DW-002")
    case_id = desk.house.engine.open_draft(LEAVE, actor=applicant)
    desk.house.engine.start(case_id, {"reason": "借用全站仪一台"}, actor=applicant)
    desk.save("templates/notices/P01.toml", "{{ text }}", "新的说法：{{ text }}")
    assert publish_process(desk.house, LEAVE, published_by=BY) == []

    agreed = {"outcome": "AGREE", "opinion": "同意", "signature": True, "seal": True}
    desk.house.engine.complete_element(case_id, "review_application", agreed, actor=reviewer)

    [sent] = stage.rows(Notification, Notification.channel == Channel.INBOX)
    assert "已受理" in sent.text
    assert "新的说法" not in sent.text


def test_demo_publishes_at_once_and_tells_of_the_scenarios_afterwards(desk: Desk) -> None:
    told: list[str] = []
    watch = FolderWatch(desk.house, tell=told.append)
    desk.save(f"workflows/{LEAVE}/scenarios/accepted.yaml", "state: UNIT", "state: DEPT")
    desk.save(drawing(LEAVE), "单位审核", "部门审核")

    watch.look()
    at_once = (desk.versions(LEAVE), list(desk.house.designer_errors))
    watch.rehearse()
    shown = list(desk.house.designer_errors)
    desk.save(f"workflows/{LEAVE}/scenarios/accepted.yaml", "state: DEPT", "state: UNIT")
    desk.save(drawing(LEAVE), "部门审核", "科室审核")
    watch.look()
    watch.rehearse()

    assert at_once == ([1, 2], [])
    assert shown
    assert "DEPT" in shown[0]
    assert desk.house.designer_errors == []
    assert told[-1].startswith("场景全部通过（2 个）")
