"""The test authority's files: names, validity, usage and who may read them."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from app.adapters.authority import create_authority
from app.adapters.seals import office_seal, prescribed_seal
from app.errors import AppError

SEAL = prescribed_seal("LZ-ZGB")


def test_private_keys_are_readable_by_the_owner_only(authority: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in authority.glob("*.*")}

    assert modes.pop("root.pem") == 0o644
    modes.pop(".lock")
    assert set(modes.values()) == {0o600}


def test_certificate_is_valid_2015_to_2050_for_signing(authority: Path) -> None:
    certificate = x509.load_pem_x509_certificate((authority / "LZ-ZGB.pem").read_bytes())

    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert certificate.not_valid_before_utc == datetime(2015, 1, 1, tzinfo=UTC)
    assert certificate.not_valid_after_utc.year == 2050
    assert usage.digital_signature
    assert usage.content_commitment
    assert not usage.key_cert_sign


def test_creating_again_changes_nothing(tmp_path: Path) -> None:
    create_authority(tmp_path, [SEAL])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    create_authority(tmp_path, [SEAL])

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_processes_that_start_together_agree_on_one_root(tmp_path: Path) -> None:
    seals = [office_seal(f"A{number}", f"第{number}办公室") for number in range(6)]

    with ThreadPoolExecutor(6) as pool:
        roots = list(pool.map(lambda seal: create_authority(tmp_path, [seal]).read_bytes(), seals))

    root = x509.load_pem_x509_certificate(roots[0])
    assert set(roots) == {roots[0]}
    for seal in seals:
        issued = x509.load_pem_x509_certificate((tmp_path / f"{seal.code}.pem").read_bytes())
        issued.verify_directly_issued_by(root)


def test_later_offices_join_under_the_same_root(tmp_path: Path) -> None:
    root = create_authority(tmp_path, [SEAL])
    first = root.read_bytes()

    create_authority(tmp_path, [office_seal("ZGB-450100", "南宁市职改办（测试）")])

    office = x509.load_pem_x509_certificate((tmp_path / "ZGB-450100.pem").read_bytes())
    assert root.read_bytes() == first
    office.verify_directly_issued_by(x509.load_pem_x509_certificate(first))


def test_renamed_office_gets_a_new_certificate(tmp_path: Path) -> None:
    create_authority(tmp_path, [office_seal("A", "旧名")])
    before = (tmp_path / "A.pem").read_bytes()

    create_authority(tmp_path, [office_seal("A", "新名")])

    assert (tmp_path / "A.pem").read_bytes() != before


def test_name_too_long_for_a_certificate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AppError) as error:
        create_authority(tmp_path, [office_seal("A", "长" * 65)])

    assert error.value.code == "seal.name_too_long"
