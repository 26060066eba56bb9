"""Organisations: the tree of offices, departments and units, committees, authority, review paths.

What a unit belongs to is derived from its region, department and the offices of today; a case
freezes the result at submission.
"""

from app.domain.organisations.authority import (
    committee,
    committees_covering,
    grants_covering,
    is_filed,
    series_offices,
)
from app.domain.organisations.duties import acting_role, superior_group
from app.domain.organisations.offices import (
    RegionKind,
    city_office,
    county_office,
    department,
    hr_body,
    numbering_region,
    office_at,
    profile_of,
    region_kind,
    region_office,
    region_office_at,
    self_office,
    serving_office,
)
from app.domain.organisations.path import ReviewPath, review_path
from app.domain.organisations.registration import (
    decide_registration,
    register_office,
    register_unit,
)
from app.domain.organisations.tables import (
    AuthorityGrant,
    Committee,
    Organisation,
    OrganisationType,
    Registration,
)
from app.domain.organisations.tree import (
    active_organisations,
    ancestors,
    bodies_above,
    collection_parent,
    descendants,
    find_organisation,
    is_same_or_below,
    name_of,
    names_of,
    organisation,
    superiors,
    unit,
)

__all__ = [
    "AuthorityGrant",
    "Committee",
    "Organisation",
    "OrganisationType",
    "RegionKind",
    "Registration",
    "ReviewPath",
    "acting_role",
    "active_organisations",
    "ancestors",
    "bodies_above",
    "city_office",
    "collection_parent",
    "committee",
    "committees_covering",
    "county_office",
    "decide_registration",
    "department",
    "descendants",
    "find_organisation",
    "grants_covering",
    "hr_body",
    "is_filed",
    "is_same_or_below",
    "name_of",
    "names_of",
    "numbering_region",
    "office_at",
    "organisation",
    "profile_of",
    "region_kind",
    "region_office",
    "region_office_at",
    "register_office",
    "register_unit",
    "review_path",
    "self_office",
    "series_offices",
    "serving_office",
    "superior_group",
    "superiors",
    "unit",
]
