"""Exports a note as a Word document: real headings, lists, tables and links, at one level.

The body is written as XML: python-docx scans the whole document for each addition, and lxml for
each move, so that a long document would take minutes. Word requires the element order of the schema
(ISO 29500-1, 17.3 and 17.4).
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Level, Note, Picture
from notegen_desktop.domain.notes.remark import Remark
from notegen_desktop.domain.notes.remarks import place_words, remarks_apart, sectioned
from notegen_desktop.domain.text.cleaning import clean_for_xml, with_line_feeds
from notegen_desktop.services.markup.formulas import mathml

from .archives import created, timeless
from .blocks import Block, BlockKind, TextRun, blocks_of, grouped, line_runs, own_cite_runs
from .equations import omml
from .page import SEPARATOR, facts
from .scripts import DocumentLanguage, Script, script_runs, starts_right_to_left

_ACCENT, _SOFT = "1A5FB4", "62676F"
_UNDERLINE = '<w:u w:val="{}"/>'
_DEEPEST_LIST = 3
"""Maximum list level of Word's own styles; deeper items stay on it."""

_MAX_COLUMNS = 63
"""Maximum columns of a table that Word opens."""

_PAGE_TWIPS = 9400
_EMU_PER_TWIP, _EMU_PER_PX = 635, 9525
_INDENT_TWIPS = 357
_MATHS_FONT = '<w:rPr><w:rFonts w:ascii="Cambria Math" w:hAnsi="Cambria Math"/>{}</w:rPr>'
_CODE_GROUND = '<w:shd w:val="clear" w:color="auto" w:fill="F2F3EF"/>'
_CELL_SPACING = '<w:spacing w:before="20" w:after="20"/>'
_EFFECTS = "http://schemas.microsoft.com/office/2007/relationships/stylesWithEffects"


def render(note: Note, level: Level) -> bytes:
    document = Document()
    language = DocumentLanguage.of(clean_for_xml(note.language))
    _prepare(document, note, language)
    body = _Body(document, right_to_left=language.runs_right_to_left)
    body.paragraph([TextRun(note.title or note.video.name)], style="Title")
    body.paragraph(_facts(note), colour=_SOFT)
    if note.lacks:
        body.paragraph([TextRun(note.lacks, italic=True)])
    for section, remarks in zip(note.sections, sectioned(note), strict=True):
        body.paragraph(line_runs(section.heading), style="Heading1")
        body.add(blocks_of(section, level, note.video))
        if own := own_cite_runs(section, level, note.video):
            body.paragraph(own)
        for picture in section.pictures:
            body.picture(picture, note.video)
        for remark in remarks:
            body.paragraph(_remark(remark), style="IntenseQuote")
    for remark in remarks_apart(note):
        body.paragraph([TextRun(place_words(remark), italic=True)], colour=_SOFT)
        body.paragraph(_remark(remark), style="IntenseQuote")
    file = io.BytesIO()
    document.save(file)
    return timeless(file.getvalue(), changes={"word/document.xml": body.put_into})


def _remark(remark: Remark) -> list[TextRun]:
    """Return the marked text of a remark, and its comment."""
    said = " ".join(remark.text.split())
    return [TextRun(f"“{remark.quote}”"), *([TextRun(f" – {said}", bold=True)] if said else [])]


def _prepare(document: Any, note: Note, language: DocumentLanguage) -> None:
    properties = document.core_properties
    properties.title = clean_for_xml(note.title or note.video.name)[:255]
    properties.author = clean_for_xml(note.video.channel)[:255]
    properties.comments = clean_for_xml(note.video.public_url)[:255]
    properties.created = properties.modified = created(note)
    properties.language = language.tag[:255]
    for page in document.sections:
        page.left_margin = page.right_margin = Cm(2.5)
        page.top_margin = page.bottom_margin = Cm(2.2)
        if language.runs_right_to_left:
            page._sectPr.find(qn("w:docGrid")).addprevious(_element("w:bidi"))
    document.styles["Normal"].font.size = Pt(11)
    document.styles["Normal"].paragraph_format.space_after = Pt(6)
    document.styles["Normal"].paragraph_format.line_spacing = 1.15
    _speak(document, language)


def _speak(document: Any, language: DocumentLanguage) -> None:
    """Set the language and fonts of the whole document; the template's is English."""
    said = {"w:val": language.tag or "x-none"}  # Word's tag for text without spell checking
    if language.script is Script.EAST_ASIAN:
        said["w:eastAsia"] = language.tag
    elif language.script is not Script.PLAIN:
        said["w:bidi"] = language.tag
    styles, settings = document.styles.element, document.settings.element
    for place in (*styles.iter(qn("w:lang")), *settings.iter(qn("w:themeFontLang"))):
        place.attrib.clear()
        place.attrib.update({qn(name): tag for name, tag in said.items()})
    if font := language.east_asian_font:
        for fonts in styles.iter(qn("w:rFonts")):
            fonts.attrib.pop(qn("w:eastAsiaTheme"), None)
            fonts.set(qn("w:eastAsia"), font)
    relations = document.part.rels  # styles of Word 2007 are there twice, in English
    for key in [key for key, relation in relations.items() if relation.reltype == _EFFECTS]:
        del relations[key]


