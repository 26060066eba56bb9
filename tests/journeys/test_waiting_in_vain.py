"""Somebody else holds the very case: the page says who and since when, and nothing is lost."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import unit_of_work
from app.domain.access.actor import Actor
from app.engine.acting import lock_instance
from app.engine.tables import ProcessInstance, TaskSubmission
from app.scheduler.virtual import find_actor
from tests.journeys.conftest import Town
from tests.journeys.steps import AGREED, declare, open_task, submit_to_unit

UNIT = "R-UADM@DW-005"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait half a second for a lock, not five."""
    monkeypatch.setattr(unit_of_work, "LOCK_TIMEOUT_MS", 500)


@contextmanager
def held(town: Town, by: Actor, task_id: str) -> Iterator[None]:
    """Hold the only case as another officer's command would."""
    taken, over = threading.Event(), threading.Event()

    def hold() -> None:
        with town.house.unit_of_work() as session:
            instance_id = session.scalars(select(ProcessInstance.id)).one()
            lock_instance(session, instance_id, by=by, about=task_id)
            taken.set()
            over.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    assert taken.wait(20)
    try:
        yield
    finally:
        over.set()
        thread.join()


def _at_unit(town: Town) -> str:
    town.at("2019-04-26T09:00:00")
    case = declare(town)
    town.at("2019-05-07T00:00:00")
    submit_to_unit(town, case)
    return case


def _reviews(town: Town) -> int:
    with Session(town.house.database) as session:
        query = select(func.count(TaskSubmission.id))
        return session.scalar(query.where(TaskSubmission.element_id == "unit_review")) or 0


def test_page_names_the_holder_and_sends_again_what_was_typed(town: Town) -> None:
    _at_unit(town)
    officer = town.person(UNIT)
    task = open_task(officer)
    other = find_actor(town.house, "R-CITY@ZGB-450200")
    fields = {**AGREED, "opinion": "经核对，情况属实 <同意>\n另附说明", "_key": "typed-once"}
    token = officer.token(task)

    with held(town, other, task.rpartition("/")[2]):
        answer = officer.client.post(task, data={**fields, "csrf_token": token})

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert re.search(rf"{other.name}正在办理这一办件（\d\d:\d\d:\d\d开始）", answer.text)
    kept = {name: html.unescape(value) for name, value in HIDDEN.findall(answer.text)}
    assert fields.items() <= kept.items()
    assert _reviews(town) == 0

    again = [officer.client.post(task, data=kept) for _ in range(2)]

    assert [each.status_code for each in again] == [302, 302]
    assert _reviews(town) == 1


def test_own_other_window_is_not_called_somebody_else(town: Town) -> None:
    _at_unit(town)
    officer = town.person(UNIT)
    task = open_task(officer)
    token = officer.token(task)

    with held(town, find_actor(town.house, UNIT), task.rpartition("/")[2]):
        answer = officer.client.post(task, data={**AGREED, "csrf_token": token})

    assert answer.status_code == 503
    assert "您的另一次提交还在处理" in answer.text


def test_pages_open_while_somebody_holds_the_case(town: Town) -> None:
    case = _at_unit(town)
    officer, applicant = town.person(UNIT), town.person("P003")
    task = open_task(officer)

    with held(town, find_actor(town.house, UNIT), task.rpartition("/")[2]):
        opened = [officer.get(task), officer.get("/inbox"), applicant.get(case)]

    assert [page.status_code for page in opened] == [200, 200, 200], opened[0].text


def test_program_gets_the_same_as_a_problem(town: Town) -> None:
    case = _at_unit(town)
    officer = town.person(UNIT)
    task = open_task(officer)
    headers = {"X-CSRFToken": officer.token(task)}
    address = f"/api/v1{case}/steps/unit_review"

    with held(town, find_actor(town.house, UNIT), task.rpartition("/")[2]):
        answer = officer.client.post(address, json=dict(AGREED), headers=headers)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.json["code"] == "busy.unknown"
    assert "没有生效" in answer.json["detail"]
