"""Which state of an issuance may follow which."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.domain.issuance.log import events_of
from app.domain.issuance.tables import Issuance, IssuanceState
from app.errors import DomainError
from tests.domain.issuance.acts import ACTS, ALLOWED, PATHS, walk

TABLE = [(act, state) for act in ACTS for state in IssuanceState]


@pytest.mark.req("R92")
@pytest.mark.parametrize(("act", "state"), TABLE)
def test_every_act_in_every_state(
    session: Session, issuance: Issuance, act: str, state: IssuanceState
) -> None:
    walk(session, issuance, *PATHS[state])
    before = len(events_of(session, issuance.id))

    if state in ALLOWED[act]:
        ACTS[act](session, issuance)
        assert issuance.state == ALLOWED[act][state]
    else:
        with pytest.raises(DomainError):
            ACTS[act](session, issuance)
        assert issuance.state == state
        assert len(events_of(session, issuance.id)) == before
