"""What must hold in every table whenever no transaction runs, whoever was killed before.

`CHECKS` names a check for each table, or the reason why there is nothing that a crash or a race
could break there; a test fails when a table is in neither.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.domain.accounts import WebSession
from app.domain.attachments.tables import Upload, UploadPiece
from app.domain.audit import verify_chain
from app.domain.calendar import Deadline
from app.domain.cases.tables import CaseHold, CaseRow
from app.domain.certificates.serials import NumberSeries
from app.domain.certificates.tables import Certificate
from app.domain.collection.tables import CollectionEvent, CollectionItem
from app.domain.issuance.tables import Issuance, IssuanceEvent
from app.domain.notifications.tables import Channel, Notification
from app.engine.history import broken_at
from app.engine.tables import (
    ACTIVE,
    COMPLETED,
    OPEN,
    Bundle,
    IdempotencyKey,
    Incident,
    MessageSubscription,
    Outbox,
    ProcessInstance,
    TaskCandidate,
    TaskSubmission,
    Timer,
    UserTask,
)
from tests.faults import operators_invariants as operators

Check = Callable[[Session], Iterator[str]]
REFERENCE = "reference data: written when the installation is founded, by one process"
BY_THE_DATABASE = "one row for one act; keys and references are the database's to keep"


def broken(session: Session) -> Iterator[str]:
    """Yield a sentence for everything that is broken, beginning with references to nothing."""
    if session.get_bind().dialect.name == "sqlite":
        found = session.execute(text("PRAGMA foreign_key_check")).all()
        yield from (f"{row[0]}: row {row[1]} refers to nothing in {row[2]}" for row in found)
    for table, check in CHECKS.items():
        if callable(check):
            yield from (f"{table}: {found}" for found in check(session))


def _all(session: Session, table: type[Any]) -> list[Any]:
    return list(session.scalars(select(table)))


def _instances(session: Session) -> Iterator[str]:
    case_nos = {row.id: row.case_no for row in _all(session, CaseRow)}
    for row in _all(session, ProcessInstance):
        if (row.status == ACTIVE) != (row.ended_at is None):
            yield f"{row.business_key} is {row.status} and ended at {row.ended_at}"
        if row.case_id and case_nos.get(row.case_id) != row.business_key:
            yield f"{row.business_key} is not its case's number"
        json.loads(row.state)


def _cases(session: Session) -> Iterator[str]:
    instances = {row.id: row.case_id for row in _all(session, ProcessInstance)}
    for row in _all(session, CaseRow):
        if (row.case_no is None) != (row.process_instance_id is None):
            yield f"{row.id} has number {row.case_no} and instance {row.process_instance_id}"
        if row.process_instance_id and instances.get(row.process_instance_id) != row.id:
            yield f"{row.case_no} does not belong to its instance"


def _living(session: Session) -> dict[str, str]:
    """Return the states of the active instances; a living token's id stands in its state."""
    rows = session.scalars(select(ProcessInstance).where(ProcessInstance.status == ACTIVE))
    return {row.id: row.state for row in rows}


def _standing(session: Session, rows: Iterable[Any], what: str) -> Iterator[str]:
    """Yield the rows whose token is gone."""
    living = _living(session)
    for row in rows:
        if row.token_id not in living.get(row.instance_id, ""):
            yield f"{what} {row.id} stands for no living token"


def _tasks(session: Session) -> Iterator[str]:
    rows = _all(session, UserTask)
    submitted = Counter(row.task_id for row in _all(session, TaskSubmission))
    yield from _standing(session, [row for row in rows if row.status == OPEN], "open task")
    for row in rows:
        done, over = row.status == COMPLETED, row.completed_at is not None
        if over != (row.status != OPEN) or submitted[row.id] != int(done):
            yield f"{row.id} is {row.status} with {submitted[row.id]} submissions"


def _candidates(session: Session) -> Iterator[str]:
    offered = {row.task_id for row in _all(session, TaskCandidate)}
    for row in _all(session, UserTask):
        if row.status == OPEN and row.id not in offered and row.assignee is None:
            yield f"nobody may take task {row.id}"


