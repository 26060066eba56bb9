"""Access: who acts, what he may see or do, and how personal data are masked.

Pure: no table is read here.
"""

from app.domain.access.actor import (
    PERSON_ROLE,
    PLATFORM,
    PLATFORM_ROLES,
    VENDOR_ROLE,
    Actor,
    group,
    organisation_of,
    role_of,
)
from app.domain.access.disclosure import Disclosure, Purpose, Show, reveal, shown
from app.domain.access.masks import (
    looks_personal,
    mask_certificate_number,
    mask_id_number,
    mask_mobile,
    mask_name,
    mask_personal,
)
from app.domain.access.rules import (
    Reach,
    is_candidate,
    is_person,
    issuance_reach,
    may_edit_record,
    may_see_case,
    may_see_person_fully,
    may_see_staff,
)

__all__ = [
    "PERSON_ROLE",
    "PLATFORM",
    "PLATFORM_ROLES",
    "VENDOR_ROLE",
    "Actor",
    "Disclosure",
    "Purpose",
    "Reach",
    "Show",
    "group",
    "is_candidate",
    "is_person",
    "issuance_reach",
    "looks_personal",
    "mask_certificate_number",
    "mask_id_number",
    "mask_mobile",
    "mask_name",
    "mask_personal",
    "may_edit_record",
    "may_see_case",
    "may_see_person_fully",
    "may_see_staff",
    "organisation_of",
    "reveal",
    "role_of",
    "shown",
]
