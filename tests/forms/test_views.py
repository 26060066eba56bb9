from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from lxml import html as lxml_html

from app.forms import AttachmentInfo, FormContext, load_form, view
from app.forms.expressions import ShowWhen, show_when
from app.forms.fieldviews import Mode
from tests.forms.building import (
    ROOT,
    context,
    errors_of,
    everything,
    field,
    form_of,
    render,
    text_of_kind,
    values_of,
)  # fmt: skip

RAW = {"work_history": [{"from": "x"}, {}], "hours": "很多", "origin": "MOVED", "ways": ["PHONE"]}
RECORDS = [{"title": "助理工程师", "year": 2016}, {"title": "<工程师>", "year": None}]


def page_with_errors() -> lxml_html.HtmlElement:
    form, at = everything(), context(records=RECORDS)
    return lxml_html.fromstring(render(view(form, RAW, errors_of(form, RAW, at), at)))


def test_moments_have_controls_of_their_own_and_keep_what_was_stored() -> None:
    stored = {"meeting_at": "2026-11-20T09:30:00+08:00", "office_time": "08:30", "topics": ["ROAD"]}
    page = lxml_html.fromstring(render(view(everything(), stored, {}, context())))
    at, clock = page.get_element_by_id("f-meeting_at"), page.get_element_by_id("f-office_time")

    assert (at.get("type"), at.get("value"), at.get("step")) == (
        "datetime-local", "2026-11-20T09:30", "300",
    )  # fmt: skip
    assert (clock.get("type"), clock.get("value"), clock.get("step")) == ("time", "08:30", "1800")
    assert page.xpath("//input[@name='topics' and @checked]/@value") == ["ROAD"]


def test_moments_and_tags_read_as_people_say_them() -> None:
    stored = {"meeting_at": "2026-11-20T09:30:00+08:00", "office_time": "08:30",
              "topics": ["BRIDGE", "ROAD"]}  # fmt: skip
    page = render(view(everything(), stored, {}, context(), mode="read"))

    assert ">2026-11-20 09:30<" in page
    assert ">08:30<" in page
    assert ">桥梁、道路<" in page


def preview(**more: Any) -> FormContext:
    """A context whose case holds a picture and a paper, and forgets what else is asked for."""
    held = {
        "A1": AttachmentInfo("A1", "扫描件.jpg", "image/jpeg", 2048, address="/attachments/A1"),
        "A2": AttachmentInfo("A2", "证明.pdf", "application/pdf", 2048, address="/attachments/A2"),
    }
    return replace(context(**more), document=held.get)


@pytest.mark.parametrize("mode", ["edit", "read"])
def test_documents_of_the_case_are_shown_by_expression(mode: Mode) -> None:
    documents = [{"id": "A1", "key": "evidence"}, {"id": "A2", "key": "photo"}]
    form = form_of(
        {"type": "documentPreview", "id": "d", "label": "材料",
         "dataSource": '=documents[key = "evidence"]'},
        field("textfield"),
    )  # fmt: skip
    page = lxml_html.fromstring(render(view(form, {}, {}, preview(documents=documents), mode=mode)))

    assert page.xpath("//a/@href") == ["/attachments/A1"]
    assert page.xpath("//details/img/@alt") == ["扫描件.jpg的预览"]
    assert page.xpath("//details/img/@loading") == ["lazy"]
    assert values_of(form, {"d": ["A1"], "field": "x"}) == {"field": "x"}


def test_documents_that_the_case_does_not_hold_are_not_shown() -> None:
    form = form_of(
        field("textfield"),
        {"type": "documentPreview", "id": "d", "label": "材料", "dataSource": "=[field, 7, null]"},
    )

    for typed, shown in (("A2", ["/attachments/A2"]), ("foreign", []), ("", [])):
        page = lxml_html.fromstring(render(view(form, {"field": typed}, {}, preview())))
        assert page.xpath("//a/@href") == shown
        assert ("没有材料" in page.text_content()) is not bool(shown)


