"""What every PDF renderer promises, and what the real one writes into the file."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pytest

from app.adapters.pdf import ASSETS, FakePdfRenderer, PdfRenderer, WeasyPrintRenderer, asset_path
from app.errors import AppError

PAGE = '<html lang="zh-CN"><head><title>题名</title></head><body><p>职称证书</p>{}</body></html>'


@pytest.fixture(params=["real", "fake"])
def any_renderer(request: pytest.FixtureRequest, renderer: WeasyPrintRenderer) -> PdfRenderer:
    return renderer if request.param == "real" else FakePdfRenderer()


@pytest.fixture
def read(any_renderer: PdfRenderer, text_of: Callable[[bytes], str]) -> Callable[[bytes], str]:
    return bytes.decode if isinstance(any_renderer, FakePdfRenderer) else text_of


def test_rendered_file_is_a_pdf_with_the_text(
    any_renderer: PdfRenderer, read: Callable[[bytes], str]
) -> None:
    pdf = any_renderer.render(PAGE.format(""))

    assert pdf.startswith(b"%PDF-")
    assert "职称证书" in read(pdf)


def test_same_html_gives_the_same_bytes(any_renderer: PdfRenderer) -> None:
    html = PAGE.format("")

    first = any_renderer.render(html, attachments={"a.json": b"{}"})
    second = any_renderer.render(html, attachments={"a.json": b"{}"})

    assert first == second


def test_assets_and_data_addresses_are_opened(any_renderer: PdfRenderer) -> None:
    html = PAGE.format('<img src="corner.svg"><img src="data:image/svg+xml,%3Csvg/%3E">')

    assert any_renderer.render(html).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "address",
    [
        "https://example.cn/a.png",
        "file:///etc/passwd",
        "../documents.css",
        "ftp://example.cn/a",
        "//example.cn/a.png",
    ],
)
def test_anything_outside_the_assets_is_refused(any_renderer: PdfRenderer, address: str) -> None:
    with pytest.raises(AppError) as error:
        any_renderer.render(PAGE.format(f'<img src="{address}">'))

    assert error.value.code == "document.foreign_resource"


def test_renderer_works_after_a_refusal(any_renderer: PdfRenderer) -> None:
    with pytest.raises(AppError):
        any_renderer.render(PAGE.format('<img src="https://example.cn/a.png">'))

    assert any_renderer.render(PAGE.format("")).startswith(b"%PDF-")


def test_asset_path_does_not_leave_the_folder() -> None:
    inside = asset_path(ASSETS.as_uri() + "/corner.svg")

    assert inside == (ASSETS / "corner.svg").resolve()
    assert asset_path(ASSETS.as_uri() + "/%2e%2e/documents.css") is None
    assert asset_path(ASSETS.as_uri() + "/missing.svg") is None


def test_attachments_are_embedded_by_name(renderer: WeasyPrintRenderer) -> None:
    pdf = renderer.render(PAGE.format(""), attachments={"metadata.json": b'{"a": 1}'})

    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert document.attachments["metadata.json"].get_file().read_bytes() == b'{"a": 1}'
        assert str(document.docinfo["/Title"]) == "题名"


def test_file_claims_archival_format_and_is_tagged(renderer: WeasyPrintRenderer) -> None:
    pdf = renderer.render(PAGE.format(""))

    with pikepdf.open(io.BytesIO(pdf)) as document, document.open_metadata() as metadata:
        assert metadata.pdfa_status == "3A"
        assert document.Root.Lang == "zh-CN"
        assert bool(document.Root.MarkInfo.Marked)
