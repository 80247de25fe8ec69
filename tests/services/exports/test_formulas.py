"""Formulas, tasks, code and raised letters in every file a note is saved in."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree

import pytest
from docx import Document
from pptx import Presentation

from notegen_desktop.domain.notes.note import Level, Section
from notegen_desktop.services.exports import Exports
from notegen_desktop.services.exports.equations import omml
from notegen_desktop.services.markup.formula_words import spelled
from notegen_desktop.services.markup.formulas import mathml
from notegen_desktop.services.markup.html import line_words
from tests.fakes.notes import a_note

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"

TEXT = r"""The area is $\pi r^2$ and costs $5 and $6, US$5; `$HOME` stays. H<sub>2</sub>O,
m<sup>2</sup>, one line<br>and another. Now $$\frac{a}{b} = \sqrt{c}$$ holds, but
\(\nosuch{H2O}\) cannot be read.

- [ ] open $x_1$
- [x] done

| norm | water |
|---|---|
| $|x|$ | H<sub>2</sub>O |

```python
def area(r):  # of a circle
    return "pi"
```
"""

SOURCES = [
    r"\(a^2 + b_1 * c_2 * d\)",
    r"\[ \frac{a}{b} \, \{x\} \]",
    r"$a_1 \, \{b\} \\ c_1$",
    r"$$\sum_{i=1}^n x_i \\ y$$",
    r"\begin{align} a &= b_1 \\ c &= d_1 \end{align}",
    "$$ a = b \n- c \n+ d \\\\ \n# e $$",
    "\\[\n a \n= b \n\\]",
]


def exported(text: str, name: str) -> bytes:
    note = a_note(sections=(Section("Heading", (), text, text, text),))
    return Exports().render(note, name, Level.STANDARD)


def part(content: bytes, name: str) -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return ElementTree.fromstring(archive.read(name))


def card(content: bytes) -> str:
    import sqlite3

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        database = sqlite3.connect(":memory:")
        database.deserialize(archive.read("collection.anki2"))
    try:
        return str(database.execute("select flds from notes").fetchone()[0])
    finally:
        database.close()


@pytest.mark.parametrize("formula", SOURCES)
def test_a_formula_is_one_in_every_format(formula: str) -> None:
    text = f"We see that\n{formula}\nholds for *all* of them."
    assert formula.replace("\n", "") in exported(text, "md").decode().replace("\n", "")
    page = exported(text, "html").decode()
    assert "<math" in page
    assert "<em>all</em>" in page
    inner = re.sub(r"^(\$\$?|\\[(\[])|(\$\$?|\\[)\]])$", "", formula).strip()
    told = card(exported(text, "anki")).replace("&amp;", "&")
    assert f"({inner}\\)" in told or f"[{inner}\\]" in told
    assert len(part(exported(text, "docx"), "word/document.xml").findall(f".//{M}oMath")) == 1
    slides = exported(text, "pptx")
    assert not re.search(r"\$|\\\(|\\\[", "".join(_slide_words(slides)))


def _slide_words(content: bytes) -> list[str]:
    return [shape.text_frame.text for slide in Presentation(io.BytesIO(content)).slides
            for shape in slide.shapes if shape.has_text_frame]  # fmt: skip


def test_a_page_has_mathml_and_no_script() -> None:
    page = exported(TEXT, "html").decode()
    assert "<script" not in page
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"' in page
    assert "<mfrac>" in page
    assert "costs $5 and $6, US$5; <code>$HOME</code> stays" in page
    assert r"<code>\(\nosuch{H2O}\)</code>" in page
    assert "H<sub>2</sub>O,\nm<sup>2</sup>" in page
    assert "one line<br>" in page
    assert page.count('<input type="checkbox" disabled="">') == 3
    assert page.count('<input type="checkbox" disabled="" checked="">') == 3
    assert '<span class="key">def</span>' in page or '<span class="key">def </span>' in page
    for math in re.findall(r"<math.*?</math>", page, re.DOTALL):
        ElementTree.fromstring(math)


def test_a_word_document_has_native_equations_boxes_and_colours() -> None:
    content = exported(TEXT, "docx")
    body = part(content, "word/document.xml")
    assert len(body.findall(f".//{M}oMath")) == 4
    shown = body.find(f".//{M}oMathPara/{M}oMath")
    assert shown is not None
    assert [f.tag for f in shown][:2] == [f"{M}f", f"{M}r"]
    assert {e.get(f"{W}val") for e in body.iter(f"{W}vertAlign")} == {"subscript", "superscript"}
    words = "\n".join(p.text for p in Document(io.BytesIO(content)).paragraphs)
    assert "costs $5 and $6, US$5; $HOME stays" in words
    assert "☐\u2002open" in words
    assert "☑\u2002done" in words
    assert "one line\nand another" in words
    assert {"8430A8", "1D7A46"} <= {e.get(f"{W}val", "").upper() for e in body.iter(f"{W}color")}


def test_slides_show_a_displayed_formula_as_one_and_others_as_text() -> None:
    content = exported(TEXT, "pptx")
    slide = part(content, "ppt/slides/slide2.xml")
    maths = slide.findall(f".//{M}oMath")
    assert len(maths) == 1
    assert maths[0].find(f"{M}f") is not None
    words = "".join(_slide_words(content))
    assert "The area is πr2 and costs $5 and $6" in words
    assert "|x|" in "".join(e.text or "" for e in slide.iter(f"{A}t"))
    assert {e.get("char") for e in slide.iter(f"{A}buChar")} == {"☐", "☑"}
    assert {e.get("baseline") for e in slide.iter(f"{A}rPr")} >= {"30000", "-25000"}


def test_anki_gets_what_its_own_mathjax_reads() -> None:
    fields = card(exported(TEXT + "\n\n$\\text{<b>} a < b$ and $\\href{javascript:x}{y}$", "anki"))
    assert r"\(\pi r^2\)" in fields
    assert r"\[\frac{a}{b} = \sqrt{c}\]" in fields
    assert r"\(\nosuch{H2O}\)" in fields  # MathJax can
    assert r"\(\text{&lt;b&gt;} a &lt; b\)" in fields
    assert r"<code>$\href{javascript:x}{y}$</code>" in fields
    assert "<math" not in fields


def test_markdown_keeps_all_of_it_as_it_is() -> None:
    text = exported(TEXT, "md").decode()
    for kept in (
        r"$\pi r^2$",
        r"$$\frac{a}{b} = \sqrt{c}$$",
        r"\(\nosuch{H2O}\)",
        "- [ ] open $x_1$\n- [x] done",
        r"| $\|x\|$ | H<sub>2</sub>O |",
        "m<sup>2</sup>",
        "```python\ndef",
    ):
        assert kept in text


def test_headings_have_their_formulas_too() -> None:
    heading = "What is $\\frac{a}{b}$ for $5, H<sub>2</sub>O and *stars*?"
    note = a_note(sections=(Section(heading, (), "a", "a", "a"),))

    def made(name: str) -> bytes:
        return Exports().render(note, name, Level.STANDARD)

    assert f"## {heading}".replace("*", "\\*").replace("$5", "\\$5") in made("md").decode()
    page = made("html").decode()
    assert re.search(r"<h2 [^>]*>What is <math.*?</math> for \$5, H<sub>2</sub>O", page)
    assert r"What is \(\frac{a}{b}\) for $5, H<sub>2</sub>O" in card(made("anki"))
    assert part(made("docx"), "word/document.xml").find(f".//{M}oMath/{M}f") is not None
    assert "What is a/b for $5, H2O and *stars*?" in "".join(_slide_words(made("pptx")))
    assert line_words(heading) == "What is a/b for $5, H2O and *stars*?"
    assert line_words("a<br>b \\ $") == "a b \\ $"


@pytest.mark.parametrize(
    ("latex", "words"),
    [
        (r"\frac{a+b}{2}", "(a + b)/2"),
        (r"x_i^2 \le -1", "xᵢ² ≤ −1"),
        (r"\sqrt{x+1}", "√(x + 1)"),
        (r"\lim_{n\to\infty} \sin x", "lim_(n→∞) sin x"),
        (r"f'(x)", "f′(x)"),
        (r"\hat{y}", "ŷ"),
        (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", "(1, 2; 3, 4)"),
        (r"e^{i\pi}", "e^(iπ)"),
    ],
)
def test_a_formula_can_be_said_in_a_line(latex: str, words: str) -> None:
    assert spelled(mathml(f"${latex}$")) == words


@pytest.mark.parametrize(
    ("latex", "holds"),
    [
        (r"\sum_{i=1}^n a_i = b", f"{M}nary"),
        (r"\int_0^1 f", f"{M}nary"),
        (r"\left( x \right)", f"{M}d"),
        (r"|x|", f"{M}d"),
        (r"\begin{cases} a \\ b \end{cases}", f"{M}d/{M}e/{M}m"),
        (r"\sqrt[3]{x}", f"{M}rad/{M}deg/{M}r"),
        (r"\binom{n}{k}", f".//{M}f/{M}fPr/{M}type"),
        (r"\hat{x}", f"{M}acc"),
        (r"\lim_{x \to 0} f", f"{M}func/{M}fName/{M}limLow"),
        (r"\underbrace{a}_{n}", f"{M}limLow/{M}e/{M}groupChr"),
        (r"\overline{a}", f"{M}bar"),
        (r"x_1^2", f"{M}sSubSup"),
        (r"\boxed{x}", f"{M}borderBox"),
    ],
)
def test_an_equation_has_words_own_form(latex: str, holds: str) -> None:
    xml = omml(mathml(f"${latex}$"), run="").replace("<m:oMath>", f'<m:oMath xmlns:m="{M[1:-1]}">')
    assert ElementTree.fromstring(xml).find(holds) is not None
