"""A process package: the files of one procedure as they lie in `workflows/` and `forms/`.

`read_package` collects everything a bundle needs: the process, the processes it calls, decisions,
forms, notices and the clauses it cites; of what several share only what it names. Reading checks
nothing; that is `app.engine.checks`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain.notifications.composing import NOTICES
from app.engine.citing import (
    cited_clauses,
    cited_decisions,
    files_handed_in,
    process_told,
    sent_notices,
)
from app.errors import DefinitionError

PROCESS_ID = re.compile(r"<(?:\w+:)?process\b[^<>]*?\bid=\"([^\"]+)\"")
CALLED = re.compile(r"<zeebe:calledElement\b[^<>]*?\bprocessId=\"([^\"]+)\"")
FORM_ID = re.compile(r"<zeebe:formDefinition\b[^<>]*?\bformId=\"((?:shared/)?[a-z0-9_]+)\"")
SHARED = "shared"
LEGAL_BASIS = "workflows/legal_basis.toml"
NOTICE_FOLDER = "templates/notices"
KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
# The parts that a number is made of; anything else would be Python's own formatting language.
CASE_NUMBER = re.compile(
    r"(?:[\w\-/.〔〕（）]|\{(?:profile|business|date)\}){0,60}\{serial(?::0[1-9]d)?\}[\w\-/.〔〕（）]{0,20}"
)
LARGEST_TOML = 200_000
TOML_TEXT = re.compile(r"\"[^\"\n]*\"")
MOST_DOTS = 20
MOST_FILES = 200
LARGEST_PACKAGE = 10_000_000


@dataclass(frozen=True)
class Descriptor:
    """`process.toml`: what people see of a procedure and who may start it.

    `starter` fills in the start form for his own case; `opener` begins it for somebody else's
    title record from a page of his office, without a form.
    """

    key: str
    title: str
    owner: str = ""
    summary: str = ""
    business: str = ""
    starter: str | None = None
    opener: str | None = None
    case_number: str = "{profile}{business}{date}{serial:05d}"
    story: str = ""
    order: int = 100
    requirements: tuple[str, ...] = field(default=())


def read_descriptor(text: str, file: str) -> Descriptor:
    """Parse a `process.toml`; raises DefinitionError naming what is wrong."""
    try:
        data = read_toml(text)
    except ValueError as error:
        raise DefinitionError("package.descriptor_toml", file=file, reason=str(error)) from error
    known = set(Descriptor.__dataclass_fields__)
    unknown = sorted(set(data) - known)
    if unknown:
        raise DefinitionError("package.descriptor_unknown", file=file, names="、".join(unknown))
    for name in ("key", "title"):
        if not isinstance(data.get(name), str):
            raise DefinitionError("package.descriptor_missing", file=file, name=name)
    for name, value in data.items():
        if not _fits(name, value):
            raise DefinitionError("package.descriptor_value", file=file, name=name)
    data["requirements"] = tuple(data.get("requirements", ()))
    return Descriptor(**data)


def _fits(name: str, value: object) -> bool:
    """Tell whether an entry of the descriptor is of its kind."""
    if name == "order":
        return type(value) is int and abs(value) < 10**6
    if name == "requirements":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if not isinstance(value, str) or not value.isprintable():
        return False
    if name == "key":
        return KEY.fullmatch(value) is not None
    return name != "case_number" or CASE_NUMBER.fullmatch(value) is not None


def read_toml(text: str) -> dict[str, Any]:
    """Parse a TOML text that a stranger may have written; raises ValueError."""
    if len(text) > LARGEST_TOML:
        raise ValueError(f"> {LARGEST_TOML}")
    bare = TOML_TEXT.sub("", text)
    if any(part.count(".") > MOST_DOTS for line in bare.splitlines() for part in line.split("=")):
        raise ValueError("too many dots")  # each would be a table in the one before
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("too deep") from error


def check_size(files: Mapping[str, str], scenarios: Mapping[str, bytes]) -> None:
    """Refuse a package with too many or too large files, or with half characters."""
    first = next(iter(files), "")
    size = sum(map(len, files.values())) + sum(map(len, scenarios.values()))
    if len(files) > MOST_FILES or size > LARGEST_PACKAGE:
        raise DefinitionError(
            "limits.package", file=first, files=len(files), size=size,
            most=MOST_FILES, largest=LARGEST_PACKAGE,
        )  # fmt: skip
    for path, text in files.items():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise DefinitionError("package.not_utf8", file=path, reason=str(error)) from error


@dataclass(frozen=True)
class Package:
    """The text files of a bundle by their path, and which process is the one to start.

    `scenarios` prove the package; they are kept with it but are no part of what runs.
    """

    key: str
    files: Mapping[str, str]
    descriptor: Descriptor
    scenarios: Mapping[str, bytes] = field(default_factory=dict)

    def named(self, suffix: str) -> dict[str, str]:
        """Return the files with a suffix, by path."""
        return {path: text for path, text in self.files.items() if path.endswith(suffix)}


def process_keys(workflows: Path) -> list[str]:
    """List the folders that hold a process package, in order of name."""
    found = sorted(path.parent.name for path in workflows.glob("*/process.toml"))
    return [key for key in found if key != SHARED]


def callers_of(key: str, workflows: Path) -> list[str]:
    """List the packages whose drawings call a process."""
    found = (path.parent for path in sorted(workflows.glob("*/*.bpmn")) if _calls(path, key))
    return sorted({folder.name for folder in found if (folder / "process.toml").is_file()})


def _calls(path: Path, key: str) -> bool:
    try:
        return key in CALLED.findall(_read(path))
    except DefinitionError:
        return False


def read_package(key: str, *, workflows: Path, forms: Path) -> Package:
    """Collect a package from the designers' folders."""
    folder = workflows / key
    descriptor_file = folder / "process.toml"
    if not descriptor_file.is_file():
        raise DefinitionError("package.not_found", file=f"workflows/{key}/process.toml", key=key)
    descriptor = read_descriptor(_read(descriptor_file), f"workflows/{key}/process.toml")
    if descriptor.key != key:
        raise DefinitionError(
            "package.key_differs", file=f"workflows/{key}/process.toml", key=descriptor.key
        )
    files = {f"workflows/{key}/process.toml": _read(descriptor_file)}
    _add_processes(files, key, workflows)
    _add_rules(files, workflows)
    _add_forms(files, forms)
    _add_shared_rules(files, workflows)
    _add_notices(files, workflows)
    _add_clauses(files, workflows)
    scenarios = _scenarios(key, workflows)
    return Package(key, dict(sorted(files.items())), descriptor, scenarios)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DefinitionError("package.not_utf8", file=path.name, reason=str(error)) from error


