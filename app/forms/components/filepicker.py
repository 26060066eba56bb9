"""Files: the value is a list of attachment ids; a file refused at upload keeps its reason.

Content is judged by `app.forms.uploads` before an id exists. Here only how many and whether this
person may use them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from app.forms.components.base import Field, Post, Setting
from app.forms.context import Choice
from app.forms.node import Node
from app.forms.wording import say

PHOTO = "photo"
MEGABYTE = 1024 * 1024
DEFAULT_BYTES = 5 * MEGABYTE
LARGEST_BYTES = 100 * MEGABYTE
PHOTO_BYTES = 512 * 1024
MOST_FILES = 50
KNOWN_TYPES = {
    ".pdf": "application/pdf", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png",
    "application/pdf": "application/pdf", "image/jpeg": "image/jpeg", "image/png": "image/png",
    "image/*": "image/jpeg image/png",
}  # fmt: skip


@dataclass(frozen=True)
class UploadRefused:
    """A file that was not taken, with the sentence that says what to do."""

    name: str
    message: str


@dataclass(frozen=True, kw_only=True)
class FilePicker(Field):
    """`filepicker`."""

    type = "filepicker"
    PROPERTIES: ClassVar[frozenset[str]] = Field.PROPERTIES | {
        "max_bytes", "max_files", "min_files",
    }  # fmt: skip
    KINDS: ClassVar[frozenset[str]] = frozenset({PHOTO})
    SENSITIVE_KINDS: ClassVar[frozenset[str]] = frozenset({"", PHOTO})
    REQUIRED = "form.required_upload"

    accepted: tuple[str, ...] = ()
    max_bytes: int = DEFAULT_BYTES
    max_files: int = 1
    min_files: int = 0

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        found = super().arguments(node)
        own = node.section("properties", cls.PROPERTIES)
        photo = found["kind"] == PHOTO
        many = node.flag("multiple") and not photo
        most = min(own.whole("max_files", 10), MOST_FILES) if many else 1
        size = own.whole("max_bytes", PHOTO_BYTES if photo else DEFAULT_BYTES)
        if not 0 < size <= LARGEST_BYTES:
            raise node.refusal("form.max_bytes", most=LARGEST_BYTES)
        return found | {
            "accepted": _accepted(node, photo),
            "max_bytes": size,
            "max_files": most,
            "min_files": min(own.whole("min_files", int(found["required"])), most),
        }

    @property
    def empty(self) -> Any:
        return []

    def read(self, raw: object) -> Any:
        given = raw if isinstance(raw, list | tuple) else [raw]
        kept = [x for x in given if isinstance(x, UploadRefused) or (isinstance(x, str) and x)]
        return list(dict.fromkeys(kept))[: MOST_FILES * 2]

    def judge(self, value: Any, setting: Setting) -> list[str]:
        found = [item.message for item in value if isinstance(item, UploadRefused)]
        ids = [item for item in value if isinstance(item, str)]
        if any(setting.context.attachment(item) is None for item in ids):
            found.append(say("form.file_gone", label=self.label))
        if len(ids) > self.max_files:
            found.append(say("form.too_many_files", most=self.max_files))
        if not found and len(ids) < self.min_files:
            found.append(say("form.too_few_files", least=self.min_files))
        return found

    def feel(self, value: Any) -> Any:
        return [item for item in value if isinstance(item, str)]

    def take(self, post: Post, name: str) -> Any:
        return post.getlist(name)

    def typed(self, value: Any) -> Any:
        return [item for item in self.read(value) if isinstance(item, str)]

    def shown(self, value: Any, options: Sequence[Choice] = ()) -> str:
        return say("form.files", count=len(self.typed(value))) if self.typed(value) else ""


def _accepted(node: Node, photo: bool) -> tuple[str, ...]:
    written = [part.strip().lower() for part in node.fixed("accept").split(",") if part.strip()]
    unknown = [part for part in written if part not in KNOWN_TYPES]
    if unknown:
        raise node.refusal(
            "form.accept", accept=unknown[0], known="、".join(k for k in KNOWN_TYPES if k[0] == ".")
        )
    default = ["image/*"] if photo else ["application/pdf", "image/*"]
    types = " ".join(KNOWN_TYPES[part] for part in written or default).split()
    return tuple(dict.fromkeys(types))
