"""Seeding: every record gets a management number of the region that approved it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from app.domain.organisations import numbering_region
from app.domain.organisations.tables import Organisation
from app.domain.people import NewPerson, register_person
from app.domain.seed import DATA, seed_testdata
from app.domain.seed.reading import rows
from app.domain.titles.documents import find_document
from app.domain.titles.seeding import seed_title_records
from app.errors import DomainError

NOW = datetime(2026, 1, 5, tzinfo=UTC)
LOST = (
    "T003,P003,06,3,农艺师,农学,评审,2012-11-30,2012-12-15,柳职办〔2012〕T88号,某评委会,"
    "ZGB-450200,纸质,中 1200388,有效,"
)
OUTSIDE = (
    "T005,P005,05,2,高级工程师,车辆工程,评审,2019-12-26,2020-01-08,湘人社职（测试）〔2020〕9号,"
    "湖南省评委会,,纸质,B080200000009,待核实,"
)
UNIVERSITY = (
    "T011,P011,01,2,副教授,材料科学,评审,2021-09-10,2021-10-15,桂南理工人〔2021〕T6号,某评委会,"
    "UNIV-GX-01,电子,,有效,"
)
EXAMINATION = "T008,P005,04,3,主管护师,护理学,考试,2022-04-16,2022-07-01,,,,电子,,有效,"
BODIES = [
    ("GX-ZGB", "REGION_OFFICE", "450000", None),
    ("ZGB-450200", "CITY_OFFICE", "450200", "GX-ZGB"),
    ("UNIV-GX-01", "SELF_REVIEW", "450100", "GX-ZGB"),
    ("NX-RST", "NX_REGION", "640000", None),
    ("NX-RSJ-640402", "NX_DISTRICT", "640402", "NX-RST"),
    ("DW-003", "UNIT", "450203", None),
]


@pytest.fixture
def seeded(session: Session) -> Session:
    for code, kind, region, parent in BODIES:
        session.add(
            Organisation(code=code, name=code, type=kind, region_code=region, parent_code=parent)
        )
        session.flush()
    person = NewPerson(name="梁北川", id_number="430102198209099975", code="P005")
    register_person(session, person, now=NOW).unit_code = "DW-003"
    return session


def test_every_record_gets_a_management_number(seeded: Session) -> None:
    records = seed_title_records(seeded, map(_row, (LOST, OUTSIDE, UNIVERSITY, EXAMINATION)))

    assert [record.mgmt_no for record in records] == [
        "GL45020020120000001",
        "GL45020020200000001",
        "GL45000020210000001",
        "GL45020020220000001",
    ]
    assert [record.paper_status for record in records] == ["VALID", "VALID", None, None]
    assert [record.status for record in records] == ["VALID", "CHECK", "VALID", "VALID"]
    assert [record.history_flag for record in records] == [True, False, False, False]
    assert records[3].method == "4"


def test_approval_documents_are_recorded_for_the_search(seeded: Session) -> None:
    seed_title_records(seeded, [_row(LOST)])

    document = find_document(seeded, issuer="ZGB-450200", number="柳职办(2012)T88号")

    assert document is not None
    assert document.issuer_name == "ZGB-450200"


def test_seeding_twice_adds_nothing(seeded: Session) -> None:
    seed_title_records(seeded, [_row(LOST)])

    assert seed_title_records(seeded, [_row(LOST)]) == []


def test_record_without_any_place_is_refused(seeded: Session) -> None:
    stranger = NewPerson(name="马望原", id_number="642221196602149971", code="P101")
    register_person(seeded, stranger, now=NOW)

    with pytest.raises(DomainError, match=r"title\.no_region"):
        seed_title_records(seeded, [_row(OUTSIDE.replace("P005", "P101"))])


@pytest.mark.parametrize(
    ("office", "region"),
    [
        ("ZGB-450200", "450200"),
        ("GX-ZGB", "450000"),
        ("UNIV-GX-01", "450000"),
        ("NX-RST", "640000"),
        ("NX-RSJ-640402", "640000"),
    ],
)
def test_bodies_of_the_province_number_with_the_province(
    seeded: Session, office: str, region: str
) -> None:
    assert numbering_region(seeded, office) == region


def _row(line: str) -> dict[str, str]:
    columns = rows(DATA, "title_records")[0]
    return dict(zip(columns, line.split(","), strict=True))


def test_all_test_records_are_seeded(session: Session) -> None:
    seed_testdata(session, now=NOW)

    records = seed_title_records(session, rows(DATA, "title_records"))

    by_code = {record.record_code: record for record in records}
    assert len(by_code) == 25
    assert len({record.mgmt_no for record in records}) == 25
    assert by_code["T003"].mgmt_no == "GL45020020120000001"
    assert by_code["T101"].mgmt_no[:8] == "GL640000"
    assert by_code["T005"].status == "CHECK"
