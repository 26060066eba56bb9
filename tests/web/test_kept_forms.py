"""Nothing typed is lost: an ended session, a stale page, a lost race, a broken server."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from app.db.system_time import system_now
from app.domain.accounts.kept import sweep_kept
from app.domain.accounts.tables import KeptForm, WebSession
from app.engine.engine import Engine
from tests.web.conftest import TOKEN, Town, Visitor

Declared = Callable[[], tuple[Visitor, str]]
OPEN = datetime.fromisoformat("2026-11-28T00:00:00+08:00")
CONFIRM = {"submission_confirmed": "true", "submission_signature": "true"}
WORDS = "搬家时不慎遗失，多次查找未果，特此声明。"


def end_sessions(town: Town, *, revoked: bool = False) -> None:
    ended = {"last_seen_at": datetime.now(UTC) - timedelta(minutes=45)}
    values: dict[str, Any] = {"revoked_at": datetime.now(UTC)} if revoked else ended
    with town.app.app_context(), town.house.unit_of_work() as session:
        session.execute(update(WebSession).values(**values))


def application(town: Town, who: str = "P003") -> tuple[Visitor, str, str]:
    person = town.signed_in(who)
    path = person.post("/apply/lost_certificate", page="/apply/lost_certificate").location
    found = TOKEN.search(person.text(path))
    assert found is not None
    return person, path, found[1]


def unit_task(town: Town, declared: Declared) -> tuple[Visitor, str]:
    person, case_id = declared()
    town.clock.move_to(OPEN)
    path = f"/cases/{case_id}"
    assert person.post(f"{path}/steps/submit_to_unit", CONFIRM, page=path).status_code == 302
    officer = town.signed_in("R-UADM@DW-005")
    found = re.search(r'href="(/tasks/[0-9a-f]{32})"', officer.text("/inbox"))
    assert found is not None
    return officer, found[1]


def test_what_was_typed_after_the_session_ended_is_back_after_signing_in(town: Town) -> None:
    person, path, token = application(town)
    end_sessions(town)

    refused = person.client.post(path, data={"csrf_token": token, "loss_statement": WORDS})

    page = refused.get_data(as_text=True)
    assert refused.status_code == 401
    assert "您填写的内容已保留" in page
    assert f"next={path}" in page.replace("%2F", "/")
    person.become(town.account("P003"))
    back = person.text(path)
    assert WORDS in back
    assert "已找回您在" in back
    person.post(path, {"loss_statement": WORDS, "_draft": "1"}, page=path)
    assert "已找回您在" not in person.text(path)
    assert WORDS in person.text(path)


def test_nobody_else_gets_what_was_kept_and_it_is_sealed(town: Town) -> None:
    person, path, token = application(town)
    end_sessions(town)
    person.client.post(path, data={"csrf_token": token, "loss_statement": WORDS})

    assert town.signed_in("P001").get(path).status_code == 403
    with town.app.app_context(), town.house.unit_of_work() as session:
        row = session.scalars(select(KeptForm)).one()
        assert WORDS.encode() not in (row.typed_enc or b"")
        assert sweep_kept(session, now=system_now()) == 0
        assert sweep_kept(session, now=system_now() + timedelta(days=1, minutes=1)) == 1


@pytest.mark.parametrize("more", [{"Origin": "https://elsewhere.example"}, {}])
def test_foreign_sites_and_signed_out_browsers_leave_nothing(
    town: Town, more: dict[str, str]
) -> None:
    person, path, token = application(town)
    end_sessions(town, revoked=not more)

    answer = person.client.post(
        path, data={"csrf_token": token, "loss_statement": WORDS}, headers=more
    )

    assert answer.status_code == 401
    assert "已保留" not in answer.get_data(as_text=True)
    with town.app.app_context(), town.house.unit_of_work() as session:
        assert session.scalars(select(KeptForm)).all() == []


def test_stale_form_token_keeps_what_was_typed(town: Town) -> None:
    person, path, _ = application(town)

    refused = person.client.post(path, data={"csrf_token": "old", "loss_statement": WORDS})

    assert refused.status_code == 400
    assert "您填写的内容已保留" in refused.get_data(as_text=True)
    assert WORDS in person.text(path)


def test_loser_of_a_task_sees_who_was_first_and_what_he_typed(
    town: Town, declared: Declared
) -> None:
    officer, task = unit_task(town, declared)
    agreed = {"outcome": "AGREE", "opinion": "情况属实。", "signature": "true", "seal": "true"}
    assert officer.post(task, agreed, page=task).status_code == 302

    late = officer.post(task, {**agreed, "opinion": "这是后来写的意见。"}, page="/inbox")

    page = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "没有提交" in page
    assert re.search(r"由\S+于", page)
    assert "这是后来写的意见。" in page
    assert "同意" in page


def test_draft_submitted_in_another_window_shows_what_was_typed(
    town: Town, declared: Declared
) -> None:
    person, case_id = declared()

    late = person.post(f"/cases/{case_id}/edit", {"loss_statement": WORDS}, page="/my")

    assert late.status_code == 409
    assert WORDS in late.get_data(as_text=True)
    assert "已经提交过了" in late.get_data(as_text=True)


def test_step_taken_in_another_window_shows_what_was_typed(town: Town, declared: Declared) -> None:
    person, case_id = declared()
    town.clock.move_to(OPEN)
    path = f"/cases/{case_id}"
    assert person.post(f"{path}/steps/submit_to_unit", CONFIRM, page=path).status_code == 302

    late = person.post(f"{path}/steps/submit_to_unit", CONFIRM, page=path)

    assert late.status_code == 409
    assert "您填写的内容" in late.get_data(as_text=True)


def test_busy_database_offers_to_send_the_same_form_again(
    town: Town, declared: Declared, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    officer, task = unit_task(town, declared)

    def busy(*_: Any, **__: Any) -> None:
        raise OperationalError("UPDATE", {}, Exception("locked"))

    monkeypatch.setattr(Engine, "complete", busy)
    typed = {"outcome": "AGREE", "opinion": "情况属实，同意补办。", "_key": "k1"}
    with caplog.at_level(logging.WARNING):
        answer = officer.post(task, typed, page=task)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert 'name="opinion" value="情况属实，同意补办。"' in page
    assert 'name="_key" value="k1"' in page
    assert "再试一次" in page
    number = re.search(r'class="number">(\w{8})<', page)
    assert number is not None
    assert number[1] in caplog.text
    assert "情况属实" not in caplog.text


@pytest.mark.parametrize(
    ("path", "method", "status", "said"),
    [
        ("/nowhere", "get", 404, "没有找到这个页面"),
        ("/sign-in", "delete", 405, "不能这样打开这个页面"),
        ("/sign-out", "post", 400, "页面已过期"),
    ],
)
def test_error_pages_say_what_to_do(
    town: Town, path: str, method: str, status: int, said: str
) -> None:
    answer = getattr(town.visitor().client, method)(path)

    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert said in page
    assert 'class="advice"' in page


def test_too_large_request_is_told_in_words(town: Town) -> None:
    town.app.config["MAX_CONTENT_LENGTH"] = 1000
    person, path, token = application(town)

    answer = person.client.post(path, data={"csrf_token": token, "loss_statement": WORDS * 100})

    assert answer.status_code == 413
    assert "超过了限制" in answer.get_data(as_text=True)
