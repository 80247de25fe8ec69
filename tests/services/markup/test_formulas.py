"""What is a formula, and that it is a harmless one; tasks, code and raised letters."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from notegen_desktop.services.markup.code import COLOURS, LIMIT_S, coloured
from notegen_desktop.services.markup.formulas import mathml
from notegen_desktop.services.markup.html import to_html
from notegen_desktop.services.markup.safe_markdown import safe_markdown
from notegen_desktop.services.markup.typesetting import MAX_EM, outline, scaled
from tests.fakes.clock import StepClock


def formulas_in(markdown: str) -> list[str]:
    found: list[str] = []
    to_html(markdown, formula=lambda source: found.append(source) or "")  # type: ignore[func-returns-value]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $6.",
        "From $5-$6, US$7 or A$8",
        "a $ b $ c",
        "100$ and 200$",
        "$x",
        "$1,000.50 or $2,000",
        "It costs $5",
        "US$5",
        "$5 and 6$",
        "between $5-10 and 10$ each",
        "$HOME/$USER, $PATH and $HOME. $PATH,$HOME",
        "$(pwd)/$(ls) ${a}/${b}",
        "kill $$ and echo $$",
        "$AAPL/$TSLA and ($AAPL) against ($TSLA)",
        "$x=$y; $a.$b",
        "`$HOME` and `$x$`",
        "    $x$",
        "```\n$x$ $$y$$\n```",
        r"costs \$5 or 6\$",
        "$$5 and $$6",
        "${name}$suffix",
    ],
)
def test_money_and_shells_are_no_formulas(text: str) -> None:
    assert formulas_in(text) == []
    assert formulas_in(safe_markdown(text)) == []


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("the $i$th and $k$-means, $n$'s", ["$i$", "$k$", "$n$"]),
        ("设$x$为实数，$y$也是。", ["$x$", "$y$"]),
        ("($x$), **$y$** and *$a_1$*_", ["$x$", "$y$", "$a_1$"]),
        ("$ x^2 $", ["$ x^2 $"]),
        ("pays $5, where $x=5$", ["$x=5$"]),
        ("so $$x$$ and $|x|$", ["$$x$$", "$|x|$"]),
        ("| $|x|$ | $\\|y\\|$ |\n|-|-|\n| $a|b$ | `a` |", ["$|x|$", "$|y|$", "$a|b$"]),
        (r"\(x\) and \[y\]", [r"\(x\)", r"\[y\]"]),
        ("$$\na\n= b\n$$", ["$$ a = b $$"]),
        ("- $$\n  a\n  $$\n- $b$", ["$$ a $$", "$b$"]),
        ("```math\n\\frac{a}{b}\n```\n\n```latex\n$x$\n```", ["$$ \\frac{a}{b} $$"]),
        ("- a\n\n  ~~~ math\n  b\n  ~~~", ["$$ b $$"]),
        ("so it is. [^1] $x$ [^2]", ["$x$"]),
        ("### The $O(n)$ case", ["$O(n)$"]),
    ],
)
def test_formulas_are_found(text: str, formulas: list[str]) -> None:
    for each in (text, safe_markdown(text)):
        assert [" ".join(f.split()) for f in formulas_in(each)] == formulas


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("costs $5 and 6$", r"costs \$5 and 6$"),
        ("$HOME/$USER", r"\$HOME/$USER"),
        ("costs $5 and $6", "costs $5 and $6"),
        ("costs $5, so $x=5$", r"costs \$5, so $x=5$"),
    ],
)
def test_money_is_none_in_other_programs_either(text: str, kept: str) -> None:
    """Which know fewer signs of money: two dollars at words are a formula to them."""
    assert safe_markdown(text) == f"{kept}\n"


def test_marks_of_times_stay_as_they_are() -> None:
    assert to_html("It is $x$. [^1]").endswith(" [^1]</p>\n")


@pytest.mark.parametrize(
    ("latex", "holds"),
    [
        (r"\frac{1}{2}", "<mfrac>"),
        (r"\begin{aligned} a &= b \\ &= c \end{aligned}", "<mtr>"),
        (r"\begin{align} a &= b \end{align}", "<mtr>"),
        (r"\begin{gather} a \\ b \end{gather}", "<mtr>"),
        (r"a \\ b", "<mtr>"),
        (r"\begin{dcases} a \\ b \end{dcases}", "<mtr>"),
        (r"\arg\max_x f", "arg"),
        (r"a = b \tag{1}", "(1)"),
        (r"a \label{eq} = b \nonumber", "="),
        (r"x \not= y", "≠"),
        (r"\text{x < y & z}", "x\xa0&lt;\xa0y\xa0&amp;\xa0z"),
        (r"\textcolor{red}{x}", "<mi>x</mi>"),
        (r"\mathbb{R}", "ℝ"),
        (r"\SI{5}{kg}", "<mspace"),
        (r"a \mathbin{:=} b", ">:=</mo>"),
        (r"\mathop{\mathrm{argmax}}_x f", "argmax"),
        (r"\operatorname*{arg\,max}_x f", ">argmax</mo>"),
        (r"\frac{\mathrm{d}y}{\mathrm{d}x}", "<mtext>d</mtext>"),
        (r"\norm{x} \in \R \& \abs{y}", "ℝ"),
        (r"\ce{2H2 + O2 -> 2H2O}", "→"),
    ],
)
def test_what_lectures_write_is_read(latex: str, holds: str) -> None:
    read = mathml(f"${latex}$")
    assert holds in re.sub(r' alttext="[^"]*"', "", read)
    ElementTree.fromstring(read)
    assert outline(f"${latex}$") is not None
    shown = to_html(f"${latex}$")
    assert "<math" in shown
    assert "mathcolor" not in shown


@pytest.mark.parametrize(
    "latex",
    [
        r"\nosuch{H2O}",
        r"\foo",
        r"\frac{a}{",
        r"x^2^3",
        r"\left( x",
        "a } b",
        r"\begin{foo}x",
        r"\tensor{5}{m}",
    ],
)
def test_a_formula_that_cannot_be_read_is_shown_as_code(latex: str) -> None:
    shown = to_html(f"so ${latex}$ is")
    assert re.fullmatch(r"<p>so <code>\$.*\$</code> is</p>\n", shown)
    assert outline(f"${latex}$") is None


@pytest.mark.parametrize(
    "latex",
    [
        r"\def\a{\a\a}\a",
        r"\newcommand{\a}{\a\a}\a",
        r"\input{/etc/passwd}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{position:fixed}{x}",
        r"\class{a}{x}",
        r"\require{html}",
        r"\includegraphics{https://t.example/x.png}",
    ],
)
def test_programs_in_formulas_are_code_everywhere(latex: str) -> None:
    shown = to_html(f"${latex}$", formula=lambda source: "FORMULA")
    assert shown.startswith("<p><code>")
    assert "`" in safe_markdown(f"${latex}$")


def test_html_within_a_formula_is_text() -> None:
    shown = to_html(r"$\text{<script>alert(1)</script><img src=x onerror=y>}$ $<b>x</b>$")
    assert "<script" not in shown
    assert "<img" not in shown
    assert "<b>" not in shown


def test_a_long_formula_is_code_where_it_cannot_be_drawn() -> None:
    lines = r" \\ ".join(f"a_{{{n}}} &= b_{{{n}}}" for n in range(200))
    source = rf"$$\begin{{aligned}}{lines}\end{{aligned}}$$"
    assert len(source) > 3_000
    assert formulas_in(source) == [source]
    assert "<math" in to_html(source)
    assert outline(source) is None


DEEP = [
    *("$" + sign * 400 + "x" + end * 400 + "$" for sign, end in (("{", "}"), (r"\sqrt{", "}"))),
    "$" + r"\frac{1}{1+" * 60 + "x" + "}" * 60 + "$",
    "$" + "x^{" * 100 + "y" + "}" * 100 + "$",
    "$" + r"\left(" * 100 + "x" + r"\right)" * 100 + "$",
    "$" + r"\begin{matrix}" * 60 + "x" + r"\end{matrix}" * 60 + "$",
    "$" + "x" * 100_000 + "$",
    "$x" * 30_000,
    "$$" * 30_000,
    r"\(" * 30_000,
    r"\begin{a}" * 10_000,
    "<sub>" * 10_000,
    "|$" * 20_000 + "\n|-|\n",
    "$" + r"\text{" + "a" * 1900 + "}$",
]


@pytest.mark.parametrize("hostile", DEEP, ids=range(len(DEEP)))
def test_formulas_built_to_be_slow_are_not(hostile: str, steps: StepClock) -> None:
    with steps.counting():
        to_html(hostile, limit_s=0.2)
    assert steps.thread_time() < 3.0
    with steps.counting():
        outline(hostile)
    assert steps.calls < 5_000_000


def test_a_formula_as_wide_as_a_house_is_not_drawn() -> None:
    assert outline(r"$x\hspace{9999cm}y$") is None
    drawn = outline(r"$x\hspace{10em}y$")
    assert drawn is not None
    assert 10 < drawn.width < MAX_EM


def test_letters_that_the_font_lacks_have_their_places() -> None:
    drawn = outline(r"$\text{面积} = \pi r^2_{\text{圆}}$")
    assert drawn is not None
    assert [letter.text for letter in drawn.letters] == ["面", "积", "圆"]
    first, second, small = drawn.letters
    assert first.size == pytest.approx(1, abs=0.02)
    assert 0.9 < second.x - first.x < 1.2
    assert small.size < 0.8
    assert small.y > 0.2
    assert len(drawn.shapes) == 4
    assert outline(r"$\text{مساحة}$") is None  # its letters join
    assert outline(r"$\text{площадь für} \blacksquare$") is not None
    assert outline("$\\text{面} ■$") is None


def test_an_outline_is_drawn_from_its_baseline() -> None:
    letter, fraction = outline("$x$"), outline(r"$\frac{a}{b}$")
    assert letter is not None
    assert fraction is not None
    assert 0.3 < letter.width < 0.8
    assert 0.4 < letter.ascent < 0.6
    assert -0.1 < letter.descent < 0.1
    assert fraction.descent > 0.3
    commands = {name for data, _ in fraction.shapes for name, _ in scaled(data)}
    assert commands <= set("MLQZ")
    assert all(abs(n) < 3 for data, _ in fraction.shapes for _, ns in scaled(data) for n in ns)


# --- tasks, code, raised letters ---


def test_tasks_have_boxes() -> None:
    shown = to_html("- [ ] a\n- [x] b\n  1. [X] c\n- \\[ ] d\n- [x](https://x.example)")
    assert shown.count('<li class="unchecked"><input type="checkbox" disabled="">') == 1
    assert shown.count('<li class="checked"><input type="checkbox" disabled="" checked="">') == 2
    assert "<li>[ ] d</li>" in shown
    kept = safe_markdown("- [ ] a\n- [x] b\n  1. [X] c\n- \\[ ] d")
    assert kept == "- [ ] a\n- [x] b\n    1. [x] c\n- \\[ ] d\n"


def test_code_has_colours_where_its_language_is_named() -> None:
    shown = to_html("```python\ndef f():\n    return 'a' < 5  # <b>\n```")
    assert '<span class="key">def' in shown
    assert '<span class="num">5' in shown
    assert '<span class="cmt"># &lt;b&gt;' in shown
    assert re.sub(r"</?span[^>]*>", "", shown) == re.sub(
        r"</?span[^>]*>", "", to_html("```\ndef f():\n    return 'a' < 5  # <b>\n```")
    )
    for plain in ("```\ndef f(): 1\n```", "```nosuch\ndef f(): 1\n```", "    def f(): 1"):
        assert "<span" not in to_html(plain)


SLOW_CODE = ("{" * 3000, "a = '" * 3000, "<" * 3000)
LANGUAGES = ("python", "json", "html", "c++", "bash", "nosuch", "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ["", "\n\n a\t\r\n", *SLOW_CODE])
def test_colours_lose_no_character(language: str, code: str, steps: StepClock) -> None:
    with steps.counting():
        assert "".join(words for _, words in coloured(code, language)) == code
    assert steps.thread_time() < LIMIT_S + 2.0


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", COLOURS)
def test_colours_can_be_read(name: str) -> None:
    light, dark = COLOURS[name]
    assert _contrast(light, "#efefec") >= 4.5
    assert _contrast(dark, "#131316") >= 4.5


def test_raised_letters_and_breaks() -> None:
    text = "H<sub>2</sub>O, m<SUP>2</SUP>, a<br>b<br/>c, <sub>x"
    assert to_html(text).replace("<br>\n", "<br>") == (
        "<p>H<sub>2</sub>O, m<sup>2</sup>, a<br>b<br>c, &lt;sub&gt;x</p>\n"
    )
    assert to_html(safe_markdown(text)) == to_html(text)
    entities = text.replace("<", "&lt;").replace(">", "&gt;")
    assert to_html(entities) == to_html(text)
    assert "&lt;br&gt;" in to_html("`<br>` and \\<br>")
    assert to_html("<sub onclick=x>a</sub>") == "<p>&lt;sub onclick=x&gt;a&lt;/sub&gt;</p>\n"
