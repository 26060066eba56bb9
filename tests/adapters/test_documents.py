"""Certificates as their holders and a scanner read them."""

from __future__ import annotations

import io
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from app.adapters.documents import (
    CertificateFace,
    render_certificate,
    render_document,
    statement,
)
from app.adapters.pdf import FakePdfRenderer, WeasyPrintRenderer
from app.adapters.seals import prescribed_seal
from app.adapters.signer import LocalSigner
from app.errors import AppError

GX = (
    "证号 姓名 性别 身份证号 职称系列 职称名称 专业名称 取得资格时间 "
    "评审机构 发证机关 证书网址 发证日期"
)
LZ = (
    "姓名 性别 身份证号 获取方式 职称系列 资格名称 专业 授予时间 "
    "评委会名称 发文文号 证书编号 管理号 查询网址 发证单位(章) 发证时间"
)
NX = (
    "姓名 性别 身份证号 系列名称 资格名称 专业名称 级别 职称任职文件 "
    "取得时间 证书编号 原证书编号 发证单位 发证日期"
)
LZ_NOTE = (
    "本证书的相关信息由广西柳州市人力资源和社会保障局提供。"
    "此证表明持证人具有相应的专业技术资格水平。"
)

Read = Callable[[bytes], str]


@pytest.fixture(scope="session")
def liuzhou(face: CertificateFace) -> CertificateFace:
    return replace(face, template="LZ-2019-M", statement="E2", seal=prescribed_seal("LZ-ZGB"))


@pytest.fixture(scope="session")
def ningxia(face: CertificateFace) -> CertificateFace:
    return replace(face, template="NX-2021", statement="E3", seal=prescribed_seal("NX-RST"))


def _rows(text: str, labels: str) -> list[tuple[str, str]]:
    """Return the printed label-value rows in the order of the page."""
    names = sorted(labels.split(), key=len, reverse=True)
    pattern = re.compile(f"({'|'.join(map(re.escape, names))}) (.+)")
    return [match.groups() for line in text.splitlines() if (match := pattern.fullmatch(line))]


@pytest.mark.req("R84", "R61")
def test_region_certificate_prints_its_twelve_fields_in_order(
    certificate: bytes, text_of: Read
) -> None:
    rows = _rows(text_of(certificate), GX)

    assert [label for label, _ in rows] == GX.split()
    assert [value for _, value in rows] == [
        "450200202606350000019",
        "覃砚舟",
        "男",
        "450223198406309995",
        "农业技术人员",
        "农艺师",
        "农学",
        "2012年11月30日",
        "柳州市农业系列中级评委会（测试）",
        "柳州市职称改革工作领导小组办公室（测试）",
        "https://zc.example.cn/verify",
        "2026年3月2日",
    ]


@pytest.mark.req("R151")
@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("LZ-2019-M", "广西柳州市中级职称电子证书"),
        ("LZ-2019-J", "广西柳州市初级职称电子证书"),
    ],
)
def test_liuzhou_certificate_prints_its_fifteen_fields_in_order(
    liuzhou: CertificateFace,
    renderer: WeasyPrintRenderer,
    text_of: Read,
    template: str,
    name: str,
) -> None:
    text = text_of(render_certificate(replace(liuzhou, template=template), renderer))

    assert [label for label, _ in _rows(text, LZ)] == LZ.split()
    assert text.splitlines()[0] == name


@pytest.mark.req("R153")
def test_liuzhou_statement_and_effect_are_printed_verbatim(
    liuzhou: CertificateFace, renderer: WeasyPrintRenderer, text_of: Read
) -> None:
    text = "".join(text_of(render_certificate(liuzhou, renderer)).split())

    assert LZ_NOTE in text
    assert statement("E2") in text


