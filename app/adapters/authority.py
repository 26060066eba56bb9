"""The test authority: a root and one signing certificate per seal, as PEM files in one folder.

Its certificates are valid 2015 to 2050 and say in their subject which seal they stand for. A real
deployment replaces the folder by an approved provider's service behind the `Signer` protocol.
"""

from __future__ import annotations

import fcntl
import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.adapters.seals import Seal, authority_name
from app.errors import AppError

VALID_FROM = datetime(2015, 1, 1, tzinfo=UTC)
VALID_UNTIL = datetime(2050, 12, 31, 23, 59, 59, tzinfo=UTC)

_LONGEST_COMMON_NAME = 64


def root_path(folder: Path) -> Path:
    """Return where the published root certificate lies."""
    return folder / "root.pem"


def certificate_path(folder: Path, seal: Seal) -> Path:
    """Return where the certificate of a seal lies."""
    return folder / f"{seal.code}.pem"


def key_path(certificate: Path) -> Path:
    """Return where the private key of a certificate lies."""
    return certificate.with_suffix(".key")


def create_authority(folder: Path, seals: Iterable[Seal]) -> Path:
    """Make what is missing of the root and the seals' certificates; return the root's path.

    Existing keys stay. A seal whose name changed gets a new certificate.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _only_one_process(folder):
        root = root_path(folder)
        if not _complete(root):
            _create_root(root)
        for seal in seals:
            path = certificate_path(folder, seal)
            if not _complete(path) or _common_name(path) != seal.name:
                _create_signing_certificate(path, seal, root)
    return root


@contextmanager
def _only_one_process(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _complete(certificate: Path) -> bool:
    return certificate.is_file() and key_path(certificate).is_file()


def _common_name(certificate: Path) -> str:
    with _names_counted_in_characters():
        subject = x509.load_pem_x509_certificate(certificate.read_bytes()).subject
    return str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _subject(common_name: str, organisation: str) -> x509.Name:
    if len(common_name) > _LONGEST_COMMON_NAME:
        raise AppError("seal.name_too_long", name=common_name)
    with _names_counted_in_characters():
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
                x509.NameAttribute(NameOID.COMMON_NAME, common_name, _validate=False),
            ]
        )


@contextmanager
def _names_counted_in_characters() -> Iterator[None]:
    """Silence cryptography, which counts 64 bytes where RFC 5280 allows 64 characters."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Attribute's length must be")
        yield


def _builder(subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_UNTIL)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _create_root(path: Path) -> None:
    texts = authority_name()
    subject = _subject(texts.name, texts.organisation)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(subject, key.public_key())
        .issuer_name(subject)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _store(path, certificate, key)


def _create_signing_certificate(path: Path, seal: Seal, root: Path) -> None:
    issuer = x509.load_pem_x509_certificate(root.read_bytes())
    issuer_key = serialization.load_pem_private_key(key_path(root).read_bytes(), password=None)
    if not isinstance(issuer_key, ec.EllipticCurvePrivateKey):
        raise TypeError("the root key is not an elliptic curve key")
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = x509.SubjectKeyIdentifier.from_public_key(issuer_key.public_key())
    certificate = (
        _builder(_subject(seal.name, authority_name().organisation), key.public_key())
        .issuer_name(issuer.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
    )
    _store(path, certificate, key)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=not signs_certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _store(path: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    # The key comes first: a certificate is complete only when its key is there.
    _write(
        key_path(path),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        mode=0o600,
    )
    public = 0o644 if path.name == "root.pem" else 0o600
    _write(path, certificate.public_bytes(serialization.Encoding.PEM), mode=public)


def _write(path: Path, content: bytes, *, mode: int) -> None:
    incoming = path.with_name(path.name + ".incoming")
    incoming.unlink(missing_ok=True)
    descriptor = os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
    incoming.replace(path)
