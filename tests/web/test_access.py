"""Who may call which page, and what a refused one tells."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.db.installation import Installation
from app.web.access_rules import rule_of
from tests.web.conftest import PASSWORD, Town

FILES = {"static"}


def test_every_route_states_its_rule(town: Town) -> None:
    endpoints = {rule.endpoint for rule in town.app.url_map.iter_rules()} - FILES

    unruled = [name for name in endpoints if rule_of(town.app.view_functions[name]) is None]

    assert unruled == []


@pytest.mark.parametrize("path", ["/inbox", "/my", "/notices", "/incidents"])
def test_page_for_somebody_leads_a_stranger_to_the_sign_in(town: Town, path: str) -> None:
    answer = town.visitor().get(path)

    assert answer.status_code == 302
    assert answer.location == f"/sign-in?next={path}"


def test_incidents_are_for_the_platform_administrator_alone(town: Town) -> None:
    assert town.signed_in("P003").get("/incidents").status_code == 403
    assert town.signed_in("R-ADM@PLATFORM").get("/incidents").status_code == 200


@pytest.mark.parametrize(
    "path", ["/cases/{}", "/tasks/{}", "/attachments/{}", "/certificates/{}/download"]
)
def test_foreign_and_missing_things_answer_alike(town: Town, declared: Any, path: str) -> None:
    owner, case_id = declared()
    other = town.signed_in("P001")

    foreign = other.get(path.format(case_id))
    missing = other.get(path.format("0" * 32))

    assert foreign.status_code == missing.status_code == 403
    assert _without_tokens(foreign) == _without_tokens(missing)
    assert owner.get(f"/cases/{case_id}").status_code == 200


def _without_tokens(answer: Any) -> str:
    return re.sub(
        r'(csrf[-_]token" (?:value|content)=)"[^"]+"', r"\1", answer.get_data(as_text=True)
    )


def test_demo_pages_do_not_exist_elsewhere(town: Town) -> None:
    with town.app.app_context(), town.house.unit_of_work() as session:
        session.get_one(Installation, 1).kind = "production"

    for path in ("/demo", "/personas"):
        assert town.visitor().get(path).status_code == 404


def test_sign_in_opens_a_new_session_and_leads_on(town: Town) -> None:
    visitor = town.visitor()

    answer = visitor.post(
        "/sign-in", {"user_name": "gxzgb.reg1", "password": PASSWORD, "next": "/notices"},
        page="/sign-in?next=/notices",
    )  # fmt: skip

    assert answer.status_code == 302
    assert answer.location == "/notices"
    assert visitor.get("/inbox").status_code == 200


def test_wrong_password_keeps_the_name_and_says_no_more(town: Town) -> None:
    answer = town.visitor().post(
        "/sign-in", {"user_name": "gxzgb.reg1", "password": "falsch"}, page="/sign-in"
    )
    unknown = town.visitor().post(
        "/sign-in", {"user_name": "nobody.knows", "password": "falsch"}, page="/sign-in"
    )

    assert answer.status_code == unknown.status_code == 422
    assert 'value="gxzgb.reg1"' in answer.get_data(as_text=True)
    assert _refusal(answer) == _refusal(unknown) != ""


def _refusal(answer: Any) -> str:
    found = re.search(r'id="refused">([^<]+)<', answer.get_data(as_text=True))
    return found[1] if found else ""


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_next_never_leads_to_another_site(town: Town, target: str) -> None:
    answer = town.visitor().post(
        "/sign-in", {"user_name": "gxzgb.reg1", "password": PASSWORD, "next": target},
        page="/sign-in",
    )  # fmt: skip

    assert answer.location == "/start"


def test_session_token_changes_with_every_sign_in_and_dies_with_the_sign_out(town: Town) -> None:
    visitor = town.signed_in("P003")
    first = visitor.client.get_cookie("titles_session")
    visitor.become(town.account("P001"))
    second = visitor.client.get_cookie("titles_session")
    assert first is not None
    assert second is not None
    assert first.value != second.value

    visitor.post("/sign-out", page="/my")
    visitor.client.set_cookie("titles_session", second.value)

    assert visitor.get("/my").status_code == 302


def test_posting_without_the_form_token_is_refused(town: Town) -> None:
    person = town.signed_in("P003")

    answer = person.client.post("/apply/lost_certificate")

    assert answer.status_code == 400
    assert "页面已过期" in answer.get_data(as_text=True)


def test_no_page_allows_inline_scripts_or_styles(town: Town) -> None:
    answer = town.visitor().get("/")

    policy = answer.headers["Content-Security-Policy"]

    assert "unsafe-inline" not in policy
    assert "script-src 'self'" in policy
    assert "<style" not in answer.get_data(as_text=True)
    assert " style=" not in answer.get_data(as_text=True)


def test_public_pages_set_no_cookie(town: Town) -> None:
    for path in ("/", "/publicity", "/verify", "/v/" + "x" * 24, "/apply"):
        assert "Set-Cookie" not in town.visitor().get(path).headers, path


def test_unknown_address_is_not_found(town: Town) -> None:
    assert town.visitor().get("/nowhere").status_code == 404
    assert town.visitor().get("/v/" + "x" * 24).status_code == 404


def test_api_answers_problems_as_json(town: Town) -> None:
    answer = town.visitor().get("/api/v1/tasks")

    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["status"] == 401