def _facts(note: Note) -> list[TextRun]:
    return [run for fact in facts(note) for run in (TextRun(SEPARATOR), fact)][1:]


class _Body:
    """Writes blocks, and numbers the document's links and lists."""

    def __init__(self, document: Any, *, right_to_left: bool) -> None:
        self._document = document
        self._right_to_left = right_to_left
        self._xml: list[str] = []
        self._links: dict[str, str] = {}
        self._counts = _Counts(document)
        self._pictures = 0

    def put_into(self, document: bytes) -> bytes:
        """Return the document with the written blocks before its last element, the page
        properties."""
        before, mark, after = document.rpartition(b"<w:sectPr")
        return b"".join((before, "".join(self._xml).encode(), mark, after))

    def add(self, blocks: list[Block]) -> None:
        for group in grouped(blocks):
            columns = max(len(block.cells) for block in group)
            if 0 < columns <= _MAX_COLUMNS:
                self._table(group, columns)
            else:
                for block in group:
                    self._block(block)

    def paragraph(
        self,
        runs: Iterable[TextRun],
        *,
        style: str = "",
        before: str = "",
        after: str = "",
        colour: str = "",
        align: str = "",
        ground: bool = True,
    ) -> None:
        """Write a paragraph; `before` and `after` are properties around its direction. With
        `ground`, code gets a background."""
        runs = list(runs)
        right = starts_right_to_left(
            "".join(run.text for run in runs), otherwise=self._right_to_left
        )
        if right and align in ("left", "right"):  # Word means the beginning and the end of a line
            align = "left" if align == "right" else "right"
        self._xml += (
            "<w:p><w:pPr>",
            f'<w:pStyle w:val="{style}"/>' if style else "",
            before,
            "<w:bidi/>" if right else "",
            after,
            f'<w:jc w:val="{align}"/>' if align else "",
            "</w:pPr>",
            *(self._run(run, colour, right_to_left=right, ground=ground) for run in runs),
            "</w:p>",
        )

    def picture(self, picture: Picture, video: Video) -> None:
        """Write a picture, at most as wide as the text, with its time as a link below."""
        width = min(_PAGE_TWIPS * _EMU_PER_TWIP, picture.width * _EMU_PER_PX)
        shape = self._document.part.new_pic_inline(io.BytesIO(picture.data), width=Emu(width))
        self._pictures += 1
        shape.docPr.set("id", str(self._pictures))
        shape.docPr.set("name", picture.words)
        shape.docPr.set("descr", picture.words)
        self._xml.append(
            '<w:p><w:pPr><w:keepNext/><w:spacing w:before="120" w:after="40"/></w:pPr>'
            f"<w:r><w:drawing>{shape.xml}</w:drawing></w:r></w:p>"
        )
        time = TextRun(clock(picture.at_s), href=video.link_at(picture.at_s))
        self.paragraph([time], colour=_SOFT)

    def _block(self, block: Block) -> None:
        match block.kind:
            case BlockKind.HEADING:
                self.paragraph(block.runs, style=f"Heading{min(9, block.depth + 1)}")
            case BlockKind.BULLET | BlockKind.NUMBER:
                name = "ListBullet" if block.kind is BlockKind.BULLET else "ListNumber"
                depth = min(block.depth + 1, _DEEPEST_LIST)
                style = name if depth == 1 else f"{name}{depth}"
                count = self._counts.of(style, block.start) if block.kind is BlockKind.NUMBER else 0
                number = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{count}"/></w:numPr>'
                if block.box:  # in place of the bullet
                    number = number.replace(f'"{count}"', '"0"')
                    left = _INDENT_TWIPS * (block.depth + 1)
                    indent = f'<w:ind w:left="{left}" w:hanging="{_INDENT_TWIPS}"/>'
                    runs = (TextRun(f"{block.box}\u2002"), *block.runs)
                    self.paragraph(runs, style=style, before=number, after=indent)
                    return
                self.paragraph(block.runs, style=style, before=number if count else "")
            case BlockKind.FORMULA:
                equations = "".join(
                    omml(mathml(run.formula), run=_MATHS_FONT.format("")) for run in block.runs
                )
                self._xml.append(f"<w:p><m:oMathPara>{equations}</m:oMathPara></w:p>")
            case BlockKind.QUOTE:
                self.paragraph(block.runs, style="IntenseQuote")
            case BlockKind.RULE:
                self.paragraph([TextRun("―" * 10)])
            case BlockKind.CODE:
                indent = f'<w:ind w:left="{_INDENT_TWIPS * block.depth}"/>' if block.depth else ""
                self.paragraph(block.runs, before=_CODE_GROUND, after=indent, ground=False)
            case BlockKind.ROW:
                self.paragraph(block.as_paragraph().runs)
            case _:
                indent = f'<w:ind w:left="{_INDENT_TWIPS * block.depth}"/>' if block.depth else ""
                self.paragraph(block.runs, after=indent)

    def _table(self, rows: list[Block], columns: int) -> None:
        first = " ".join(run.text for cell in rows[0].cells for run in cell)
        right = starts_right_to_left(first, otherwise=self._right_to_left)
        width = _PAGE_TWIPS // columns
        self._xml += (
            '<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/>',
            "<w:bidiVisual/>" if right else "",
            '<w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid>',
            f'<w:gridCol w:w="{width}"/>' * columns,
            "</w:tblGrid>",
        )
        for row in rows:
            head = "<w:tblHeader/>" if row.head else ""
            self._xml.append(f"<w:tr><w:trPr><w:cantSplit/>{head}</w:trPr>")
            for number in range(columns):
                cell = row.cells[number] if number < len(row.cells) else ()
                align = row.aligns[number] if number < len(row.aligns) else ""
                self._xml.append(f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>')
                bold = (replace(run, bold=run.bold or row.head) for run in cell)
                self.paragraph(bold, after=_CELL_SPACING, align=align)
                self._xml.append("</w:tc>")
            self._xml.append("</w:tr>")
        self._xml.append("</w:tbl><w:p/>")  # two tables with nothing between them are one

    def _run(self, run: TextRun, colour: str, *, right_to_left: bool, ground: bool) -> str:
        if run.formula:
            bold = "<w:b/>" if run.bold else ""
            return omml(mathml(run.formula), run=_MATHS_FONT.format(bold))
        colour = _ACCENT if run.href else colour or run.colour
        font = "".join(f' w:{use}="Consolas"' for use in ("ascii", "hAnsi", "cs"))
        text = clean_for_xml(run.text)
        style = "".join(
            (
                f"<w:rFonts{font}/>" if run.code else "",
                "<w:b/><w:bCs/>" if run.bold else "",
                "<w:i/><w:iCs/>" if run.italic else "",
                "<w:strike/>" if run.strike else "",
                f'<w:color w:val="{colour}"/>' if colour else "",
                '<w:highlight w:val="lightGray"/>' if run.code and ground else "",
                _UNDERLINE.format("single" if run.href else "wave")
                if run.href or run.doubted
                else "",
                f'<w:vertAlign w:val="{_RISES[run.rise > 0]}"/>' if run.rise else "",
            )
        )
        made = "".join(
            f"<w:r><w:rPr>{style}{_FONT_SETS.get(script, '')}</w:rPr>{_text(piece)}</w:r>"
            for script, piece in script_runs(text, right_to_left=right_to_left)
        )
        return (
            f'<w:hyperlink r:id="{self._link(run.href)}">{made}</w:hyperlink>' if run.href else made
        )

    def _link(self, address: str) -> str:
        if address not in self._links:
            key = self._links[address] = f"link{len(self._links) + 1}"
            self._document.part.rels.add_relationship(
                RELATIONSHIP_TYPE.HYPERLINK, address, key, is_external=True
            )
        return self._links[address]


_RISES = ("subscript", "superscript")
_FONT_SETS = {Script.RIGHT_TO_LEFT: "<w:rtl/>", Script.COMPLEX: "<w:cs/>"}


class _Counts:
    """Restarts the numbering of each numbered list; the style alone would continue the last one."""

    def __init__(self, document: Any) -> None:
        self._styles = document.styles.element
        self._numbering = document.part.numbering_part.element
        self._last = self._numbering.num_lst[-1]
        self._next = max(int(num.numId) for num in self._numbering.num_lst) + 1
        self._kinds: dict[str, int] = {}
        self._counts: dict[str, int] = {}

    def of(self, style: str, start: int) -> int:
        """Return the numbering of an item; one with a `start` begins a new one."""
        if start or style not in self._counts:
            if style not in self._kinds:
                base = self._styles.get_by_id(style).pPr.numPr.numId.val
                kind = self._numbering.num_having_numId(base).abstractNumId.val
                self._kinds[style] = int(kind)
            number = _element("w:num", numId=self._next)
            number.append(_element("w:abstractNumId", val=self._kinds[style]))
            override = _element("w:lvlOverride", ilvl=0)
            override.append(_element("w:startOverride", val=start or 1))
            number.append(override)
            self._last.addnext(number)
            self._last = number
            self._counts[style] = self._next
            self._next += 1
        return self._counts[style]


def _element(name: str, **values: int) -> Any:
    return OxmlElement(name, {qn(f"w:{key}"): str(value) for key, value in values.items()})


def _text(text: str) -> str:
    lines = escape(with_line_feeds(text)).split("\n")
    return "<w:br/>".join(f'<w:t xml:space="preserve">{line}</w:t>' for line in lines)
