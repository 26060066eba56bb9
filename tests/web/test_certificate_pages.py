"""Verifying and downloading an issued certificate."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.audit.tables import AuditEntry
from app.domain.certificates import register
from app.domain.certificates.tables import Certificate, CertificateStatus
from app.domain.titles.records import find_record
from app.web.extensions import house
from tests.web.conftest import NOW, Town

CONTENT = b"%PDF-1.7 the certificate"
NUMBER = "450200202606350000013"
ID_NUMBER = "450223198406309995"


def _issued(town: Town) -> tuple[str, str]:
    """Enter a certificate of P003's title; returns its id and QR token."""
    with town.app.app_context(), house().unit_of_work() as session:
        key = house().adapters.storage.put(CONTENT)
        found = register.enter(
            session, find_record(session, "T003"),
            reserved=register.Reserved(NUMBER, "licence", 1, register.new_qr_token()),
            layout=register.Layout("GX-2020", "GX-RST-1", "E1"),
            printed=register.Printed(
                name="覃砚舟", gender="男", id_number=ID_NUMBER, series="农业技术人员",
                title="农艺师", level="中级", specialty="农学", method="评审",
                acquired_on="2012-11-30", approved_on="2012-12-15", committee="评委会",
                approving_body="柳州市职改办", approval_doc_no="柳职办〔2012〕T88号",
            ),
            file=register.GeneratedFile(key, key, len(CONTENT)), issuance_id=None, now=NOW,
        )  # fmt: skip
        return found.id, found.qr_token


@pytest.mark.req("R31")
def test_holder_reads_the_usage_notice_once_and_downloads(town: Town) -> None:
    certificate, _ = _issued(town)
    path, holder = f"/certificates/{certificate}/download", town.signed_in("P003")

    notice = holder.text(path)
    unread = holder.post(path, page=path)
    first = holder.post(path, {"acknowledged": "yes"}, page=path)
    later = holder.get(path)

    assert "严禁伪造" in notice
    assert unread.status_code == 422
    assert first.get_data() == later.get_data() == CONTENT
    assert first.headers["Content-Disposition"].startswith("attachment")
    with town.app.app_context(), house().unit_of_work() as session:
        query = select(AuditEntry).where(AuditEntry.action == "download_certificate")
        assert len(session.scalars(query).all()) == 2


@pytest.mark.parametrize("name", ["P001", "R-UADM@DW-005", "R-ADM@PLATFORM"])
def test_nobody_else_downloads_a_certificate(town: Town, name: str) -> None:
    certificate, _ = _issued(town)

    answer = town.signed_in(name).get(f"/certificates/{certificate}/download")

    assert answer.status_code == 403
    assert CONTENT not in answer.get_data()


def test_anybody_sees_the_verdict_with_a_masked_name(town: Town) -> None:
    _, token = _issued(town)

    page = town.visitor().text(f"/v/{token}")

    assert "目前有效" in page
    assert "覃*舟" in page
    assert "覃砚舟" not in page
    assert ID_NUMBER not in page
    assert NUMBER not in page
    assert "再转换版本不具备同等法律效力" in page


def test_void_certificate_shows_its_state_and_date_only(town: Town) -> None:
    certificate, token = _issued(town)
    with town.app.app_context(), house().unit_of_work() as session:
        found = session.get_one(Certificate, certificate)
        register.void(found, reason="OTHER", remark="测试作废", by="tests", now=NOW)
        assert found.status == CertificateStatus.VOID

    page = town.visitor().text(f"/v/{token}")

    assert "已作废" in page
    assert "农艺师" not in page
    assert "覃*舟" not in page
