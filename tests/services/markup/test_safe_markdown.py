"""Markdown that leaves the program is active in no program that reads it, and reads as written."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from notegen_desktop.domain.notes.note import Draft, DraftSection, Level, Note, Section
from notegen_desktop.services.markup.html import to_html
from notegen_desktop.services.markup.note_markdown import draft_markdown, note_markdown
from notegen_desktop.services.markup.safe_markdown import literal, safe_markdown
from tests.fakes.notes import VIDEO, a_note
from tests.properties import examples, texts

from .test_markdown_html import Tags


def in_another_program(markdown: str) -> Tags:
    """Rendered by one that runs raw HTML, shows pictures and follows every address."""
    other = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    other.validateLink = lambda url: True  # type: ignore[method-assign]
    return Tags(other.render(markdown))


ALLOWED = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol",
    "p", "pre", "s", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip

HOSTILE_TEXTS = [
    "<script>alert(1)</script>",
    "text <script\n>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "- <iframe src='https://t.example'></iframe>",
    "> <svg/onload=alert(1)>",
    "<div\nonclick=x()",
    "<!-- hidden --> <?php x ?> <!DOCTYPE x> <![CDATA[x]]>",
    "<a href='https://t.example' onclick='x()'>y</a>",
    "a <b onmouseover=x()>c</b>",
    "![pixel](https://t.example/p.png)",
    "![pixel][1]\n\n[1]: https://t.example/p.png",
    "![pixel][1]\n\n[1]: data:image/png;base64,x",
    "!\\[x](https://t.example)",
    "\\![x](https://t.example)",
    "!&#91;x](https://t.example)",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](file:///etc/passwd)",
    "[x](vbscript:x) [y](//evil.example) [z](/etc/passwd) [r](obsidian://open?vault=x)",
    "[a\\](b)](javascript:x)",
    "<javascript:alert(1)>",
    "<file:///etc/passwd>",
    "[x]: javascript:alert(1)\n\n[x]",
    "[1:02]: javascript:alert(1)",
    "> [x]: file:///etc/passwd\n\n[x]",
    "[x\ny]: javascript:alert(1)",
    "[^1]: javascript:alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;",
    "\\<script>alert(1)</script>",
    "`a` <b>`</b>`",
    "| a | b |\n|---|---|\n| <img src=x> | [x](javascript:1) |",
    "# <script>alert(1)</script>",
    "$<img src=x onerror=alert(1)>$",
    "$$\n<script>alert(1)</script>\n$$",
    "$[x](javascript:alert(1))$ \\(![x](https://t.example)\\)",
    "\\[\n[x]: javascript:alert(1)\n\\]",
    "***<b>**x*",
    "```\n```\n<script>alert(1)</script>",
    "    <b>\n\n<script>",
    "a&#10;<script>alert(1)</script>",
    "a&#10;&#10;[x]: javascript:alert(1)",
    "\u2028<script>x</script>\u0085<b>",
]


@pytest.mark.parametrize("hostile", HOSTILE_TEXTS)
def test_nothing_hostile_is_active_in_another_program(hostile: str) -> None:
    section = Section(hostile, (), hostile, hostile, hostile)
    after = Section("[1:02]", (), *["[1:02] [x] [1] [pixel] ![pixel]"] * 3)
    video = replace(VIDEO, title=hostile, channel=hostile)
    note = a_note(title=hostile, video=video, sections=(section, after))
    for written in (
        safe_markdown(hostile),
        note_markdown(note, Level.STANDARD),
        draft_markdown(Draft(hostile, (DraftSection(hostile, (), hostile),)), Level.CONCISE),
    ):
        tags = in_another_program(written)
        assert tags.names <= ALLOWED
        assert all(address.startswith(("https://", "http://")) for address in tags.addresses)
        assert "![[" not in written


def test_a_definition_of_one_section_names_no_link_of_another() -> None:
    first = Section("A", (), *["words [1:02]\n\n[1:02]: https://evil.example"] * 3)
    note = a_note(sections=(first, Section("[1:02]", (), *["see [1:02]"] * 3)))
    tags = in_another_program(note_markdown(note, Level.STANDARD))
    assert tags.addresses.count("https://evil.example") == 1


@pytest.mark.parametrize(
    "sign", ["![[file.pdf]]", "[[Page]]", "{{embed x}}", "{: onclick=x()}", "x{onclick=x()}"]
)
def test_signs_of_wikis_and_macros_are_words(sign: str) -> None:
    written = safe_markdown(f"see {sign} there")
    assert re.search(rf"(?<!\\){re.escape(sign)}", written) is None
    assert to_html(written) == to_html(f"see {sign} there")


@pytest.mark.parametrize("text", ["---\ntitle: x\n---\n\nwords", "---\n\n- a\n- b"])
def test_no_text_begins_with_the_properties_of_a_file(text: str) -> None:
    assert not safe_markdown(text).startswith("---")
    assert not safe_markdown("&#45;--\n").startswith("---")


READABLE = """Words *em* _em_ **bold `code`** ~~old~~ x < y, a > b, 2 * 3, 2*3, a_b_c, AT&T,
#tag, C#, [note] (see) it's "so" 5% ~3 + 4 = 7 - 1; $5 and $6, C:\\Users, f(x)[0], {a}, 100!

