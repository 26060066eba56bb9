"""Messages: who waits takes them, once; the others neither notice nor lose anything."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from app.domain.audit.tables import AuditEntry
from app.engine.history import broken_at
from app.engine.tables import MessageSubscription, Outbox
from app.errors import EngineError
from app.scheduler.outbox import work_everything
from tests.engine.acts import retry
from tests.engine.houses import ADMIN, Stage


def number(stage: Stage) -> str:
    """Return the number of the newest case: its correlation key."""
    key: str = stage.instance().business_key
    return key


def variables(stage: Stage) -> dict[str, object]:
    """Return the variables of the newest instance."""
    found: dict[str, object] = json.loads(stage.instance().state)["scopes"]["root"]["vars"]
    return found


@pytest.fixture
def waiting(stage: Stage) -> Stage:
    """A house with one case that waits for messages."""
    stage.start("post_room")
    return stage


def test_waiting_tokens_have_subscriptions_with_their_keys(waiting: Stage) -> None:
    assert {
        name: (row.name, row.correlation_key) for name, row in waiting.subscriptions().items()
    } == {
        "withdrawn": ("withdrawal", number(waiting)),
        "remarked": ("remark", number(waiting)),
        "announced": ("announcement", "all"),
    }


def test_every_waiting_case_takes_a_message_once(waiting: Stage) -> None:
    waiting.start("post_room")

    taken = waiting.house.engine.correlate("announcement", "all", {"text": "开会", "room": 3})
    again = waiting.house.engine.correlate("announcement", "all", {"text": "散会"})

    assert (taken, again) == (2, 0)
    assert variables(waiting)["announcement"] == "开会"
    assert "room" not in variables(waiting)


def test_key_that_is_a_number_is_compared_as_text(waiting: Stage) -> None:
    waiting.house.engine.correlate("announcement", "all", {"text": "x"})
    key = str(len(number(waiting)))

    taken = waiting.house.engine.correlate("receipt", key)

    assert waiting.subscriptions().keys() == {"withdrawn", "remarked"}
    assert taken == 1


def test_other_key_reaches_nobody(waiting: Stage) -> None:
    assert waiting.house.engine.correlate("withdrawal", "another") == 0
    assert waiting.open_tasks() == ["write_answer"]


def test_interrupting_message_takes_the_task_and_what_hangs_on_it(waiting: Stage) -> None:
    waiting.house.engine.correlate("withdrawal", number(waiting))

    assert waiting.task("write_answer").status == "cancelled"
    assert waiting.subscriptions().keys() == {"announced"}
    assert waiting.timers() == {}


def test_non_interrupting_message_may_come_again(waiting: Stage) -> None:
    for word in ("one", "two"):
        waiting.house.engine.correlate("remark", number(waiting), {"word": word})

    assert waiting.open_tasks() == ["write_answer"]
    about = [row.payload["about"] for row in waiting.rows(Outbox, Outbox.kind == "test.note")]
    assert about == ["one", "two"]
    assert len(waiting.rows(MessageSubscription, MessageSubscription.element_id == "remarked")) == 1


def test_subscriptions_end_with_the_task(waiting: Stage) -> None:
    waiting.complete("write_answer", by=ADMIN)

    assert waiting.subscriptions().keys() == {"announced"}


def test_case_ends_with_its_last_message(waiting: Stage) -> None:
    waiting.complete("write_answer", by=ADMIN)
    waiting.house.engine.correlate("announcement", "all", {"text": "x"})

    waiting.house.engine.correlate("receipt", str(len(number(waiting))))

    assert waiting.instance().status == "ended"
    assert waiting.subscriptions() == {}
    with waiting.house.unit_of_work() as session:
        assert broken_at(session, waiting.instance().id) is None


def test_person_is_told_that_nobody_waits(waiting: Stage) -> None:
    actor = waiting.actor(ADMIN)

    with pytest.raises(EngineError) as refused:
        waiting.house.engine.correlate("withdrawal", "another", actor=actor)

    assert refused.value.code == "engine.message_unawaited"
    [entry] = waiting.rows(AuditEntry, AuditEntry.action == "correlate")
    assert (entry.outcome, entry.object_id) == ("refused", "withdrawal")


def test_persons_message_is_audited_and_in_the_history(waiting: Stage) -> None:
    actor = waiting.actor(ADMIN)

    waiting.house.engine.correlate("withdrawal", number(waiting), actor=actor)

    [entry] = waiting.rows(AuditEntry, AuditEntry.action == "correlate")
    assert (entry.actor, entry.outcome) == (actor.account_id, "ok")


def test_command_sent_twice_is_carried_out_once_and_answered_alike(waiting: Stage) -> None:
    actor, key = waiting.actor(ADMIN), number(waiting)

    taken = [
        waiting.house.engine.correlate("remark", key, {"word": "x"}, actor=actor, key="k1")
        for _ in range(2)
    ]

    assert taken == [1, 1]
    assert waiting.notes() == ["remarked"]


def test_overdue_timer_is_not_beaten_by_a_late_message(waiting: Stage) -> None:
    waiting.wait(days=8)

    taken = waiting.house.engine.correlate("withdrawal", number(waiting))

    assert taken == 0
    assert waiting.task("write_answer").status == "cancelled"


def test_failing_step_behind_a_message_is_an_incident_and_it_can_come_again(waiting: Stage) -> None:
    waiting.workshop.desk["volume"] = "loud"
    waiting.house.engine.correlate("remark", number(waiting), {"word": "one"})
    [incident] = waiting.incidents()
    shut = "remarked" not in waiting.subscriptions()
    waiting.workshop.desk["volume"] = 1

    retry(waiting)
    waiting.house.engine.correlate("remark", number(waiting), {"word": "two"})

    assert (incident.element_id, shut) == ("remarked", True)
    assert waiting.notes() == ["remarked", "remarked"]
    assert waiting.incidents() == []


def test_process_sends_by_the_outbox(waiting: Stage) -> None:
    receiver = waiting.instance().id
    waiting.start("town_crier")
    before = waiting.subscriptions()["announced"].instance_id

    work_everything(waiting.house, owner="w")

    [row] = waiting.rows(Outbox, Outbox.kind == "message.correlate")
    assert (before, row.done_at is not None) == (receiver, True)
    assert "announced" not in waiting.subscriptions()
    assert "take_receipt" in waiting.subscriptions()


def test_message_of_a_process_that_nobody_awaits_is_dropped(stage: Stage) -> None:
    stage.start("town_crier")

    work_everything(stage.house, owner="w")
    stage.start("post_room")

    assert "announced" in stage.subscriptions()
    [row] = stage.rows(Outbox, Outbox.kind == "message.correlate")
    assert (row.attempts, row.done_at is not None) == (0, True)


def test_worker_that_died_after_delivering_does_not_deliver_twice(waiting: Stage) -> None:
    deliver: Callable[[], int] = lambda: waiting.house.engine.correlate(  # noqa: E731
        "remark", number(waiting), {"word": "x"}, key="message:1"
    )

    assert [deliver(), deliver()] == [1, 1]
    assert waiting.notes() == ["remarked"]
