"""Rows of the organisation tree, of review committees and of authority grants.

A unit is an organisation of type UNIT with a few more columns. Codes are natural keys; other
subjects store the code and never a foreign key.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import Boolean, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, new_id

CODE = String(40)


class OrganisationType(StrEnum):
    """What kind of body an organisation is (code list `org_type`)."""

    REGION_OFFICE = "REGION_OFFICE"
    CITY_OFFICE = "CITY_OFFICE"
    COUNTY_OFFICE = "COUNTY_OFFICE"
    ZONE_OFFICE = "ZONE_OFFICE"
    SERIES_OFFICE = "SERIES_OFFICE"
    UNIT_OFFICE = "UNIT_OFFICE"
    HR_BODY = "HR_BODY"
    ARCHIVE_BODY = "ARCHIVE_BODY"
    DEPARTMENT = "DEPARTMENT"
    UNIT = "UNIT"
    SELF_REVIEW = "SELF_REVIEW"
    COMMITTEE = "COMMITTEE"
    NX_DISTRICT = "NX_DISTRICT"
    NX_REGION = "NX_REGION"
    LICENCE_LIB = "LICENCE_LIB"


class Registration(StrEnum):
    """State of a unit's registration (code list `unit_registration`)."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    RETURNED = "RETURNED"
    REFUSED = "REFUSED"
    DISABLED = "DISABLED"


class Organisation(Base):
    """One body of the tree: title office, department, self-reviewing office, unit, library."""

    __tablename__ = "organisation"
    __table_args__ = (Index("ix_organisation_place", "region_code", "type"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(CODE, unique=True)
    name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str | None] = mapped_column(String(60))
    type: Mapped[str] = mapped_column(String(20))
    region_code: Mapped[str] = mapped_column(String(6))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("organisation.code"), index=True)
    collection_parent_code: Mapped[str | None] = mapped_column(CODE)
    default_max_level: Mapped[str | None] = mapped_column(String(1))
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    head: Mapped[str | None] = mapped_column(String(60))
    named_officer: Mapped[str | None] = mapped_column(String(60))
    contact: Mapped[str | None] = mapped_column(String(120))

    kind: Mapped[str | None] = mapped_column(String(8))
    department_code: Mapped[str | None] = mapped_column(CODE, index=True)
    own_office_code: Mapped[str | None] = mapped_column(CODE)
    serving_office_code: Mapped[str | None] = mapped_column(CODE)
    registration_state: Mapped[str | None] = mapped_column(String(12))
    insurance_region: Mapped[str | None] = mapped_column(String(6))

    @property
    def is_unit(self) -> bool:
        """Whether this is a unit (an employer)."""
        return self.type == OrganisationType.UNIT

    @property
    def accepts_new_cases(self) -> bool:
        """Whether new cases may start here; a disabled unit keeps its open ones."""
        approved = not self.is_unit or self.registration_state == Registration.APPROVED
        return self.active and approved


class Committee(Base):
    """A review committee; inside the region it always has a hosting office."""

    __tablename__ = "committee"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(CODE, unique=True)
    name: Mapped[str] = mapped_column(String(120))
    region_code: Mapped[str] = mapped_column(String(6))
    series: Mapped[str] = mapped_column(String(2))
    max_level: Mapped[str] = mapped_column(String(1))
    host_office_code: Mapped[str | None] = mapped_column(CODE, index=True)
    filed: Mapped[bool] = mapped_column(Boolean, default=False)
    filing_no: Mapped[str | None] = mapped_column(String(80))
    filing_level: Mapped[str | None] = mapped_column(String(20))
    filed_from: Mapped[date | None] = mapped_column(Date)
    filed_to: Mapped[date | None] = mapped_column(Date)


class AuthorityGrant(Base):
    """Authority of an office over a business up to a level; both dates are inclusive."""

    __tablename__ = "authority_grant"
    __table_args__ = (Index("ix_authority_grant_office", "office_code", "business"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    office_code: Mapped[str] = mapped_column(CODE)
    business: Mapped[str] = mapped_column(String(4))
    series: Mapped[str] = mapped_column(String(2))
    max_level: Mapped[str] = mapped_column(String(1))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    document: Mapped[str | None] = mapped_column(String(120))
    note: Mapped[str | None] = mapped_column(String(120))
