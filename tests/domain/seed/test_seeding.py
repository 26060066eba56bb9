"""The seeded house: complete, staffed, separated, and without personal data in the clear."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.orm import Session

import app.domain.seed as seed
from app.db.base import Base
from app.db.unit_of_work import unit_of_work
from app.domain import accounts, organisations, people
from app.domain.accounts import Account, AccountState
from app.domain.organisations import AuthorityGrant, Committee, Organisation, OrganisationType
from app.domain.people import Person

ROOT = Path(__file__).parents[3]
TESTDATA = ROOT / "docs" / "domain" / "testdata"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
TABLES = ("account", "authority_grant", "committee", "organisation", "person", "role_assignment")

CASEWORK = {
    OrganisationType.REGION_OFFICE: ["R-REG"],
    OrganisationType.CITY_OFFICE: ["R-CITY"],
    OrganisationType.COUNTY_OFFICE: ["R-CNTY"],
    OrganisationType.ZONE_OFFICE: ["R-CNTY"],
    OrganisationType.SERIES_OFFICE: ["R-SER"],
    OrganisationType.SELF_REVIEW: ["R-SELF", "R-SER"],
    OrganisationType.HR_BODY: ["R-HRB"],
    OrganisationType.ARCHIVE_BODY: ["R-HRB"],
    OrganisationType.NX_DISTRICT: ["R-NXD"],
    OrganisationType.NX_REGION: ["R-NXR"],
    OrganisationType.DEPARTMENT: ["R-DEPT"],
}
OFFICES = set(CASEWORK) - {OrganisationType.DEPARTMENT}


def rows(name: str) -> list[dict[str, str]]:
    with (TESTDATA / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def holders(session: Session, role: str, place: str) -> list[str]:
    found = accounts.holders_of(session, role, place, on=DAY)
    return [account.user_name for account in found]


@pytest.mark.parametrize("file", sorted(TESTDATA.glob("*.csv")), ids=lambda file: file.stem)
def test_the_programs_copy_of_the_test_data_is_current(file: Path) -> None:
    assert (seed.DATA / file.name).read_bytes() == file.read_bytes()


def test_everything_of_the_files_is_there(seeded: Session) -> None:
    def count(table: type[Base]) -> int:
        return seeded.scalar(select(func.count()).select_from(table)) or 0

    bodies = [*rows("offices"), *rows("departments"), *rows("units")]
    assert count(Organisation) == len(bodies)
    assert count(Committee) == len(rows("committees"))
    assert count(AuthorityGrant) == len(rows("authority_grants"))
    assert count(Person) == len(rows("persons"))
    assert count(Account) == len(rows("accounts"))


def test_persons_are_as_in_the_file(seeded: Session) -> None:
    for row in rows("persons"):
        person = people.person(seeded, row["person_id"])
        assert (person.name, person.id_number) == (row["name_zh"], row["id_number"])
        assert person.birth_date.isoformat() == row["birth_date"]
        assert (person.mobile, person.unit_code) == (row["mobile"], row["unit_code"])
    assert people.person(seeded, "P016").id15 == "452123680512997"
    assert people.person(seeded, "P104").status == "RETIRED"


def test_seeding_twice_changes_nothing(seeded: Session) -> None:
    before = seeded.scalar(select(func.count()).select_from(Account))

    seed.seed_testdata(seeded, TESTDATA, now=NOW)

    assert not seeded.new
    assert seeded.scalar(select(func.count()).select_from(Account)) == before


@pytest.mark.req("R15", "R224")
def test_every_office_has_two_of_each_role_and_all_of_them_differ(seeded: Session) -> None:
    offices = seeded.scalars(select(Organisation).where(Organisation.type.in_(OFFICES)))
    for office in offices:
        roles = [*CASEWORK[OrganisationType(office.type)], "R-CERT", "R-CREV"]
        named = [holders(seeded, role, office.code) for role in roles]
        named.append(holders(seeded, "R-DISC", office.code))
        assert all(len(group) >= 2 for group in named[:-1]), office.code
        assert named[-1], office.code
        everybody = [name for group in named for name in group]
        assert len(set(everybody)) == len(everybody), office.code
        assert office.named_officer in holders(seeded, "R-CERT", office.code)


def test_departments_committees_and_approved_units_are_staffed(seeded: Session) -> None:
    for body in seeded.scalars(select(Organisation)):
        if body.type == OrganisationType.DEPARTMENT:
            assert len(holders(seeded, "R-DEPT", body.code)) == 2
            assert body.head
            assert body.named_officer
        if body.is_unit and body.accepts_new_cases:
            trio = [holders(seeded, role, body.code) for role in ("R-UADM", "R-UHR", "R-UHEAD")]
            assert len({name for group in trio for name in group}) == 3
    for committee in seeded.scalars(select(Committee)):
        expected = 2 if committee.host_office_code else 0
        assert len(holders(seeded, "R-COMM", committee.code)) == expected


@pytest.mark.req("R116")
def test_units_that_are_not_approved_have_a_pending_administrator(seeded: Session) -> None:
    for name in ("dw010.admin", "dw011.admin"):
        assert accounts.account(seeded, name).state == AccountState.PENDING
    assert accounts.account(seeded, "dw005.admin").state == AccountState.ACTIVE


def test_every_person_has_an_account_of_his_own(seeded: Session) -> None:
    for row in rows("persons"):
        account = accounts.account(seeded, row["person_id"].lower())
        assert accounts.groups_of(account, DAY) == {f"R-PERS@{row['person_id']}"}
        assert account.display_name == row["name_zh"]


def test_the_platform_has_separate_administrators_and_a_vendor(seeded: Session) -> None:
    for role in ("R-ADM", "R-SEC", "R-AUD", "R-VEND"):
        for name in holders(seeded, role, "PLATFORM"):
            account = accounts.account(seeded, name)
            assert accounts.groups_of(account, DAY) == {f"{role}@PLATFORM"}
        assert holders(seeded, role, "PLATFORM")


def test_officers_names_are_all_different_and_no_persons() -> None:
    officers = Counter(row["display_name"] for row in rows("accounts") if not row["person_id"])

    assert max(officers.values()) == 1
    assert not set(officers) & {row["name_zh"] for row in rows("persons")}


def test_accounts_stand_at_organisations_that_exist(seeded: Session) -> None:
    places = {row["organisation_code"] for row in rows("accounts")} - {"", "PLATFORM"}

    assert set(organisations.names_of(seeded, places)) == places


def test_seeded_accounts_have_no_password_unless_the_demo_gives_one(seeded: Session) -> None:
    assert seeded.scalar(select(Account.id).where(Account.password_hash.is_not(None))) is None


def test_the_demo_password_opens_every_active_account(core_session: Session) -> None:
    seed.seed_testdata(core_session, now=NOW, demo_password="Demo-2026")

    opened = accounts.authenticate(core_session, "zgb450200.cert1", "Demo-2026", now=NOW)
    assert opened.organisation_code == "ZGB-450200"


@pytest.mark.req("R249")
def test_no_identity_number_or_mobile_is_stored_in_the_clear(database: Engine) -> None:
    with unit_of_work(database) as session:
        seed.seed_testdata(session, TESTDATA, now=NOW)
    stored = _stored(database)

    assert "韦启澜".encode() in stored  # the grep does find what is stored in the clear
    for row in rows("persons"):
        for secret in (row["id_number"], row["mobile"], row["birth_date"]):
            assert secret.encode() not in stored, row["person_id"]
    for row in rows("legacy_ids"):
        assert row["id15"].encode() not in stored


def _stored(database: Engine) -> bytes:
    """Return all that is stored: the files of SQLite, every row of a server as text."""
    if database.dialect.name == "sqlite":
        database.dispose()
        path = Path(str(database.url.database))
        return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    with database.connect() as connection:
        return "".join(
            row
            for name in inspect(connection).get_table_names()
            for row in connection.scalars(text(f'SELECT t::text FROM "{name}" AS t'))
        ).encode()
