"""A model's Markdown is shown, and can do nothing else."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from hypothesis import given

from notegen_desktop.domain.links.outgoing_links import plain_mail
from notegen_desktop.domain.text.cleaning import clean, clean_for_xml, harmless, visible
from notegen_desktop.services.markup.html import LIMIT_CHARS, one_page, plain_html, to_html
from notegen_desktop.services.markup.safe_markdown import safe_markdown
from tests.fakes.clock import StepClock
from tests.properties import examples, texts


class Tags(HTMLParser):
    """Every tag and address of a fragment."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.addresses: list[str] = []
        self.feed(fragment)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


def test_the_usual_markdown_is_rendered() -> None:
    shown = to_html("## A\n\n- **b** [1:02](https://v.example/?t=62s)\n\n|x|\n|-:|\n|1|\n\n~~old~~")
    tags = Tags(shown)
    assert {"h2", "ul", "li", "strong", "a", "table", "th", "td", "s"} <= tags.names
    assert tags.addresses == ["https://v.example/?t=62s"]
    assert 'style="text-align:right"' in shown


@pytest.mark.parametrize(
    ("written", "bold"),
    [
        ("中文**粗体。**后面", ["粗体。"]),
        ("これは**「引用」**です", ["「引用」"]),
        ("이것은 **강조(설명)**은", ["강조(설명)"]),
        ("**重点：**内容，**(二)**文", ["重点：", "(二)"]),
        ("中 ** 不是 ** 文", []),
        ("a **b.**c 5 ** 3", []),  # as CommonMark has it, where there are spaces between words
    ],
)
def test_bold_beside_scripts_without_spaces_is_bold(written: str, bold: list[str]) -> None:
    shown = to_html(written)
    assert re.findall("<strong>(.*?)</strong>", shown) == bold
    assert bool(bold) != ("**" in shown)
    assert to_html(safe_markdown(written)) == shown


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("| one<br>two<BR />three | b |", ["one<br>two<br>three", "b"]),
        ("| `a|b` | c | d |", ["`a", "b` | c | d"]),
        ("| 1 | 2 | 3", ["1", "2 | 3"]),
        ("| 1 |", ["1", ""]),
        ("| a \\| b | c |", ["a | b", "c"]),
    ],
)
def test_a_table_shows_every_word_of_its_cells(row: str, cells: list[str]) -> None:
    table = f"- in a list\n\n  | x | y |\n  |---|---|\n  {row}\n\n  after"
    for written in (table, safe_markdown(table)):
        shown = re.sub("<br>\\s*", "<br>", to_html(written))
        assert re.findall("<td>(.*?)</td>", shown) == cells
        assert "<p>after</p>" in shown


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=https://t.example/x.png onerror=alert(1)>",
        "![pixel](https://t.example/x.png)",
        "![pixel](file:///etc/passwd)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#115;cript:alert(1))",
        "[x](file:///etc/passwd)",
        "[x](//evil.example/a)",
        "[x](/etc/passwd)",
        "[x](data:text/html,hi)",
        "<file:///etc/passwd>",
        "[x][1]\n\n[1]: vbscript:x",
        "<iframe src='https://t.example'></iframe>",
        "<a href='https://t.example' onclick='x()'>y</a>",
        "```html\n<script>1</script>\n```",
    ],
)
def test_nothing_is_run_fetched_or_opened(hostile: str) -> None:
    tags = Tags(to_html(hostile))
    assert not tags.names & {"script", "img", "iframe", "style", "object", "form", "svg"}
    assert tags.addresses == []


def test_an_image_becomes_its_description() -> None:
    assert to_html("![a cat & a dog](https://t.example/c.png)") == "<p>a cat &amp; a dog</p>\n"


def test_text_that_is_no_text_is_mended() -> None:
    assert to_html("a\0b \ud800 \ud83d\ude00") == "<p>a\ufffdb \ufffd 😀</p>\n"


RLO, LRI, PDI, ZWSP, ESC, BEL = "\u202e", "\u2066", "\u2069", "\u200b", "\x1b", "\x07"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"`if a{RLO} {LRI}// admin{PDI}`", "<p><code>if a // admin</code></p>"),
        (f"```\na{ZWSP}b\u2060\ufeff = {RLO}1\n```", "<pre><code>ab = 1\n</code></pre>"),
        (f"[pay{ZWSP}pal{RLO}](https://a.example)", ">paypal</a>"),
        ("[pay&#x202E;pal&#8203;](https://a.example)", ">paypal</a>"),
        ("words &#x202E;turned&#x2066;", "<p>words turned</p>"),
        (f"a{ESC}[31mred{ESC}[0m {ESC}]0;title{BEL}b{BEL}", "<p>ared b</p>"),
        (f"{ESC}[2J{ESC}", ""),
        ("می\u200cخواهم 👩\u200d💻 א\u200f!", "<p>می\u200cخواهم 👩\u200d💻 א\u200f!</p>"),
        ("`👩\u200d💻 a\u200db`", "<p><code>👩\u200d💻 ab</code></p>"),
    ],
)
def test_what_is_not_seen_changes_nothing(text: str, shown: str) -> None:
    assert shown in to_html(text)
    assert not set(to_html(text)) & {RLO, LRI, PDI, ESC, BEL}


