"""Exports a note as slides: one per section, with text in the speaker notes, and one per picture.

At any level, a slide shows the concise text, and the speaker notes have the comprehensive one. Text
that does not fit in a readable size continues on a second slide.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Emu, Inches, Pt

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Cite, Level, Note, Picture, Section
from notegen_desktop.domain.notes.remark import Remark
from notegen_desktop.domain.notes.remarks import place_words, remarks_apart, sectioned
from notegen_desktop.domain.text.cleaning import clean_for_xml
from notegen_desktop.services.markup.cited import own_cites, shown
from notegen_desktop.services.markup.formulas import mathml
from notegen_desktop.services.markup.typesetting import outline

from .archives import created, timeless
from .blocks import Block, BlockKind, TextRun, blocks_of, cite_runs, line_runs, spelled_runs
from .equations import MATHS, omml
from .page import SEPARATOR, facts
from .scripts import DocumentLanguage, starts_right_to_left
from .slide_pages import columns, lines, pages, width_at

_WIDTH, _HEIGHT, _MARGIN = Inches(13.333), Inches(7.5), Inches(0.8)
_BODY_TOP, _BODY_HEIGHT = Inches(1.75), Inches(4.7)
_INK = RGBColor(0x22, 0x25, 0x2A)
_SOFT = RGBColor(0x62, 0x67, 0x6F)
_ACCENT = RGBColor(0x1A, 0x5F, 0xB4)
_GROUND = RGBColor(0xF5, 0xF7, 0xFA)
_LINE = RGBColor(0xD5, 0xDA, 0xE1)
_FOOT_CHARS = 90
_NUMBER_FIELD = "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}"
_THEME_COLOUR = re.compile(rb'(<a:(?:hlink|folHlink|accent1)><a:srgbClr val=")[0-9A-Fa-f]{6}')
_CITES_COLUMNS = 110
"""Characters of the line of times below a slide; the speaker notes have all of them."""

_FIRST_SLIDE_ID = 256
"""The minimum slide id by ISO 29500-1, 19.7.13."""

_BOX = """<p:sp {names}><p:nvSpPr><p:cNvPr id="{id}" name="Design {id}"/><p:cNvSpPr/>
<p:nvPr userDrawn="1"/></p:nvSpPr><p:spPr><a:xfrm><a:off x="{x}" y="{y}"/>
<a:ext cx="{width}" cy="{height}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>
{fill}<a:ln><a:noFill/></a:ln></p:spPr><p:txBody><a:bodyPr lIns="0" rIns="0" anchor="ctr"/>
<a:lstStyle><a:lvl1pPr><a:defRPr sz="1100"><a:solidFill><a:srgbClr val="{soft}"/></a:solidFill>
</a:defRPr></a:lvl1pPr></a:lstStyle><a:p><a:pPr algn="{align}"/>{text}</a:p></p:txBody></p:sp>"""
_EQUATION_FONT = '<a:rPr sz="{size}"><a:latin typeface="Cambria Math"/></a:rPr>'
_EQUATION = """<p:sp><p:nvSpPr><p:cNvPr id="{id}" name="Formula {id}" descr={text}/>
<p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm><a:off x="{x}" y="{y}"/>
<a:ext cx="{width}" cy="{height}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>
<a:noFill/></p:spPr><p:txBody><a:bodyPr wrap="none" lIns="0" tIns="0" rIns="0" bIns="0"/>
<a:lstStyle/><a:p><a:pPr algn="ctr"/>{maths}</a:p></p:txBody></p:sp>"""
_ALTERNATIVES = (
    "<mc:AlternateContent"
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main"'
    f' xmlns:m="{MATHS}" {nsdecls("a", "p")}>'
    '<mc:Choice Requires="a14">{maths}</mc:Choice><mc:Fallback>{words}</mc:Fallback>'
    "</mc:AlternateContent>"
)

_TEXT, _TITLE_ONLY = 1, 5
"""Indexes of layouts in python-pptx's own template."""

