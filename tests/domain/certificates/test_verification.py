"""What anybody sees of a certificate, in each state it and its title may have."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.db.keys import Keyring
from app.domain.certificates import register
from app.domain.certificates.numbers import licence_settings
from app.domain.certificates.register import GeneratedFile
from app.domain.certificates.tables import Certificate
from app.domain.certificates.verification import (
    Verdict,
    verify_by_hash,
    verify_by_number,
    verify_by_token,
)
from app.domain.codes import label
from app.domain.titles.records import Change, new_record, revoke
from app.domain.titles.tables import TitleRecord, TitleStatus
from app.errors import DomainError
from tests.domain.samples import ENGINEER, LAYOUT, PRINTED

ISSUED = datetime(2020, 5, 20, 2, tzinfo=UTC)
LATER = datetime(2020, 6, 1, 2, tzinfo=UTC)
NUMBER = "450100202005310000010"
SECOND = "450100202005370000025"
ID_NUMBER = "450103198603179973"


@pytest.fixture
def record(session: Session) -> TitleRecord:
    return new_record(session, ENGINEER, region="450100", recorded_on=ISSUED.date())


@pytest.fixture
def certificate(session: Session, record: TitleRecord) -> Certificate:
    return _enter(session, record, NUMBER, ISSUED)


@pytest.mark.req("R17")
@pytest.mark.req("R65")
def test_valid_certificate_shows_minimal_public_data(
    session: Session, certificate: Certificate
) -> None:
    view = verify_by_token(session, certificate.qr_token)

    assert view is not None
    assert (view.verdict, view.words, view.name) == (Verdict.VALID, "有效", "韦*澜")
    assert (view.title, view.level, view.number_end) == ("工程师", "中级", "0010")
    assert view.issued_on == date(2020, 5, 20)
    assert ID_NUMBER not in repr(view)
    assert NUMBER not in repr(view)


@pytest.mark.req("R65")
def test_void_certificate_shows_state_and_date_only(
    session: Session, certificate: Certificate
) -> None:
    register.void(certificate, reason="UNNEEDED", remark="不再需要", by="a1", now=LATER)

    view = verify_by_token(session, certificate.qr_token)

    assert view is not None
    assert (view.words, view.since) == ("已作废", date(2020, 6, 1))
    assert (view.name, view.title, view.number_end, view.issued_on) == ("", "", "", None)


def test_second_certificate_supersedes_the_first(
    session: Session, record: TitleRecord, certificate: Certificate
) -> None:
    second = _enter(session, record, SECOND, LATER)

    views = [verify_by_token(session, one.qr_token) for one in (certificate, second)]

    assert [view and view.words for view in views] == ["已被替换", "有效"]
    assert certificate.superseded_by == second.id
    assert (second.version, second.mgmt_no) == (2, certificate.mgmt_no)
    assert second.licence_id.split(".")[5:8] == [
        "11450000MATEK0000N999",
        "11450000MATEK0000N",
        NUMBER[:-1],
    ]
    assert second.licence_id.split(".")[8] == "002"


def test_revoked_title_makes_its_valid_certificate_revoked(
    session: Session, record: TitleRecord, certificate: Certificate
) -> None:
    revoke(session, record, Change(by="a1", at=LATER))

    view = verify_by_token(session, certificate.qr_token)

    assert view is not None
    assert view.words == "已撤销"


def test_revoked_certificate_says_so(session: Session, certificate: Certificate) -> None:
    register.revoke(certificate, remark="材料虚假", by="a1", now=LATER)

    view = verify_by_token(session, certificate.qr_token)

    assert view is not None
    assert view.verdict is Verdict.REVOKED


@pytest.mark.req("R19")
@pytest.mark.parametrize("gap", ["approval_doc_no", "approved_on", "approval_body_code"])
def test_certificate_without_approval_document_is_never_valid(session: Session, gap: str) -> None:
    record = new_record(session, ENGINEER, region="450100", recorded_on=ISSUED.date())
    setattr(record, gap, None)
    certificate = _enter(session, record, NUMBER, ISSUED)

    view = verify_by_token(session, certificate.qr_token)

    assert view is not None
    assert (view.words, view.name) == ("需人工审验", "")


@pytest.mark.req("R19")
def test_title_that_waits_for_its_check_is_not_valid(session: Session) -> None:
    waiting = replace(ENGINEER, status=TitleStatus.CHECK)
    record = new_record(session, waiting, region="450100", recorded_on=ISSUED.date())
    certificate = _enter(session, record, NUMBER, ISSUED)

    view = verify_by_token(session, certificate.qr_token)

    assert view is not None
    assert view.verdict is Verdict.CHECK


def test_unknown_token_and_wrong_name_find_nothing(
    session: Session, certificate: Certificate
) -> None:
    assert verify_by_token(session, "unknown") is None
    assert verify_by_number(session, NUMBER, "韦启兰") is None
    assert verify_by_number(session, SECOND, "韦启澜") is None
    assert Verdict.NOT_FOUND.words == "未查询到"


def test_number_with_full_name_finds_the_same_page(
    session: Session, certificate: Certificate
) -> None:
    view = verify_by_number(session, f" {NUMBER} ", "韦启澜")

    assert view == verify_by_token(session, certificate.qr_token)


def test_original_file_is_found_by_its_hash(session: Session, certificate: Certificate) -> None:
    assert verify_by_hash(session, certificate.sha256) is not None
    assert verify_by_hash(session, "f" * 64) is None


def test_verdict_words_are_those_of_the_code_list() -> None:
    for verdict in (Verdict.VALID, Verdict.VOID, Verdict.SUPERSEDED, Verdict.REVOKED):
        assert verdict.words == label("certificate_status", verdict)


def test_qr_token_is_random_and_carries_no_data(certificate: Certificate) -> None:
    tokens = {register.new_qr_token() for _ in range(100)}

    assert len(tokens) == 100
    assert all(len(token) == 27 for token in tokens)
    assert NUMBER not in certificate.qr_token


@pytest.mark.req("R102")
def test_voiding_needs_a_remark_and_happens_once(certificate: Certificate) -> None:
    with pytest.raises(DomainError, match=r"certificate\.void_needs_remark"):
        register.void(certificate, reason="OTHER", remark="  ", by="a1", now=LATER)
    register.void(certificate, reason="OTHER", remark="写错", by="a1", now=LATER)

    with pytest.raises(DomainError, match=r"certificate\.not_valid"):
        register.void(certificate, reason="OTHER", remark="再次", by="a1", now=LATER)


def test_printed_data_are_sealed(certificate: Certificate) -> None:
    assert certificate.printed["id_number"] == ID_NUMBER
    assert ID_NUMBER.encode() not in (certificate.printed_enc or b"")
    assert ID_NUMBER not in repr(PRINTED)


def test_certificates_of_a_person(session: Session, certificate: Certificate) -> None:
    assert register.certificates_of(session, "P001") == [certificate]
    assert register.certificates_of(session, "P002") == []
    assert register.last_certificate(session, certificate.title_record_id) is certificate


def _enter(session: Session, record: TitleRecord, number: str, now: datetime) -> Certificate:
    settings = licence_settings("NN")
    reserved = register.reserve(session, record, cert_no=number, settings=settings)
    return register.enter(
        session,
        record,
        reserved=reserved,
        layout=LAYOUT,
        printed=PRINTED,
        file=GeneratedFile(f"certificates/{number}", number.rjust(64, "0"), 1000),
        issuance_id=None,
        now=now,
    )


def test_unknown_number_and_wrong_name_do_the_same_work(
    session: Session, certificate: Certificate
) -> None:
    """One statement and one opened row each, so that the time taken tells nothing."""
    session.flush()
    engine = session.get_bind()
    work: list[tuple[list[str], int]] = []
    for number in (NUMBER, "9" * 21):
        session.expire_all()
        said: list[str] = []

        def note(*given: Any, said: list[str] = said) -> None:
            said.append(given[2])

        event.listen(engine, "before_cursor_execute", note)
        with mock.patch.object(Keyring, "open", autospec=True, side_effect=Keyring.open) as opening:
            assert verify_by_number(session, number, "别的人") is None
        event.remove(engine, "before_cursor_execute", note)
        work.append((said, opening.call_count))

    assert work[0] == work[1]
    assert (len(work[0][0]), work[0][1]) == (1, 1)
