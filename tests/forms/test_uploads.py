from __future__ import annotations

import zlib
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.forms import CleanFile, UploadRefused, check_photo, check_upload, clean_name
from app.forms.components import FilePicker
from app.forms.photo import MOST_BYTES
from tests.forms.building import field, form_of


def picker(**more: Any) -> FilePicker:
    found = form_of(field("filepicker", **more)).field("field")
    assert isinstance(found, FilePicker)
    return found


def image(
    size: tuple[int, int] = (413, 531), fmt: str = "JPEG", colour: str = "white", **save: Any
) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, fmt, **save)
    return out.getvalue()


def pdf(change: Any = None, pages: int = 1, **save: Any) -> bytes:
    out = BytesIO()
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page()
        if change is not None:
            change(made)
        made.save(out, **save)
    return out.getvalue()


def checked(data: bytes, name: str = "证书.pdf", **more: Any) -> CleanFile | UploadRefused:
    return check_upload(BytesIO(data), name, picker(**more))


def refusal(data: bytes, name: str = "证书.pdf", **more: Any) -> str:
    found = checked(data, name, **more)
    assert isinstance(found, UploadRefused)
    return found.message


def accepted(data: bytes, name: str = "证书.pdf", **more: Any) -> CleanFile:
    found = checked(data, name, **more)
    assert isinstance(found, CleanFile), found
    return found


def test_too_big_a_file_names_the_limit() -> None:
    assert refusal(b"%PDF-" + b" " * 5_242_880) == "文件超过5MB，请压缩后重新上传"
    assert "512KB" in refusal(b"x" * 600_000, properties={"max_bytes": 524_288})


def test_size_at_the_limit_is_not_refused_for_size() -> None:
    data = pdf()

    accepted(data, properties={"max_bytes": len(data)})
    assert "文件超过" in refusal(data, properties={"max_bytes": len(data) - 1})


@pytest.mark.parametrize("data", [b"", b"MZ\x90", b"<html>", b"GIF89a", b"PK\x03\x04"])
def test_type_is_told_by_content_not_by_name(data: bytes) -> None:
    assert refusal(data) == "文件格式不符，请上传PDF、JPG、PNG格式的文件"


def test_type_must_be_one_the_field_accepts() -> None:
    assert refusal(image(), accept=".pdf") == "文件格式不符，请上传PDF格式的文件"


def test_image_named_as_pdf_gets_its_true_ending() -> None:
    found = accepted(image(), "扫描件.pdf")

    assert (found.name, found.media_type) == ("扫描件.jpg", "image/jpeg")


def test_image_is_written_anew_without_exif_and_tail() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    found = accepted(image(exif=exif, comment=b"hidden note") + b"<script>tail</script>", "a.jpg")

    assert b"secret" not in found.data
    assert b"hidden" not in found.data
    assert b"tail" not in found.data
    with Image.open(BytesIO(found.data)) as again:
        assert again.size == (413, 531)


def test_rotated_image_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(BytesIO(accepted(image((40, 20), exif=exif), "a.jpg").data)) as again:
        assert again.size == (20, 40)


def test_png_keeps_its_transparency_and_loses_its_notes() -> None:
    out = BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 10)).save(out, "PNG")
    found = accepted(out.getvalue(), "章.png")

    with Image.open(BytesIO(found.data)) as again:
        assert again.mode == "RGBA"


def test_palette_image_is_accepted() -> None:
    out = BytesIO()
    Image.new("P", (8, 8)).save(out, "PNG")

    assert accepted(out.getvalue(), "a.png").media_type == "image/png"


def test_picture_bomb_is_refused_before_decoding() -> None:
    out = BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")

    assert "像素过大" in refusal(out.getvalue(), "bomb.png")


@pytest.mark.parametrize("size", [(5_001, 5_000), (10_000, 9_500)])
def test_pixels_are_capped(size: tuple[int, int]) -> None:
    out = BytesIO()
    Image.new("1", size).save(out, "PNG")

    assert "2500万像素" in refusal(out.getvalue(), "big.png")


