"""Publishing while cases move, twice at once, and against whoever would change a bundle."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, text, update

from app.engine.bundles import store
from app.engine.package import Package
from app.engine.tables import Bundle, ProcessInstance
from app.errors import AppError, EngineError
from tests.engine.acts import AGREED, APPLICATION
from tests.engine.houses import ADMIN, APPLICANT, Stage
from tests.engine.test_bundles import DRAWING, changed
from tests.engine.test_races import at_once, codes

KEY = "reading_room"
ROUNDS = 6


def renamed(stage: Stage, name: str) -> Package:
    """Return the procedure with its first task renamed."""
    return changed(stage.package(KEY), DRAWING, "核对申请", name)


def versions(stage: Stage) -> list[int]:
    """Return all versions stored, in the order in which they were made."""
    return [row.version for row in stage.rows(Bundle)]


def test_cases_stay_on_their_bundle_while_new_versions_are_published(stage: Stage) -> None:
    engine = stage.house.engine
    stage.publish(KEY)
    applicant, officer = stage.actor(APPLICANT), stage.actor(ADMIN)
    running: list[str] = []

    def run_cases() -> None:
        for _ in range(ROUNDS):
            case_id = engine.open_draft(KEY, actor=applicant)
            engine.start(case_id, APPLICATION, actor=applicant)
            running.append(case_id)
            engine.complete_element(case_id, "check_application", AGREED, actor=officer)

    def publish_names(which: str) -> None:
        for number in range(ROUNDS):
            engine.publish(renamed(stage, f"核对{which}{number}"), published_by=which)

    answers = at_once([run_cases, lambda: publish_names("甲"), lambda: publish_names("乙")])

    assert answers == [None, None, None]
    assert stage.incidents() == []
    assert sorted(versions(stage)) == list(range(1, 2 * ROUNDS + 2))
    cases = {case_id: stage.case(case_id) for case_id in running}
    for instance in stage.rows(ProcessInstance):
        assert instance.bundle_id == cases[instance.case_id].bundle_id
    assert stage.open_tasks() == ["hand_over_book"] * ROUNDS


def test_the_same_package_published_at_once_is_one_version(stage: Stage) -> None:
    stage.publish(KEY)
    package = renamed(stage, "初步核对")

    answers = at_once([lambda: stage.house.engine.publish(package, published_by="tests")] * 4)

    assert answers == [answers[0]] * 4
    assert versions(stage) == [1, 2]


def test_of_two_different_plans_at_once_one_is_refused(stage: Stage) -> None:
    engine = stage.house.engine
    stage.publish(KEY)
    plans = [engine.compare({KEY: renamed(stage, name)}, [KEY]) for name in ("甲核对", "乙核对")]

    answers: list[Any] = at_once(
        [lambda p=plan: engine.publish_together(p, published_by="tests") for plan in plans]
    )

    assert codes(answers) == ["publish.overtaken"]
    assert versions(stage) == [1, 2]


def test_several_packages_are_stored_together_or_not_at_all(stage: Stage) -> None:
    engine = stage.house.engine
    for key in (KEY, "slow_letter"):
        stage.publish(key)
    letter = stage.package("slow_letter")
    edited = replace(
        letter,
        files={path: f"{body}\n" for path, body in letter.files.items()},
    )
    packages = {KEY: renamed(stage, "甲核对"), "slow_letter": edited}
    plan = engine.compare(packages, list(packages))
    other = {**letter.files, "forms/slow_letter/more.form": "{}"}
    with stage.house.unit_of_work() as session:
        store(
            session, replace(letter, files=other), published_by="meanwhile",
            now=stage.clock.now(),
        )  # fmt: skip

    with pytest.raises(EngineError) as refused:
        engine.publish_together(plan, published_by="tests")

    assert refused.value.code == "publish.overtaken"
    assert [row.version for row in stage.rows(Bundle, Bundle.process_key == KEY)] == [1]


def harm(stage: Stage, bundle_id: str, way: str) -> None:
    """Try to change or remove a bundle through a session."""
    with stage.house.unit_of_work() as session:
        row = session.get_one(Bundle, bundle_id)
        if way == "update":
            row.note = "改过"
        elif way == "delete":
            session.delete(row)
        else:
            many = {
                "update many": update(Bundle).values(note="改过"),
                "delete many": delete(Bundle),
            }
            session.execute(many[way])


@pytest.mark.parametrize("way", ["update", "delete", "update many", "delete many"])
def test_bundle_cannot_be_rewritten(stage: Stage, way: str) -> None:
    bundle_id = stage.publish(KEY)

    with pytest.raises(RuntimeError, match="only ever added"):
        harm(stage, bundle_id, way)

    [kept] = stage.rows(Bundle)
    assert (kept.id, kept.note) == (bundle_id, "")


def test_bundle_changed_behind_the_programs_back_does_not_run(stage: Stage) -> None:
    stage.publish(KEY)
    with stage.house.unit_of_work() as session:
        session.execute(text("UPDATE bundle SET files = replace(files, '核对申请', '不必核对')"))

    with pytest.raises(AppError) as refused:
        stage.draft(KEY)

    assert refused.value.code == "engine.bundle_changed"


def test_scenarios_are_kept_but_make_no_version(stage: Stage) -> None:
    package = stage.package(KEY)
    bundle_id = stage.publish(KEY)

    again = stage.house.engine.publish(replace(package, scenarios={}), published_by="tests")

    assert again == bundle_id
    assert [path.rpartition("/")[2] for path in package.scenarios] == ["lent.yaml"]