@pytest.mark.parametrize("mode", ["edit", "read"])
def test_picture_carries_its_alternative_text(mode: Mode) -> None:
    page = lxml_html.fromstring(render(view(everything(), {}, {}, context(), mode=mode)))

    (picture,) = page.xpath("//figure/img")
    assert picture.get("src").startswith("data:image/png;base64,")
    assert picture.get("alt") == "签字位置示意图"


def test_every_control_has_a_label() -> None:
    page = page_with_errors()
    labelled = set(page.xpath("//label/@for"))

    controls = page.xpath("//input[not(@type='hidden')] | //select | //textarea")

    assert controls
    assert [c.get("name") for c in controls if c.get("id") not in labelled] == []


def test_every_id_is_unique_and_every_reference_leads_somewhere() -> None:
    page = page_with_errors()
    ids = Counter(page.xpath("//@id"))
    pointing = " ".join(page.xpath("//@aria-describedby | //@for | //@aria-labelledby")).split()
    links = [href[1:] for href in page.xpath("//a[starts-with(@href,'#')]/@href")]

    assert [name for name, count in ids.items() if count > 1] == []
    assert [name for name in pointing + links if name not in ids] == []


def test_summary_counts_and_leads_to_each_error_in_order() -> None:
    page = page_with_errors()
    summary = page.get_element_by_id("error-summary")

    assert summary.get("tabindex") == "-1"
    assert "有 7 处需要修改" in summary.text_content()
    assert "第1行：请填写从事工作" in summary.text_content()
    assert [href.removeprefix("#f-") for href in summary.xpath(".//a/@href")] == [
        "unit", "hours", "former_unit", "contact_post", "work_history-0-from",
        "work_history-0-what", "signature",
    ]  # fmt: skip


def test_field_in_error_is_marked_for_everyone() -> None:
    (control,) = page_with_errors().xpath("//input[@name='hours']")

    assert control.get("aria-invalid") == "true"
    assert control.get("aria-describedby") == "f-hours-error"
    assert "is-invalid" in control.get("class")
    assert control.get("value") == "很多"


def test_required_is_said_in_words() -> None:
    html = render(view(form_of(field("textfield", validate={"required": True})), {}, {}, context()))

    assert "（必填）" in html
    assert "aria-required" in html


def test_page_has_no_inline_script_or_style() -> None:
    html = render(view(everything(), RAW, {}, context(records=RECORDS)))

    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", html)


def test_values_are_escaped_everywhere() -> None:
    evil = "<script>alert(1)</script>**x**"
    form, at = everything(), context(person={"name": evil}, records=[{"title": evil}])
    raw = dict.fromkeys(form.keys(), evil) | {"work_history": [{"what": evil}]}

    assert "<script" not in render(view(form, raw, errors_of(form, raw, at), at))
    assert "<strong>x" not in render(view(form, raw, {}, at, mode="read"))


def test_field_that_may_appear_in_the_browser_is_rendered_and_not_required() -> None:
    page = lxml_html.fromstring(render(view(everything(), {}, {}, context())))

    (wrapper,) = page.xpath("//div[@data-show-when and .//input[@name='former_unit']]")
    (control,) = wrapper.xpath(".//input")

    assert wrapper.get("data-condition-keys") == "origin"
    assert wrapper.get("data-show-when") == "origin=MOVED"
    assert control.get("aria-required") is None


def test_field_that_only_the_server_can_show_waits_for_the_refresh_button() -> None:
    form = everything()
    before = render(view(form, {}, {}, context()))
    after = render(view(form, {"ways": ["PHONE"]}, {}, context()))

    assert 'name="_refresh"' in before
    assert 'name="contact_post"' not in before
    assert 'name="contact_post"' in after


def test_condition_in_a_row_names_the_control_of_its_row() -> None:
    row = [field("checkbox", "a"), field("textfield", "b", conditional={"hide": "=a != true"})]
    rows = {"type": "dynamiclist", "path": "rows", "label": "行", "components": row}
    html = render(view(form_of(rows), {"rows": [{}, {}]}, {}, context()))

    assert 'data-show-when="rows-1-a=true"' in html
    assert 'data-condition-keys="rows-1-a"' in html