def test_ningxia_certificate_prints_its_thirteen_fields_in_order(
    ningxia: CertificateFace, renderer: WeasyPrintRenderer, text_of: Read
) -> None:
    text = text_of(render_certificate(ningxia, renderer))

    assert [label for label, _ in _rows(text, NX)] == NX.split()
    assert dict(_rows(text, NX))["原证书编号"] == "——"
    assert statement("E3") in "".join(text.split())


def test_effect_statement_is_printed_verbatim(certificate: bytes, text_of: Read) -> None:
    assert statement("E1") in "".join(text_of(certificate).split())


@pytest.mark.req("R12")
def test_uniform_seal_name_stands_on_the_page(certificate: bytes, text_of: Read) -> None:
    sealed = "电子印章：广西壮族自治区人力资源和社会保障厅职称专用章(1)"

    assert sealed in text_of(certificate)


@pytest.mark.req("R60")
@pytest.mark.parametrize("level", ["正高级", "中级", "员级"])
def test_issued_files_of_all_levels_carry_the_uniform_seal(
    face: CertificateFace, renderer: WeasyPrintRenderer, authority: Path, level: str
) -> None:
    signer = LocalSigner(authority)

    pdf = render_certificate(replace(face, level=level), renderer)
    report = signer.verify(signer.sign(pdf, seal=face.seal, reason="制发职称电子证书"))

    assert report.genuine
    assert report.signer_name == "广西壮族自治区人力资源和社会保障厅职称专用章(1)"


@pytest.mark.req("R76", "R141")
def test_qr_code_is_readable_on_the_printed_page(
    certificate: bytes, face: CertificateFace, tmp_path: Path
) -> None:
    page = _print(certificate, tmp_path)

    assert [code.text for code in zxingcpp.read_barcodes(page)] == [face.qr_text]


def test_seal_is_red_ink_on_the_page(certificate: bytes, tmp_path: Path) -> None:
    page = _print(certificate, tmp_path)

    red = sum(
        1
        for pixel in page.get_flattened_data()
        if pixel[0] > 180 and pixel[1] < 80 and pixel[2] < 90
    )
    assert red > 5000


def _print(pdf: bytes, folder: Path) -> Image.Image:
    command = ["pdftoppm", "-r", "150", "-png", "-singlefile", "-", str(folder / "page")]
    subprocess.run(command, input=pdf, check=True)
    with Image.open(folder / "page.png") as page:
        return page.convert("RGB")


@pytest.mark.req("R152")
def test_bound_photo_is_embedded_unchanged(certificate: bytes, photo: bytes) -> None:
    with pikepdf.open(io.BytesIO(certificate)) as document:
        images = [
            item.read_raw_bytes()
            for item in document.objects
            if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image"
        ]

    assert photo in images


def test_certificate_without_photo_has_the_same_fields(
    face: CertificateFace, renderer: WeasyPrintRenderer, text_of: Read
) -> None:
    text = text_of(render_certificate(replace(face, photo=None), renderer))

    assert [label for label, _ in _rows(text, GX)] == GX.split()


def test_empty_committee_prints_a_dash(
    face: CertificateFace, renderer: WeasyPrintRenderer, text_of: Read
) -> None:
    text = text_of(render_certificate(replace(face, committee=""), renderer))

    assert dict(_rows(text, GX))["评审机构"] == "——"


def test_rare_characters_are_printed(
    face: CertificateFace, renderer: WeasyPrintRenderer, text_of: Read
) -> None:
    text = text_of(render_certificate(replace(face, name="㛃䶮𠮷𬱖𫟹"), renderer))

    assert dict(_rows(text, GX))["姓名"] == "㛃䶮𠮷𬱖𫟹"


def test_character_without_glyph_is_refused_before_rendering(face: CertificateFace) -> None:
    class Untouched(FakePdfRenderer):
        def render(self, html: str, *, attachments: object = None) -> bytes:
            pytest.fail("rendered a text that cannot be printed")

    with pytest.raises(AppError) as error:
        render_certificate(replace(face, name="王\ue000"), Untouched())

    assert error.value.code == "document.uncovered_glyph"
    assert error.value.fields["characters"] == "U+E000"