# Heading in C#

- one
- two
    1. first
    2. second

* loose

* items

1) x
2) y

> quoted
>
> - said

```py
if a < b:
    print("<b>", [1](2))
```

| a | b |
| :-- | --: |
| 1 | `x\\|y` |

---

A [link](https://e.example/A_(b)?c=1&d=2 "title") and <https://e.example/>, a line\x20\x20
that breaks.

Formulas $a_1 * b_1$, \\(x^2\\,y\\) and

$$
a = \\frac{b}{c} \\\\
- d
$$
"""


def test_what_people_write_stays_as_they_wrote_it() -> None:
    assert safe_markdown(READABLE) == READABLE


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("Talk [4K] on A-B: 1:58 (part 2)", "Talk [4K] on A-B: 1:58 (part 2)"),
        ("__init__ in Python", "\\_\\_init\\_\\_ in Python"),
        ("snake_case & C# < 3", "snake_case & C# < 3"),
        ("# One - two", "# One - two"),
        ("C #", "C \\#"),
        ("a\n# b", "a # b"),
        ("Vec<T>", "Vec&lt;T>"),
        ("![x](http://e.example/x.png)", "![x]\\(http://e.example/x.png)"),
        ("`x` | *y*", "\\`x\\` | \\*y\\*"),
        ("$x$ \\(y\\)", "\\$x$ \\\\(y\\\\)"),
        ("&lt;", "&amp;lt;"),
    ],
)
def test_a_title_is_escaped_no_more_than_it_must(title: str, written: str) -> None:
    assert safe_markdown(f"# {literal(title)}") == f"# {written}\n"


TITLES = [
    "A ] b", "[4K] x ] y", "] [", "[[x]]", "__init__", "# x", "1. a", "- a", "+ a", "> a", "a|b",
    "`x`", "``` x", "~~~", "<b>", "a\nb", "![x](http://a.b)", "[a](b)", "*", "**a**", "***", "---",
    "===", "\\", "a\\", "\\[x\\]", "$x$", "&amp;", "!", "x!", "{#id}", "[x]: y", "C #",
    "1) b", ":-)",
]  # fmt: skip


@pytest.mark.parametrize("title", TITLES)
def test_every_title_is_read_as_it_is(title: str) -> None:
    video = replace(VIDEO, title=title, channel=title)
    note = a_note(title=title, video=video, sections=(Section(title, (), *["x"] * 3),))
    other = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = other.parse(note_markdown(note, Level.STANDARD))
    assert [token.type for token in tokens[::3]] == ["heading_open", "paragraph_open"] * 2
    first, about, heading, _ = ["".join(words(t.children or [])) for t in tokens[1::3]]
    line = " ".join(title.split())
    assert first == heading == line
    assert about == f"{line} · {line} · 1:00:00"
    assert [t.attrGet("href") for t in tokens[4].children or [] if t.type == "link_open"] == [
        VIDEO.url
    ]


def words(tokens: list) -> list[str]:  # type: ignore[type-arg]
    return [token.content for token in tokens]


def test_an_address_with_parentheses_stays_one() -> None:
    for url in ("https://e.example/A_(b)", "https://e.example/a)b", "https://e.example/((a"):
        note: Note = a_note(video=replace(VIDEO, url=url))
        assert url in in_another_program(note_markdown(note, Level.STANDARD)).addresses


MARKUP = st.lists(
    st.sampled_from(
        [
            *"*_`~[]()!<>#-+=|\\&;:$^{}.1a ",
            "\n", "\n\n", "  \n", "\n- ", "\n1. ", "\n    ", "> ", "```", "~~", "**", "](",
            "<b>", "![", "[a]: ", "https://e.example/", "&lt;", "&#35;", "word", " x ",
            "| a |\n|-|\n", "<br>", "<sub>", "</sub>", "- [x] ", "$$", "\\(", "\\)", "中",
        ]
    )
    | texts(max_size=2),
    max_size=25,
).map("".join)  # fmt: skip


@examples(300)
@given(MARKUP)
@example("[a]()")
@example("- a\n\n      code\n- ```\n  x\n   y")
@example("**\n    ````")
@example("*_\n**")
@example("- \\  \n_\n> a  \n> b")
@example("- | a |\n|-|")
@example("| a |\n|-|\n$*\n*$")
@example("*<br>*")
@example("*_\n<br>*")
@example("*_\n<br>_*")
@example("- - a\n    - b\n\n      c\n2. d\n   3) e")
def test_any_markup_is_harmless_and_means_the_same(text: str) -> None:
    written = safe_markdown(text)
    tags = in_another_program(written)
    assert tags.names <= ALLOWED
    assert all(address.startswith(("http", "mailto:")) for address in tags.addresses)
    assert plain(to_html(written)) == plain(to_html(text))


def plain(html: str) -> str:
    """The words, without the spaces that formulas get."""
    return re.sub(r"\s|<[^>]*>", "", html)