_LIST_EMU = 342_900
"""Indent of a list per level, in EMU; as in the layout."""

_ALIGN = {"left": "l", "center": "ctr", "right": "r"}


def render(note: Note, level: Level) -> bytes:
    del level
    deck = _Deck(note)
    deck.opening()
    for section, remarks in zip(note.sections, sectioned(note), strict=True):
        deck.slides(section, remarks)
    return timeless(deck.content())


class _Deck:
    """The slides of a note in its language."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._language = DocumentLanguage.of(clean_for_xml(note.language))
        self._right_to_left = self._language.runs_right_to_left
        self._show = show = Presentation()
        show.slide_width, show.slide_height = _WIDTH, _HEIGHT
        properties = show.core_properties
        properties.title = clean_for_xml(note.title)[:255]
        properties.author = clean_for_xml(note.video.channel)[:255]
        properties.language = self._language.tag[:255]
        properties.created = properties.modified = created(note)
        if self._right_to_left:
            show.element.set("rtl", "1")
        self._layouts = list(show.slide_layouts)
        self._dress()
        self._parts: list[Any] = []
        self._pictures = 0

    def content(self) -> bytes:
        self._gather()
        self._speak()
        file = io.BytesIO()
        self._show.save(file)
        return file.getvalue()

    def _dress(self) -> None:
        """Apply the design to the master and the title layout: a band, a line below each title, the
        video's name and the slide number in the footer, links in the band's colour."""
        opening, master = self._layouts[0], self._show.slide_master
        opening.element.set("showMasterSp", "0")
        opening.background.fill.solid()
        opening.background.fill.fore_color.rgb = _GROUND
        across = _WIDTH - 2 * _MARGIN
        band = Inches(0.35)
        side = _WIDTH - band if self._right_to_left else 0
        _draw(opening, _box(2, side, 0, band, _HEIGHT, fill=_ACCENT))
        number = (
            f'<a:fld id="{_NUMBER_FIELD}" type="slidenum"><a:rPr sz="1100"/><a:t>1</a:t></a:fld>'
        )
        name = f'<a:r><a:rPr sz="1100"/><a:t>{escape(self._name())}</a:t></a:r>'
        foot = Inches(7.08)
        start, end = ("r", "l") if self._right_to_left else ("l", "r")
        for part in (
            _box(2, 0, 0, _WIDTH, Inches(0.12), fill=_ACCENT),
            _box(3, _MARGIN, Inches(1.62), across, Inches(0.02), fill=_LINE),
            _box(4, _MARGIN, foot, across, Inches(0.3), text=name, align=start),
            _box(5, _MARGIN, foot, across, Inches(0.3), text=number, align=end),
        ):
            _draw(master, part)
        for part in self._show.part.package.iter_parts():
            if part.partname.startswith("/ppt/theme/") and not hasattr(part, "_element"):
                part._blob = _THEME_COLOUR.sub(rb"\g<1>%s" % str(_ACCENT).encode(), part.blob)

    def _name(self) -> str:
        name = clean_for_xml(self._note.video.name)
        return name if len(name) <= _FOOT_CHARS else f"{name[: _FOOT_CHARS - 1].rstrip()}…"

    def opening(self) -> None:
        note = self._note
        slide = self._new_slide(self._layouts[0])
        title, subtitle = slide.shapes.title, slide.placeholders[1]
        _place(title, top=Inches(2.2), height=Inches(1.8))
        title.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
        self._write(title.text_frame, [_paragraph(TextRun(note.title or note.video.name))], 40)
        _place(subtitle, top=Inches(4.2), height=Inches(1.2))
        said = [run for fact in facts(note) for run in (TextRun(SEPARATOR), fact)][1:]
        lines = [_paragraph(*said)]
        lines += [_paragraph(TextRun(note.lacks, italic=True))] if note.lacks else []
        self._write(subtitle.text_frame, lines, 20, colour=_SOFT)
        if apart := remarks_apart(note):
            words = [f"{place_words(each)}\n{_remark(each)}" for each in apart]
            self._spoken(slide, "\n\n".join(words))

    def slides(self, section: Section, remarks: Sequence[Remark]) -> None:
        level = Level.CONCISE
        told = [block.spelled() for block in blocks_of(section, level, self._note.video)]
        size, shown = pages(told)
        for number, page in enumerate(shown):
            slide = self._titled_slide(section, _TEXT, f" ({number + 1})" if number else "")
            self._fill(slide, page, size)
            if own := own_cites(section, level):
                self._sources(slide, own)
            if number == 0:
                self._spoken(slide, _speech(self._note.video, section, remarks))
        for picture in section.pictures:
            self._picture(self._titled_slide(section, _TITLE_ONLY), picture)

    def _titled_slide(self, section: Section, layout: int, count: str = "") -> Any:
        """Return a new slide under the heading of a section."""
        slide = self._new_slide(self._layouts[layout])
        title = slide.shapes.title
        _place(title, top=Inches(0.55), height=Inches(1.1))
        title.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        heading = _paragraph(*spelled_runs(line_runs(section.heading)), TextRun(count))
        long = columns(heading.text) > 60
        self._write(title.text_frame, [heading], 24 if long else 32)
        return slide

    def _picture(self, slide: Any, picture: Picture) -> None:
        """Add a picture as large as fits, with its time as a link below."""
        room = _WIDTH - 2 * _MARGIN
        scale = min(room / picture.width, _BODY_HEIGHT / picture.height)
        width, height = int(picture.width * scale), int(picture.height * scale)
        shape = slide.shapes.add_picture(
            io.BytesIO(picture.data), int((_WIDTH - width) / 2), _BODY_TOP, width, height
        )
        # python-pptx numbers files by those in the presentation; this slide is not in it yet.
        self._pictures += 1
        media = slide.part.related_part(shape._element.blip_rId)
        media.partname = PackURI(f"/ppt/media/picture{self._pictures}.jpg")
        shape._element.nvPicPr.cNvPr.set("descr", picture.words)
        href = self._note.video.link_at(picture.at_s)
        box = slide.shapes.add_textbox(_MARGIN, Inches(6.65), Emu(room), Inches(0.45))
        time = _paragraph(TextRun(clock(picture.at_s), href=href))
        self._write(box.text_frame, [time], 14, colour=_SOFT, align="center")

    def _fill(self, slide: Any, page: list[Block], size: int) -> None:
        """Add text, formulas and a table, each in a shape of its own, below each other."""
        body, top = slide.placeholders[1], int(_BODY_TOP)
        groups = [(kind, list(group)) for kind, group in groupby(page, key=_shape_of)]
        for kind, group in groups or [(BlockKind.PARAGRAPH, [])]:
            if kind is BlockKind.ROW:
                self._table(slide, group, size, top=Emu(top))
            elif kind is BlockKind.FORMULA:
                for block in group:
                    height = _height(block, size)
                    self._equation(slide, block.runs[0], size, top=top, height=height)
                    top += height
            else:
                height = _text_height(group, size) if len(groups) > 1 else _BODY_HEIGHT
                box = body if body is not None else slide.shapes.add_textbox(0, 0, 0, 0)
                _place(box, top=Emu(top), height=Emu(height))
                self._write(box.text_frame, group, size, in_box=body is None)
                body, top = None, top + height
        if body is not None:
            body._element.getparent().remove(body._element)

    def _equation(self, slide: Any, run: TextRun, size: int, *, top: int, height: int) -> None:
        """Add a formula in a shape of its own, as an equation for PowerPoint and LibreOffice, and
        as text for other programs."""
        text = quoteattr(run.text)
        maths = _EQUATION_FONT.format(size=size * 100)
        words = f'<a:r><a:rPr sz="{size * 100}"/><a:t>{escape(run.text)}</a:t></a:r>'
        drawn = outline(run.formula)  # LibreOffice stretches it to the shape
        room, wide = _WIDTH - 2 * _MARGIN, (drawn.width if drawn else 20) * Pt(size)
        high = (drawn.ascent + drawn.descent if drawn else 2) * Pt(size)
        scale = min(1, room / wide)
        shape = _EQUATION.format(
            id=slide.shapes._next_shape_id, text=text, x=int((_WIDTH - wide * scale) / 2),
            y=int(top + (height - high * scale) / 2), width=int(wide * scale),
            height=int(high * scale), maths="{maths}",
        )  # fmt: skip
        equation = (
            f"<a14:m><m:oMathPara>{omml(mathml(run.formula), run=maths)}</m:oMathPara></a14:m>"
        )
        both = {
            "maths": shape.replace("{maths}", equation),
            "words": shape.replace("{maths}", words),
        }
        slide.shapes._spTree.append(parse_xml(_ALTERNATIVES.format(**both)))

    def _new_slide(self, layout: Any) -> Any:
        """Return a slide that is kept outside of the presentation until all are complete.

        python-pptx scans all slides for each one it adds.
        """
        slide = self._show.slides.add_slide(layout)
        self._parts.append(slide.part)
        slide.part.partname = PackURI(f"/ppt/slides/slide{len(self._parts)}.xml")
        (entry,) = ids = self._show.element.get_or_add_sldIdLst()
        self._show.part.rels.pop(entry.rId)
        ids.remove(entry)
        return slide

    def _gather(self) -> None:
        ids, relations = self._show.element.get_or_add_sldIdLst(), self._show.part.rels
        for number, part in enumerate(self._parts):
            entry = ids._add_sldId(id=_FIRST_SLIDE_ID + number)
            entry.rId = relations._add_relationship(RELATIONSHIP_TYPE.SLIDE, part)

    def _table(self, slide: Any, rows: list[Block], size: int, *, top: Emu) -> None:
        count = max(1, *(len(row.cells) for row in rows))
        heights = [_height(row, size) for row in rows]
        width = Emu(_WIDTH - 2 * _MARGIN)
        frame = slide.shapes.add_table(len(rows), count, _MARGIN, top, width, Emu(sum(heights)))
        table = frame.table
        table.first_row = rows[0].head
        if self._starts_right_to_left([run for cell in rows[0].cells for run in cell]):
            table._tbl.tblPr.set("rtl", "1")
        for made, row, height in zip(table.rows, rows, heights, strict=True):
            made.height = Emu(height)
            aligns = (*row.aligns, *[""] * count)
            for cell, runs, align in zip(made.cells, row.cells, aligns, strict=False):
                block = Block(BlockKind.HEADING if row.head else BlockKind.PARAGRAPH, runs)
                self._write(cell.text_frame, [block], size, colour=None, align=align)

    def _sources(self, slide: Any, cites: list[Cite]) -> None:
        box = slide.shapes.add_textbox(
            _MARGIN, Inches(6.65), Emu(_WIDTH - 2 * _MARGIN), Inches(0.45)
        )
        runs: list[TextRun] = []
        used = 0
        for cite in cites:
            told = list(cite_runs(cite, self._note.video))
            used += sum(len(run.text) for run in told) + 3
            if used > _CITES_COLUMNS:
                runs += [TextRun("…"), TextRun("")]
                break
            runs += [*told, TextRun("   ")]
        self._write(box.text_frame, [_paragraph(*runs[:-1])], 14, colour=_SOFT)

    def _spoken(self, slide: Any, words: str) -> None:
        slide.notes_slide.part.partname = PackURI(
            f"/ppt/notesSlides/notesSlide{len(self._parts)}.xml"
        )
        frame = slide.notes_slide.notes_text_frame
        frame.text = clean_for_xml(words)
        for paragraph in frame._txBody.p_lst:
            text = "".join(paragraph.itertext(qn("a:t")))
            self._turn(paragraph, starts_right_to_left(text, otherwise=self._right_to_left))

    def _write(
        self,
        frame: Any,
        blocks: list[Block],
        size: int,
        *,
        colour: RGBColor | None = _INK,
        align: str = "",
        in_box: bool = False,
    ) -> None:
        """Write blocks into a frame. Without a `colour`, text has the style of its table; `in_box`,
        lists are formatted here, as no layout does."""
        frame.word_wrap = True
        if self._right_to_left:
            frame._txBody.bodyPr.set("rtlCol", "1")
        for number, block in enumerate(blocks):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            self._turn(paragraph._p, self._starts_right_to_left(block.runs), align)
            paragraph.space_before = Pt(0)
            paragraph.space_after = Pt(size * 0.35 if colour else 0)
            in_list = block.kind in (BlockKind.BULLET, BlockKind.NUMBER)
            paragraph.level = min(8, block.depth if in_list else max(0, block.depth - 1))
            if block.kind is BlockKind.HEADING:
                paragraph.level = 0
            if not in_list:
                _bullet(paragraph, "buNone")
                properties = paragraph._p.get_or_add_pPr()
                properties.set("indent", "0")
                if not block.depth or block.kind is BlockKind.HEADING:
                    properties.set("marL", "0")
            if in_list and in_box:
                properties = paragraph._p.get_or_add_pPr()
                properties.set("marL", str(_LIST_EMU * (paragraph.level + 1)))
                properties.set("indent", str(-_LIST_EMU))
            letter = block.box if block.box[1:] else ""  # of an option; PowerPoint's are one sign
            if letter:
                _bullet(paragraph, "buNone")
                _run(paragraph, TextRun(f"{letter}\t"), size, colour)
            elif in_list and (block.box or (in_box and block.kind is BlockKind.BULLET)):
                _bullet(paragraph, "buChar", char=block.box or "•")
            elif block.kind is BlockKind.NUMBER:
                start = str(min(max(1, block.start), 32767))
                _bullet(paragraph, "buAutoNum", type="arabicPeriod", startAt=start)
            for run in block.runs:
                _run(paragraph, run, size, colour, bold=block.kind is BlockKind.HEADING)

    def _starts_right_to_left(self, runs: Any) -> bool:
        text = "".join(run.text for run in runs)
        return starts_right_to_left(text, otherwise=self._right_to_left)

    def _turn(self, paragraph: Any, right_to_left: bool, align: str = "") -> None:
        properties = paragraph.get_or_add_pPr()
        properties.set("algn", _ALIGN.get(align, "r" if right_to_left else "l"))
        properties.set("rtl", "1" if right_to_left else "0")

    def _speak(self) -> None:
        """Set the language and fonts of the whole file."""
        tag, font = self._language.tag, self._language.east_asian_font
        names = [qn(f"a:{name}") for name in ("rPr", "endParaRPr", "defRPr")]
        for part in self._show.part.package.iter_parts():
            if font and part.partname.startswith("/ppt/theme/") and not hasattr(part, "_element"):
                named = f'<a:ea typeface="{font}"/>'.encode()
                part._blob = part.blob.replace(b'<a:ea typeface=""/>', named)
            for style in part._element.iter(*names) if hasattr(part, "_element") else ():
                if tag:
                    style.set("lang", tag)
                else:
                    style.attrib.pop("lang", None)
                if font and style.tag == names[0] and style.find(qn("a:ea")) is None:
                    east = style.makeelement(qn("a:ea"), {"typeface": font})
                    style.insert_element_before(
                        east, "a:cs", "a:sym", "a:hlinkClick", "a:hlinkMouseOver", "a:extLst"
                    )


def _shape_of(block: Block) -> BlockKind:
    """Return the kind of shape for a block: text, table or formula."""
    alone = (BlockKind.ROW, BlockKind.FORMULA)
    return block.kind if block.kind in alone else BlockKind.PARAGRAPH


def _paragraph(*runs: TextRun) -> Block:
    return Block(BlockKind.PARAGRAPH, runs)


def _height(block: Block, size: int) -> int:
    return int(lines(block, width_at(size)) * Pt(size * 1.2))


def _text_height(blocks: list[Block], size: int) -> int:
    """Return the height of a text box in EMU, including its margins; a whole slide fits as much per
    line."""
    needed = sum(lines(block, width_at(size)) for block in blocks)
    return int((needed + 0.6) * Pt(size * 1.28)) if blocks else 0


def _place(shape: Any, *, top: Emu, height: Emu) -> None:
    shape.left, shape.top = _MARGIN, top
    shape.width, shape.height = Emu(_WIDTH - 2 * _MARGIN), height


def _run(
    paragraph: Any, run: TextRun, size: int, colour: RGBColor | None, *, bold: bool = False
) -> None:
    for number, line in enumerate(clean_for_xml(run.text).split("\n")):
        if number:
            paragraph.add_line_break()
        made = paragraph.add_run()
        made.text = line
        made.font.size = Pt(size)
        made.font.bold = run.bold or bold or None
        made.font.italic = run.italic or None
        if run.strike:
            made.font._element.set("strike", "sngStrike")
        if run.code:
            made.font.name = "Consolas"
        if run.doubted:
            made.font._element.set("u", "wavy")
        if run.rise:
            made.font._element.set("baseline", "30000" if run.rise > 0 else "-25000")
        if run.href:
            made.hyperlink.address = run.href
            made.font.color.rgb = _ACCENT
        elif run.colour:
            made.font.color.rgb = RGBColor.from_string(run.colour.upper())
        elif colour is not None:
            made.font.color.rgb = colour


def _box(
    number: int,
    x: int,
    y: int,
    width: int,
    height: int,
    *,
    fill: RGBColor | None = None,
    text: str = "",
    align: str = "l",
) -> str:
    ground = f'<a:solidFill><a:srgbClr val="{fill}"/></a:solidFill>' if fill else "<a:noFill/>"
    return _BOX.format(
        names=nsdecls("a", "p"),
        id=900 + number,
        x=int(x),
        y=int(y),
        width=int(width),
        height=int(height),
        fill=ground,
        soft=_SOFT,
        align=align,
        text=text,
    )


def _draw(place: Any, shape: str) -> None:
    """Insert a shape behind the others of a layout or master."""
    place.shapes._spTree.insert(2, parse_xml(shape))


def _bullet(paragraph: Any, name: str, **facts: str) -> None:
    """Set the bullet of a paragraph, which python-pptx does not support."""
    properties = paragraph._p.get_or_add_pPr()
    bullet = properties.makeelement(qn(f"a:{name}"), facts)
    properties.insert_element_before(bullet, "a:tabLst", "a:defRPr", "a:extLst")


def _remark(remark: Remark) -> str:
    said = " ".join(remark.text.split())
    return f"“{remark.quote}”" + (f" – {said}" if said else "")


def _speech(video: Video, section: Section, remarks: Sequence[Remark]) -> str:
    """Return the speaker notes: the comprehensive text, plain, its cites, and the user's
    remarks."""
    lines = [
        (f"{block.box or '•'} " if block.kind in (BlockKind.BULLET, BlockKind.NUMBER) else "")
        + block.text
        for block in blocks_of(section, Level.COMPREHENSIVE, video)
        if block.text
    ]
    times = dict.fromkeys(
        f"{told.label.rstrip('?')} {told.href}".strip()
        for told in (shown(c, video) for c in section.cites)
    )
    for more in (list(times), list(map(_remark, remarks))):
        lines += ["", *more] if more else []
    return "\n".join(lines)
