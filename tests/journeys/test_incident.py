"""A step that fails: told in words, nothing lost, repaired and tried again by the administrator."""

from __future__ import annotations

import re

from sqlalchemy import update

from app.domain.people import person
from app.engine.tables import Outbox
from tests.journeys.conftest import Town
from tests.journeys.steps import approve_all, declare, issue, submit_to_unit

UNPRINTABLE = "覃\ue000舟"


def _rename(town: Town, name: str) -> None:
    with town.house.unit_of_work() as session:
        person(session, "P003").name = name


def _work_without_waiting(town: Town) -> None:
    """Work off all attempts at once; the backoff between them is system time."""
    for _ in range(4):
        with town.house.unit_of_work() as session:
            session.execute(update(Outbox).values(not_before=None))
        town.work()


def test_name_that_cannot_be_printed_is_an_incident_and_retried_after_its_repair(
    town: Town,
) -> None:
    town.at("2019-04-26T09:00:00")
    case = declare(town)
    town.at("2019-05-07T00:00:00")
    submit_to_unit(town, case)
    _rename(town, UNPRINTABLE)
    approve_all(town)
    issue(town)
    _work_without_waiting(town)

    assert "/certificates/" not in town.person("P003").text(case)
    administrator = town.person("R-ADM@PLATFORM")
    page = administrator.text("/incidents")
    assert "生成证书文件" in page
    retry = re.search(r'action="(/incidents/\w+/retry)"', page)
    assert retry

    _rename(town, "覃砚舟")
    assert administrator.post(retry.group(1), {}, page="/incidents").status_code == 302
    _work_without_waiting(town)

    assert "/certificates/" in town.person("P003").text(case)
    assert retry.group(1) not in administrator.text("/incidents")
