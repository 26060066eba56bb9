"""Takes everything active out of a PDF, in a process of its own with limits of memory and time.

Run as a script by `app.forms.uploads`: PDF on standard input, cleaned PDF on standard output, a
one-word reason on standard error when the file is refused. It imports nothing of the platform, so
that a hostile file meets as little as possible.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf

MEMORY_BYTES = 768 * 1024 * 1024
CPU_SECONDS = 10
MOST_PAGES = 500
DEEPEST = 40
# Keys that start something or carry other files, wherever they stand.
ACTIVE_KEYS = ("/AA", "/OpenAction", "/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/AF", "/XFA")
ACTIVE_ACTIONS = frozenset(
    ("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/Rendition",
     "/RichMediaExecute", "/Movie", "/Sound")
)  # fmt: skip
ACTIVE_ANNOTATIONS = frozenset(
    ("/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D")
)
RESOURCES = frozenset(("/Font", "/XObject", "/Pattern", "/ExtGState"))
NAMED = (pikepdf.Dictionary, pikepdf.Stream)


class RefusedError(Exception):
    """The reason in one word: encrypted, pages or broken."""


def clean(data: bytes) -> bytes:
    """Return the PDF without scripts, launch actions and embedded files."""
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            if pdf.is_encrypted:
                raise RefusedError("encrypted")
            if not 1 <= len(pdf.pages) <= MOST_PAGES:
                raise RefusedError("pages")
            for item in (pdf.Root, *pdf.objects):
                _strip(item, 0)
            cleaned = BytesIO()
            # A file cleaned twice is the same bytes, so that a repeated upload is recognised.
            pdf.save(cleaned, deterministic_id=True)
            return cleaned.getvalue()
    except pikepdf.PasswordError as error:
        raise RefusedError("encrypted") from error
    except (pikepdf.PdfError, RuntimeError, ValueError, TypeError, RecursionError) as error:
        raise RefusedError("broken") from error


def _strip(item: Any, depth: int) -> None:
    """Strip an object and the direct ones inside; indirect ones come by themselves."""
    if depth > DEEPEST:
        raise RefusedError("broken")
    if isinstance(item, NAMED):
        for key in _active_keys(item):
            del item[key]
    elif isinstance(item, pikepdf.Array):
        for place in reversed([p for p, value in enumerate(item) if _is_active(value)]):
            del item[place]
    for inner in _direct(item):
        _strip(inner, depth + 1)


def _active_keys(item: pikepdf.Dictionary | pikepdf.Stream) -> list[str]:
    named = [key for key in ACTIVE_KEYS if key in item and not _is_resource(item.get(key))]
    return [*named, *(k for k in item.keys() if k not in named and _is_active(item.get(k)))]  # noqa: SIM118


def _is_active(value: Any) -> bool:
    if not isinstance(value, pikepdf.Dictionary):
        return False
    action, subtype = str(value.get("/S", "")), str(value.get("/Subtype", ""))
    return action in ACTIVE_ACTIONS or subtype in ACTIVE_ANNOTATIONS


def _is_resource(value: Any) -> bool:
    """Tell whether a key that looks active is only the name of a font or a picture."""
    return isinstance(value, NAMED) and str(value.get("/Type", "")) in RESOURCES


def _direct(item: Any) -> Iterator[Any]:
    if isinstance(item, NAMED):
        inner = [item.get(key) for key in item.keys()]  # noqa: SIM118 - no mapping
    elif isinstance(item, pikepdf.Array):
        inner = list(item)
    else:
        return
    for value in inner:
        if isinstance(value, pikepdf.Object) and not value.is_indirect:
            yield value


def main() -> int:
    """Clean standard input; 0 and the PDF, or 1 and the reason."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    try:
        sys.stdout.buffer.write(clean(sys.stdin.buffer.read()))
    except (RefusedError, MemoryError) as error:
        sys.stderr.write(str(error) or "broken")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
