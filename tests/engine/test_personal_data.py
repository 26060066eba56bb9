"""After a whole case nothing on disk, in logs or on its way out shows a number of a person."""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.notifications.tables import Notification
from app.domain.seed import DATA
from app.engine.tables import Incident, Outbox
from app.errors import DomainError
from app.forms.validation import FormInvalid
from app.operations import registry
from app.scheduler.outbox import work_everything
from tests.engine.acts import AGREED, APPLICATION, MOBILE, SEEN
from tests.engine.houses import ADMIN, APPLICANT, PERSONNEL, STRANGER, Stage

MISTYPED = "450103198603179974"


def seeded_numbers() -> Iterator[str]:
    """Yield the identity and mobile numbers of all persons of the test data."""
    with (DATA / "persons.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield from (row["id_number"], row["mobile"])


NUMBERS = sorted({*seeded_numbers(), SEEN, MISTYPED, APPLICATION["id_number"], MOBILE} - {""})


def found_in(text: str | bytes) -> list[str]:
    """Return the numbers that a text shows."""
    content = text if isinstance(text, bytes) else text.encode()
    return [number for number in NUMBERS if number.encode() in content]


def files_of(stage: Stage) -> list[Path]:
    """Return the database file with everything beside it."""
    main = Path(str(stage.house.database.url.database))
    return sorted(main.parent.glob(f"{main.name}*"))


@pytest.fixture
def told(sqlite_stage: Stage, caplog: pytest.LogCaptureFixture) -> Stage:
    """A house after a whole case with drafts, mistakes, an incident and notices."""
    stage = sqlite_stage
    with caplog.at_level(logging.DEBUG):
        _play(stage)
    return stage


def _play(stage: Stage) -> None:
    engine, applicant, admin = stage.house.engine, stage.actor(APPLICANT), stage.actor(ADMIN)
    send = registry.operations["notify.send"]
    stage.house.tools.registry.operations["notify.send"] = send
    package = stage.package("reading_room")
    drawing = "workflows/reading_room/reading_room.bpmn"
    files = dict(package.files)
    files[drawing] = files[drawing].replace(
        'type="note.take"><zeebe:taskHeaders><zeebe:header key="text" value="=case.no" />'
        '<zeebe:header key="about" value="handed over" />',
        'type="notify.send"><zeebe:taskHeaders><zeebe:header key="template" value="N03" />'
        "<zeebe:header key=\"to\" value='=role(&quot;R-PERS&quot;, path.applicant)' />"
        '<zeebe:header key="step" value="交付" />',
    )
    assert files != package.files
    # One attempt: the failure becomes an incident at once.
    files[drawing] = files[drawing].replace(
        'type="shelf.reserve" retries="3"', 'type="shelf.reserve"'
    )
    engine.publish(type(package)(package.key, files, package.descriptor), published_by="tests")
    case_id = engine.open_draft("reading_room", actor=applicant)
    engine.save_draft(case_id, APPLICATION, actor=applicant)
    with pytest.raises(FormInvalid):
        engine.start(case_id, {**APPLICATION, "id_number": MISTYPED}, actor=applicant)
    engine.start(case_id, APPLICATION, actor=applicant, key="start")
    task = stage.task("check_application").id
    with pytest.raises(DomainError):
        engine.complete(task, AGREED, actor=stage.actor(STRANGER))
    engine.save_task_draft(task, AGREED, actor=admin)
    stage.workshop.broken, stage.workshop.breaks_at = _leak, "reserved"
    engine.complete(task, AGREED, actor=admin, key="check")
    stage.workshop.broken = None
    [incident] = stage.incidents()
    engine.retry(incident.id, actor=admin)
    stage.complete("hand_over_book", {"note": "已交付"}, by=PERSONNEL)
    work_everything(stage.house, owner="tests")


def _leak() -> None:
    raise ValueError(f"no place for {SEEN} and {MOBILE}")


def test_the_case_was_played_to_its_end(told: Stage) -> None:
    """Otherwise the tests below would prove nothing."""
    assert told.instance().status == "ended"
    assert len(told.submissions()) == 3
    assert {row.channel for row in told.rows(Notification)} == {"INBOX", "SMS"}
    assert [message.mobile for message in told.house.adapters.sms.sent] == [MOBILE]


def test_database_files_show_no_number(told: Stage) -> None:
    files = files_of(told)

    assert files[0].suffix == ".db"
    assert {path.name: found_in(path.read_bytes()) for path in files} == {
        path.name: [] for path in files
    }


def test_database_file_shows_no_number_once_the_log_is_folded_in(told: Stage) -> None:
    told.house.database.dispose()

    assert [found_in(path.read_bytes()) for path in files_of(told)] == [[]]


def test_logs_show_no_number(told: Stage, caplog: pytest.LogCaptureFixture) -> None:
    records = [
        (r.getMessage(), {k: str(v) for k, v in vars(r).items()})
        for r in caplog.get_records("setup")
    ]

    assert found_in(json.dumps([fields for _, fields in records], ensure_ascii=False)) == []


def test_printed_tracebacks_show_no_number(told: Stage, caplog: pytest.LogCaptureFixture) -> None:
    formatter = logging.Formatter()

    assert [
        found_in(formatter.format(record))
        for record in caplog.get_records("setup")
        if record.exc_info
    ] == [[]] * len([record for record in caplog.get_records("setup") if record.exc_info])


def test_outbox_notices_and_incidents_show_no_number(told: Stage) -> None:
    rows = [
        *(row.payload for row in told.rows(Outbox)),
        *([row.title, row.text, row.params] for row in told.rows(Notification)),
        *(row.sentence for row in told.rows(Incident)),
        *(row.error for row in told.rows(Outbox)),
    ]

    assert found_in(json.dumps(rows, ensure_ascii=False)) == []


def test_state_of_the_instance_shows_no_number(told: Stage) -> None:
    assert found_in(told.instance().state) == []
