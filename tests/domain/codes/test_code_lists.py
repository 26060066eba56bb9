"""Code lists, titles and regions."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from app.domain import codes
from app.errors import DomainError

ROOT = Path(__file__).parents[3]
DATA = ROOT / "app" / "domain" / "codes" / "data"
SPECIFIED = ROOT / "docs" / "domain"
COPIED = (
    "acquisition_methods",
    "code_lists",
    "degrees",
    "education_levels",
    "genders",
    "regions",
    "regions_historic",
    "title_levels",
    "title_series",
)


@pytest.mark.parametrize("name", COPIED)
def test_a_list_is_the_one_of_the_specification(name: str) -> None:
    assert (DATA / f"{name}.csv").read_bytes() == (SPECIFIED / f"{name}.csv").read_bytes()


def test_every_list_has_unique_codes_with_labels() -> None:
    for name in codes.list_names():
        entries = codes.code_list(name)
        assert entries
        assert len({entry.code for entry in entries}) == len(entries)
        assert all(entry.label for entry in entries), name


def test_all_lists_of_the_file_and_the_named_tables_are_there() -> None:
    with (SPECIFIED / "code_lists.csv").open(encoding="utf-8") as file:
        expected = {row["list"] for row in csv.DictReader(file)}

    expected |= {"title_series", "title_levels", "acquisition_methods", "education_levels"}
    expected |= {"degrees", "genders", "regions", "roles"}
    assert set(codes.list_names()) == expected


def test_labels_and_codes_lead_to_each_other() -> None:
    assert codes.label("case_state", "UNIT") == "待单位审核"
    assert codes.code_of("genders", "女") == "2"
    assert codes.label("roles", "R-CITY") == "市职改办审批员"


def test_education_headings_have_a_label_but_are_not_offered() -> None:
    offered = {entry.code for entry in codes.code_list("education_levels")}

    assert "20" not in offered
    assert codes.label("education_levels", "20") == "大学本科教育"


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda: codes.code_list("colours"), "codes.unknown_list"),
        (lambda: codes.label("genders", "7"), "codes.unknown_code"),
        (lambda: codes.code_of("genders", "男人"), "codes.unknown_label"),
        (lambda: codes.region("450122"), "codes.unknown_region"),
        (lambda: codes.band_of("9"), "codes.unknown_code"),
        (lambda: codes.level_code("特级"), "codes.unknown_label"),
        (lambda: codes.business_code("评奖"), "codes.unknown_label"),
    ],
)
def test_the_unknown_is_refused(ask, code: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DomainError) as refused:
        ask()
    assert refused.value.code == code


def test_titles_of_a_series_and_level_over_all_tracks() -> None:
    assert [title.title for title in codes.titles_of("05", "3")] == ["工程师"]
    assert {title.track for title in codes.titles_of("04", "1")} == {"医", "药", "护", "技"}
    assert codes.level_of_title("22", "一级教师") == "3"
    assert codes.level_of_title("22", "中学一级教师") is None


def test_every_title_has_exactly_one_level_within_its_series() -> None:
    with (DATA / "title_series.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found = codes.level_of_title(row["series_code"], row["title_zh"])
            assert found == row["level_code"]


@pytest.mark.parametrize(
    ("level", "name", "band"),
    [
        ("1", "正高级", "高级"),
        ("2", "副高级", "高级"),
        ("3", "中级", "中级"),
        ("4", "助理级", "初级"),
        ("5", "员级", "初级"),
    ],
)
def test_levels_and_bands(level: str, name: str, band: str) -> None:
    assert codes.level_label(level) == name
    assert codes.band_of(level) == band
    assert codes.level_code(name) == level
    assert codes.is_up_to(level, codes.level_code(band))
    assert not codes.is_up_to("1", "2")


def test_a_band_spans_its_levels() -> None:
    assert (codes.level_code("高级"), codes.lowest_level("高级")) == ("1", "2")
    assert (codes.level_code("初级"), codes.lowest_level("初级")) == ("4", "5")


@pytest.mark.parametrize(
    ("code", "profile", "calendar", "city"),
    [
        ("450000", "GX", "450000", None),
        ("450103", "NN", "450000", "450100"),
        ("450200", "LZ", "450000", "450200"),
        ("450721", "QZ", "450000", "450700"),
        ("450302", "GX", "450000", "450300"),
        ("640402", "NX", "640000", "640400"),
    ],
)
@pytest.mark.req("R227")
def test_a_region_has_a_profile_a_calendar_and_a_city(
    code: str, profile: str, calendar: str, city: str | None
) -> None:
    assert codes.profile_of_region(code) == profile
    assert codes.calendar_region(code) == calendar
    assert codes.city_of(code) == city


def test_every_region_leads_up_to_one_of_the_two_provinces() -> None:
    provinces = {region.code for region in codes.regions_under(None)}

    assert provinces == {"450000", "640000"}
    for entry in codes.code_list("regions"):
        assert codes.province_of(entry.code) in provinces


def test_abolished_regions_are_known_apart() -> None:
    wuming = codes.historic_region("450122")

    assert wuming is not None
    assert (wuming.name, wuming.successor) == ("武鸣县", "450110")
    assert codes.historic_region("450110") is None


def test_a_code_cannot_be_changed() -> None:
    entry = codes.code_list("degrees")[0]

    with pytest.raises(AttributeError):
        entry.label = "x"  # type: ignore[misc]
