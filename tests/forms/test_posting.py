from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.forms import (
    AttachmentInfo,
    FilePicker,
    UploadRefused,
    Uploads,
    edited,
    from_post,
    view,
)  # fmt: skip
from tests.forms.building import (
    Posted,
    context,
    errors_of,
    everything,
    field,
    form_of,
    posted_from,
    render,
    values_of,
)  # fmt: skip


@dataclass
class PostedFile:
    filename: str
    stream: BytesIO


def store(stream: Any, filename: str, component: FilePicker) -> AttachmentInfo | UploadRefused:
    if filename.endswith(".exe"):
        return UploadRefused(filename, "文件格式不符")
    return AttachmentInfo(f"id-{filename}", filename)


def uploads(**files: list[str]) -> Uploads:
    posted = Posted(
        {f"{name}-file": [PostedFile(f, BytesIO()) for f in found] for name, found in files.items()}  # type: ignore[misc]
    )
    return Uploads(posted, store)


ROWS = {"type": "dynamiclist", "path": "rows", "label": "行", "properties": {"max_rows": 3},
        "components": [field("textfield", "a"), field("checklist", "c", values=[
            {"label": "一", "value": "1"}, {"label": "二", "value": "2"}])]}  # fmt: skip


def test_rows_come_in_the_order_of_their_numbers() -> None:
    post = Posted(
        {"rows-10-a": ["last"], "rows-2-a": ["first"], "rows-2-c": ["1", "2"], "rows-x-a": ["no"]}
    )

    assert from_post(form_of(ROWS), post) == {
        "rows": [{"a": "first", "c": ["1", "2"]}, {"a": "last", "c": []}]
    }


def test_new_file_replaces_a_single_one() -> None:
    form = form_of(field("filepicker"))

    raw = from_post(form, Posted(field=["old"]), uploads(field=["new.pdf"]))

    assert raw == {"field": ["id-new.pdf"]}


def test_new_files_join_the_kept_ones() -> None:
    form = form_of(field("filepicker", multiple=True))

    raw = from_post(form, Posted(field=["old"]), uploads(field=["a.pdf", "b.pdf", ""]))

    assert raw == {"field": ["old", "id-a.pdf", "id-b.pdf"]}


def test_refused_upload_is_told_at_its_field() -> None:
    form = form_of(field("filepicker", multiple=True))
    raw = from_post(form, Posted(field=["old"]), uploads(field=["virus.exe"]))

    assert errors_of(form, raw) == {"field": ["文件格式不符"]}
    assert [file.id for file in view(form, raw, {}, context()).fields[0].files] == ["old"]


def test_readonly_filepicker_stores_nothing() -> None:
    form = form_of(field("filepicker", readonly=True))

    assert from_post(form, Posted(), uploads(field=["new.pdf"])) == {"field": []}


def test_buttons_change_rows_and_nothing_else() -> None:
    form = form_of(ROWS)
    raw = {"rows": [{"a": "1", "c": []}, {"a": "2", "c": []}]}

    assert edited(form, Posted(), raw) is None
    assert edited(form, Posted(_refresh=["1"]), raw) == raw
    assert edited(form, Posted(_remove=["rows-0"]), raw) == {"rows": [{"a": "2", "c": []}]}
    assert edited(form, Posted(_add=["rows"]), raw) == {"rows": [*raw["rows"], {"a": "", "c": []}]}
    assert edited(form, Posted(_add=["nowhere"]), raw) == raw
    assert edited(form, Posted(_remove=["rows-x"]), raw) == raw


def test_no_row_is_added_beyond_the_limit() -> None:
    raw = {"rows": [{"a": "1", "c": []}] * 3}

    assert edited(form_of(ROWS), Posted(_add=["rows"]), raw) == raw


