"""Notices of a procedure: rows in the step's own transaction, the gateway only afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from app.domain.notifications.tables import Notification
from app.engine.package import Package
from app.engine.registry import Call
from app.engine.tables import Outbox
from app.operations import registry
from app.operations.notices import NOTHING_MORE, params_of
from app.scheduler.outbox import work_everything
from tests.engine.acts import MOBILE
from tests.engine.houses import ADMIN, APPLICANT, Stage

DRAWING = "workflows/round_table/round_table.bpmn"
LISTENER = (
    '<zeebe:executionListeners><zeebe:executionListener eventType="end" type="notify.send">'
    '<zeebe:taskHeaders><zeebe:header key="template" value="N03" />'
    '<zeebe:header key="to" value="{to}" /><zeebe:header key="step" value="发言" />'
    "</zeebe:taskHeaders></zeebe:executionListener></zeebe:executionListeners>"
    "<zeebe:userTask />"
)
TO_APPLICANT = "=role(&quot;R-PERS&quot;, path.applicant)"


def spoken(stage: Stage, to: str = TO_APPLICANT) -> str:
    """Complete a step that tells somebody about it, and return the case."""
    operations = stage.house.tools.registry.operations
    operations["notify.send"] = registry.operations["notify.send"]
    return publish_telling(stage, to)


def publish_telling(stage: Stage, to: str = TO_APPLICANT) -> str:
    """Publish a procedure that tells somebody after its step, complete the step."""
    package: Package = stage.package("round_table")
    drawing = package.files[DRAWING].replace("<zeebe:userTask />", LISTENER.format(to=to))
    package = replace(package, files={**package.files, DRAWING: drawing})
    stage.house.engine.publish(package, published_by="tests")
    case_id = stage.draft("round_table")
    stage.house.engine.start(case_id, {"note": "开始"}, actor=stage.actor(APPLICANT))
    stage.complete("speak", {"again": "NO"}, by=ADMIN)
    return case_id


def test_notice_is_written_with_the_step(stage: Stage) -> None:
    case_id = spoken(stage)

    rows = {row.channel: row for row in stage.rows(Notification)}

    assert set(rows) == {"INBOX", "SMS"}
    assert (rows["INBOX"].to_kind, rows["INBOX"].to_code) == ("PERSON", APPLICANT)
    assert rows["INBOX"].case_no == stage.case(case_id).case_no
    assert "发言" in rows["INBOX"].text
    assert (rows["INBOX"].state, rows["SMS"].state) == ("DELIVERED", "QUEUED")


def test_message_leaves_with_the_outbox_alone(stage: Stage) -> None:
    spoken(stage)
    before = list(stage.house.adapters.sms.sent)

    work_everything(stage.house, owner="tests")

    assert before == []
    assert [message.mobile for message in stage.house.adapters.sms.sent] == [MOBILE]
    [sms] = [row for row in stage.rows(Notification) if row.channel == "SMS"]
    assert sms.state == "DELIVERED"


def test_outbox_row_names_the_notice_and_no_number(stage: Stage) -> None:
    spoken(stage)

    [row] = stage.rows(Outbox, Outbox.kind == "sms.send")

    assert row.payload == {"notification_id": row.key.removeprefix("sms:")}
    assert row.token_id is None


def test_dead_gateway_is_tried_again(stage: Stage) -> None:
    spoken(stage)
    stage.house.adapters.sms.fail_next = 1
    work_everything(stage.house, owner="tests")
    with stage.house.unit_of_work() as session:
        session.execute(update(Outbox).values(not_before=None))

    work_everything(stage.house, owner="tests")

    assert len(stage.house.adapters.sms.sent) == 1
    assert stage.incidents() == []


def test_notice_to_several_groups_is_one_row_each(stage: Stage) -> None:
    spoken(stage, to="=[role(&quot;R-UADM&quot;, path.unit), role(&quot;R-UHR&quot;, path.unit)]")

    codes = {row.to_code for row in stage.rows(Notification) if row.channel == "INBOX"}

    assert codes == {"R-UADM@DW-002", "R-UHR@DW-002"}


@pytest.mark.parametrize("to", ["=path.nobody", "="])
def test_notice_to_nobody_is_an_incident_and_the_submission_stands(stage: Stage, to: str) -> None:
    spoken(stage, to=to)

    assert len(stage.incidents()) == 1
    assert stage.rows(Notification) == []
    assert len(stage.submissions()) == 2


def test_every_parameter_that_a_notice_may_speak_of_is_given(stage: Stage) -> None:
    given: set[str] = set()

    def look(call: Call, **said: str) -> None:
        given.update(NOTHING_MORE, params_of(call))

    stage.house.tools.registry.operations["notify.send"] = look
    publish_telling(stage)

    assert given == registry.told