def _history(session: Session) -> Iterator[str]:
    for row in _all(session, ProcessInstance):
        if broken_at(session, row.id) is not None:
            yield f"the chain of {row.business_key} is broken"


def _audit(session: Session) -> Iterator[str]:
    yield from (str(found) for found in verify_chain(session))


def _outbox(session: Session) -> Iterator[str]:
    waiting = []
    for row in _all(session, Outbox):
        if row.done_at is not None and row.dead_at is not None:
            yield f"{row.key} is done and dead"
        if row.attempts > row.most_attempts:
            yield f"{row.key} was tried {row.attempts} times of {row.most_attempts}"
        if row.token_id and row.done_at is None and row.dead_at is None:
            waiting.append(row)
    yield from _standing(session, waiting, "work")


def _timers(session: Session) -> Iterator[str]:
    rows = session.scalars(select(Timer).where(Timer.done_at.is_(None))).all()
    yield from _standing(session, rows, "timer")
    for row in rows:
        if session.get(Deadline, row.deadline_id) is None:
            yield f"timer {row.id} has no deadline"


def _subscriptions(session: Session) -> Iterator[str]:
    rows = select(MessageSubscription).where(MessageSubscription.done_at.is_(None))
    yield from _standing(session, session.scalars(rows).all(), "subscription")


def _incidents(session: Session) -> Iterator[str]:
    rows = [row for row in _all(session, Incident) if row.resolved_at is None and row.token_id]
    yield from _standing(session, rows, "incident")


def _deadlines(session: Session) -> Iterator[str]:
    for row in session.scalars(select(UserTask).where(UserTask.deadline_id.is_not(None))):
        deadline = session.get(Deadline, row.deadline_id)
        if deadline is None:
            yield f"task {row.id} has no deadline"
        elif deadline.kind.startswith("task:") and (row.status == OPEN) != (
            deadline.closed_at is None
        ):
            yield f"the deadline of {row.status} task {row.id} was closed at {deadline.closed_at}"


def _keys(session: Session) -> Iterator[str]:
    handed_in = {(row.task_id, row.account_id) for row in _all(session, TaskSubmission)}
    for row in _all(session, IdempotencyKey):
        task_id = row.answer.get("task_id")
        if row.verb == "complete" and (task_id, row.account_id) not in handed_in:
            yield f"{row.key} answers for what was never handed in"


def _numbers(session: Session) -> Iterator[str]:
    numbers = [row.case_no for row in _all(session, CaseRow) if row.case_no]
    for row in _all(session, NumberSeries):
        scope, _, prefix = row.scope.partition(":")
        given = sum(number.startswith(prefix) for number in numbers)
        if scope == "case" and given != row.next - 1:
            yield f"{row.scope} gave {row.next - 1} numbers to {given} cases"


def _bundles(session: Session) -> Iterator[str]:
    versions = defaultdict(list)
    for row in _all(session, Bundle):
        versions[row.process_key].append(row.version)
        if hashlib.sha256(row.files.encode()).hexdigest() != row.sha256:
            yield f"{row.process_key} {row.version} is not what was published"
    for key, found in versions.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield f"{key} has versions {sorted(found)}"


def _sessions(session: Session) -> Iterator[str]:
    for row in _all(session, WebSession):
        if row.last_seen_at < row.created_at or row.expires_at <= row.created_at:
            yield f"{row.id} ends before it began"


def _notices(session: Session) -> Iterator[str]:
    sending = Counter(
        row.payload["notification_id"] for row in _all(session, Outbox) if row.kind == "sms.send"
    )
    written = {row.id for row in _all(session, Notification) if row.channel == Channel.SMS}
    wrong = [each for each in written | set(sending) if each not in written or sending[each] != 1]
    yield from (f"{each} is sent by {sending[each]} rows" for each in wrong)