@given(
    post=st.dictionaries(
        st.sampled_from(
            [
                *sorted(everything().keys()),
                "work_history-0-from",
                "work_history-0-what",
                "work_history-1-abroad",
                "_add",
                "_remove",
            ]
        )
        | st.text(max_size=8),
        st.lists(st.text(max_size=30), max_size=3),
        max_size=15,
    )
)
def test_random_posts_never_crash(post: dict[str, list[str]]) -> None:
    form = everything()
    raw = from_post(form, Posted(post))
    edited(form, Posted(post), raw)
    page = render(view(form, raw, errors_of(form, raw), context()))

    assert 'name="unit"' in page


LINE = st.text(st.characters(exclude_categories=["C"]), min_size=2, max_size=20).filter(str.strip)
DAY = st.dates(date(1900, 1, 1), date(2026, 3, 2)).map(str)
MOMENT = st.builds(
    lambda day, at: f"{day}T{at // 12:02}:{at % 12 * 5:02}",
    st.dates(date(2026, 3, 3), date(2100, 1, 1)), st.integers(0, 287),
)  # fmt: skip
ID = st.uuids().map(lambda value: value.hex)
ROW = st.fixed_dictionaries(
    {"from": DAY, "what": LINE, "abroad": st.just(True), "where": LINE}
)  # fmt: skip
FILLED = st.fixed_dictionaries(
    {
        "unit": LINE,
        "name": st.sampled_from(["韦启澜", "买买提·艾力", "𠮷田"]),
        "id_number": st.sampled_from(["", "450126199011029962"]),
        "credit_code": st.sampled_from(["", "91350100M000100Y43"]),
        "mobile": st.integers(13000000000, 19999999999).map(str),
        "document": st.sampled_from(["", "桂职办〔2020〕132号"]),
        "mail": st.sampled_from(["", "a.b@example.com"]),
        "tracking": st.from_regex(r"\A[A-Z]{2}[0-9]{4}\Z"),
        "summary": st.text(st.characters(exclude_categories=["C"]) | st.just("\n"), max_size=60),
        "hours": st.none() | st.integers(0, 1000),
        "score": st.integers(-50, 50).map(lambda half: half / 2),
        "granted_on": st.none() | DAY,
        "meeting_at": st.none() | MOMENT,
        "office_time": st.none()
        | st.integers(16, 47).map(lambda n: f"{n // 2:02}:{n % 2 * 30:02}"),
        "topics": st.just([]) | st.just(["ROAD", "BRIDGE"]),
        "series": st.just("05"),
        "title": st.sampled_from(["", "工程师"]),
        "office": st.sampled_from(["", "DW-001", "DW-002"]),
        "origin": st.just("MOVED"),
        "former_unit": LINE,
        "ways": st.just(["PHONE", "LETTER"]),
        "contact_post": LINE,
        "consent": st.booleans(),
        "work_history": st.lists(ROW, min_size=1, max_size=4),
        "evidence": st.lists(ID, max_size=3, unique=True),
        "photo": st.lists(ID, max_size=1),
        "signature": st.just(True),
        "seal": st.booleans(),
    }
)


@settings(max_examples=40)
@given(values=FILLED)
def test_stored_values_survive_page_and_post(values: dict[str, Any]) -> None:
    form, at = everything(), context(records=[])
    stored = values_of(form, values, at)
    again = {**stored, "signature": values["signature"], "seal": values["seal"]}

    post = posted_from(render(view(form, again, {}, at)))

    assert values_of(form, from_post(form, post), at) == stored


@pytest.mark.parametrize("typed", ["2026-02-30", "昨天", "<b>\"'&", "一\n二"])
def test_what_was_typed_wrongly_is_shown_again(typed: str) -> None:
    form = form_of(
        field("textfield", "a"),
        field("textarea", "b"),
        field("number", "c"),
        field("datetime", "d"),
        field("datetime", "e", subtype="time"),
        field("datetime", "f", subtype="datetime"),
    )
    raw = dict.fromkeys("abcdef", typed)

    post = posted_from(render(view(form, raw, {}, context())))

    assert errors_of(form, from_post(form, post)) == errors_of(form, raw)
    assert post["b"][0].strip() == typed