@pytest.mark.parametrize(
    ("link", "left"),
    [
        ("mailto:a@b.example?attach=/etc/passwd&subject=Hi", "mailto:a@b.example?subject=Hi"),
        ("mailto:a@b.example?bcc=c@d.example&cc=e@f.example", "mailto:a@b.example"),
        ("MAILTO:a@b.example?At%74ach=x&body=A+b%0Ac", "mailto:a@b.example?body=A%2Bb%0Ac"),
        (
            "mailto:a@b.example%0Abcc:x?subject=x%0D%0ABcc:%20e@f.example",
            "mailto:a@b.examplebcc:x?subject=x%20Bcc%3A%20e%40f.example",
        ),
        ("mailto:?to=a@b.example&amp;attach=x", "mailto:a@b.example"),
        ("https://a.example/?attach=1&bcc=2", "https://a.example/?attach=1&bcc=2"),
    ],
)
def test_a_mail_link_attaches_nothing_and_has_no_hidden_copy(link: str, left: str) -> None:
    assert plain_mail(link) == left
    address = re.search('href="([^"]*)"', to_html(f"[write]({link})"))
    assert address is not None
    assert unquote(html.unescape(address[1])) == unquote(left)
    assert "attach" not in safe_markdown(f"[write]({link}) <{link}>") or link == left


def test_the_limit_of_time_holds_for_a_page_and_leaves_some_to_each_text(steps: StepClock) -> None:
    hostile, honest = "![" * 50_000, "some **plain** words"
    with steps.counting(), one_page(1.0):
        shown = [to_html(text) for text in [hostile, honest] * 20]
    assert steps.thread_time() < 3.0
    assert all(to_html(honest) == text for text in shown[1:10:2])


HOSTILE = {
    "brackets": "[" * 100_000,
    "images": "![" * 50_000,
    "links": "[a](" * 50_000,
    "emphasis": "**a _b " * 50_000,
    "lists": "- " * 20_000,
    "quotes": ">" * 99_999,
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_text_built_to_be_slow_is_shown_plain_in_time(hostile: str, steps: StepClock) -> None:
    with steps.counting():
        assert to_html(hostile, limit_s=0.2)
    assert steps.thread_time() < 2.0


def test_a_text_out_of_time_keeps_every_word() -> None:
    shown = to_html("first\n\n" + "[" * 100_000 + " <last>", limit_s=0.05)
    assert shown.startswith("<p>first</p>")
    assert "&lt;last&gt;" in shown


@pytest.mark.parametrize(
    "deep",
    [
        "".join("  " * depth + f"- word{depth}\n" for depth in range(60)) + "\nword60",
        "".join(">" * depth + f" word{depth}\n\n" for depth in range(61)),
        "- " * 100 + " ".join(f"word{number}" for number in range(61)),
    ],
    ids=["lists", "quotes", "one line"],
)
def test_a_text_nested_too_deep_keeps_every_word(deep: str) -> None:
    shown = to_html(deep)
    assert all(re.search(rf"\bword{number}\b", shown) for number in range(61))


def test_what_comes_after_a_slow_paragraph_keeps_its_form() -> None:
    shown = to_html("- **a**\n\n" + "[" * 100_000 + "\n\n- b", limit_s=0.05)
    assert shown.startswith("<ul>\n<li><strong>a</strong></li>")
    assert "<li>b</li>" in shown


@pytest.mark.parametrize(
    "text",
    ["It costs $5 and $6.", "From $5-$6, US$7 or A$8", "a $ b $ c", "100$ and 200$", "$x"],
)
def test_prices_are_no_formulas(text: str) -> None:
    assert to_html(f"{text} *so*") == f"<p>{text} <em>so</em></p>\n"


def test_an_enormous_text_is_plain_at_once() -> None:
    assert "<strong>" not in to_html("**a** " * (LIMIT_CHARS // 5))


def test_plain_text_keeps_its_lines() -> None:
    assert plain_html("a\nb\n \n<c>") == "<p>a<br>b</p>\n<p>&lt;c&gt;</p>\n"


@examples(150)
@given(texts())
def test_no_text_raises_and_all_are_encodable(text: str) -> None:
    to_html(text).encode()
    clean(text).encode()
    assert "\0" not in clean_for_xml(text)
    assert clean(clean(text)) == clean(text)
    assert harmless(harmless(text)) == harmless(text)
    assert visible(visible(text)) == visible(text)
