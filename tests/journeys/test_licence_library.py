"""The licence library over HTTP: closed, slow, silent, answering twice, holding something else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.adapters.licence_library import HttpLicenceLibrary, Licence
from app.domain.certificates.tables import Certificate
from app.domain.issuance.log import events_of
from app.domain.notifications.tables import Notification
from app.engine.tables import Incident, Outbox
from app.scheduler.effects.licences import push_licence
from app.scheduler.outbox import work_off
from tests.journeys.conftest import Town
from tests.journeys.licences import (
    CERTIFIER,
    REVIEWER,
    Office,
    apply,
    chosen,
    decide,
    key_of,
    lines,
    office_of,
    review_of,
    send_reviews,
)


@pytest.fixture
def office(town: Town) -> Iterator[Office]:
    with office_of(town) as opened:
        yield opened


def verbs(office: Office, person: str = "P001") -> list[str]:
    with Session(office.town.house.database) as session:
        [issuance] = office.issuances(person)
        return [event.verb for event in events_of(session, issuance.id)]


def certificates(office: Office) -> int:
    with Session(office.town.house.database) as session:
        assert session.scalar(select(func.count(Incident.id))) == 0
        return session.scalar(select(func.count(Certificate.id))) or 0


@pytest.mark.req("R6", "R67")
def test_issued_certificate_stands_in_the_library_with_its_metadata(office: Office) -> None:
    office.passed("P001")
    office.work()

    [issued] = office.issuances("P001")
    found = office.book.look_up(issued.licence_id or "")
    assert found is not None
    assert found.file_sha256 == issued.sha256
    assert found.metadata["ZZBH"] == issued.cert_no
    assert found.metadata["ZZBS"] == issued.licence_id
    assert found.metadata["CZZT"] == "韦启澜"
    assert found.metadata == issued.licence_metadata
    with Session(office.town.house.database) as session:
        assert session.scalar(select(Certificate.sha256)) == issued.sha256
        assert "N07" in set(session.scalars(select(Notification.template)))


@pytest.mark.req("R100")
def test_library_closed_three_times_then_retried_exactly_once(office: Office) -> None:
    office.book.fail_next = 3
    office.passed("P001")
    office.work()

    [failed] = office.issuances("P001")
    assert (failed.state, failed.cert_no is not None) == ("FAILED", True)
    assert "电子证照库暂时无法连接（503）" in (failed.error or "")
    with Session(office.town.house.database) as session:
        [row] = session.scalars(select(Outbox).where(Outbox.kind == "licence.push"))
        assert (row.attempts, row.done_at is not None, row.dead_at) == (3, True, None)
    officer = office.town.person(CERTIFIER)
    assert "暂时无法连接" in officer.text("/issuance/failed")
    _press_at_once(office, "RETRY", presses=10)
    office.work()

    [issued] = office.issuances("P001")
    assert (issued.state, issued.cert_no, issued.licence_id) == (
        "ISSUED", failed.cert_no, failed.licence_id,
    )  # fmt: skip
    assert certificates(office) == 1
    assert (len(office.book), office.book.asked.total()) == (1, 1)
    assert verbs(office).count("retry") == 1
    assert verbs(office).count("issue") == 1


def _press_at_once(office: Office, decision: str, *, presses: int) -> None:
    """Two officers press the button of the same line again and again, at the same moment."""
    first, second = office.town.person(CERTIFIER), office.town.person(f"{CERTIFIER}#2")
    requests = []
    for officer in (first, second):
        page = officer.text("/issuance/failed")
        fields = {
            "csrf_token": officer.token("/issuance/failed"), "_key": key_of(page),
            "task": chosen(page, "task", "P001"), "failure_decision": decision,
        }  # fmt: skip
        cookies = officer.client._cookies.values()
        header = "; ".join(f"{cookie.key}={cookie.value}" for cookie in cookies)
        requests += [(fields, header)] * (presses // 2)
    barrier = threading.Barrier(presses)

    def press(request: tuple[dict[str, object], str]) -> int:
        client = office.town.app.test_client(use_cookies=False)
        barrier.wait()
        headers = {"Cookie": request[1]}
        return client.post("/issuance/failed", data=request[0], headers=headers).status_code

    with ThreadPoolExecutor(presses) as pool:
        answers = list(pool.map(press, requests))
    # The winner's own presses are all answered alike; the other officer learns who was first.
    assert sorted(answers) == [200] * (presses // 2) + [409] * (presses // 2)


def test_lost_answer_is_asked_for_again_and_makes_one_licence(office: Office) -> None:
    office.book.lose_next = 2
    office.passed("P001")
    office.work()

    assert office.state("P001") == "ISSUED"
    assert (len(office.book), office.book.asked.total()) == (1, 3)
    assert certificates(office) == 1


def test_worker_that_dies_between_push_and_record_leaves_one_licence(office: Office) -> None:
    office.book.fail_next = 3
    office.passed("P001")
    office.work()
    [failed] = office.issuances("P001")
    push_licence(office.town.house, {"issuance_id": failed.id})  # and nothing is recorded of it
    officer = office.town.person(CERTIFIER)

    assert decide(officer, "/issuance/failed", "P001", failure_decision="RETRY").status_code == 200
    office.work()

    assert office.state("P001") == "ISSUED"
    assert (len(office.book), office.book.asked.total()) == (1, 2)
    assert certificates(office) == 1


def test_slow_library_answered_by_two_workers_is_recorded_once(office: Office) -> None:
    office.book.slow_seconds = 0.2
    office.passed("P001")
    house = office.town.house
    for _ in range(6):
        with house.unit_of_work() as session:
            rows = session.scalars(select(Outbox).where(Outbox.done_at.is_(None))).all()
            for row in rows:
                row.not_before = row.lease_until = row.lease_owner = None
        # The second worker comes when the first one's lease has run out while it waits.
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(work_off, house, owner="first", workers=1)
            second = pool.submit(_steal_and_work, office)
            first.result()
            second.result()
    office.work()

    assert office.state("P001") == "ISSUED"
    assert [verbs(office).count(verb) for verb in ("pushed", "generated", "issue")] == [1, 1, 1]
    assert (len(office.book), certificates(office)) == (1, 1)


def _steal_and_work(office: Office) -> None:
    house = office.town.house
    threading.Event().wait(0.1)
    with house.unit_of_work() as session:
        for row in session.scalars(select(Outbox).where(Outbox.done_at.is_(None))):
            row.lease_until = None
    work_off(house, owner="second", workers=1)


def test_other_content_under_the_identifier_fails_at_once_and_overwrites_nothing(
    office: Office,
) -> None:
    reviewer = office.passed("P001")
    town = office.town
    assert reviewer
    # The numbers are given when the review is passed; somebody else takes the identifier first.
    [numbered] = office.issuances("P001")
    foreign = Licence(numbered.licence_id or "", {"CZZT": "别人"}, "f" * 64)
    library = town.house.adapters.licence_library
    assert isinstance(library, HttpLicenceLibrary)
    library.push(foreign)
    office.work()

    [failed] = office.issuances("P001")
    assert failed.state == "FAILED"
    assert "已有不同的内容" in (failed.error or "")
    found = library.look_up(foreign.identifier)
    assert found is not None
    assert found.file_sha256 == foreign.file_sha256
    with Session(town.house.database) as session:
        [row] = session.scalars(select(Outbox).where(Outbox.kind == "licence.push"))
        assert row.attempts == 0


@pytest.mark.req("R100")
def test_silent_library_fails_after_a_day_and_the_record_is_taken_back(office: Office) -> None:
    office.book.silent = True
    office.passed("P001")
    office.work()
    assert office.state("P001") == "GENERATING"

    office.town.at("2026-03-03T08:59:59")
    assert office.state("P001") == "GENERATING"
    office.town.at("2026-03-03T09:00:00")
    assert office.state("P001") == "FAILED"
    officer = office.town.person(CERTIFIER)
    answer = decide(officer, "/issuance/failed", "P001", failure_decision="TAKE_BACK")
    assert answer.status_code == 200
    assert office.state("P001") == "READY"

    office.book.silent = False
    number = office.issuances("P001")[0].cert_no
    reviewer = _again(office)
    assert reviewer
    office.work()
    [issued] = office.issuances("P001")
    assert (issued.state, issued.cert_no) == ("ISSUED", number)
    found = office.book.look_up(issued.licence_id or "")
    assert found is not None
    assert found.file_sha256 == issued.sha256
    assert certificates(office) == 1


def _again(office: Office) -> bool:
    office.town.at("2026-03-04T09:00:00")
    officer = office.town.person(CERTIFIER)
    assert apply(officer, "P001").status_code == 200
    reviewer = office.town.person(REVIEWER)
    answer = send_reviews(reviewer, {"P001": review_of("P001")})
    return bool(answer.status_code == 200)


def test_late_answer_after_the_day_changes_nothing(office: Office) -> None:
    office.book.silent = True
    office.passed("P001")
    office.work()
    office.town.at("2026-03-03T09:00:00")

    office.book.silent = False
    office.work()

    assert office.state("P001") == "FAILED"
    assert certificates(office) == 0
    with Session(office.town.house.database) as session:
        open_rows = select(Outbox).where(Outbox.kind == "licence.fetch", Outbox.done_at.is_(None))
        assert session.scalars(open_rows).all() == []
    officer = office.town.person(CERTIFIER)
    assert set(lines(officer.text("/issuance/failed"))) == {"P001"}