def test_script_behind_a_jpeg_header_is_refused() -> None:
    assert "无法打开" in refusal(b"\xff\xd8\xff\xe0<script>alert(1)</script>", "a.jpg")


def test_encrypted_pdf_is_refused() -> None:
    data = pdf(encryption=pikepdf.Encryption(owner="a", user="b"))

    assert refusal(data) == "PDF文件设有密码，请去除密码后重新上传"


def test_pdf_with_too_many_pages_is_refused() -> None:
    assert "超过500页" in refusal(pdf(pages=501))


def test_broken_pdf_is_refused() -> None:
    assert "无法打开" in refusal(b"%PDF-1.7\n" + b"\x00" * 300)


def packed(length: int) -> bytes:
    """Return spaces compressed twice, after the head of an object stream with one object."""
    head, block = b"1 0 <</Type/Catalog/Pages 2 0 R>>", b" " * 1_000_000
    count = length // len(block)
    raw = zlib.compressobj(9, wbits=-15)
    packed_head = raw.compress(head) + raw.flush(zlib.Z_FULL_FLUSH)
    # A fully flushed block stands alone, so it is packed once and repeated.
    packed_block = raw.compress(block) + raw.flush(zlib.Z_FULL_FLUSH)
    check = zlib.adler32(head)
    for _ in range(count):
        check = zlib.adler32(block, check)
    inner = (
        b"\x78\xda" + packed_head + packed_block * count + raw.flush() + check.to_bytes(4, "big")
    )
    return zlib.compress(inner, 9)


def pdf_with_objects_in(stream: bytes) -> bytes:
    """Return a PDF whose catalog stands in a compressed object stream."""
    data = b"%PDF-1.5\n"
    pages_at = len(data)
    data += b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    stream_at = len(data)
    data += (
        b"3 0 obj<</Type/ObjStm/N 1/First 4/Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n"
        % len(stream)
    )
    data += stream + b"\nendstream endobj\n"
    xref_at = len(data)
    rows = [(0, 0, 255), (2, 3, 0), (1, pages_at, 0), (1, stream_at, 0), (1, xref_at, 0)]
    table = b"".join(
        bytes([kind]) + at.to_bytes(4, "big") + bytes([more]) for kind, at, more in rows
    )
    data += b"4 0 obj<</Type/XRef/Size 5/W[1 4 1]/Root 1 0 R/Length %d>>stream\n" % len(table)
    return data + table + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % xref_at


def test_pdf_bomb_ends_with_its_child_process() -> None:
    harmless, bomb = (pdf_with_objects_in(packed(size)) for size in (1_000_000, 800_000_000))

    assert "没有页面" in refusal(harmless)
    assert len(bomb) < 20_000
    assert "无法打开" in refusal(bomb)


def infect(made: pikepdf.Pdf) -> None:
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    nested = pikepdf.Dictionary(S=pikepdf.Name.GoTo, Next=pikepdf.Array([script, script]))
    launch = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe"))
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, A=launch)
    link.AA = pikepdf.Dictionary(E=script)
    clip = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FileAttachment)
    made.Root.OpenAction = made.make_indirect(nested)
    made.Root.AA = pikepdf.Dictionary(WC=script)
    made.Root.Names = pikepdf.Dictionary(
        JavaScript=pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("a"), script]))
    )
    made.Root.AcroForm = pikepdf.Dictionary(
        XFA=pikepdf.String("<x/>"),
        Fields=pikepdf.Array([made.make_indirect(pikepdf.Dictionary(A=nested, K=launch))]),
    )
    made.pages[0].obj.Annots = pikepdf.Array([link, clip])
    made.attachments["evil.exe"] = b"MZ evil"


def test_everything_active_is_taken_out_of_a_pdf() -> None:
    cleaned = accepted(pdf(infect)).data

    with pikepdf.open(BytesIO(cleaned)) as again:
        assert len(again.pages) == 1
        assert not again.attachments
        plain = BytesIO()
        again.save(plain, object_stream_mode=pikepdf.ObjectStreamMode.disable,
                   stream_decode_level=pikepdf.StreamDecodeLevel.all)  # fmt: skip
    traces = "JavaScript /JS /Launch /OpenAction /AA /XFA /EmbeddedFile /FileAttachment cmd.exe"
    assert [t for t in traces.split() if t.encode() in plain.getvalue()] == []
    assert b"MZ evil" not in plain.getvalue()


