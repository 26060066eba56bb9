"""Many requests at once: one effect; the same answer for all, or who was first."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.accounts import Account, grant_role
from app.domain.cases.tables import CaseRow
from app.engine.tables import ProcessInstance, TaskSubmission, UserTask
from tests.faults.invariants import broken
from tests.journeys.conftest import Town
from tests.journeys.steps import AGREED, declaration, declare, open_task, submit_to_unit
from tests.journeys.visitor import Visitor

POSTS = 50
UNIT = "R-UADM@DW-005"


def _at_unit(town: Town) -> None:
    town.at("2019-04-26T09:00:00")
    case = declare(town)
    town.at("2019-05-07T00:00:00")
    submit_to_unit(town, case)


def _submissions(town: Town, element: str) -> int:
    with Session(town.house.database) as session:
        query = select(func.count(TaskSubmission.id))
        return session.scalar(query.where(TaskSubmission.element_id == element)) or 0


def _count(town: Town, table: type[Any]) -> int:
    with Session(town.house.database) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _sound(town: Town) -> list[str]:
    with Session(town.house.database) as session:
        return list(broken(session))


def _press_at_once(
    town: Town, presses: list[tuple[Visitor, str, Mapping[str, Any]]]
) -> list[tuple[int, str | None, str]]:
    """Send all posts from threads that begin together."""
    answers: list[tuple[int, str | None, str]] = []
    barrier = threading.Barrier(len(presses))

    def press(visitor: Visitor, path: str, fields: Mapping[str, Any]) -> None:
        cookies = "; ".join(f"{c.key}={c.value}" for c in visitor.client._cookies.values())
        client = town.app.test_client(use_cookies=False)
        barrier.wait()
        answer = client.post(path, data=dict(fields), headers={"Cookie": cookies})
        answers.append((answer.status_code, answer.headers.get("Location"), answer.text))

    threads = [threading.Thread(target=press, args=each) for each in presses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_fifty_equal_posts_have_one_effect_and_one_answer(town: Town) -> None:
    _at_unit(town)
    officer = town.person(UNIT)
    task = open_task(officer)
    fields = {**AGREED, "_key": "the-same-key", "csrf_token": officer.token(task)}

    answers = _press_at_once(town, [(officer, task, fields)] * POSTS)

    assert {(status, location) for status, location, _ in answers} == {(302, "/inbox")}
    assert _submissions(town, "unit_review") == 1
    assert _sound(town) == []


def test_of_fifty_posts_without_a_key_one_wins_and_the_others_hear_who(town: Town) -> None:
    _at_unit(town)
    officer = town.person(UNIT)
    task = open_task(officer)
    fields = {**AGREED, "csrf_token": officer.token(task)}

    answers = _press_at_once(town, [(officer, task, fields)] * POSTS)

    assert Counter(status for status, _, _ in answers) == {302: 1, 409: POSTS - 1}
    assert all("这项任务已由" in text for status, _, text in answers if status == 409)
    assert _submissions(town, "unit_review") == 1
    assert _sound(town) == []


def test_fifty_submissions_of_a_draft_start_one_case(town: Town) -> None:
    town.at("2019-04-26T09:00:00")
    applicant = town.person("P003")
    draft = applicant.post("/apply/lost_certificate", {}).headers["Location"]
    assert applicant.post(draft, {**declaration(), "_draft": "1"}).status_code == 302
    kept = {**declaration(), "csrf_token": applicant.token(draft), "_key": "once"}
    kept["photo"] = _kept_photo(applicant, draft)
    del kept["photo-file"]

    answers = _press_at_once(town, [(applicant, draft, kept)] * POSTS)

    [location] = {location for _, location, _ in answers}
    assert {status for status, _, _ in answers} == {302}
    assert location == draft.removesuffix("/edit")
    assert (_count(town, ProcessInstance), _count(town, CaseRow)) == (1, 1)
    assert _sound(town) == []


def _kept_photo(applicant: Visitor, draft: str) -> str:
    page = applicant.text(draft)
    return page.partition('name="photo" value="')[2].partition('"')[0]


def test_fifty_presses_on_apply_open_one_draft(town: Town) -> None:
    town.at("2019-04-26T09:00:00")
    applicant = town.person("P003")
    page = "/apply/lost_certificate"
    fields = {"csrf_token": applicant.token(page), "_key": "apply-once"}

    answers = _press_at_once(town, [(applicant, page, fields)] * POSTS)

    assert len({location for _, location, _ in answers}) == 1
    assert _count(town, CaseRow) == 1


def test_of_two_officers_on_one_task_the_second_hears_who_was_first(town: Town) -> None:
    _at_unit(town)
    city = town.person("R-CITY@ZGB-450200").account_id
    with town.house.unit_of_work() as session:
        colleague = session.get_one(Account, city)
        day = town.clock.now().date()
        grant_role(session, colleague, "R-UADM", "DW-005", on=day, granted_by="test")
    officers = [town.person(UNIT), town.person("R-CITY@ZGB-450200")]
    task = open_task(officers[0])
    fields = [{**AGREED, "csrf_token": officer.token(task)} for officer in officers]

    answers = _press_at_once(
        town, [(officer, task, each) for officer, each in zip(officers, fields, strict=True)]
    )

    with Session(town.house.database) as session:
        query = select(UserTask).where(UserTask.element_id == "unit_review")
        winner = session.scalars(query).one().assignee_name
    assert sorted(status for status, _, _ in answers) == [302, 409]
    [text] = [text for status, _, text in answers if status == 409]
    assert f"这项任务已由 {winner}" in text
    assert AGREED["opinion"] in text
    assert _submissions(town, "unit_review") == 1


def test_drafts_and_a_completion_at_once_leave_the_completion(town: Town) -> None:
    _at_unit(town)
    officer = town.person(UNIT)
    task = open_task(officer)
    fields = {**AGREED, "csrf_token": officer.token(task)}
    drafts = [
        (officer, task, {**fields, "opinion": f"草稿{number}", "_draft": "1"})
        for number in range(12)
    ]

    answers = _press_at_once(town, [*drafts, (officer, task, {**fields, "_key": "k"})])

    assert {status for status, _, _ in answers} <= {302, 409}
    with Session(town.house.database) as session:
        query = select(UserTask).where(UserTask.element_id == "unit_review")
        row = session.scalars(query).one()
        assert (row.status, row.draft) == ("completed", None)
        handed_in = select(TaskSubmission).where(TaskSubmission.task_id == row.id)
        assert session.scalars(handed_in).one().values["opinion"] == AGREED["opinion"]
    assert _sound(town) == []
