"""A password that somebody else chose is changed before anything else."""

from __future__ import annotations

from app.db.system_time import system_now
from app.domain.accounts import account, set_first_password
from tests.web.conftest import PASSWORD, Town

OWN = "Guilin-2026-mine"


def _given(town: Town) -> None:
    with town.app.app_context(), town.house.unit_of_work() as session:
        set_first_password(session, account(session, "gxzgb.reg1"), PASSWORD, now=system_now())


def test_first_sign_in_leads_to_the_password_page_and_nowhere_else(town: Town) -> None:
    _given(town)
    visitor = town.visitor()
    fields = {"user_name": "gxzgb.reg1", "password": PASSWORD}
    visitor.post("/sign-in", fields, page="/sign-in")

    assert visitor.get("/inbox").location == "/password"

    changed = visitor.post(
        "/password", {"old": PASSWORD, "new": OWN, "again": OWN}, page="/password"
    )
    assert changed.location == "/sign-in"
    visitor.post("/sign-in", {**fields, "password": OWN}, page="/sign-in")
    assert visitor.get("/inbox").status_code == 200


def test_wrong_old_password_and_weak_new_one_are_refused(town: Town) -> None:
    _given(town)
    visitor = town.visitor()
    visitor.post("/sign-in", {"user_name": "gxzgb.reg1", "password": PASSWORD}, page="/sign-in")

    for fields in (
        {"old": "wrong", "new": OWN, "again": OWN},
        {"old": PASSWORD, "new": "short", "again": "short"},
        {"old": PASSWORD, "new": OWN, "again": OWN + "!"},
    ):
        assert visitor.post("/password", fields, page="/password").status_code == 422
