"""The register of persons and their photos."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain import people
from app.domain.people import NewPerson, Person
from app.errors import DomainError

TODAY = date(2026, 3, 2)
NUMBER = "45030219910505996X"


def register(session: Session, **known: object) -> Person:
    new = NewPerson(**{"name": "岑疏影", "id_number": NUMBER, **known})  # type: ignore[arg-type]
    return people.register_person(session, new, now=datetime(2026, 3, 2, tzinfo=UTC))


def test_a_person_is_entered_with_what_the_number_says(core_session: Session) -> None:
    person = register(core_session, mobile="199 0000 0012")
    core_session.flush()
    core_session.expire_all()

    assert (person.gender, person.birth_date) == ("2", date(1991, 5, 5))
    assert (person.id_number, person.mobile) == (NUMBER, "19900000012")
    assert person.code.startswith("P")


def test_nothing_sealed_is_stored_in_the_clear(core_session: Session) -> None:
    register(core_session, mobile="19900000012", email="a@example.org", id15="450302910505996")
    core_session.flush()

    stored = str(core_session.execute(text("select * from person")).one()._mapping)
    for secret in (NUMBER, "19900000012", "example.org", "450302910505996", "1991-05-05"):
        assert secret not in stored


def test_a_known_number_is_refused_however_it_is_typed(core_session: Session) -> None:
    register(core_session)
    core_session.flush()

    with pytest.raises(DomainError, match=r"people\.registered"):
        register(core_session, id_number=" 45030219910505996x")


@pytest.mark.parametrize("typed", [NUMBER.lower(), "450302910505996"])
def test_both_forms_of_a_number_find_the_person(core_session: Session, typed: str) -> None:
    person = register(core_session)

    assert people.find_by_id_number(core_session, typed, today=TODAY) is person


def test_name_and_number_must_both_fit(core_session: Session) -> None:
    person = register(core_session)
    find = people.find_by_name_and_id_number

    assert find(core_session, "岑疏影", NUMBER, today=TODAY) is person
    assert find(core_session, "岑疏景", NUMBER, today=TODAY) is None


def test_the_newest_photo_is_the_current_one(core_session: Session) -> None:
    person = register(core_session, code="P012")
    first = datetime(2026, 3, 2, tzinfo=UTC)
    for days, key in enumerate(["old", "new"]):
        people.add_photo(
            core_session,
            person.code,
            storage_key=key,
            sha256="0" * 64,
            checks=[{"rule": "size", "ok": True}],
            source="upload",
            at=first + timedelta(days=days),
        )

    photo = people.current_photo(core_session, "P012")
    assert photo is not None
    assert photo.storage_key == "new"
    assert people.current_photo(core_session, "P013") is None


def test_persons_of_the_same_name_and_birthday_stay_two(seeded: Session) -> None:
    one, other = people.person(seeded, "P001"), people.person(seeded, "P015")

    assert (one.name, one.birth_date) == (other.name, other.birth_date)
    assert one.id_number != other.id_number


def test_a_corrected_birth_date_leaves_the_number_alone(seeded: Session) -> None:
    person = people.person(seeded, "P013")

    people.correct_identity(person, name=person.name, birth_date=date(1976, 1, 24))

    assert person.birth_date == date(1976, 1, 24)
    assert person.id_number == "451202197601239974"


def test_a_person_changes_employer(seeded: Session) -> None:
    person = people.person(seeded, "P001")
    people.change_unit(person, "DW-003", relation_since=TODAY, insurance_since=TODAY)

    assert person in people.persons_of_unit(seeded, "DW-003")
    assert person not in people.persons_of_unit(seeded, "DW-002")
    assert people.find_by_mobile(seeded, "+86 19900000001") == [person]


def test_an_unknown_person_is_refused(seeded: Session) -> None:
    with pytest.raises(DomainError, match=r"people\.unknown"):
        people.person(seeded, "P999")