@pytest.mark.parametrize(
    ("hide", "found"),
    [
        ('=outcome = "AGREE"', ShowWhen("outcome", "!=", "AGREE")),
        ("=a != true", ShowWhen("a", "=", "true")),
        ("=a = null", ShowWhen("a", "!=", "")),
        ('=a = "x" or b = "y"', None),
        ("=a.b = 1", None),
    ],
)
def test_only_simple_conditions_are_left_to_the_browser(hide: str, found: ShowWhen | None) -> None:
    assert show_when(hide) == found


def test_reading_masks_personal_numbers_unless_told_otherwise() -> None:
    form = form_of(text_of_kind("id_number"), field("textfield", "plain"))
    stored = {"field": "450126199011029962", "plain": "甲"}

    masked = render(view(form, stored, {}, context(), mode="read"))
    full = render(view(form, stored, {}, context(), mode="read", full=True))

    assert "450***********9962" in masked
    assert "450126199011029962" not in masked
    assert "450126199011029962" in full


def test_owner_edits_the_full_number() -> None:
    html = render(view(form_of(text_of_kind("mobile")), {"field": "19900000001"}, {}, context()))

    assert "19900000001" in html


def test_reading_shows_what_was_stored_not_what_is_known_today() -> None:
    form = form_of(
        field("textfield", readonly=True, properties={"prefill": "=person.name"}),
        {"type": "expression", "key": "sum", "label": "合计", "expression": "=1 + 1"},
        field("textfield", "now_hidden", conditional={"hide": "=person.name != null"}),
    )
    stored = {"field": "旧名", "sum": 7, "now_hidden": "仍在"}

    html = render(view(form, stored, {}, context(), mode="read"))

    assert "旧名" in html
    assert "7" in html
    assert "仍在" in html


def test_reading_shows_labels_dates_files_and_rows() -> None:
    form, at = everything(), context(records=RECORDS)
    values = values_of(
        form,
        {"unit": "第一单位", "signature": True, "seal": True, "series": "05", "ways": ["LETTER"],
         "evidence": ["A1"], "work_history": [{"from": "2020-01-01", "what": "设计"}]}, at,
    )  # fmt: skip

    html = render(view(form, values, {}, at, mode="read"))

    wanted = "工程技术人员 发函 A1.pdf 2020-01-01 公章 &lt;工程师&gt; 助理工程师 未填写"
    assert [words for words in wanted.split() if words not in html] == []
    assert "韦启澜（2026-03-02 10:00）" in html
    assert "<input" not in html


def test_stored_signature_is_not_ticked_again() -> None:
    form = form_of(field("checkbox", properties={"kind": "signature"}))
    stored = values_of(form, {"field": True})

    assert "checked" not in render(view(form, stored, {}, context()))
    assert "checked" in render(view(form, {"field": True}, {}, context()))


def test_locked_choice_posts_nothing() -> None:
    form = form_of(
        field("select", readonly=True, valuesKey="organisations",
              properties={"prefill": '="DW-002"'})
    )  # fmt: skip
    html = render(view(form, {"field": "DW-001"}, {}, context()))

    assert "第二单位" in html
    assert 'name="field"' not in html


def test_new_list_opens_with_a_row_and_offers_more() -> None:
    form = everything()
    html = render(view(form, form.initial(context()), {}, context()))

    assert 'name="work_history-0-what"' in html
    assert 'name="_add" value="work_history"' in html
    assert 'name="_remove" value="work_history-0"' in html


def test_review_form_shows_who_signs_and_which_seal() -> None:
    path = ROOT / "forms/shared/review.form"
    html = render(view(load_form(path.read_bytes(), path.name), {}, {}, context()))

    assert "签字人：韦启澜" in html
    assert "加盖：第一单位公章" in html