def test_same_pdf_is_cleaned_to_the_same_bytes() -> None:
    data = pdf(infect)

    assert accepted(data).data == accepted(data).data


def test_links_and_stamps_of_a_pdf_stay() -> None:
    def stamp(made: pikepdf.Pdf) -> None:
        look = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp)
        made.pages[0].obj.Annots = pikepdf.Array([look])
        made.pages[0].obj.Resources = pikepdf.Dictionary(
            Font=pikepdf.Dictionary(AA=pikepdf.Dictionary(Type=pikepdf.Name.Font))
        )

    with pikepdf.open(BytesIO(accepted(pdf(stamp)).data)) as again:
        assert len(again.pages[0].obj.Annots) == 1
        assert "/AA" in again.pages[0].obj.Resources.Font


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\文件\\证书.pdf", "证书.pdf"),
        ("a\x00b\u202e.pdf", "ab.pdf"),
        ('证<>:"|?*书.pdf', "证书.pdf"),
        ("..", "未命名"),
        ("", "未命名"),
        ("长" * 200 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_file_name_is_kept_for_display_only(given_name: str, kept: str) -> None:
    assert clean_name(given_name) == kept


@given(name=st.text())
def test_file_name_is_never_a_path(name: str) -> None:
    found = clean_name(name)

    assert 0 < len(found) <= 120
    assert not set(found) & set('/\\\0:"')
    assert found not in (".", "..")


@given(
    data=st.binary(max_size=200), head=st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"])
)
def test_random_images_never_crash(data: bytes, head: bytes) -> None:
    assert isinstance(checked(head + data, "x.png", accept="image/*"), CleanFile | UploadRefused)


def photo_of(size: int) -> bytes:
    return image() + b"\x00" * (size - len(image()))


def problems(data: bytes) -> list[str]:
    return [problem.check.removeprefix("photo.") for problem in check_photo(data)]


@pytest.mark.req("R105", "R106")
@pytest.mark.parametrize(
    ("data", "found"),
    [
        (photo_of(200_000), []),
        (photo_of(MOST_BYTES), []),
        (photo_of(MOST_BYTES + 1), ["size"]),
        (image((300, 300)), ["shape"]),
        (image((295, 379)), []),
        (image((294, 378)), ["shape"]),
        (image((350, 450), "PNG"), []),
        (image((358, 450), "PNG"), ["shape"]),
        (image((350, 450), "GIF"), ["type"]),
        (b"nothing", ["type"]),
    ],
)
def test_photo_is_checked_for_type_size_and_shape(data: bytes, found: list[str]) -> None:
    assert problems(data) == found


@pytest.mark.req("R107")
def test_uneven_background_is_told_and_may_be_confirmed() -> None:
    picture = Image.new("RGB", (350, 450), "white")
    picture.paste("black", (0, 0, 30, 450))
    out = BytesIO()
    picture.save(out, "PNG")

    (problem,) = check_photo(out.getvalue())
    found = accepted(out.getvalue(), "韦启澜.png", properties={"kind": "photo"})

    assert problem.is_confirmable
    assert found.remarks == ("须为纯色背景",)


def test_shoulders_below_do_not_count_as_background() -> None:
    picture = Image.new("RGB", (350, 450), "#4080c0")
    picture.paste("black", (0, 300, 350, 450))
    out = BytesIO()
    picture.save(out, "PNG")

    assert problems(out.getvalue()) == []


def test_photo_field_refuses_with_all_reasons() -> None:
    message = refusal(image((300, 300)), "a.jpg", properties={"kind": "photo"})

    assert message == "照片不符合要求：尺寸须为35mm×45mm（不小于295×379像素）。请更换后重新上传"
    assert "512KB" in refusal(photo_of(MOST_BYTES + 1), "a.jpg", properties={"kind": "photo"})
