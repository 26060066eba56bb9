"""Review paths: region kind, profile and offices of every unit of the test data."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.domain import organisations
from app.domain.organisations import RegionKind, review_path
from app.errors import DomainError

GX, NN, LZ, QZ = "GX-ZGB", "ZGB-450100", "ZGB-450200", "ZGB-450700"
NX, YZ = "NX-RST", "NX-RSJ-640402"

# unit: kind, profile, department, county, city, region, HR body, own office, serving
PATHS = {
    "DW-001": ("CITY", "NN", "DEP-450100-JY", None, NN, GX, None, None, "ZGB-450103"),
    "DW-002": ("CITY", "NN", "DEP-450100-GX", None, NN, GX, None, None, NN),
    "DW-003": ("CITY", "LZ", "DEP-450200-GX", None, LZ, GX, None, None, "ZGB-450203"),
    "DW-004": ("CITY", "LZ", "DEP-450200-JY", None, LZ, GX, None, None, LZ),
    "DW-005": (
        "COUNTY", "LZ", "DEP-450223-NY", "ZGB-450223", LZ, GX, None, None, "ZGB-450223",
    ),
    "DW-006": ("CITY", "QZ", "DEP-450700-WJ", None, QZ, GX, None, None, "ZGB-450702"),
    "DW-007": (
        "DIRECT", "GX", "DEP-450000-GX", None, None, GX, "DEP-450000-GX", None, "ZGB-450103",
    ),
    "DW-008": ("DIRECT", "GX", None, None, None, GX, None, "UNIV-GX-01", NN),
    "DW-009": ("COUNTY", "QZ", None, "ZGB-450721", QZ, GX, None, None, "ZGB-450721"),
    "DW-010": ("COUNTY", "NN", None, "ZGB-450126", NN, GX, None, None, "ZGB-450126"),
    "DW-101": ("COUNTY", "NX", "DEP-640402-NY", YZ, None, NX, None, None, YZ),
    "DW-103": ("COUNTY", "NX", None, YZ, None, NX, None, None, YZ),
    "DW-104": ("COUNTY", "NX", None, None, None, NX, None, None, YZ),
}  # fmt: skip


@pytest.mark.parametrize("unit", PATHS)
@pytest.mark.req("R225", "R227")
def test_the_path_of_a_unit(seeded: Session, unit: str) -> None:
    kind, profile, *lanes = PATHS[unit]

    path = review_path(seeded, unit)

    assert organisations.region_kind(seeded, unit) == kind
    assert organisations.profile_of(seeded, unit) == profile
    assert [
        path.department, path.county, path.city, path.region,
        path.hr_body, path.self_office, path.serving,
    ] == lanes  # fmt: skip


def test_the_process_variable_has_the_applicant_and_every_lane(seeded: Session) -> None:
    assert review_path(seeded, "DW-005").for_applicant("P003") == {
        "applicant": "P003",
        "unit": "DW-005",
        "department": "DEP-450223-NY",
        "county": "ZGB-450223",
        "city": "ZGB-450200",
        "region": "GX-ZGB",
        "hr_body": None,
        "self_office": None,
        "serving": "ZGB-450223",
    }


@pytest.mark.req("R1")
def test_a_unit_that_names_a_zone_office_is_served_by_it(seeded: Session) -> None:
    zone = "ZGB-450100-K1"
    unit = organisations.register_unit(
        seeded, name="高新区某厂（虚构）", kind="ENT", uscc="91350100M000100Y43",
        region_code="450107", serving_office_code=zone,
    )  # fmt: skip

    path = review_path(seeded, unit.code)

    assert (path.serving, path.county, path.city) == (zone, zone, NN)
    assert unit.parent_code == zone
    assert zone in organisations.descendants(seeded, NN)


def test_a_district_without_office_is_served_by_its_city(seeded: Session) -> None:
    unit = organisations.register_unit(
        seeded, name="西乡塘某店（虚构）", kind="ENT", uscc="91350100M000100Y43",
        region_code="450107",
    )  # fmt: skip

    path = review_path(seeded, unit.code)

    assert (path.serving, path.county, path.city) == (NN, None, NN)
    assert organisations.region_kind(seeded, unit.code) is RegionKind.COUNTY


def test_a_later_change_of_department_leaves_a_frozen_path_alone(seeded: Session) -> None:
    frozen = review_path(seeded, "DW-003").for_applicant("P004")
    organisations.unit(seeded, "DW-003").department_code = "DEP-450200-JY"

    assert frozen["department"] == "DEP-450200-GX"
    assert review_path(seeded, "DW-003").department == "DEP-450200-JY"


def test_a_department_below_an_hr_body_has_it_on_the_path(seeded: Session) -> None:
    organisations.register_office(
        seeded, code="DEP-450000-S1", name="某厅下属局（虚构）",
        type=organisations.OrganisationType.DEPARTMENT, region_code="450000",
        parent_code="DEP-450000-GX",
    )  # fmt: skip
    organisations.unit(seeded, "DW-007").department_code = "DEP-450000-S1"

    path = review_path(seeded, "DW-007")

    assert (path.department, path.hr_body) == ("DEP-450000-S1", "DEP-450000-GX")


def test_a_department_has_no_review_path(seeded: Session) -> None:
    with pytest.raises(DomainError, match=r"organisations\.not_a_unit"):
        review_path(seeded, "DEP-450100-JY")
