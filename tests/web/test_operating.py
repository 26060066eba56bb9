"""The operators' pages: incidents by cause, retried one by one or together, messages sent again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from app.db.base import new_id
from app.engine.tables import Incident, Outbox, ProcessInstance
from tests.web.conftest import NOW, Town, Visitor

Declared = Callable[[], tuple[Visitor, str]]
SENTENCE = "短信网关没有应答。"


def trouble(town: Town, *, kind: str = "sms.unreachable", incident: bool = True) -> tuple[str, str]:
    """Give up an outbox row of the only instance, with or without an incident; returns both ids."""
    with town.app.app_context(), town.house.unit_of_work() as session:
        instance = session.scalars(select(ProcessInstance)).one()
        row = Outbox(
            id=new_id(), kind="sms.send", key=new_id(), payload={"notification_id": "none"},
            instance_id=instance.id, attempts=3, created_at=NOW, dead_at=datetime.now(UTC),
            error=SENTENCE,
        )  # fmt: skip
        session.add(row)
        found = Incident(
            id=new_id(), instance_id=instance.id, token_id=new_id(), element_id="submit_to_unit",
            element_name="提交单位", kind=kind, sentence=SENTENCE, outbox_id=row.id, created_at=NOW,
        )  # fmt: skip
        if incident:
            session.add(found)
        return row.id, found.id


def of(town: Town, table: type[Any], row_id: str) -> Any:
    with town.app.app_context(), town.house.unit_of_work() as session:
        return session.get_one(table, row_id)


def test_incidents_stand_under_their_cause_with_attempts_and_age(
    town: Town, declared: Declared
) -> None:
    declared()
    trouble(town)
    trouble(town)
    trouble(town, kind="storage.damaged")

    page = town.signed_in("R-ADM@PLATFORM").text("/incidents")

    assert page.count('class="block card-plain cause"') == 2
    assert "全部重新执行（2件）" in page
    for said in (SENTENCE, "提交单位", "已尝试3次，不再自动重试", "分钟前", "职称证书遗失补办"):
        assert said in page


def test_all_of_one_cause_are_retried_each_on_its_own(town: Town, declared: Declared) -> None:
    declared()
    good, first = trouble(town)
    bad, second = trouble(town)
    other, third = trouble(town, kind="storage.damaged")
    with town.app.app_context(), town.house.unit_of_work() as session:
        session.get_one(Outbox, bad).dead_at = None  # somebody has sent it meanwhile
    operator = town.signed_in("R-ADM@PLATFORM")

    fields = {"kind": "sms.unreachable", "reason": "短信网关已经恢复"}
    silent = operator.post("/incidents/retry", {**fields, "reason": "好"}, page="/incidents")
    page = operator.post("/incidents/retry", fields, page="/incidents")

    assert silent.status_code == 409
    assert "请写明理由" in silent.get_data(as_text=True)
    assert "已重新执行2件，其中1件没有再报错，1件仍然失败" in page.get_data(as_text=True)
    assert of(town, Outbox, good).dead_at is None
    resolved = [of(town, Incident, each).resolved_at for each in (first, second, third)]
    assert [each is not None for each in resolved] == [True, False, False]
    assert of(town, Outbox, other).dead_at is not None


def test_message_given_up_is_sent_again_once(town: Town, declared: Declared) -> None:
    declared()
    row, _ = trouble(town, incident=False)
    operator = town.signed_in("R-ADM@PLATFORM")
    assert "没有发出的消息和后台任务" in operator.text("/incidents")

    for said in ("将在几秒内再次发送", "这个异常已经处理。"):
        answer = operator.post(f"/outbox/{row}/again", page="/incidents", follow_redirects=True)
        assert said in answer.get_data(as_text=True)

    assert (of(town, Outbox, row).dead_at, of(town, Outbox, row).attempts) == (None, 0)


def test_situation_tells_what_is_waited_for_and_nothing_personal(
    town: Town, declared: Declared
) -> None:
    declared()
    _, incident = trouble(town)
    instance = of(town, Incident, incident).instance_id

    page = town.signed_in("R-ADM@PLATFORM").text(f"/instances/{instance}")

    for said in ("提交单位没有完成", SENTENCE, "现在等待什么", "计时", "重新执行", "已放弃"):
        assert said in page
    for secret in ("450223198406309995", "搬家时不慎遗失"):
        assert secret not in page


@pytest.mark.parametrize("who", ["P003", "R-UADM@DW-005"])
def test_only_operators_come_in_and_learn_nothing(town: Town, declared: Declared, who: str) -> None:
    declared()
    row, incident = trouble(town)
    instance = of(town, Incident, incident).instance_id
    visitor = town.signed_in(who)

    answers = [
        visitor.get("/incidents"),
        visitor.get(f"/instances/{instance}"),
        visitor.get("/instances/unknown"),
        visitor.get(f"/instances/{instance}/diagram.bpmn"),
        visitor.post(f"/incidents/{incident}/retry", page="/notices"),
        visitor.post("/incidents/retry", {"kind": "sms.unreachable"}, page="/notices"),
        visitor.post(f"/outbox/{row}/again", page="/notices"),
    ]

    assert {answer.status_code for answer in answers} == {403}
    pages = {answer.get_data(as_text=True) for answer in answers[:3]}
    assert len({page.partition("<main")[2].partition("</main>")[0] for page in pages}) == 1
    assert of(town, Outbox, row).dead_at is not None
