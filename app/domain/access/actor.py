"""Who acts: the account behind a request with the groups it belongs to today.

A group is `ROLE@ORGANISATION`; a person's own group is `R-PERS@PERSON`. Roles that see no personal
data (platform and vendor) are known here, because every may-question starts with them.
"""

from __future__ import annotations

from dataclasses import dataclass

PERSON_ROLE = "R-PERS"
PLATFORM_ROLES = frozenset({"R-ADM", "R-SEC", "R-AUD"})
VENDOR_ROLE = "R-VEND"
WITHOUT_CASES = PLATFORM_ROLES | {VENDOR_ROLE}
PLATFORM = "PLATFORM"


@dataclass(frozen=True)
class Actor:
    """An account acting now."""

    account_id: str
    person_code: str | None
    name: str
    groups: frozenset[str]
    organisation: str | None

    @property
    def roles(self) -> frozenset[str]:
        """The role codes of all groups."""
        return frozenset(role_of(group) for group in self.groups)

    @property
    def offices(self) -> frozenset[str]:
        """The organisations for which he holds a role that takes part in cases."""
        no_case = WITHOUT_CASES | {PERSON_ROLE}
        return frozenset(
            organisation_of(group) for group in self.groups if role_of(group) not in no_case
        )

    def holds(self, role: str, organisation: str | None = None) -> bool:
        """Tell whether he holds a role, for one organisation or for any."""
        if organisation is None:
            return role in self.roles
        return group(role, organisation) in self.groups


def group(role: str, organisation: str) -> str:
    """Return the group of a role at an organisation."""
    return f"{role}@{organisation}"


def role_of(group: str) -> str:
    """Return the role part of a group."""
    return group.partition("@")[0]


def organisation_of(group: str) -> str:
    """Return the organisation part of a group."""
    return group.partition("@")[2]
