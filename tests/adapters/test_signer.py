"""What every signer promises, and that anybody's pyHanko accepts the real one's files."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from app.adapters.authority import create_authority
from app.adapters.pdf import FakePdfRenderer, WeasyPrintRenderer
from app.adapters.seals import office_seal, prescribed_seal
from app.adapters.signer import (
    FakeSigner,
    LocalSigner,
    SignatureReport,
    Signer,
    read_signature,
    verify,
)
from app.errors import AppError

UNIFORM = prescribed_seal("GX-RST-1")
PAGE = "<html><head><title>t</title></head><body>certificate</body></html>"


@pytest.fixture(params=["real", "fake"])
def signer(request: pytest.FixtureRequest, authority: Path) -> Signer:
    return LocalSigner(authority) if request.param == "real" else FakeSigner()


@pytest.fixture
def sealed(signer: Signer, renderer: WeasyPrintRenderer) -> bytes:
    make = FakePdfRenderer() if isinstance(signer, FakeSigner) else renderer
    return signer.sign(make.render(PAGE), seal=UNIFORM, reason="制发职称电子证书")


@pytest.mark.req("R12", "R85", "R141")
def test_sealed_file_is_genuine_and_names_the_seal(signer: Signer, sealed: bytes) -> None:
    report = signer.verify(sealed)

    assert report.genuine
    assert report.signer_name == "广西壮族自治区人力资源和社会保障厅职称专用章(1)"


def test_flipped_byte_is_not_intact(signer: Signer, sealed: bytes) -> None:
    changed = bytearray(sealed)
    changed[12] ^= 1

    assert not signer.verify(bytes(changed)).intact


@pytest.mark.req("R242")
def test_appended_bytes_are_not_covered(signer: Signer, sealed: bytes) -> None:
    report = signer.verify(sealed + b"\n%more")

    assert report.intact
    assert not report.covers_whole_file
    assert not report.genuine


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\nnothing", b"\x00" * 2000, PAGE.encode()])
def test_file_without_signature_is_no_error(signer: Signer, content: bytes) -> None:
    assert signer.verify(content) == SignatureReport()


def test_every_flipped_byte_or_cut_is_noticed(signed: bytes, authority: Path) -> None:
    root = authority / "root.pem"

    for position in range(0, len(signed), len(signed) // 15):
        changed = bytearray(signed)
        changed[position] ^= 0x20
        assert not read_signature(bytes(changed), root).genuine
        assert not read_signature(signed[:position], root).genuine


@pytest.mark.req("R242")
def test_file_saved_again_is_not_genuine(signed: bytes, authority: Path) -> None:
    copy = io.BytesIO()
    with pikepdf.open(io.BytesIO(signed)) as document:
        document.save(copy)

    assert not verify(copy.getvalue(), authority / "root.pem").genuine


def test_signing_keeps_the_printed_file_as_it_was(signed: bytes, certificate: bytes) -> None:
    assert signed.startswith(certificate)


def test_look_alike_authority_is_not_trusted(signed: bytes, tmp_path: Path) -> None:
    other = create_authority(tmp_path, [UNIFORM])

    report = verify(signed, other)

    assert report.intact
    assert not report.trusted


@pytest.mark.req("R85")
def test_pyhanko_command_validates_the_file(signed: bytes, authority: Path, tmp_path: Path) -> None:
    file = tmp_path / "certificate.pdf"
    file.write_bytes(signed)

    done = _pyhanko(authority / "root.pem", file)

    assert done.returncode == 0, done.stderr
    assert "INTACT:TRUSTED,UNTOUCHED" in done.stdout


def test_pyhanko_command_refuses_a_changed_file(
    signed: bytes, authority: Path, tmp_path: Path
) -> None:
    file = tmp_path / "certificate.pdf"
    changed = bytearray(signed)
    changed[12] ^= 1
    file.write_bytes(changed)

    assert _pyhanko(authority / "root.pem", file).returncode != 0


def _pyhanko(root: Path, file: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("pyhanko")), "sign", "validate"]
    return subprocess.run(
        [*command, "--trust", str(root), str(file)],
        capture_output=True,
        text=True,
        check=False,
        cwd=file.parent,
    )


def test_seal_without_key_cannot_sign(authority: Path, certificate: bytes) -> None:
    foreign = office_seal("ZGB-450300", "桂林市职称改革工作领导小组办公室（测试）")

    with pytest.raises(AppError) as error:
        LocalSigner(authority).sign(certificate, seal=foreign, reason="制发")

    assert error.value.code == "seal.no_key"


def test_certificate_of_another_name_cannot_sign(authority: Path, certificate: bytes) -> None:
    renamed = office_seal(UNIFORM.code, "某办公室")

    with pytest.raises(AppError) as error:
        LocalSigner(authority).sign(certificate, seal=renamed, reason="制发")

    assert error.value.code == "seal.no_key"
