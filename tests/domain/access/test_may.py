"""May-questions, masks and the disclosure table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import access
from app.domain.access import Actor, Purpose, Reach, Show

PATH = {
    "applicant": "P003", "unit": "DW-005", "department": "DEP-450223-NY",
    "county": "ZGB-450223", "city": "ZGB-450200", "region": "GX-ZGB",
    "hr_body": None, "self_office": None, "serving": "ZGB-450223",
}  # fmt: skip
EVER = {"R-UADM@DW-005", "R-DEPT@DEP-450223-NY", "R-COMM@PWH-450200-05-M"}


def actor(*groups: str, person: str | None = None) -> Actor:
    return Actor("a1", person, "某人", frozenset(groups), None)


@pytest.mark.parametrize(
    ("groups", "sees"),
    [
        (["R-PERS@P003"], True),
        (["R-PERS@P004"], False),
        (["R-UADM@DW-005"], True),
        (["R-UHR@DW-005"], True),  # a task of his organisation existed
        (["R-UADM@DW-003"], False),  # another unit
        (["R-DEPT@DEP-450223-NY"], True),
        (["R-CNTY@ZGB-450223"], False),  # on the path, but never had a task
        (["R-CITY@ZGB-450200"], False),
        (["R-REG@GX-ZGB"], False),  # superior, but never had a task
        (["R-CITY@ZGB-450700"], False),
        (["R-COMM@PWH-450200-05-M"], False),  # had a task, but is not on the path
        (["R-ADM@PLATFORM"], False),
        (["R-AUD@DW-005"], False),  # platform roles never reach a case
        (["R-VEND@DW-005"], False),
        (["R-PERS@DW-005"], False),
        ([], False),
    ],
)
@pytest.mark.req("R232")
def test_who_sees_a_case(groups: list[str], sees: bool) -> None:
    assert access.may_see_case(actor(*groups), PATH, EVER) is sees


def test_bodies_that_joined_the_path_see_the_case() -> None:
    joined = {**PATH, "joined": ["XL-450200-05", "PWH-450200-05-M"]}

    assert access.may_see_case(actor("R-COMM@PWH-450200-05-M"), joined, EVER)
    assert not access.may_see_case(actor("R-SER@XL-450200-05"), joined, EVER)


def test_a_path_without_applicant_belongs_to_nobody() -> None:
    assert not access.may_see_case(actor("R-PERS@None"), {"unit": "DW-005"}, EVER)


@pytest.mark.parametrize(
    ("groups", "open_task", "fully"),
    [
        (["R-PERS@P003"], [], True),
        (["R-UADM@DW-005"], ["R-UADM@DW-005"], True),
        (["R-UADM@DW-005"], [], False),  # the task is over
        (["R-CITY@ZGB-450200"], ["R-UADM@DW-005"], False),
        (["R-VEND@PLATFORM"], ["R-VEND@PLATFORM"], False),
    ],
)
def test_who_sees_a_person_fully(groups: list[str], open_task: list[str], fully: bool) -> None:
    assert access.may_see_person_fully(actor(*groups), "P003", open_task) is fully


@pytest.mark.parametrize(
    ("office", "reach"),
    [
        ("ZGB-450223", Reach.ACT),
        ("ZGB-450200", Reach.ACT),
        ("GX-ZGB", Reach.READ),
        ("ZGB-450700", Reach.NONE),
    ],
)
def test_issuance_reaches_the_reviewer_and_read_only_his_superiors(
    office: str, reach: Reach
) -> None:
    assert reach == access.issuance_reach(
        actor(f"R-CREV@{office}"), applying_office="ZGB-450223",
        reviewing_office="ZGB-450200", superiors={"GX-ZGB"},
    )  # fmt: skip


def test_superiors_see_nothing_before_a_reviewer_is_chosen() -> None:
    assert access.issuance_reach(
        actor("R-REG@GX-ZGB"), applying_office="ZGB-450200", reviewing_office=None,
        superiors={"GX-ZGB"},
    ) == Reach.NONE  # fmt: skip


def test_only_the_owner_edits_a_record_and_only_before_issue() -> None:
    owner = actor("R-CERT@ZGB-450200")

    assert access.may_edit_record(owner, owning_office="ZGB-450200", issued=False)
    assert not access.may_edit_record(owner, owning_office="ZGB-450200", issued=True)
    assert not access.may_edit_record(owner, owning_office="ZGB-450100", issued=False)


def test_a_unit_sees_its_present_staff_only() -> None:
    assert access.may_see_staff(actor("R-UADM@DW-005"), "DW-005")
    assert not access.may_see_staff(actor("R-UADM@DW-005"), "DW-003")
    assert not access.may_see_staff(actor("R-UADM@DW-005"), None)


def test_candidates_share_a_group_with_the_task() -> None:
    assert access.is_candidate(actor("R-UADM@DW-005"), ["R-UADM@DW-005", "R-UHR@DW-005"])
    assert not access.is_candidate(actor("R-UADM@DW-005"), ["R-UADM@DW-003"])


def test_an_actor_has_roles_and_offices() -> None:
    who = actor("R-CERT@ZGB-450200", "R-PERS@P003", "R-ADM@PLATFORM")

    assert who.roles == {"R-CERT", "R-PERS", "R-ADM"}
    assert who.offices == {"ZGB-450200"}
    assert who.holds("R-CERT", "ZGB-450200")
    assert not who.holds("R-CERT", "ZGB-450100")
    assert who.holds("R-CERT")


OFFICER, VENDOR = actor("R-CITY@ZGB-450200"), actor("R-VEND@PLATFORM")
FULL, MASKED, HIDDEN = Show.FULL, Show.MASKED, Show.HIDDEN


@pytest.mark.parametrize(
    ("who", "purpose", "name", "id_number", "mobile"),
    [
        (actor("R-PERS@P003"), Purpose.OWN, FULL, FULL, FULL),
        (OFFICER, Purpose.REVIEW, FULL, FULL, FULL),
        (OFFICER, Purpose.STAFF, FULL, MASKED, MASKED),
        (OFFICER, Purpose.UNIT_QUERY, FULL, MASKED, MASKED),
        (None, Purpose.PUBLICITY, FULL, HIDDEN, HIDDEN),
        (None, Purpose.VERIFICATION, MASKED, HIDDEN, HIDDEN),
        (None, Purpose.STAFF, HIDDEN, HIDDEN, HIDDEN),
        (VENDOR, Purpose.REVIEW, HIDDEN, HIDDEN, HIDDEN),
        (actor("R-ADM@PLATFORM"), Purpose.STAFF, HIDDEN, HIDDEN, HIDDEN),
        (actor("R-AUD@PLATFORM"), Purpose.REVIEW, HIDDEN, HIDDEN, HIDDEN),
        (VENDOR, Purpose.VERIFICATION, MASKED, HIDDEN, HIDDEN),
    ],
)
@pytest.mark.req("R224", "R249")
def test_what_is_shown_for_a_purpose(
    who: Actor | None, purpose: Purpose, name: Show, id_number: Show, mobile: Show
) -> None:
    decision = access.reveal(who, purpose)

    assert (decision.name, decision.id_number, decision.mobile) == (name, id_number, mobile)


def test_fields_are_shown_as_decided() -> None:
    assert access.shown("name", "韦启澜", MASKED) == "韦*澜"
    assert access.shown("id_number", "450103198603179973", FULL) == "450103198603179973"
    assert access.shown("birth_date", "1986-03-17", MASKED) is None
    assert access.shown("mobile", "19900000001", HIDDEN) is None
    assert access.shown("mobile", None, FULL) is None


@pytest.mark.parametrize(
    ("name", "masked"),
    [("韦启澜", "韦*澜"), ("农苇", "农*"), ("欧阳一苇", "欧**苇"), ("韦", "*"), ("", "*")],
)
def test_names_keep_their_first_and_last_character(name: str, masked: str) -> None:
    assert access.mask_name(name) == masked


def test_numbers_keep_three_and_four() -> None:
    assert access.mask_id_number("450103198603179973") == "450***********9973"
    assert access.mask_id_number("452123680512997") == "452********2997"
    assert access.mask_mobile("19900000001") == "199****0001"
    assert access.mask_certificate_number("450100202005310000010") == "*" * 17 + "0010"


@given(st.text(max_size=30))
def test_a_mask_keeps_the_length_and_never_the_whole(text: str) -> None:
    for mask in (access.mask_id_number, access.mask_mobile, access.mask_certificate_number):
        masked = mask(text)
        assert len(masked) == len(text)
        assert not text or "*" in masked


def test_numbers_inside_a_text_are_found_and_masked() -> None:
    line = "拒绝 450103198603179973，手机19900000001。"

    assert access.looks_personal(line)
    assert access.mask_personal(line) == "拒绝 450***********9973，手机199****0001。"


@pytest.mark.parametrize(
    "text",
    ["450100202005310000010", "NNQR2026030200001", "GL45010020200000001", "0190a1b2c3d4e5f60718"],
)
def test_certificate_and_case_numbers_are_not_taken_for_personal_ones(text: str) -> None:
    assert not access.looks_personal(text)
