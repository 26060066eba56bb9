"""Verification by number and name, and of an uploaded file, by anybody and without a script."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.adapters.captcha import FakeCaptcha
from app.adapters.seals import prescribed_seal
from app.adapters.storage import MemoryStorage
from app.domain.certificates import register
from app.domain.certificates.tables import Certificate
from app.domain.titles.records import find_record
from app.domain.verification import MOST_PER_MINUTE
from app.web.extensions import house
from tests.web.conftest import NOW, Town, Visitor

NUMBER, NAME = "450200202606350000013", "覃砚舟"
BY_NUMBER, BY_FILE = "/verify/number", "/verify/file"
CHALLENGE = re.compile(r'name="challenge" value="([^"]+)"')
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def issued(town: Town) -> tuple[str, bytes]:
    """A certificate of P003's title in the library: its id and its signed file."""
    with town.app.app_context(), house().unit_of_work() as session:
        adapters = house().adapters
        seal = prescribed_seal("GX-RST-1")
        pdf = adapters.signer.sign(b"%PDF-1.7 the certificate", seal=seal, reason="制发")
        key = adapters.storage.put(pdf)
        found = register.enter(
            session, find_record(session, "T003"),
            reserved=register.Reserved(NUMBER, "licence", 1, register.new_qr_token()),
            layout=register.Layout("GX-2020", "GX-RST-1", "E1"),
            printed=register.Printed(
                name=NAME, gender="男", id_number="450223198406309995", series="农业技术人员",
                title="农艺师", level="中级", specialty="农学", method="评审",
                acquired_on="2012-11-30", approved_on="2012-12-15", committee="评委会",
                approving_body="柳州市职改办", approval_doc_no="柳职办〔2012〕T88号",
            ),
            file=register.GeneratedFile(key, key, len(pdf)), issuance_id=None, now=NOW,
        )  # fmt: skip
        return found.id, pdf


def _ask(visitor: Visitor, **typed: str) -> Any:
    page = visitor.text(BY_NUMBER)
    challenge, token = CHALLENGE.search(page), TOKEN.search(page)
    assert challenge
    assert token
    data = {"number": NUMBER, "name": NAME, "answer": FakeCaptcha.ANSWER, **typed}
    data.setdefault("challenge", challenge[1])
    return visitor.client.post(BY_NUMBER, data={"csrf_token": token[1], **data})


def _upload(visitor: Visitor, content: bytes) -> Any:
    file = {"file": (io.BytesIO(content), "证书.pdf")}
    answer = visitor.post(BY_FILE, file, page=BY_FILE, content_type="multipart/form-data")
    # The test client keeps a big request in a temporary file that it leaves open.
    answer.request.environ["wsgi.input"].close()
    return answer


def _words(page: str) -> str:
    """Return a page without what differs from request to request."""
    return re.sub(r"<time.*?</time>", "", page)


def test_number_name_and_captcha_lead_to_the_verdict(town: Town, issued: tuple[str, bytes]) -> None:
    answer = _ask(town.visitor())
    page = answer.get_data(as_text=True)

    assert answer.status_code == 200
    assert "目前有效" in page
    assert "覃*舟" in page
    assert NAME not in page
    assert NUMBER not in page


def test_number_may_be_typed_with_spaces_and_full_width_digits(
    town: Town, issued: tuple[str, bytes]
) -> None:
    answer = _ask(town.visitor(), number="４５０２ 0020 2606 3500 0001 3", name=f" {NAME} ")

    assert "目前有效" in answer.get_data(as_text=True)


def test_wrong_name_and_unknown_number_get_the_same_page(
    town: Town, issued: tuple[str, bytes]
) -> None:
    wrong = _ask(town.visitor(), name="覃砚洲")
    unknown = _ask(town.visitor(), number="450200202606350000024")

    assert wrong.status_code == unknown.status_code == 404
    assert "未查询到" in wrong.get_data(as_text=True)
    assert _words(wrong.get_data(as_text=True)) == _words(unknown.get_data(as_text=True))


def test_wrong_captcha_answers_nothing_and_keeps_what_was_typed(
    town: Town, issued: tuple[str, bytes]
) -> None:
    answer = _ask(town.visitor(), answer="99999")
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert "验证码不对" in page
    assert f'value="{NUMBER}"' in page
    assert f'value="{NAME}"' in page
    assert "目前有效" not in page


def test_challenge_answers_one_question_only(town: Town, issued: tuple[str, bytes]) -> None:
    visitor = town.visitor()
    found = CHALLENGE.search(visitor.text(BY_NUMBER))
    assert found

    first = _ask(visitor, challenge=found[1])
    second = _ask(visitor, challenge=found[1])

    assert first.status_code == 200
    assert second.status_code == 422


def test_captcha_may_be_a_question_in_words(town: Town) -> None:
    page = town.visitor().post(
        BY_NUMBER, {"other_captcha": "words", "number": NUMBER, "name": NAME}, page=BY_NUMBER
    )
    text = page.get_data(as_text=True)

    assert "请输入12345" in text
    assert "data:image/png" not in text
    assert f'value="{NUMBER}"' in text


