"""The catalogue of sentences: complete gaps, no code twice, unknown codes are noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import DefinitionError
from app.messages import FOLDER, catalogue, load, message, sentence


def test_all_files_of_the_house_load_together() -> None:
    codes = catalogue()

    assert codes
    assert all("." in code or code.isidentifier() for code in codes)
    assert len({path.name for path in FOLDER.glob("*.toml")}) >= 2


def test_sentence_of_an_error_names_file_and_element() -> None:
    error = DefinitionError(
        "decisions.no_ranking", file="fee.dmn", element="fee", policy="PRIORITY"
    )

    assert sentence(error) == (
        "fee.dmn 中的决策“fee”的命中策略为 PRIORITY，但没有输出列写明取值顺序；"
        "请在输出列的允许值中从最优先起依次列出。"
    )


def test_missing_codes_and_fields_are_errors() -> None:
    with pytest.raises(KeyError):
        message("nothing.known")
    with pytest.raises(KeyError):
        message("decisions.hit_policy", file="fee.dmn")


def test_lists_are_joined_as_chinese_is_written(tmp_path: Path) -> None:
    assert "甲、乙" in message("decisions.second_match", decision="fee", rules=["甲", "乙"])


def test_a_code_in_two_files_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text('"x.y" = "句子"\n', "utf-8")

    with pytest.raises(ValueError, match="already defined"):
        load(tmp_path)


def test_codes_have_to_be_quoted(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('x.y = "句子"\n', "utf-8")

    with pytest.raises(ValueError, match="quote"):
        load(tmp_path)
