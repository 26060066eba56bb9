"""Anybody verifies on a phone: by number and name, by file, also without scripts."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from app.adapters.documents import CertificateFace, render_certificate
from app.adapters.seals import prescribed_seal
from app.domain.certificates import register
from app.domain.titles.records import find_record
from tests.adapters.test_captcha import solved
from tests.browser.live import Demo
from tests.browser.people import Person

NUMBER, NAME = "450200202606350000019", "覃砚舟"


def issue(demo: Demo) -> bytes:
    """Enter P003's certificate as issuance does, and return its signed file."""
    photo = io.BytesIO()
    Image.new("RGB", (350, 450), (70, 130, 200)).save(photo, "JPEG")
    token = register.new_qr_token()
    face = CertificateFace(
        template="GX-2020", statement="E1", seal=prescribed_seal("GX-RST-1"),
        qr_text=f"{demo.address}/v/{token}", url=f"{demo.address}/verify", number=NUMBER,
        name=NAME, gender="男", id_number="450223198406309995", series="农业技术人员",
        title="农艺师", specialty="农学", acquired_on=date(2012, 11, 30),
        committee="柳州市农业系列中级评委会（测试）",
        issuer="柳州市职称改革工作领导小组办公室（测试）", issued_on=date(2026, 3, 2),
        photo=photo.getvalue(), method="评审", level="中级",
        approval_doc_no="柳职办〔2012〕T88号", management_no="GL45020020120000001",
        licence_id="1.2.156.3005.2.11450000MATEK0000N999.11450000MATEK0000N.1.001.L",
    )  # fmt: skip
    adapters = demo.house.adapters
    pdf = render_certificate(face, adapters.pdf)
    # Signing wants an event loop of its own; this thread's belongs to the browser.
    with ThreadPoolExecutor(1) as other:
        pdf = other.submit(adapters.signer.sign, pdf, seal=face.seal, reason="制发").result()
    key = adapters.storage.put(pdf)
    with demo.app.app_context(), demo.house.unit_of_work() as session:
        register.enter(
            session, find_record(session, "T003"),
            reserved=register.Reserved(NUMBER, face.licence_id, 1, token),
            layout=register.Layout("GX-2020", "GX-RST-1", "E1"),
            printed=register.Printed(
                name=NAME, gender="男", id_number=face.id_number, series=face.series,
                title=face.title, level=face.level, specialty=face.specialty, method="评审",
                acquired_on="2012-11-30", approved_on="2012-12-15", committee=face.committee,
                approving_body=face.issuer, approval_doc_no=face.approval_doc_no,
            ),
            file=register.GeneratedFile(key, key, len(pdf)), issuance_id=None,
            now=demo.house.clock.now(),
        )  # fmt: skip
    return pdf


def ask(page: Page, *, answer: str | None = None) -> None:
    """Fill the form for number and name; the sum in words is worked out."""
    page.get_by_role("button", name="改用文字题").click()
    page.get_by_label("证书编号").fill(NUMBER)
    page.get_by_label("持证人姓名").fill(NAME)
    question = page.locator("label[for=answer]").inner_text().strip().removesuffix("？")
    page.locator("#answer").fill(answer or str(solved(question)))
    page.get_by_role("button", name="核验证书").click()


def upload(person: Person, content: bytes) -> Page:
    """Upload a file and check the page that answers."""
    page = person.open("/verify/file")
    file = {"name": "证书.pdf", "mimeType": "application/pdf", "buffer": content}
    page.get_by_label("证书文件").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="核验文件").click()
    person.check()
    return page


@pytest.mark.browser
def test_verifying_on_a_phone(browser: Browser, demo: Demo) -> None:
    pdf = issue(demo)

    with Person(browser, demo, width=360) as anybody:
        page = anybody.open("/verify")
        page.get_by_role("link", name="按证书编号和姓名核验").click()
        page.get_by_text("放大图片").click()
        anybody.check()
        shown = [image.bounding_box() for image in page.get_by_role("img").all()]
        assert [box["width"] for box in shown if box] == [140, 280]
        ask(page, answer="9999")
        anybody.check()
        assert page.get_by_label("证书编号").input_value() == NUMBER
        ask(anybody.open("/verify/number"))
        anybody.check()
        assert page.get_by_role("heading", name="目前有效").is_visible()
        assert NUMBER not in page.url

        assert "原件一致，有效" in upload(anybody, pdf).content()
        assert "再转换版本，不具备同等法律效力" in upload(anybody, pdf + b"\n%more").content()
        assert "未查询到" in upload(anybody, b"%PDF-1.7 something else").content()


@pytest.mark.browser
def test_verifying_without_scripts(browser: Browser, demo: Demo) -> None:
    issue(demo)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(f"{demo.address}/verify/number")
    ask(page)

    assert page.get_by_role("heading", name="目前有效").is_visible()
    context.close()


@pytest.mark.browser
def test_public_procedure_page_draws_the_procedure(browser: Browser, demo: Demo) -> None:
    with Person(browser, demo, width=360) as anybody:
        page = anybody.open("/apply/lost_certificate")
        page.locator("#diagram").scroll_into_view_if_needed()
        page.locator("#diagram .djs-element[data-element-id=unit_review]").wait_for()
        anybody.check()
