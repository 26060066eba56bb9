"""Four eyes: one operator asks, another approves; never alone, never twice, always checked."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.audit.tables import AuditEntry
from app.engine.operating.known import REPAIRS
from app.engine.operating.repairs import INSTANCE, PROCESS, Ground, Repair, Subject
from app.engine.operating.tables import OperationRequest
from app.errors import AppError, EngineError, NotAllowed
from tests.engine.acts import APPLICATION
from tests.engine.houses import ADMIN, Stage
from tests.engine.test_races import at_once, codes

FIRST, SECOND = "platform.admin1", "platform.admin2"
WHY = "申请人来信，原登记有误"
PAINT = "paint"


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A repair of the test's own; what it was carried out with is returned."""
    done: list[dict[str, Any]] = []

    def check(ground: Ground) -> dict[str, Any]:
        if ground.arguments.get("colour") == "none" or len(done) > 1:
            raise EngineError("engine.message_unawaited", name="paint", key="none")
        return {**ground.arguments, "kept": True}

    def carry_out(ground: Ground) -> str:
        done.append({**ground.arguments, "by": ground.actor.name, "asked_by": ground.asked_by})
        return "已粉刷"

    monkeypatch.setitem(REPAIRS, PAINT, Repair(check, lambda ground: ["会变色"], carry_out))
    return done


def ask(stage: Stage, *, by: str = FIRST, reason: str = WHY, **arguments: Any) -> str:
    """Ask for a repair of the newest instance."""
    subject = Subject(INSTANCE, stage.instance().id)
    answer = stage.house.engine.request_repair(
        PAINT, subject, arguments, reason=reason, actor=stage.actor(by)
    )
    return str(answer["request_id"])


def approve(stage: Stage, request_id: str, *, by: str = SECOND) -> Any:
    """Approve a request."""
    return stage.house.engine.approve_repair(request_id, actor=stage.actor(by))


def request_row(stage: Stage) -> OperationRequest:
    """Return the only request."""
    [row] = stage.rows(OperationRequest)
    return row


def test_second_person_carries_out_what_the_first_asked_for(
    stage: Stage, painted: list[dict[str, Any]]
) -> None:
    stage.start("reading_room", APPLICATION)
    request_id = ask(stage, colour="red")
    assert painted == []

    answer = approve(stage, request_id)

    first, second = stage.actor(FIRST), stage.actor(SECOND)
    assert painted == [{"colour": "red", "kept": True, "by": second.name, "asked_by": first.name}]
    assert answer["outcome"] == "已粉刷"
    row = request_row(stage)
    assert (row.decision, row.decided_by, row.requested_by) == (
        "approved", second.account_id, first.account_id,
    )  # fmt: skip
    entries = stage.rows(AuditEntry, AuditEntry.action.in_(["request.paint", "approve.paint"]))
    assert {(each.actor, each.reason) for each in entries} == {
        (first.account_id, WHY),
        (second.account_id, WHY),
    }


def test_nobody_approves_his_own_request(stage: Stage, painted: list[dict[str, Any]]) -> None:
    stage.start("reading_room", APPLICATION)
    request_id = ask(stage, colour="red")

    with pytest.raises(EngineError) as refused:
        approve(stage, request_id, by=FIRST)

    assert refused.value.code == "engine.second_person"
    assert painted == []
    assert request_row(stage).decided_at is None


@pytest.mark.parametrize("who", [ADMIN, "P001", "platform.sec1"])
def test_only_administrators_ask_and_decide(
    stage: Stage, painted: list[dict[str, Any]], who: str
) -> None:
    stage.start("reading_room", APPLICATION)
    with pytest.raises(NotAllowed):
        ask(stage, by=who, colour="red")
    request_id = ask(stage, colour="red")

    with pytest.raises(NotAllowed):
        approve(stage, request_id, by=who)
    with pytest.raises(NotAllowed):
        stage.house.engine.reject_repair(request_id, reason=WHY, actor=stage.actor(who))

    assert painted == []