def _steps(event: type[Any], parent: type[Any], reference: str) -> Check:
    """Return the check that the events of each row count from 1 and end at the row's state."""

    def check(session: Session) -> Iterator[str]:
        states = {row.id: row.state for row in _all(session, parent)}
        last: dict[str, Any] = {}
        for row in session.scalars(select(event).order_by(event.seq)):
            before = last.get(getattr(row, reference))
            if row.seq != (before.seq + 1 if before else 1):
                yield f"step {row.seq} of {getattr(row, reference)} is out of order"
            last[getattr(row, reference)] = row
        for parent_id, row in last.items():
            if states.get(parent_id) != row.state_to:
                yield f"{parent_id} is {states.get(parent_id)} after a step to {row.state_to}"

    return check


def _certificates(session: Session) -> Iterator[str]:
    numbers = Counter(row.cert_no for row in _all(session, Certificate) if row.status == "VALID")
    yield from (
        f"{number} is valid {times} times" for number, times in numbers.items() if times > 1
    )


def _holds(session: Session) -> Iterator[str]:
    standing = Counter(row.case_id for row in _all(session, CaseHold) if row.lifted_at is None)
    yield from (
        f"{case} stands still {times} times" for case, times in standing.items() if times > 1
    )


def _uploads(session: Session) -> Iterator[str]:
    arrived: Counter[str] = Counter()
    pieces = select(UploadPiece.upload_id, UploadPiece.start, func.length(UploadPiece.data))
    for upload_id, start, length in session.execute(pieces.order_by(UploadPiece.start)):
        if start != arrived[upload_id]:
            yield f"{upload_id} has a gap or an overlap at {start}"
        arrived[upload_id] += length
    for row in _all(session, Upload):
        if row.id in arrived and arrived[row.id] != row.received:
            yield f"{row.id} says {row.received} bytes and has {arrived[row.id]}"


CHECKS: dict[str, Check | str] = {
    "account": REFERENCE,
    "activity_event": _history,
    "approval_document": REFERENCE,
    "attachment": "a file that was stored and never handed in is in nobody's way",
    "audit_entry": _audit,
    "authority_grant": REFERENCE,
    "bundle": _bundles,
    "calendar_day": REFERENCE,
    "calendar_version": REFERENCE,
    "case_hold": _holds,
    "case_row": _cases,
    "certificate": _certificates,
    "collection_event": _steps(CollectionEvent, CollectionItem, "item_id"),
    "collection_item": "its state is checked with its steps",
    "committee": REFERENCE,
    "deadline": _deadlines,
    "decision_record": BY_THE_DATABASE,
    "held_message": operators.held,
    "idempotency_key": _keys,
    "incident": _incidents,
    "installation": REFERENCE,
    "instance_migration": operators.migrations,
    "issuance": "its state is checked with its steps",
    "issuance_event": _steps(IssuanceEvent, Issuance, "issuance_id"),
    "kept_form": "its key is the account and the form; the newest typing replaces the last",
    "message_start": BY_THE_DATABASE,
    "message_subscription": _subscriptions,
    "migration": "its state is that of its instances",
    "notice_reading": BY_THE_DATABASE,
    "notification": _notices,
    "number_series": _numbers,
    "objection": BY_THE_DATABASE,
    "operation_request": operators.requests,
    "organisation": REFERENCE,
    "outbox": _outbox,
    "person": REFERENCE,
    "photo": BY_THE_DATABASE,
    "process_instance": _instances,
    "publicity": BY_THE_DATABASE,
    "query_count": "a counter of the last minutes; a lost count lets one more question pass",
    "report": BY_THE_DATABASE,
    "role_assignment": REFERENCE,
    "spent_challenge": "its key is its only content",
    "task_candidate": _candidates,
    "task_signer": operators.signers,
    "task_submission": "counted with the tasks that it belongs to",
    "timer": _timers,
    "timer_start": operators.timed_starts,
    "title_change": BY_THE_DATABASE,
    "title_record": REFERENCE,
    "upload": _uploads,
    "upload_piece": "counted with the upload that it belongs to",
    "user_task": _tasks,
    "web_session": _sessions,
}
