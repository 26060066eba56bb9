"""Many equal requests at once: one effect, the same answer for all."""

from __future__ import annotations

import threading

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine.tables import TaskSubmission
from tests.journeys.conftest import Town
from tests.journeys.steps import AGREED, declare, open_task, submit_to_unit

POSTS = 50


def _submissions(town: Town, element: str) -> int:
    with Session(town.house.database) as session:
        query = select(func.count(TaskSubmission.id))
        return session.scalar(query.where(TaskSubmission.element_id == element)) or 0


def test_fifty_equal_posts_have_one_effect_and_one_answer(town: Town) -> None:
    town.at("2019-04-26T09:00:00")
    case = declare(town)
    town.at("2019-05-07T00:00:00")
    submit_to_unit(town, case)
    officer = town.person("R-UADM@DW-005")
    task = open_task(officer)
    fields = {**AGREED, "_key": "the-same-key", "csrf_token": officer.token(task)}
    cookies = "; ".join(
        f"{cookie.key}={cookie.value}" for cookie in officer.client._cookies.values()
    )
    answers: list[tuple[int, str | None]] = []
    barrier = threading.Barrier(POSTS)

    def press() -> None:
        client = town.app.test_client(use_cookies=False)
        barrier.wait()
        answer = client.post(task, data=fields, headers={"Cookie": cookies})
        answers.append((answer.status_code, answer.headers.get("Location")))

    threads = [threading.Thread(target=press) for _ in range(POSTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(answers) == {(302, "/inbox")}
    assert _submissions(town, "unit_review") == 1
