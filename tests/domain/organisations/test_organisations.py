"""The tree, authority grants, committees and registration."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import organisations
from app.domain.organisations import AuthorityGrant, OrganisationType, Registration
from app.errors import DomainError

DAY = date(2026, 3, 2)
RD, QR = "RD", "QR"


@pytest.mark.parametrize(
    ("office", "business", "series", "level", "covered"),
    [
        ("ZGB-450721", RD, "05", "4", True),  # A31: county grant in 灵山县
        ("ZGB-450721", "认定", "05", "助理级", True),
        ("ZGB-450721", RD, "05", "5", True),
        ("ZGB-450721", RD, "05", "3", False),  # A31: 中级 goes to the city
        ("ZGB-450721", QR, "05", "4", False),
        ("ZGB-450181", RD, "05", "4", False),  # A31: no grant in 横州市
        ("ZGB-450300", QR, "05", "2", True),  # A31: Guilin's series 05
        ("ZGB-450300", QR, "05", "1", False),
        ("ZGB-450300", QR, "06", "2", False),
        ("GX-ZGB", QR, "06", "1", True),
        ("GX-ZGB", "评审确认", "06", "1", True),
        ("UNIV-GX-01", "评审确认", "01", "2", True),
        ("UNIV-GX-01", QR, "05", "3", False),
        ("DEP-450000-GX", QR, "05", "2", False),
    ],
)
def test_a_grant_covers_business_series_and_every_level_up_to_its_own(
    seeded: Session, office: str, business: str, series: str, level: str, covered: bool
) -> None:
    found = organisations.grants_covering(
        seeded, office=office, business=business, series=series, level=level, on=DAY
    )
    assert found is covered


def test_a_grant_holds_from_its_first_to_its_last_day(seeded: Session) -> None:
    grant = seeded.scalars(
        select(AuthorityGrant).where(AuthorityGrant.office_code == "ZGB-450300")
    ).one()
    grant.valid_from, grant.valid_to = DAY, DAY + timedelta(days=1)

    def held(days: int) -> bool:
        return organisations.grants_covering(
            seeded, office="ZGB-450300", business=QR, series="05", level="2",
            on=DAY + timedelta(days=days),
        )  # fmt: skip

    assert [held(days) for days in (-1, 0, 1, 2)] == [False, True, True, False]


def test_superiors_are_nearest_first(seeded: Session) -> None:
    above = organisations.ancestors(seeded, "DW-005")

    assert above == ["DEP-450223-NY", "ZGB-450223", "ZGB-450200", "GX-ZGB"]
    assert organisations.is_same_or_below(seeded, "DW-005", "ZGB-450200")
    assert not organisations.is_same_or_below(seeded, "ZGB-450200", "DW-005")
    assert not organisations.is_same_or_below(seeded, "DW-005", "ZGB-450100")


def test_descendants_are_the_whole_branch(seeded: Session) -> None:
    below = set(organisations.descendants(seeded, "ZGB-450700"))

    assert {"ZGB-450721", "ZGB-450700-K1", "DEP-450700-WJ", "DW-006", "DW-009"} <= below
    assert "ZGB-450700" not in below
    assert not any(code.startswith("ZGB-4501") for code in below)


def test_a_circle_in_the_tree_does_not_hang(seeded: Session) -> None:
    organisations.organisation(seeded, "GX-ZGB").parent_code = "ZGB-450200"

    assert "ZGB-450200" in organisations.ancestors(seeded, "DW-005")
    assert organisations.descendants(seeded, "ZGB-450200")


@pytest.mark.req("R262")
@pytest.mark.parametrize(
    ("body", "receiver"),
    [
        ("ZGB-450223", "ZGB-450200"),
        ("XL-450200-05", "ZGB-450200"),
        ("ZGB-450200", "GX-ZGB"),
        ("UNIV-GX-01", "GX-ZGB"),
        ("DEP-450000-DA", "GX-ZGB"),
        ("NX-RSJ-640402", "NX-RST"),
    ],
)
def test_data_go_to_the_reporting_parent(seeded: Session, body: str, receiver: str) -> None:
    found = organisations.collection_parent(seeded, body)

    assert found is not None
    assert found.code == receiver


@pytest.mark.req("R262")
def test_another_reporting_parent_can_be_named(seeded: Session) -> None:
    organisations.organisation(seeded, "ZGB-450223").collection_parent_code = "GX-ZGB"

    found = organisations.collection_parent(seeded, "ZGB-450223")
    assert found is not None
    assert found.code == "GX-ZGB"
    assert organisations.collection_parent(seeded, "GX-ZGB") is None


def test_committees_by_series_level_and_filing(seeded: Session) -> None:
    def codes(series: str, level: str, on: date = DAY) -> list[str]:
        found = organisations.committees_covering(seeded, series=series, level=level, on=on)
        return [each.code for each in found]

    assert codes("05", "2") == ["PWH-450000-05-H"]
    assert codes("05", "3") == ["PWH-450000-05-H", "PWH-450100-05-M", "PWH-450200-05-M"]
    assert codes("05", "3", date(2018, 2, 28)) == []
    assert organisations.is_filed(seeded, "PWH-EXT-ZZ-01", on=DAY)
    assert not organisations.is_filed(seeded, "PWH-EXT-ZZ-01", on=date(2016, 5, 31))
    assert not organisations.is_filed(seeded, "PWH-EXT-ZZ-02", on=DAY)
    assert organisations.committee(seeded, "PWH-UNIV-01").host_office_code == "UNIV-GX-01"


def test_names_cover_organisations_and_committees(seeded: Session) -> None:
    names = organisations.names_of(seeded, ["DW-009", "PWH-UNIV-01", "PLATFORM"])

    assert set(names) == {"DW-009", "PWH-UNIV-01"}
    assert organisations.name_of(seeded, "DW-009") == names["DW-009"]
    assert organisations.name_of(seeded, "PLATFORM") == "PLATFORM"


@pytest.mark.parametrize(
    ("office", "region"),
    [
        ("ZGB-450200", "450200"),
        ("ZGB-450721", "450721"),
        ("GX-ZGB", "450000"),
        ("DEP-450000-GX", "450000"),
        ("UNIV-GX-01", "450000"),
        ("NX-RST", "640000"),
        ("NX-RSJ-640402", "640000"),
    ],
)
def test_numbers_carry_the_offices_region(seeded: Session, office: str, region: str) -> None:
    assert organisations.numbering_region(seeded, office) == region


def test_a_unit_waits_for_approval_and_a_disabled_one_starts_nothing(seeded: Session) -> None:
    unit = organisations.unit(seeded, "DW-010")
    assert not unit.accepts_new_cases

    organisations.decide_registration(seeded, "DW-010", Registration.APPROVED)
    assert unit.accepts_new_cases

    organisations.decide_registration(seeded, "DW-010", Registration.DISABLED)
    assert not unit.accepts_new_cases


def _unit(session: Session, **known: str) -> None:
    values = {
        "name": "新单位",
        "kind": "ENT",
        "uscc": "91350100M000100Y43",
        "region_code": "450107",
    }
    organisations.register_unit(session, **{**values, **known})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"uscc": "91450100MATEK0002R"}, "organisations.uscc_registered"),
        ({"uscc": "91350100M000100Y44"}, "identifiers.credit_code_check"),
        ({"code": "DW-001"}, "organisations.exists"),
        ({"kind": "CLUB"}, "codes.unknown_code"),
        ({"region_code": "999999"}, "codes.unknown_region"),
        ({"department_code": "DEP-X"}, "organisations.unknown"),
    ],
)
def test_a_wrong_registration_is_refused(seeded: Session, known: dict[str, str], code: str) -> None:
    with pytest.raises(DomainError) as refused:
        _unit(seeded, **known)
    assert refused.value.code == code


def test_an_office_that_exists_is_not_entered_twice(seeded: Session) -> None:
    with pytest.raises(DomainError, match=r"organisations\.exists"):
        organisations.register_office(
            seeded, code="ZGB-450721", name="灵山县职改办", region_code="450721",
            type=OrganisationType.COUNTY_OFFICE, parent_code="ZGB-450700",
        )  # fmt: skip
