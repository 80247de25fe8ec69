"""The note as slides: one a section, with what to say about it in the speaker notes.

A slide shows the section at the level asked for, but never the comprehensive one, which is what the
speaker says. Text that would not fit in a readable size goes on to a second slide.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from notegen_desktop.domain.notes import Level, Note, Section
from notegen_desktop.domain.video import Video, clock
from notegen_desktop.services.machine.clean_text import clean_for_xml

from .archives import created, timeless
from .blocks import Block, Kind, Run, blocks_of
from .facts import SEPARATOR, facts

_WIDTH, _HEIGHT, _MARGIN = Inches(13.333), Inches(7.5), Inches(0.8)
_BODY_TOP, _BODY_HEIGHT = Inches(1.75), Inches(4.7)
_INK = RGBColor(0x22, 0x25, 0x2A)
_SOFT = RGBColor(0x62, 0x67, 0x6F)

# Size of the text in points, characters a line and lines a slide that it leaves room for. Wide
# characters count double.
_SIZES = ((24, 78, 11), (20, 94, 13), (18, 104, 15), (16, 118, 17))


def render(note: Note, level: Level) -> bytes:
    show = Presentation()
    show.slide_width, show.slide_height = _WIDTH, _HEIGHT
    show.core_properties.title = clean_for_xml(note.title)[:255]
    show.core_properties.author = clean_for_xml(note.video.channel)[:255]
    show.core_properties.created = show.core_properties.modified = created(note)
    _opening(show, note)
    shown = Level.STANDARD if level is Level.COMPREHENSIVE else level
    for section in note.sections:
        _slides(show, note.video, section, shown)
    file = io.BytesIO()
    show.save(file)
    return timeless(file.getvalue())


def _opening(show: Any, note: Note) -> None:
    slide = show.slides.add_slide(show.slide_layouts[0])
    title, subtitle = slide.shapes.title, slide.placeholders[1]
    _place(title, top=Inches(2.2), height=Inches(1.8))
    title.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
    _write(title.text_frame, [Block(Kind.PARAGRAPH, (Run(note.title or note.video.name),))], 40)
    _place(subtitle, top=Inches(4.2), height=Inches(1.2))
    said = [run for fact in facts(note) for run in (Run(SEPARATOR), fact)][1:]
    _write(subtitle.text_frame, [Block(Kind.PARAGRAPH, tuple(said))], 20, colour=_SOFT)


def _slides(show: Any, video: Video, section: Section, level: Level) -> None:
    blocks = blocks_of(section.shown_at(level))
    size, pages = _pages(blocks)
    for number, page in enumerate(pages):
        slide = show.slides.add_slide(show.slide_layouts[1])
        title, body = slide.shapes.title, slide.placeholders[1]
        _place(title, top=Inches(0.55), height=Inches(1.1))
        title.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        heading = section.heading + (f" ({number + 1})" if number else "")
        long = len(heading) > 60
        _write(title.text_frame, [Block(Kind.PARAGRAPH, (Run(heading),))], 24 if long else 32)
        _place(body, top=_BODY_TOP, height=_BODY_HEIGHT)
        _write(body.text_frame, page, size)
        if section.cites:
            _sources(slide, video, section)
        if number == 0:
            slide.notes_slide.notes_text_frame.text = _spoken(video, section)


def _pages(blocks: list[Block]) -> tuple[int, list[list[Block]]]:
    """The largest size at which all fits on one slide; if none does, slides of the smallest."""
    for size, width, height in _SIZES:
        if sum(_lines(block, width) for block in blocks) <= height:
            return size, [blocks]
    size, width, height = _SIZES[-1]
    pages: list[list[Block]] = [[]]
    used = 0.0
    for block in _pieces(blocks, width * height // 2):
        needed = _lines(block, width)
        if pages[-1] and used + needed > height:
            pages.append([])
            used = 0.0
        pages[-1].append(block)
        used += needed
    return size, pages


def _pieces(blocks: list[Block], most: int) -> Iterator[Block]:
    """Blocks none of which is longer than half a slide; one that is loses its styles."""
    for block in blocks:
        text = block.text
        if _columns(text) <= most:
            yield block
            continue
        piece = ""
        for word in text.split(" "):
            for part in (word[i : i + most // 2] for i in range(0, max(1, len(word)), most // 2)):
                if piece and _columns(piece) + _columns(part) >= most:
                    yield Block(block.kind, (Run(piece),), depth=block.depth)
                    piece = ""
                piece = f"{piece} {part}" if piece else part
        yield Block(block.kind, (Run(piece),), depth=block.depth)


def _lines(block: Block, width: int) -> float:
    """Lines that a block takes, the space after it included."""
    room = max(10, width - 4 * block.depth)
    return sum(-(-_columns(line) // room) or 1 for line in block.text.split("\n")) + 0.35


def _columns(text: str) -> int:
    return sum(2 if character >= "\u1100" else 1 for character in text)


def _place(shape: Any, *, top: Emu, height: Emu) -> None:
    shape.left, shape.top = _MARGIN, top
    shape.width, shape.height = Emu(_WIDTH - 2 * _MARGIN), height


def _write(frame: Any, blocks: list[Block], size: int, *, colour: RGBColor = _INK) -> None:
    frame.word_wrap = True
    counts: dict[int, int] = {}
    for number, block in enumerate(blocks):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.space_after = Pt(size * 0.35)
        in_list = block.kind in (Kind.BULLET, Kind.NUMBER)
        paragraph.level = min(8, block.depth) if in_list else 0
        if not in_list:
            _bullet(paragraph, "buNone")
        elif block.kind is Kind.NUMBER:
            count = block.start or counts.get(block.depth, 0) + 1
            counts[block.depth] = count
            _bullet(paragraph, "buAutoNum", type="arabicPeriod", startAt=str(min(count, 32767)))
        runs = (Run(block.text),) if block.kind is Kind.ROW else block.runs
        for run in runs:
            _run(paragraph, run, size, colour, bold=block.kind is Kind.HEADING)


def _run(paragraph: Any, run: Run, size: int, colour: RGBColor, *, bold: bool = False) -> None:
    for number, line in enumerate(clean_for_xml(run.text).split("\n")):
        if number:
            paragraph.add_line_break()
        made = paragraph.add_run()
        made.text = line
        made.font.size = Pt(size)
        made.font.bold = run.bold or bold or None
        made.font.italic = run.italic or None
        if run.code:
            made.font.name = "Consolas"
        if run.href:
            made.hyperlink.address = run.href
        else:
            made.font.color.rgb = colour


def _bullet(paragraph: Any, name: str, **facts: str) -> None:
    """Set the bullet of a paragraph, which python-pptx leaves to the layout."""
    properties = paragraph._p.get_or_add_pPr()
    if name == "buNone":
        properties.set("marL", "0")
        properties.set("indent", "0")
    bullet = properties.makeelement(qn(f"a:{name}"), facts)
    properties.insert_element_before(bullet, "a:tabLst", "a:defRPr", "a:extLst")


def _sources(slide: Any, video: Video, section: Section) -> None:
    box = slide.shapes.add_textbox(_MARGIN, Inches(6.65), Emu(_WIDTH - 2 * _MARGIN), Inches(0.45))
    runs: list[Run] = []
    for cite in section.cites:
        label = clock(cite.start_s) + ("" if cite.verified else "?")
        runs += [Run(label, href=video.link_at(cite.start_s)), Run("   ")]
    _write(box.text_frame, [Block(Kind.PARAGRAPH, tuple(runs[:-1]))], 14, colour=_SOFT)


def _spoken(video: Video, section: Section) -> str:
    """What the speaker says: the comprehensive text, plain, and where it comes from."""
    lines = [
        ("• " if block.kind in (Kind.BULLET, Kind.NUMBER) else "") + block.text
        for block in blocks_of(section.shown_at(Level.COMPREHENSIVE))
        if block.text
    ]
    times = [f"{clock(c.start_s)} {video.link_at(c.start_s)}".strip() for c in section.cites]
    return clean_for_xml("\n".join([*lines, *([""] if times else []), *times]))