def test_long_texts_stay_on_one_page_without_loss(
    liuzhou: CertificateFace, renderer: WeasyPrintRenderer, text_of: Read
) -> None:
    name = "阿卜杜热西提·买买提吐尔逊·古丽扎尔·阿卜杜克热木"
    specialty = "城市轨道交通车辆牵引传动与制动控制系统设计制造及其自动化" * 2

    pdf = render_certificate(replace(liuzhou, name=name, specialty=specialty), renderer)

    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == 1
    text = "".join(text_of(pdf).split())
    assert name in text
    assert specialty in text


def test_text_that_cannot_fit_is_refused(face: CertificateFace) -> None:
    with pytest.raises(AppError) as error:
        render_certificate(replace(face, specialty="长" * 61), FakePdfRenderer())

    assert error.value.code == "document.text_too_long"


def test_markup_in_a_name_is_text(face: CertificateFace) -> None:
    name = '<img src="https://example.cn/x">{{ 7 * 7 }}'

    printed = render_certificate(replace(face, name=name), FakePdfRenderer()).decode()

    assert name in printed


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"template": "../seals"}, "document.unknown_template"),
        ({"template": "XX-2020"}, "document.unknown_template"),
        ({"statement": "E9"}, "document.unknown_statement"),
        ({"issuer": " "}, "document.no_issuer"),
        ({"photo": b"GIF89a"}, "document.bad_photo"),
    ],
)
def test_incomplete_face_is_refused(
    face: CertificateFace, change: dict[str, object], code: str
) -> None:
    with pytest.raises(AppError) as error:
        render_certificate(replace(face, **change), FakePdfRenderer())  # type: ignore[arg-type]

    assert error.value.code == code


def test_other_documents_pass_the_same_checks(face: CertificateFace) -> None:
    context = {"face": face, "statement": "甲"}

    assert "农艺师" in render_document("GX-2020", context, FakePdfRenderer()).decode()
    with pytest.raises(AppError) as glyph:
        render_document("GX-2020", {**context, "statement": "\ue000"}, FakePdfRenderer())
    with pytest.raises(AppError) as name:
        render_document("../pages/home", context, FakePdfRenderer())

    assert glyph.value.code == "document.uncovered_glyph"
    assert name.value.code == "document.unknown_template"


def test_metadata_is_attached_under_the_standard_names(
    certificate: bytes, face: CertificateFace
) -> None:
    with pikepdf.open(io.BytesIO(certificate)) as document:
        metadata = json.loads(document.attachments["metadata.json"].get_file().read_bytes())
        information = document.docinfo
        assert str(information["/Title"]) == "广西壮族自治区职称证书"
        assert str(information["/Author"]) == face.issuer

    assert metadata["ZZMC"] == "广西壮族自治区职称证书"
    assert metadata["ZZBH"] == face.number
    assert metadata["ZZBS"] == face.licence_id
    assert metadata["ZZBFRQ"] == "2026-03-02"
    assert metadata["CZZTDM"] == face.id_number
    assert metadata["ZZYXQJZRQ"] == "长期"
    assert metadata["ZZQZMC"] == face.seal.name
    assert metadata["KZ_PZWH"] == "柳职办〔2012〕T88号"
    assert "ZZLXDM" not in metadata


def test_metadata_holds_a_name_as_it_is_written(face: CertificateFace) -> None:
    pdf = render_certificate(replace(face, name="A&B<C>"), FakePdfRenderer())

    _, _, attached = pdf.partition(b"%file metadata.json\n")
    assert json.loads(attached)["CZZT"] == "A&B<C>"


def test_face_shows_no_id_number_in_a_log(face: CertificateFace) -> None:
    assert face.id_number not in repr(face)


def test_same_face_gives_the_same_file(
    face: CertificateFace, certificate: bytes, renderer: WeasyPrintRenderer
) -> None:
    assert render_certificate(face, renderer) == certificate
