"""What each step of an issuance leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.domain.certificates import register
from app.domain.certificates.tables import Certificate
from app.domain.issuance import making, review
from app.domain.issuance.log import events_of, reviews_of
from app.domain.issuance.review import ConfirmationNotice, Review
from app.domain.issuance.tables import Issuance, IssuanceState
from app.domain.titles.records import Change, revoke
from app.domain.titles.tables import TitleRecord
from app.errors import DomainError
from tests.domain.issuance.acts import (
    ACTS,
    FILE,
    GOOD,
    MACHINE,
    NOW,
    OFFICER,
    PATHS,
    REVIEWER,
    open_one,
    walk,
)

S = IssuanceState


def test_whole_way_ends_in_a_certificate(session: Session, issuance: Issuance) -> None:
    walk(session, issuance, *PATHS[S.ISSUED])

    certificate = register.valid_certificate(session, issuance.title_record_id)

    assert certificate is not None
    assert certificate.cert_no == issuance.cert_no == "450100202005310000010"
    assert certificate.licence_id == issuance.licence_id
    assert certificate.qr_token == issuance.qr_token
    assert (certificate.sha256, issuance.online_at) == (FILE.sha256, NOW)
    assert [event.verb for event in events_of(session, issuance.id)] == [
        "open",
        *PATHS[S.ISSUED],
    ]


@pytest.mark.req("R72")
def test_nothing_is_pushed_before_its_release(session: Session, issuance: Issuance) -> None:
    walk(session, issuance, "apply", "pass")

    with pytest.raises(DomainError, match=r"issuance\.not_released"):
        ACTS["number"](session, issuance)
    assert issuance.cert_no is None
    ACTS["release"](session, issuance)
    ACTS["number"](session, issuance)

    assert (issuance.released_by, issuance.release_way) == ("region", "REGION")
    [event] = [each for each in events_of(session, issuance.id) if each.verb == "release"]
    assert (event.by_name, event.organisation) == ("自治区审批员", "GX-ZGB")
    with pytest.raises(DomainError, match=r"issuance\.wrong_state"):
        ACTS["withdraw"](session, issuance)


def test_released_record_is_neither_released_nor_handed_back_again(
    session: Session, issuance: Issuance
) -> None:
    walk(session, issuance, "apply", "pass", "release")

    for act in ("release", "hand_back"):
        with pytest.raises(DomainError, match=r"issuance\.already_released"):
            ACTS[act](session, issuance)


@pytest.mark.req("R99")
@pytest.mark.parametrize("remark", ["", "   "])
def test_refusal_needs_a_remark(session: Session, issuance: Issuance, remark: str) -> None:
    walk(session, issuance, "apply")
    without = Review(GOOD.granted_on, GOOD.granted_by, remark)

    with pytest.raises(DomainError, match=r"issuance\.refusal_needs_remark"):
        review.refuse(session, issuance, without, doer=REVIEWER, now=NOW)

    assert issuance.state == S.PENDING


@pytest.mark.req("R110")
def test_refused_record_is_applied_for_again_and_keeps_both_reviews(
    session: Session, issuance: Issuance
) -> None:
    walk(session, issuance, "apply", "refuse", "apply")
    assert (issuance.reviewer, issuance.outcome, issuance.remark) == (None, None, None)

    walk(session, issuance, "pass")

    reviews = reviews_of(session, issuance.id)
    assert [each["outcome"] for each in reviews] == ["refuse", "pass"]
    assert reviews[0]["remark"] == "照片不清晰，请更换"
    assert (issuance.granted_on, issuance.granted_by) == (GOOD.granted_on, GOOD.granted_by)


def test_nobody_reviews_his_own_application(session: Session, issuance: Issuance) -> None:
    walk(session, issuance, "apply")

    with pytest.raises(DomainError, match=r"issuance\.same_person"):
        review.pass_(session, issuance, GOOD, doer=OFFICER, now=NOW)

    assert issuance.state == S.PENDING


def test_one_issuance_at_a_time(session: Session, record: TitleRecord, issuance: Issuance) -> None:
    with pytest.raises(DomainError, match=r"issuance\.already_open"):
        open_one(session, record)


def test_numbers_stay_with_the_record(session: Session, issuance: Issuance) -> None:
    walk(session, issuance, *PATHS[S.FAILED])
    kept = making.reserved(issuance)

    walk(session, issuance, "take_back", "apply", "pass", "release", "number")

    assert making.reserved(issuance) == kept
    assert issuance.error is None


def test_numbering_again_returns_the_same_numbers(session: Session, issuance: Issuance) -> None:
    walk(session, issuance, "apply", "pass", "release", "number")
    events = len(events_of(session, issuance.id))

    again = making.number(session, issuance, region="450100", doer=MACHINE, now=NOW)

    assert again.cert_no == "450100202005310000010"
    assert len(events_of(session, issuance.id)) == events


def test_reissue_supersedes_the_older_certificate_at_once(
    session: Session, record: TitleRecord, issuance: Issuance
) -> None:
    walk(session, issuance, *PATHS[S.ISSUED])
    first = register.valid_certificate(session, record.id)
    second = open_one(session, record, reason="CORRECTED")

    walk(session, second, *PATHS[S.GENERATING], "generated")
    still_valid = register.valid_certificate(session, record.id)
    walk(session, second, "issue")

    assert first is still_valid
    newest = register.valid_certificate(session, record.id)
    assert isinstance(first, Certificate)
    assert isinstance(newest, Certificate)
    assert (first.status, first.superseded_by) == ("SUPERSEDED", newest.id)
    assert (newest.version, newest.mgmt_no) == (2, first.mgmt_no)
    assert newest.cert_no[13:20] == "7000002"
    assert newest.licence_id.split(".")[7] == first.cert_no[:-1]


def test_first_issue_beside_a_valid_certificate_is_refused(
    session: Session, record: TitleRecord, issuance: Issuance
) -> None:
    walk(session, issuance, *PATHS[S.ISSUED])
    second = open_one(session, record)
    walk(session, second, *PATHS[S.GENERATING], "generated")

    with pytest.raises(DomainError, match=r"issuance\.valid_certificate"):
        ACTS["issue"](session, second)


def test_nothing_is_pushed_without_a_file(session: Session, issuance: Issuance) -> None:
    walk(session, issuance, "apply", "pass", "release", "number")

    with pytest.raises(DomainError, match=r"issuance\.no_file"):
        ACTS["pushed"](session, issuance)


@pytest.mark.req("R6")
def test_nothing_is_issued_before_the_library_has_generated_it(
    session: Session, issuance: Issuance
) -> None:
    walk(session, issuance, *PATHS[S.GENERATING])

    with pytest.raises(DomainError, match=r"issuance\.not_generated"):
        ACTS["issue"](session, issuance)


def test_retry_pushes_the_same_file(session: Session, issuance: Issuance) -> None:
    walk(session, issuance, *PATHS[S.GENERATING], "fail", "retry")

    assert (issuance.sha256, issuance.licence_metadata) == (FILE.sha256, FILE.metadata)
    assert (issuance.pushed_at, issuance.error) == (None, None)
    assert making.replaced_files(session, issuance) == ()
    walk(session, issuance, "pushed", "generated", "issue")
    assert issuance.state == S.ISSUED


def test_record_taken_back_gets_a_new_file_that_names_the_old_one(
    session: Session, issuance: Issuance
) -> None:
    walk(session, issuance, *PATHS[S.GENERATING], "fail", "take_back")
    assert (issuance.sha256, issuance.licence_metadata, issuance.photo_key) == (None, None, None)

    walk(session, issuance, "apply", "pass", "release", "number")
    corrected = replace(FILE, storage_key="2", sha256="b" * 64)
    making.rendered(session, issuance, corrected, doer=MACHINE, now=NOW)

    assert making.replaced_files(session, issuance) == (FILE.sha256,)


def test_revoked_title_is_neither_applied_for_nor_issued(
    session: Session, record: TitleRecord, issuance: Issuance
) -> None:
    walk(session, issuance, *PATHS[S.GENERATING], "generated")
    revoke(session, record, Change(by="a1", at=NOW))

    with pytest.raises(DomainError, match=r"issuance\.title_not_valid"):
        ACTS["issue"](session, issuance)


@pytest.mark.req("R70")
def test_application_carries_the_confirmation_notice(session: Session, issuance: Issuance) -> None:
    notice = ConfirmationNotice("桂职办〔2020〕9号", date(2020, 3, 1))

    review.apply(
        session,
        issuance,
        review_org="GX-ZGB",
        doer=OFFICER,
        now=NOW,
        batch="B1",
        notice=notice,
    )

    assert (issuance.confirm_notice_no, issuance.confirm_notice_on) == (
        notice.number,
        notice.issued_on,
    )
    assert (issuance.batch, issuance.applied_by, issuance.review_org) == ("B1", "officer", "GX-ZGB")


def test_log_cannot_be_rewritten(session: Session, issuance: Issuance) -> None:
    event = events_of(session, issuance.id)[0]

    event.by_name = "别人"

    with pytest.raises(RuntimeError, match="only ever added"):
        session.flush()


def test_wrong_state_is_told_in_words(session: Session, issuance: Issuance) -> None:
    with pytest.raises(DomainError) as caught:
        ACTS["pass"](session, issuance)

    assert caught.value.fields == {"state": "待申请", "act": "审核通过"}