@pytest.mark.parametrize(
    ("typed", "said"),
    [({"number": ""}, "请输入证书上的证书编号"), ({"name": " "}, "请输入持证人的完整姓名"),
     ({"number": "450223198406309995"}, "请不要输入身份证号码")],
)  # fmt: skip
def test_what_cannot_be_asked_is_told(town: Town, typed: dict[str, str], said: str) -> None:
    answer = _ask(town.visitor(), **typed)

    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_number_and_name_in_the_address_are_not_taken(
    town: Town, issued: tuple[str, bytes]
) -> None:
    page = town.visitor().text(f"{BY_NUMBER}?number={NUMBER}&name={NAME}")

    assert NUMBER not in page
    assert NAME not in page


def test_too_many_questions_are_refused_for_a_minute(town: Town, issued: tuple[str, bytes]) -> None:
    visitor = town.visitor()
    answers = [_ask(visitor, name="") for _ in range(2 * MOST_PER_MINUTE + 1)]
    refused = answers[-1]

    assert answers[0].status_code == 422
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"
    assert "请等一分钟" in refused.get_data(as_text=True)
    assert _upload(visitor, issued[1]).status_code == 429


def test_no_cookie_but_the_form_token_is_set(town: Town, issued: tuple[str, bytes]) -> None:
    visitor = town.visitor()
    _ask(visitor)

    assert visitor.client.get_cookie("session") is not None
    assert visitor.client.get_cookie("titles_session") is None


def test_original_file_gets_three_yeses(town: Town, issued: tuple[str, bytes]) -> None:
    answer = _upload(town.visitor(), issued[1])
    page = answer.get_data(as_text=True)

    assert answer.status_code == 200
    assert "原件一致，有效" in page
    for question in ("签名有效？", "文件内容与签发时一致？", "平台登记的当前状态？"):
        assert question in page
    assert "覃*舟" in page
    assert NAME not in page


@pytest.mark.req("R65")
def test_file_of_a_void_certificate_still_opens_but_is_void(
    town: Town, issued: tuple[str, bytes]
) -> None:
    with town.app.app_context(), house().unit_of_work() as session:
        certificate = session.get_one(Certificate, issued[0])
        register.void(certificate, reason="OTHER", remark="测试作废", by="tests", now=NOW)

    page = _upload(town.visitor(), issued[1]).get_data(as_text=True)

    assert "原件一致，已作废" in page
    assert "签章：广西壮族自治区人力资源和社会保障厅职称专用章(1)" in page
    assert "农艺师" not in page


def test_file_with_something_added_is_a_converted_version(
    town: Town, issued: tuple[str, bytes]
) -> None:
    page = _upload(town.visitor(), issued[1] + b"\n%more").get_data(as_text=True)

    assert "再转换版本，不具备同等法律效力" in page
    assert "签章之后又添加了内容" in page
    assert "这是原证书的状态" in page


def test_unknown_file_is_not_found(town: Town, issued: tuple[str, bytes]) -> None:
    answer = _upload(town.visitor(), b"%PDF-1.7 something else")

    assert answer.status_code == 404
    assert "未查询到" in answer.get_data(as_text=True)


def _picture() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (20, 20)).save(content, "PNG")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 422, "请选择要核验的证书文件"),
        (b"just text", 422, "这个文件不是PDF"),
        (_picture(), 422, "截图、扫描和拍照都是再转换版本"),
        (b"%PDF-1.7" + bytes(20 * 1024 * 1024), 413, "文件超过20MB"),
    ],
    ids=["empty", "text", "picture", "too big"],
)
def test_file_that_cannot_be_checked_is_refused(
    town: Town, content: bytes, status: int, said: str
) -> None:
    answer = _upload(town.visitor(), content)

    assert answer.status_code == status
    assert said in answer.get_data(as_text=True)


def test_nothing_of_an_uploaded_file_is_kept(town: Town, issued: tuple[str, bytes]) -> None:
    kept_before = _everything(town)
    _upload(town.visitor(), b"%PDF-1.7 a stranger's file")

    assert _everything(town) == kept_before


def _everything(town: Town) -> tuple[list[str], list[str]]:
    storage = town.house.adapters.storage
    assert isinstance(storage, MemoryStorage)
    folder: Path = town.house.config.instance
    files = [path.name for path in folder.rglob("*") if not path.name.startswith("titles.db")]
    return sorted(storage.files), sorted(files)


def test_public_procedure_page_shows_its_drawing(town: Town) -> None:
    visitor = town.visitor()
    page = visitor.text("/apply/lost_certificate")
    drawing = visitor.get("/apply/lost_certificate/drawing")

    assert 'data-diagram="/apply/lost_certificate/drawing"' in page
    assert drawing.content_type.startswith("application/xml")
    assert "职称证书遗失补办" in drawing.get_data(as_text=True)
    assert visitor.get("/apply/nothing/drawing").status_code == 404
