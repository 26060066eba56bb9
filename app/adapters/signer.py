"""Signatures on PDF files: PAdES by pyHanko, of which this is the only importer.

A certificate is certified: its signature allows no later change (DocMDP level 1). The signing time
is system time, never the demo's legal clock. Whether a title is still valid is not said here; the
database says that.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from app.adapters.authority import certificate_path, key_path, root_path
from app.adapters.seals import Seal
from app.errors import AppError
from app.event_loops import outside_event_loops

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko.sign.validation.status import PdfSignatureStatus

FIELD = "Seal"
READER = Path(__file__).with_name("signature_reading.py")
READER_SECONDS = 20


@dataclass(frozen=True)
class SignatureReport:
    """What a file's first signature says; all False and no name when there is none to read.

    `signed_sha256` is the hash of the file as it was when it was signed, without what was added.
    """

    intact: bool = False
    trusted: bool = False
    covers_whole_file: bool = False
    signer_name: str | None = None
    signed_sha256: str = ""

    @property
    def genuine(self) -> bool:
        """Tell whether the file is, to the last byte, what a trusted seal signed."""
        return self.intact and self.trusted and self.covers_whole_file


class Signer(Protocol):
    """Puts the electronic seal of an office on a PDF file."""

    def sign(self, pdf: bytes, *, seal: Seal, reason: str) -> bytes:
        """Return the certified file; raise `seal.no_key` when the seal cannot sign here."""

    def verify(self, pdf: bytes) -> SignatureReport:
        """Check a file from anywhere; never raise for what is in it."""


class LocalSigner:
    """Signs with the keys of an authority's folder; each key is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._signers: dict[Seal, SimpleSigner] = {}
        self._loading = Lock()

    def sign(self, pdf: bytes, *, seal: Seal, reason: str) -> bytes:
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import PdfSignatureMetadata, signers
        from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter

        metadata = PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            name=seal.name,
            reason=reason,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            subfilter=SigSeedSubFilter.PADES,
        )
        writer, signer = IncrementalPdfFileWriter(BytesIO(pdf)), self._signer(seal)
        signed = outside_event_loops(lambda: signers.sign_pdf(writer, metadata, signer))
        return bytes(signed.getvalue())

    def verify(self, pdf: bytes) -> SignatureReport:
        return verify(pdf, root_path(self._folder))

    def _signer(self, seal: Seal) -> SimpleSigner:
        with self._loading:
            if seal not in self._signers:
                self._signers[seal] = self._load(seal)
            return self._signers[seal]

    def _load(self, seal: Seal) -> SimpleSigner:
        from pyhanko.sign.signers import SimpleSigner

        certificate = certificate_path(self._folder, seal)
        if not certificate.is_file():
            raise AppError("seal.no_key", name=seal.name)
        signer: SimpleSigner | None = SimpleSigner.load(  # type: ignore[no-untyped-call]
            key_file=str(key_path(certificate)), cert_file=str(certificate)
        )
        subject = signer.signing_cert if signer else None
        if not signer or not subject or subject.subject.native["common_name"] != seal.name:
            raise AppError("seal.no_key", name=seal.name)
        return signer


def verify(pdf: bytes, root: Path) -> SignatureReport:
    """Check the first signature of a file against one trusted root, in a bounded child process."""
    try:
        child = subprocess.run(
            [sys.executable, "-I", str(READER), str(root)],
            input=pdf, capture_output=True, timeout=READER_SECONDS, check=True,
        )  # fmt: skip
        return SignatureReport(**json.loads(child.stdout))
    except (subprocess.SubprocessError, ValueError):
        return SignatureReport()


def read_signature(pdf: bytes, root: Path) -> SignatureReport:
    """Check a file in this process, without network access; `verify` is for strangers' files."""
    try:
        return _report(pdf, root)
    except Exception:
        # The file is a stranger's: whatever it does to the parser, the answer is "not ours".
        return SignatureReport()


def _report(pdf: bytes, root: Path) -> SignatureReport:
    from pyhanko.keys import load_cert_from_pemder
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    signatures = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    if not signatures:
        return SignatureReport()
    trusted = load_cert_from_pemder(str(root))  # type: ignore[no-untyped-call]
    context = ValidationContext(trust_roots=[trusted], allow_fetching=False)
    status = outside_event_loops(
        lambda: validate_pdf_signature(signatures[0], signer_validation_context=context)
    )
    _, _, start, length = signatures[0].byte_range
    return SignatureReport(
        intact=bool(status.intact and status.valid),
        trusted=bool(status.trusted),
        covers_whole_file=_covers_whole_file(status),
        signer_name=str(status.signing_cert.subject.native.get("common_name", "")),
        signed_sha256=sha256(pdf[: int(start) + int(length)]).hexdigest(),
    )


def _covers_whole_file(status: PdfSignatureStatus) -> bool:
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    return bool(status.coverage == SignatureCoverageLevel.ENTIRE_FILE)


class FakeSigner:
    """Appends a checksum and the seal's name; knows every seal and no cryptography."""

    _MARK = b"\n%fake-signature "

    def sign(self, pdf: bytes, *, seal: Seal, reason: str) -> bytes:
        name = seal.name.encode().hex().encode()
        return pdf + self._MARK + self._checksum(pdf, name) + b" " + name + b"\n"

    def verify(self, pdf: bytes) -> SignatureReport:
        content, mark, rest = pdf.partition(self._MARK)
        line, _, appended = rest.partition(b"\n")
        checksum, _, name = line.partition(b" ")
        if not mark or not name:
            return SignatureReport()
        signed = pdf[: len(pdf) - len(appended)]
        return SignatureReport(
            intact=checksum == self._checksum(content, name),
            trusted=True,
            covers_whole_file=not appended,
            signer_name=bytes.fromhex(name.decode("ascii")).decode(),
            signed_sha256=sha256(signed).hexdigest(),
        )

    def _checksum(self, content: bytes, name: bytes) -> bytes:
        return sha256(content + name).hexdigest().encode()
