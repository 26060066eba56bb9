from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from app.forms.components import Text
from app.forms.markdown import render
from app.forms.statictext import render_texts

ALLOWED = {"div", "h2", "h3", "h4", "h5", "h6", "p", "br", "ul", "ol", "li", "a", "strong", "em"}


def test_headings_lists_emphasis_and_links() -> None:
    html = render(
        "# 须知\n\n1. **一**\n2. *二*\n\n- 甲\n- 乙\n\n见[通知](https://example.com/a)。\n第二行"
    )

    assert html == (
        "<h2>须知</h2><ol><li><strong>一</strong></li><li><em>二</em></li></ol>"
        "<ul><li>甲</li><li>乙</li></ul>"
        '<p>见<a href="https://example.com/a" rel="noopener noreferrer">通知</a>。<br>第二行</p>'
    )


def test_first_heading_follows_the_pages_own() -> None:
    assert render("## 甲\n\n### 乙") == "<h2>甲</h2><h3>乙</h3>"


def test_html_and_script_addresses_stay_text() -> None:
    html = render('<img src=x onerror=alert(1)> [x](javascript:alert(1)) [y](//evil) [z](/a"b)')

    assert "<img" not in html
    assert '<a href="javascript' not in html
    assert '<a href="//' not in html
    assert 'a"b' not in html


@given(text=st.text(st.sampled_from("*_[](){}#<>&\"'/ -1.\nab:https")))
def test_only_allowed_tags_and_addresses_come_out(text: str) -> None:
    tree = lxml_html.fromstring(f"<div>{render(text)}</div>")

    assert {element.tag for element in tree.iter()} <= ALLOWED
    assert all(not a.get("href").startswith("javascript") for a in tree.iter("a"))
    assert all(set(element.attrib) <= {"href", "rel"} for element in tree.iter())


def test_values_bring_no_markup() -> None:
    text = Text(element="t", text="姓名：**{{ name }}**，{{name}}")

    assert render_texts(text, {"=name": "*a* <b>\n[x](https://e.com)"}) == (
        "<p>姓名：<strong>*a* &lt;b&gt;<br>[x](https://e.com)</strong>，"
        "*a* &lt;b&gt;<br>[x](https://e.com)</p>"
    )


def test_computed_text_is_one_value() -> None:
    text = Text(element="t", text='="# " + name')

    assert render_texts(text, {'="# " + name': "# <甲>"}) == "<p># &lt;甲&gt;</p>"
