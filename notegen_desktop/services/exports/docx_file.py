"""The note as a Word document: real headings, lists and links, at one level."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import groupby
from typing import Any

from docx import Document
from docx.enum.text import WD_COLOR_INDEX
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from notegen_desktop.domain.notes import Cite, Level, Note
from notegen_desktop.domain.video import Video, clock
from notegen_desktop.services.machine.clean_text import clean_for_xml

from .archives import created, timeless
from .blocks import Block, Kind, Run, blocks_of
from .facts import SEPARATOR, facts

_ACCENT = RGBColor(0x1A, 0x5F, 0xB4)
_SOFT = RGBColor(0x62, 0x67, 0x6F)
_DEEPEST_LIST = 3
"""Word's own list styles go three levels deep; deeper items stay on the third."""


def render(note: Note, level: Level) -> bytes:
    document = Document()
    _prepare(document, note)
    document.add_heading(clean_for_xml(note.title or note.video.name), level=0)
    _facts(document.add_paragraph(), note)
    body = _Body(document)
    for section in note.sections:
        document.add_heading(clean_for_xml(section.heading), level=1)
        if section.cites:
            _cites(document.add_paragraph(), note.video, section.cites)
        body.add(blocks_of(section.shown_at(level)))
    file = io.BytesIO()
    document.save(file)
    return timeless(file.getvalue())


def _prepare(document: Any, note: Note) -> None:
    properties = document.core_properties
    properties.title = clean_for_xml(note.title or note.video.name)[:255]
    properties.author = clean_for_xml(note.video.channel)[:255]
    properties.comments = clean_for_xml(note.video.url)[:255]
    properties.created = properties.modified = created(note)
    properties.language = clean_for_xml(note.language)[:255]
    for page in document.sections:
        page.left_margin = page.right_margin = Cm(2.5)
        page.top_margin = page.bottom_margin = Cm(2.2)
    document.styles["Normal"].font.size = Pt(11)
    document.styles["Normal"].paragraph_format.space_after = Pt(6)
    document.styles["Normal"].paragraph_format.line_spacing = 1.15


def _facts(paragraph: Paragraph, note: Note) -> None:
    for number, fact in enumerate(facts(note)):
        if number:
            paragraph.add_run(SEPARATOR).font.color.rgb = _SOFT
        _runs(paragraph, (fact,))
        if not fact.href:
            paragraph.runs[-1].font.color.rgb = _SOFT


def _cites(paragraph: Paragraph, video: Video, cites: tuple[Cite, ...]) -> None:
    paragraph.paragraph_format.keep_with_next = True
    for number, cite in enumerate(cites):
        if number:
            paragraph.add_run("  ")
        label = clock(cite.start_s) + ("" if cite.verified else "?")
        _runs(paragraph, (Run(label, href=video.link_at(cite.start_s)),))


class _Body:
    """Writes blocks into a document and keeps count of its numbered lists."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._counts: dict[str, int] = {}

    def add(self, blocks: list[Block]) -> None:
        for is_table, group in groupby(blocks, key=lambda block: block.kind is Kind.ROW):
            if is_table:
                self._table(list(group))
            else:
                for block in group:
                    self._block(block)

    def _block(self, block: Block) -> None:
        match block.kind:
            case Kind.HEADING:
                paragraph = self._document.add_heading(level=min(9, block.depth + 1))
            case Kind.BULLET | Kind.NUMBER:
                paragraph = self._item(block)
            case Kind.QUOTE:
                paragraph = self._document.add_paragraph(style="Intense Quote")
            case Kind.RULE:
                paragraph = self._document.add_paragraph("―" * 10)
            case _:
                paragraph = self._document.add_paragraph()
                paragraph.paragraph_format.left_indent = Cm(0.63 * block.depth)
        _runs(paragraph, block.runs)

    def _item(self, block: Block) -> Paragraph:
        depth = min(block.depth + 1, _DEEPEST_LIST)
        name = "List Bullet" if block.kind is Kind.BULLET else "List Number"
        style = name if depth == 1 else f"{name} {depth}"
        paragraph: Paragraph = self._document.add_paragraph(style=style)
        if block.kind is Kind.NUMBER:
            if block.start:
                self._counts[style] = self._new_count(paragraph, block.start)
            properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_ilvl().val = 0
            properties.get_or_add_numId().val = self._counts[style]
        return paragraph

    def _new_count(self, paragraph: Paragraph, start: int) -> int:
        """A count of its own for a list; the style alone would go on from the last one."""
        numbering = self._document.part.numbering_part.element
        style: Any = paragraph.style
        base = style.element.pPr.numPr.numId.val
        count = numbering.add_num(numbering.num_having_numId(base).abstractNumId.val)
        count.add_lvlOverride(ilvl=0).add_startOverride(start)
        return int(count.numId)

    def _table(self, rows: list[Block]) -> None:
        columns = max(len(row.cells) for row in rows)
        table = self._document.add_table(rows=0, cols=max(1, columns), style="Table Grid")
        for row in rows:
            for place, runs in zip(table.add_row().cells, row.cells, strict=False):
                bold = tuple(replace(run, bold=run.bold or row.head) for run in runs)
                _runs(place.paragraphs[0], bold)
        self._document.add_paragraph()


def _runs(paragraph: Paragraph, runs: tuple[Run, ...]) -> None:
    for run in runs:
        made = paragraph.add_run(clean_for_xml(run.text))
        made.bold = run.bold or None
        made.italic = run.italic or None
        made.font.strike = run.strike or None
        if run.code:
            made.font.name = "Consolas"
            made.font.highlight_color = WD_COLOR_INDEX.GRAY_25 if "\n" not in run.text else None
        if run.href:
            _link(paragraph, made, run.href)


def _link(paragraph: Paragraph, run: Any, address: str) -> None:
    """Move a run into a hyperlink; python-docx reads links but does not make them."""
    run.font.color.rgb = _ACCENT
    run.font.underline = True
    key = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), key)
    run._r.addprevious(link)
    link.append(run._r)
