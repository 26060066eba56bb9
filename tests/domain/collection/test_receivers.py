"""Where an office's data go: up the channel of the tree, the city office reporting for itself."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.domain.collection import Receiver, receiver_of
from app.domain.organisations import organisation


@pytest.mark.req("R29", "R262")
@pytest.mark.parametrize(
    ("office", "high", "receiver", "role"),
    [
        ("ZGB-450223", False, "ZGB-450200", "R-CITY"),
        ("XL-450200-05", False, "ZGB-450200", "R-CITY"),
        ("ZGB-450200", False, "ZGB-450200", "R-CITY"),
        ("ZGB-450300", True, "GX-ZGB", "R-REG"),
        ("UNIV-GX-01", False, "GX-ZGB", "R-REG"),
        ("GX-ZGB", True, "GX-ZGB", "R-REG"),
        ("GX-ZGB", False, "GX-ZGB", "R-REG"),
    ],
)
def test_data_go_to_the_reporting_parent(
    seeded: Session, office: str, high: bool, receiver: str, role: str
) -> None:
    assert receiver_of(seeded, office, high=high) == Receiver(receiver, role)


@pytest.mark.req("R262")
def test_a_named_collection_parent_receives_from_then_on(seeded: Session) -> None:
    organisation(seeded, "ZGB-450223").collection_parent_code = "GX-ZGB"

    assert receiver_of(seeded, "ZGB-450223", high=False).code == "GX-ZGB"
