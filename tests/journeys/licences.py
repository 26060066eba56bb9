"""Issuing over HTTP with a licence library of its own: what officers send on the batch pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.adapters.licence_library import Book, HttpLicenceLibrary, running_library
from app.domain.issuance.tables import Issuance
from app.domain.people import add_photo
from app.domain.titles.records import find_record
from app.engine.tables import Outbox
from app.web.extensions import keep_house
from tests.journeys.conftest import Town
from tests.journeys.visitor import Visitor

PHOTO = Path("workflows/certificate_issuance/scenarios/photo.jpg")
CITY, REGION = "ZGB-450100", "GX-ZGB"
CERTIFIER, REVIEWER, RELEASER = f"R-CERT@{CITY}", f"R-CREV@{REGION}", f"R-REG@{REGION}"
BODY = "南宁市职称改革工作领导小组办公室（测试）"
ACQUIRED = {"P001": "2019-12-20", "P002": "2020-06-01", "P014": "2020-07-10"}
NAMES = {"P001": "韦启澜", "P002": "黄映禾", "P014": "卢见微"}
RECORDS = {"P001": "T001", "P002": "T002", "P014": "T014"}
LINE = re.compile(r'(?s)<li class="item batch-line">.*?</li>')


@dataclass
class Office:
    """A town whose certificates go to a real library over HTTP."""

    town: Town
    book: Book

    def work(self) -> None:
        """Do all background work; the pauses between attempts are system time."""
        for _ in range(4):
            with self.town.house.unit_of_work() as session:
                session.execute(update(Outbox).values(not_before=None))
            self.town.work()

    def issuances(self, person: str) -> list[Issuance]:
        """Return the issuance records of a person's title."""
        with Session(self.town.house.database) as session:
            record = find_record(session, RECORDS[person])
            query = select(Issuance).where(Issuance.title_record_id == record.id)
            return list(session.scalars(query))

    def state(self, person: str) -> str:
        """Return the state of a person's only issuance."""
        [issuance] = self.issuances(person)
        return issuance.state

    def keep_photo(self, person: str) -> None:
        """Put a photo on file."""
        key = self.town.house.adapters.storage.put(PHOTO.read_bytes())
        with self.town.house.unit_of_work() as session:
            add_photo(
                session, person, storage_key=key, sha256=key, checks=[], source="tests",
                at=self.town.clock.now(),
            )  # fmt: skip

    def opened(self, *people: str) -> Visitor:
        """Put the titles of people on the city's list; returns the certificate officer."""
        officer = self.town.person(CERTIFIER)
        with Session(self.town.house.database) as session:
            ids = [find_record(session, RECORDS[person]).id for person in people]
        answer = officer.post("/issuance/open", {"record": ids}, page="/issuance/apply")
        assert answer.status_code == 200, answer.text
        return officer

    def applied(self, *people: str, reviewer: str = REGION) -> Visitor:
        """Open and apply for the titles of people."""
        for person in people:
            self.keep_photo(person)
        officer = self.opened(*people)
        answer = apply(officer, *people, reviewer=reviewer)
        assert answer.status_code == 200, answer.text
        return officer

    def passed(self, *people: str) -> Visitor:
        """Open, apply for and pass the titles of people; the library is not asked yet."""
        self.applied(*people)
        reviewer = self.town.person(REVIEWER)
        answer = send_reviews(reviewer, {person: review_of(person) for person in people})
        assert answer.status_code == 200, answer.text
        return reviewer


@contextmanager
def office_of(town: Town) -> Iterator[Office]:
    """Give a town a licence library over HTTP and Monday morning."""
    book = Book()
    with running_library(book) as server:
        library = HttpLicenceLibrary(server.url, timeout=5)
        house = town.house
        town.house = replace(house, adapters=replace(house.adapters, licence_library=library))
        keep_house(town.app, town.house)
        town.at("2026-03-02T09:00:00")
        yield Office(town, book)


def lines(page: str) -> dict[str, str]:
    """Return the HTML of every line of a list by the person it is about."""
    found: dict[str, str] = {}
    for line in LINE.findall(page):
        for person, name in NAMES.items():
            if f">{name}<" in line:
                found[person] = line
    return found


def chosen(page: str, name: str, *people: str) -> list[str]:
    """Return the values of the check boxes of people's lines."""
    by_person = {
        person: re.findall(rf'name="{name}" value="(\w+)"', line)
        for person, line in lines(page).items()
    }
    return [value for person in people for value in by_person.get(person, [])]


def apply(officer: Visitor, *people: str, reviewer: str = REGION, **more: Any) -> Any:
    """Tick people's records and apply."""
    page = officer.text("/issuance/apply")
    fields = {
        "_key": key_of(page), "task": chosen(page, "task", *people), "review_office": reviewer,
        "record_checked": "true", **more,
    }  # fmt: skip
    return officer.post("/issuance/apply", fields)


def key_of(page: str) -> str:
    """Return the key of a page's first batch form."""
    found = re.search(r'name="_key" value="(\w+)"', page)
    assert found
    return found.group(1)


def review_of(person: str, **changes: str) -> dict[str, str]:
    """Return what a reviewer types to pass a record."""
    good = {"granted_on": ACQUIRED[person], "granted_by": BODY, "review_result": "PASS"}
    return good | changes


def send_reviews(reviewer: Visitor, reviews: dict[str, dict[str, str]]) -> Any:
    """Send the reviews of several people's records at once."""
    page = reviewer.text("/issuance/review")
    fields: dict[str, Any] = {"_key": key_of(page), "task": chosen(page, "task", *reviews)}
    for person, values in reviews.items():
        for task in chosen(page, "task", person):
            fields |= {f"{task}.{name}": value for name, value in values.items()}
    return reviewer.post("/issuance/review", fields)


def decide(officer: Visitor, path: str, person: str, **decision: str) -> Any:
    """Act on one person's line of a list with buttons."""
    page = officer.text(path)
    fields = {"_key": key_of(page), "task": chosen(page, "task", person), **decision}
    return officer.post(path, fields)
