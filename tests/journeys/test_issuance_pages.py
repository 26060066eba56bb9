"""Story A15 and around it: applying, reviewing, withdrawing and releasing many at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.certificates.tables import Certificate
from app.engine.tables import TaskSubmission
from tests.journeys.conftest import Town
from tests.journeys.licences import (
    CERTIFIER,
    NAMES,
    PHOTO,
    RELEASER,
    REVIEWER,
    Office,
    apply,
    chosen,
    decide,
    key_of,
    lines,
    office_of,
    review_of,
    send_reviews,
)

EVERYBODY = ("P001", "P002", "P014")


@pytest.fixture
def office(town: Town) -> Iterator[Office]:
    with office_of(town) as opened:
        yield opened


@pytest.mark.req("R88", "R90", "R91", "R92", "R96", "R98", "R99", "R110")
def test_a15_issuance_pages(office: Office) -> None:
    office.keep_photo("P001")
    office.keep_photo("P002")
    officer = office.opened(*EVERYBODY)
    assert set(lines(officer.text("/issuance/apply"))) == set(EVERYBODY)

    answer = apply(officer, *EVERYBODY)
    assert answer.status_code == 200
    assert "卢见微　助理工程师：缺二寸照片" in answer.text
    assert [office.state(person) for person in EVERYBODY] == ["PENDING", "PENDING", "READY"]

    reviewer = office.town.person(REVIEWER)
    without = send_reviews(reviewer, {"P001": review_of("P001", review_result="FAIL")})
    assert without.status_code == 409
    assert "请填写审核备注" in without.text
    differing = review_of("P002", granted_on="2020-06-02")
    assert "与职称记录（2020-06-01）不一致" in send_reviews(reviewer, {"P002": differing}).text
    both = send_reviews(
        reviewer,
        {
            "P001": review_of("P001", review_result="FAIL", remark="照片与本人不符，请核对"),
            "P002": review_of("P002"),
        },
    )
    assert both.status_code == 200
    office.work()
    assert (office.state("P001"), office.state("P002")) == ("REFUSED", "ISSUED")

    stranger = office.town.person("R-CERT@ZGB-450200")
    for page in ("/issuance/apply", "/issuance/failed", "/issuance/records"):
        assert not any(name in stranger.text(page) for name in NAMES.values())
    [issued] = office.issuances("P002")
    assert stranger.get(f"/issuance/records/{issued.id}").status_code == 403

    again = apply(officer, "P001")
    assert again.status_code == 200
    assert "照片与本人不符，请核对" in officer.text(f"/issuance/records/{_id(office, 'P001')}")
    send_reviews(reviewer, {"P001": review_of("P001")})
    office.work()
    assert office.state("P001") == "ISSUED"
    late = officer.post(
        "/issuance/withdraw", {"issuance": _id(office, "P001")}, page="/issuance/apply"
    )
    assert late.status_code == 409
    assert "不能撤回申请" in late.text


def _id(office: Office, person: str) -> str:
    [issuance] = office.issuances(person)
    return issuance.id


@pytest.mark.req("R92")
def test_pending_record_is_taken_back_and_applied_for_again(office: Office) -> None:
    officer = office.applied("P001")
    fields = {"_key": "one-key", "issuance": _id(office, "P001")}

    answers = [officer.post("/issuance/withdraw", fields, page="/issuance/apply") for _ in "ab"]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert office.state("P001") == "READY"
    assert lines(office.town.person(REVIEWER).text("/issuance/review")) == {}
    assert apply(officer, "P001").status_code == 200
    assert office.state("P001") == "PENDING"


@pytest.mark.req("R16", "R92")
def test_another_office_withdraws_nothing(office: Office) -> None:
    office.applied("P001")
    stranger = office.town.person("R-CERT@ZGB-450200")

    answer = stranger.post(
        "/issuance/withdraw", {"issuance": _id(office, "P001")}, page="/issuance/apply"
    )

    assert answer.status_code == 409
    assert "无权" in answer.text
    assert "韦启澜" not in answer.text
    assert office.state("P001") == "PENDING"


def test_reviewed_record_is_not_withdrawn(office: Office) -> None:
    office.applied("P001", reviewer="ZGB-450100")
    reviewer = office.town.person("R-CREV@ZGB-450100")
    send_reviews(reviewer, {"P001": review_of("P001")})

    answer = office.town.person(CERTIFIER).post(
        "/issuance/withdraw", {"issuance": _id(office, "P001")}, page="/issuance/apply"
    )

    assert answer.status_code == 409
    assert "“审核通过”，不能撤回申请" in answer.text


@pytest.mark.req("R72")
def test_region_releases_a_batch_or_hands_it_back(office: Office) -> None:
    office.applied("P001", "P002", reviewer="ZGB-450100")
    reviewer = office.town.person("R-CREV@ZGB-450100")
    send_reviews(reviewer, {person: review_of(person) for person in ("P001", "P002")})
    region = office.town.person(RELEASER)

    missing = decide(region, "/issuance/release", "P001", release_decision="HAND_BACK")
    assert missing.status_code == 409
    assert "请填写退回原因" in missing.text
    back = decide(
        region, "/issuance/release", "P001", release_decision="HAND_BACK",
        remark="批文文号请再核对",
    )  # fmt: skip
    assert back.status_code == 200
    decide(region, "/issuance/release", "P002", release_decision="RELEASE")
    office.work()

    assert (office.state("P001"), office.state("P002")) == ("PENDING", "ISSUED")
    assert "批文文号请再核对" in reviewer.text("/issuance/review")


def test_nobody_reviews_what_he_applied_for_and_foreign_tasks_are_refused(office: Office) -> None:
    officer = office.applied("P001")
    reviewer = office.town.person(REVIEWER)
    page = reviewer.text("/issuance/review")
    [task] = chosen(page, "task", "P001")

    assert officer.get("/issuance/review").status_code == 403
    other = office.town.person("R-CREV@ZGB-450200")
    fields = {"task": task, **{f"{task}.{k}": v for k, v in review_of("P001").items()}}
    answer = other.post("/issuance/review", fields, page="/issuance/records")
    assert answer.status_code == 409
    assert "韦启澜" not in answer.text
    assert office.state("P001") == "PENDING"


def test_wrong_reviewing_office_is_not_offered_and_refused(office: Office) -> None:
    office.keep_photo("P001")
    officer = office.opened("P001")
    assert "ZGB-450200" not in officer.text("/issuance/apply")

    answer = apply(officer, "P001", reviewer="ZGB-450200")

    assert answer.status_code == 409
    assert "请从列出的选项中选择审核机构" in answer.text
    assert office.state("P001") == "READY"


def test_batch_sent_twice_is_done_once(office: Office) -> None:
    office.keep_photo("P001")
    office.keep_photo("P002")
    officer = office.opened("P001", "P002")
    page = officer.text("/issuance/apply")
    fields = {
        "_key": key_of(page), "task": chosen(page, "task", "P001", "P002"),
        "review_office": "GX-ZGB", "record_checked": "true",
    }  # fmt: skip

    answers = [officer.post("/issuance/apply", fields) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    with Session(office.town.house.database) as session:
        query = select(func.count(TaskSubmission.id))
        assert session.scalar(query.where(TaskSubmission.element_id == "apply_issuance")) == 2
    batches = {office.issuances(person)[0].batch for person in ("P001", "P002")}
    assert len(batches) == 1
    assert (batches.pop() or "").startswith("20260302-")


def test_title_is_put_on_the_list_once(office: Office) -> None:
    officer = office.town.person(CERTIFIER)
    page = officer.text("/issuance/apply")
    fields = {"_key": key_of(page), "record": chosen(page, "record", "P001")}
    answers = [officer.post("/issuance/open", fields, page="/issuance/apply") for _ in "ab"]
    later = officer.post("/issuance/open", fields | {"_key": "another"}, page="/issuance/apply")

    assert [answer.status_code for answer in answers] == [200, 200]
    assert later.status_code == 409
    assert "这项职称已有未办结的发证记录" in later.text
    assert len(office.issuances("P001")) == 1
    assert set(lines(officer.text("/issuance/apply"))) == {"P001", "P002", "P014"}
    assert chosen(officer.text("/issuance/apply"), "record", "P001") == []


@pytest.mark.req("R90", "R103")
def test_missing_photo_is_handed_in_on_the_record_page(office: Office) -> None:
    officer = office.opened("P014")
    record = f"/issuance/records/{_id(office, 'P014')}"
    assert "缺二寸照片" in officer.text(record)

    bad = officer.post(f"{record}/photo", {"photo": PHOTO.with_name("no_photo.yaml")}, page=record)
    assert bad.status_code == 422
    assert "照片没有保存" in bad.text
    assert officer.post(f"{record}/photo", {"photo": PHOTO}, page=record).status_code == 302

    assert apply(officer, "P014").status_code == 200
    assert office.state("P014") == "PENDING"


@pytest.mark.req("R91", "R100")
def test_records_are_found_by_state_batch_person_number_and_date(office: Office) -> None:
    office.passed("P001")
    office.work()
    officer = office.opened("P002")
    [issued] = office.issuances("P001")

    def found(**search: str) -> set[str]:
        page = officer.post("/issuance/records", search).text
        return {person for person, name in NAMES.items() if f">{name}<" in page}

    assert found() == {"P001", "P002"}
    assert found(state="ISSUED") == {"P001"}
    assert found(batch=issued.batch or "") == {"P001"}
    assert found(text="黄映禾") == {"P002"}
    assert found(text=issued.cert_no or "") == {"P001"}
    assert found(since="2026-03-02", until="2026-03-02") == {"P001", "P002"}
    assert found(until="2026-03-01") == set()
    assert found(state="FAILED") == set()


def test_pages_need_their_roles(office: Office) -> None:
    person = office.town.person("P001")
    for page in ("apply", "review", "release", "failed", "records"):
        assert person.get(f"/issuance/{page}").status_code == 403
    assert "证书管理" not in person.text("/my")
    reviewer = office.town.person(REVIEWER)
    assert reviewer.get("/issuance/apply").status_code == 403
    assert "证书管理" in reviewer.text("/inbox")


def test_certificate_of_an_imported_title_reaches_its_holder(office: Office) -> None:
    office.passed("P001")
    office.work()

    with Session(office.town.house.database) as session:
        [certificate] = session.scalars(select(Certificate))
    assert certificate.cert_no in office.town.person("P001").text("/my")
