"""HTML to PDF. The only importer of WeasyPrint, which is loaded at the first page.

The renderer reads nothing but data: addresses and the files of `templates/documents/assets`; the
same HTML gives the same bytes. Texts must have passed `glyphs.require_coverage` before.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from app.errors import AppError

if TYPE_CHECKING:
    from weasyprint import Document

DOCUMENTS = Path(__file__).resolve().parents[2] / "templates" / "documents"
ASSETS = DOCUMENTS / "assets"


class PdfRenderer(Protocol):
    """Makes a PDF file of one HTML document."""

    def render(self, html: str, *, attachments: Mapping[str, bytes] | None = None) -> bytes:
        """Render; attachments are embedded by file name.

        Raise `document.foreign_resource` when the HTML asks for anything outside the assets.
        """


def asset_path(url: str) -> Path | None:
    """Return the asset file that an address means, or None when it lies outside the assets."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc:
        return None
    path = Path(unquote(parts.path)).resolve()
    return path if path.is_relative_to(ASSETS.resolve()) and path.is_file() else None


class WeasyPrintRenderer:
    """WeasyPrint with one font configuration; pages are rendered one after another.

    The font configuration is shared because a new one per page costs memory that never comes back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fonts: Any = None

    def render(self, html: str, *, attachments: Mapping[str, bytes] | None = None) -> bytes:
        refused: list[str] = []
        with self._lock:
            pdf = self._render(html, attachments or {}, refused)
        if refused:
            raise AppError("document.foreign_resource", address=refused[0][:200])
        return pdf

    def _render(self, html: str, attachments: Mapping[str, bytes], refused: list[str]) -> bytes:
        from weasyprint import HTML
        from weasyprint.text.fonts import (
            FontConfiguration,
        )

        if self._fonts is None:
            self._fonts = FontConfiguration()
        source = HTML(string=html, base_url=ASSETS.as_uri() + "/", url_fetcher=_fetcher(refused))
        # Laying out and writing each take the options; an identifier of our own and the dates of
        # the document keep the bytes the same.
        options = {
            "pdf_variant": "pdf/a-3a",
            "pdf_identifier": sha256(html.encode()).digest()[:16],
        }
        document = source.render(font_config=self._fonts, **options)
        _attach(document, attachments)
        return bytes(document.write_pdf(**options))


def _fetcher(refused: list[str]) -> Any:
    from weasyprint.urls import URLFetcher

    class AssetFetcher(URLFetcher):  # type: ignore[misc]
        """Opens data: addresses and asset files; notes and refuses everything else."""

        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            if not url.startswith("data:") and asset_path(url) is None:
                refused.append(url)
                raise ValueError("outside the document assets")
            return super().fetch(url, headers)

    return AssetFetcher(allowed_protocols={"data", "file"}, allow_redirects=False)


def _attach(document: Document, attachments: Mapping[str, bytes]) -> None:
    from weasyprint import Attachment

    created = document.metadata.created
    at = datetime.fromisoformat(created) if created else datetime(1980, 1, 1, tzinfo=UTC)
    for name, content in attachments.items():
        document.metadata.attachments.append(
            Attachment(
                file_obj=BytesIO(content),
                name=name,
                created=at,
                modified=at,
                relationship="Data",
            )
        )


class FakePdfRenderer:
    """A readable stand-in: the text of the HTML behind a PDF header, and the attachments."""

    def render(self, html: str, *, attachments: Mapping[str, bytes] | None = None) -> bytes:
        reader = _TextReader()
        reader.feed(html)
        for address in reader.addresses:
            if not address.startswith("data:") and not _asset(address):
                raise AppError("document.foreign_resource", address=address[:200])
        files = b"".join(
            b"\n%file " + name.encode() + b"\n" + content
            for name, content in (attachments or {}).items()
        )
        return b"%PDF-fake\n" + "\n".join(reader.texts).encode() + files


def _asset(address: str) -> bool:
    absolute = address if urlsplit(address).scheme else (ASSETS.as_uri() + "/" + address)
    return asset_path(absolute) is not None


class _TextReader(HTMLParser):
    """Collects visible text and the addresses that a renderer would open."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.addresses: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in ("style", "title")
        self.addresses += [
            value
            for name, value in attrs
            if value and (name == "src" or (tag == "link" and name == "href"))
        ]

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._hidden:
            self.texts.append(data.strip())
