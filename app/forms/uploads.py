"""Judges an uploaded file by its content and returns what may be stored.

Images are decoded and written anew without EXIF; PDFs are cleaned in a child process. Where the
bytes go and who may read them is the web layer's business; nothing here touches a database.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from app.forms.components.filepicker import MEGABYTE, PHOTO, FilePicker, UploadRefused
from app.forms.photo import check_photo, opened
from app.forms.text import one_line
from app.forms.wording import say

LONGEST_NAME = 120
CHILD = Path(__file__).with_name("pdf_cleaning.py")
CHILD_SECONDS = 20
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
PATH_CHARACTERS = re.compile(r'[\\/:*?"<>|]+')
SUFFIX = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png"}
KNOWN_SUFFIX = re.compile(r"\.(?:pdf|jpe?g|png)$", re.IGNORECASE)
REASONS = {"encrypted": "upload.encrypted_pdf", "pages": "upload.pages_pdf"}


@dataclass(frozen=True)
class CleanFile:
    """A file that may be stored, with remarks for whoever reviews it."""

    name: str
    media_type: str
    data: bytes
    remarks: tuple[str, ...] = ()


def check_upload(
    stream: BinaryIO, filename: str, component: FilePicker
) -> CleanFile | UploadRefused:
    """Return the file in the form it may be stored in, or why it is not taken."""
    name = clean_name(filename)
    data = stream.read(component.max_bytes + 1)
    too_big = check_size(len(data), filename, component)
    if too_big is not None:
        return too_big
    media_type = type_of(data)
    if media_type is None or media_type not in component.accepted:
        return UploadRefused(name, say("upload.type", known=_types_text(component)))
    if component.kind == PHOTO:
        return _photo(name, data, media_type)
    return _pdf(name, data) if media_type == PDF else _image(name, data, media_type)


def check_size(size: int, filename: str, component: FilePicker) -> UploadRefused | None:
    """Return why a file of this size is not taken, or None; also before any of it is sent."""
    if size <= component.max_bytes:
        return None
    most = _size_text(component.max_bytes)
    return UploadRefused(clean_name(filename), say("upload.too_big", most=most))


def clean_name(filename: str) -> str:
    """Return a file name for display: no path, no control characters, at most 120 characters."""
    last = re.split(r"[\\/]", one_line(filename))[-1]
    plain = PATH_CHARACTERS.sub("", last).strip(" .")
    if len(plain) > LONGEST_NAME:
        suffix = KNOWN_SUFFIX.search(plain)
        ending = suffix[0] if suffix else ""
        plain = plain[: LONGEST_NAME - len(ending)] + ending
    return plain or say("upload.nameless")


def type_of(data: bytes) -> str | None:
    """Return the media type that the first bytes show; whether they keep it is seen on decoding."""
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return PDF
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    return PNG if data.startswith(b"\x89PNG\r\n\x1a\n") else None


def _photo(name: str, data: bytes, media_type: str) -> CleanFile | UploadRefused:
    problems = check_photo(data)
    fatal = [problem.message for problem in problems if not problem.is_confirmable]
    if fatal:
        return UploadRefused(name, say("upload.photo", reasons="；".join(fatal)))
    clean = _image(name, data, media_type)
    if isinstance(clean, UploadRefused):
        return clean
    remarks = tuple(problem.message for problem in problems)
    return CleanFile(clean.name, clean.media_type, clean.data, remarks)


def _image(name: str, data: bytes, media_type: str) -> CleanFile | UploadRefused:
    image = opened(data)
    if image is None:
        return UploadRefused(name, say("upload.broken_image"))
    anew = BytesIO()
    # Only pixels are copied: EXIF, comments and anything behind the picture stay out.
    if media_type == JPEG:
        _only_pixels(image, ("L", "RGB")).save(anew, "JPEG", quality=92)
    else:
        _only_pixels(image, ("L", "LA", "RGB", "RGBA")).save(anew, "PNG")
    return CleanFile(_named(name, media_type), media_type, anew.getvalue())


def _only_pixels(image: Image.Image, modes: tuple[str, ...]) -> Image.Image:
    wanted = image.mode if image.mode in modes else modes[-1]
    pixels = image.convert(wanted)
    bare = Image.new(wanted, pixels.size)
    bare.paste(pixels)
    return bare


def _pdf(name: str, data: bytes) -> CleanFile | UploadRefused:
    try:
        child = subprocess.run(
            [sys.executable, "-I", str(CHILD)],
            input=data, capture_output=True, timeout=CHILD_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return UploadRefused(name, say("upload.broken_pdf"))
    if child.returncode != 0:
        reason = child.stderr.decode(errors="replace").strip()
        return UploadRefused(name, say(REASONS.get(reason, "upload.broken_pdf")))
    return CleanFile(_named(name, PDF), PDF, child.stdout)


def _named(name: str, media_type: str) -> str:
    """Return the name with the ending that its content has."""
    ending = SUFFIX[media_type]
    found = KNOWN_SUFFIX.search(name)
    if found and found[0].lower().replace("jpeg", "jpg") == ending:
        return name
    stem = name[: found.start()] if found else name
    return (stem or say("upload.nameless"))[: LONGEST_NAME - len(ending)] + ending


def _size_text(size: int) -> str:
    return f"{size // MEGABYTE}MB" if size % MEGABYTE == 0 else f"{size // 1024}KB"


def _types_text(component: FilePicker) -> str:
    names = {PDF: "PDF", JPEG: "JPG", PNG: "PNG"}
    return "、".join(names[media_type] for media_type in component.accepted)