def _process_files(workflows: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(workflows.glob("*/*.bpmn")):
        for process_id in PROCESS_ID.findall(_read(path)):
            found.setdefault(process_id, path)
    return found


def _add_processes(files: dict[str, str], key: str, workflows: Path) -> None:
    by_id = _process_files(workflows)
    main = workflows / key / f"{key}.bpmn"
    if not main.is_file():
        raise DefinitionError("package.no_bpmn", file=f"workflows/{key}/{key}.bpmn")
    waiting = [main]
    while waiting:
        path = waiting.pop()
        name = f"workflows/{path.parent.name}/{path.name}"
        if name in files:
            continue
        text = _read(path)
        files[name] = text
        waiting += [by_id[called] for called in CALLED.findall(text) if called in by_id]


def _add_rules(files: dict[str, str], workflows: Path) -> None:
    """Add the decisions beside each process used."""
    for folder in sorted({path.split("/")[1] for path in files} - {SHARED}):
        files |= _decisions(workflows, folder)


def _decisions(workflows: Path, folder: str) -> dict[str, str]:
    found = sorted((workflows / folder).glob("*.dmn"))
    return {f"workflows/{folder}/{path.name}": _read(path) for path in found}


def _add_forms(files: dict[str, str], forms: Path) -> None:
    for path in [path for path in files if path.endswith(".bpmn")]:
        owner = path.split("/")[1]
        for form_id in FORM_ID.findall(files[path]):
            name = form_path(form_id, owner)
            source = forms.parent / name
            if source.is_file():
                files[name] = _read(source)


def _add_shared_rules(files: dict[str, str], workflows: Path) -> None:
    files |= cited_decisions(list(files.values()), _decisions(workflows, SHARED))


def _add_notices(files: dict[str, str], workflows: Path) -> None:
    """Add the notices that elements send: those beside the designers' folder, else the house's."""
    drawings = [text for path, text in files.items() if path.endswith(".bpmn")]
    for key in {key for drawing in drawings for key in sent_notices(drawing)}:
        own = workflows.parent / NOTICE_FOLDER / f"{key}.toml"
        source = own if own.is_file() else NOTICES / own.name
        if source.is_file():
            files[f"{NOTICE_FOLDER}/{key}.toml"] = _read(source)


def _add_clauses(files: dict[str, str], workflows: Path) -> None:
    source = workflows.parent / LEGAL_BASIS
    if not source.is_file():
        return
    text = _read(source)
    try:
        cited = cited_clauses(text, read_toml(text), files.values())
    except ValueError:
        cited = text  # the check says what is wrong with it
    if cited:
        files[LEGAL_BASIS] = cited


def _scenarios(key: str, workflows: Path) -> dict[str, bytes]:
    """Return the scenarios of a process, wherever they lie, with the files handed in there."""
    texts = {
        path: path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(workflows.glob("*/scenarios/*.yaml"))
    }
    own = {path for path, text in texts.items() if key in (path.parts[-3], process_told(text))}
    for path in list(own):
        own |= {path.parent / name for name in files_handed_in(texts[path])}
    found = {path.resolve(): path for path in own if path.is_file()}
    root = workflows.resolve()
    return {
        f"workflows/{path.relative_to(root)}": path.read_bytes()
        for path in sorted(found)
        if path.is_relative_to(root)
    }


def form_path(form_id: str, owner: str) -> str:
    """Return where a form lies: `shared/x` is shared, a plain name belongs to the process."""
    return f"forms/{form_id}.form" if "/" in form_id else f"forms/{owner}/{form_id}.form"