def test_what_cannot_be_done_is_refused_when_asked_and_again_when_approved(
    stage: Stage, painted: list[dict[str, Any]]
) -> None:
    stage.start("reading_room", APPLICATION)
    with pytest.raises(EngineError) as refused:
        ask(stage, colour="none")
    assert refused.value.code == "engine.message_unawaited"
    assert stage.rows(OperationRequest) == []
    request_id = ask(stage, colour="red")
    painted.extend([{}, {}])

    with pytest.raises(EngineError):
        approve(stage, request_id)

    assert request_row(stage).decided_at is None
    entry = stage.rows(AuditEntry, AuditEntry.action == "approve")[0]
    assert (entry.outcome, entry.reason) == ("refused", "engine.message_unawaited")


def test_reason_is_needed_and_the_same_is_not_asked_twice(
    stage: Stage, painted: list[dict[str, Any]]
) -> None:
    stage.start("reading_room", APPLICATION)
    with pytest.raises(EngineError) as without:
        ask(stage, reason="改", colour="red")
    assert without.value.code == "engine.reason_missing"
    ask(stage, colour="red")

    with pytest.raises(EngineError) as twice:
        ask(stage, by=SECOND, colour="red")

    assert twice.value.code == "engine.request_asked"
    assert twice.value.fields["name"] == stage.actor(FIRST).name


def test_rejected_and_withdrawn_requests_stay_undone(
    stage: Stage, painted: list[dict[str, Any]]
) -> None:
    stage.start("reading_room", APPLICATION)
    engine = stage.house.engine
    rejected, withdrawn = ask(stage, colour="red"), ask(stage, colour="blue")
    engine.reject_repair(rejected, reason="材料不足，不同意", actor=stage.actor(SECOND))
    engine.reject_repair(withdrawn, reason="已经不需要了", actor=stage.actor(FIRST))

    with pytest.raises(EngineError) as late:
        approve(stage, rejected)

    assert late.value.code == "engine.request_decided"
    assert late.value.fields["name"] == stage.actor(SECOND).name
    assert [row.decision for row in stage.rows(OperationRequest)] == ["rejected", "withdrawn"]
    assert painted == []


def test_of_two_who_decide_at_once_one_wins(stage: Stage, painted: list[dict[str, Any]]) -> None:
    stage.start("reading_room", APPLICATION)
    request_id, engine = ask(stage, colour="red"), stage.house.engine
    second, first = stage.actor(SECOND), stage.actor(FIRST)

    answers = at_once(
        [
            lambda: engine.approve_repair(request_id, actor=second),
            lambda: engine.approve_repair(request_id, actor=second),
            lambda: engine.reject_repair(request_id, reason="已经不再需要", actor=first),
        ]
    )

    assert codes(answers) == ["engine.request_decided"] * 2
    assert len(painted) == (request_row(stage).decision == "approved")


def test_same_key_is_answered_alike(stage: Stage, painted: list[dict[str, Any]]) -> None:
    stage.start("reading_room", APPLICATION)
    request_id, actor = ask(stage, colour="red"), stage.actor(SECOND)

    answers = [
        stage.house.engine.approve_repair(request_id, actor=actor, key="k") for _ in range(2)
    ]

    assert answers[0] == answers[1]
    assert len(painted) == 1


def test_ended_case_is_not_repaired_but_its_request_can_be_rejected(
    stage: Stage, painted: list[dict[str, Any]]
) -> None:
    stage.start("reading_room", APPLICATION)
    request_id = ask(stage, colour="red")
    stage.house.engine.cancel(stage.instance().id, reason=WHY, actor=stage.actor(FIRST))

    with pytest.raises(AppError) as late:
        approve(stage, request_id)

    assert late.value.code == "engine.instance_ended"
    stage.house.engine.reject_repair(request_id, reason="办件已终止", actor=stage.actor(SECOND))
    assert request_row(stage).decision == "rejected"


def test_whole_procedure_can_be_the_subject(stage: Stage, painted: list[dict[str, Any]]) -> None:
    stage.publish("reading_room")
    subject = Subject(PROCESS, "reading_room")
    answer = stage.house.engine.request_repair(
        PAINT, subject, {"to": "2"}, reason=WHY, actor=stage.actor(FIRST)
    )

    approve(stage, answer["request_id"])

    assert painted[0]["to"] == "2"
    assert request_row(stage).subject_name == stage.package("reading_room").descriptor.title
