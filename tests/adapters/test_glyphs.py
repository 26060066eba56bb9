"""Rare characters of names are printable; anything that is not is noticed before rendering."""

from __future__ import annotations

import pytest

from app.adapters import glyphs
from app.errors import AppError


@pytest.mark.parametrize("char", list("㛃䶮𠮷𬱖𫟹·—〔〕（）"))
def test_characters_of_names_and_numbers_are_covered(char: str) -> None:
    assert glyphs.uncovered(char) == []


def test_uncovered_characters_are_listed_once_in_order() -> None:
    assert glyphs.uncovered("王\ue000明\U0001f600\ue000\x00") == ["\ue000", "\U0001f600", "\x00"]


def test_line_breaks_of_a_document_are_not_characters_to_print() -> None:
    assert glyphs.uncovered("甲\r\n\t乙") == []


def test_refusal_names_the_characters() -> None:
    with pytest.raises(AppError) as error:
        glyphs.require_coverage("王\ue000\U0001f600")

    assert error.value.code == "document.uncovered_glyph"
    assert error.value.fields["characters"] == "U+E000 \U0001f600 (U+1F600)"


def test_outline_of_an_uncovered_character_is_refused() -> None:
    with pytest.raises(AppError):
        glyphs.outline("\ue000")


def test_bold_face_covers_what_is_checked_in_the_regular_one() -> None:
    assert all(glyphs.outline(char).path for char in "㛃䶮𠮷𬱖𫟹")


def test_missing_font_is_named_instead_of_substituted() -> None:
    with pytest.raises(AppError) as error:
        glyphs._locate("No Such Font")

    assert error.value.code == "document.font_missing"
    assert error.value.fields == {"family": "No Such Font"}
