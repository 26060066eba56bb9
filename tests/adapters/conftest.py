"""A test authority, a renderer and certificates, made once per run because they are slow."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from app.adapters.authority import create_authority
from app.adapters.documents import CertificateFace, render_certificate
from app.adapters.pdf import WeasyPrintRenderer
from app.adapters.seals import prescribed_seal, prescribed_seals
from app.adapters.signer import LocalSigner


@pytest.fixture(scope="session")
def renderer() -> WeasyPrintRenderer:
    return WeasyPrintRenderer()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    create_authority(folder, prescribed_seals().values())
    return folder


@pytest.fixture(scope="session")
def photo() -> bytes:
    image = Image.new("RGB", (350, 450), (70, 130, 200))
    ImageDraw.Draw(image).ellipse((100, 90, 250, 280), fill=(236, 200, 170))
    content = io.BytesIO()
    image.save(content, "JPEG", quality=85)
    return content.getvalue()


@pytest.fixture(scope="session")
def face(photo: bytes) -> CertificateFace:
    """The region's certificate of P003 of the test data."""
    return CertificateFace(
        template="GX-2020",
        statement="E1",
        seal=prescribed_seal("GX-RST-1"),
        qr_text="https://zc.example.cn/v/Qm3xY9rT2kLw8ZpVb5NcHd",
        url="https://zc.example.cn/verify",
        number="450200202606350000019",
        name="覃砚舟",
        gender="男",
        id_number="450223198406309995",
        series="农业技术人员",
        title="农艺师",
        specialty="农学",
        acquired_on=date(2012, 11, 30),
        committee="柳州市农业系列中级评委会（测试）",
        issuer="柳州市职称改革工作领导小组办公室（测试）",
        issued_on=date(2026, 3, 2),
        photo=photo,
        method="评审",
        level="中级",
        approval_doc_no="柳职办〔2012〕T88号",
        management_no="GL45020020120000001",
        licence_id="1.2.156.3005.2.11450000MATEK0000N999.11450000MATEK0000N.1.001.L",
    )


@pytest.fixture(scope="session")
def certificate(face: CertificateFace, renderer: WeasyPrintRenderer) -> bytes:
    return render_certificate(face, renderer)


@pytest.fixture(scope="session")
def signed(certificate: bytes, face: CertificateFace, authority: Path) -> bytes:
    return LocalSigner(authority).sign(certificate, seal=face.seal, reason="制发职称电子证书")


@pytest.fixture(scope="session")
def text_of() -> Callable[[bytes], str]:
    """Read the text of a PDF as its reader would copy it, in the order of the file."""

    def read(pdf: bytes) -> str:
        command = ["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"]
        return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()

    return read
