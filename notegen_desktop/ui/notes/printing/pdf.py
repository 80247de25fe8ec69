"""PDF export: the typography of the screen, with page numbers, links and bookmarks."""

from __future__ import annotations

import re
from itertools import pairwise

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QFontMetricsF,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextBlock,
    QTextBlockFormat,
    QTextCursor,
    QTextFormat,
    QTextLayout,
)

from notegen_desktop.domain.errors import StoreError
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.text.quantities import listed
from notegen_desktop.domain.text.scripts import SCRIPTS
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.colours import LIGHT
from notegen_desktop.ui.kit.text import one_line, runs_right_to_left
from notegen_desktop.ui.kit.theme import text_font
from notegen_desktop.ui.notes.note_document import (
    CODE,
    HEADING,
    ITEM,
    NoteDocument,
    blocks,
    formulas,
)
from notegen_desktop.ui.notes.note_painting import BackgroundPainter
from notegen_desktop.ui.notes.pictures import pictures_in
from notegen_desktop.ui.notes.rendering import NoteStyle, note_direction_text, note_parts

from .pdf_repair import Bookmark, repaired

PX_PER_INCH = 96
TEXT_PX = 14
"""Text size in pixels: 10.5 points, as in books."""

MARGIN_MM = QMarginsF(25, 20, 25, 22)
FOOT_PX = 40
"""Pixels reserved for the page number below the text."""

_LINK = re.compile(r'<a (?:class="\w+" )?href="[^"]*"')

EDGE_PX = 0.25
"""Gap in pixels between separately drawn parts of a page, so that no line is drawn twice."""

_FIGURES = "0123456789./"

PAGE_BREAK = QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore

MAX_REPAIRS = 200
"""Maximum headings moved to the next page; no note has more."""


def pdf_bytes(note: Note, level: Level, *, kind: str, letter: bool = False) -> bytes:
    """Return the note at a level as a PDF file, on A4 or US letter paper.

    `kind` is the template's name. Raises StoreError if Qt cannot write it.
    """
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(one_line(note.title or note.video.name))
    writer.setAuthor(one_line(note.video.channel))
    writer.setCreator("NoteGen Desktop")
    size = QPageSize.PageSizeId.Letter if letter else QPageSize.PageSizeId.A4
    writer.setPageLayout(
        QPageLayout(
            QPageSize(size),
            QPageLayout.Orientation.Portrait,
            MARGIN_MM,
            QPageLayout.Unit.Millimeter,
        )
    )
    scale = writer.resolution() / PX_PER_INCH
    page = QRectF(writer.pageLayout().paintRectPixels(writer.resolution()))
    text_size = QSizeF(page.width() / scale, page.height() / scale - FOOT_PX)
    document = _document(note, level, kind=kind)
    document.setPageSize(text_size)
    _keep_headings(document, text_size)
    painter = QPainter()
    if not painter.begin(writer):
        raise StoreError(_("The PDF could not be written."), hint=_("Export as HTML or Markdown."))
    try:
        _draw(painter, writer, document, text_size, scale, _footer(note))
    finally:
        painter.end()
        buffer.close()
    more_text = "".join(
        (_footer(note), _FIGURES, *formulas(document, 0, document.characterCount()))
    )
    return repaired(
        bytes(data.data()),
        document,
        language=note.language,
        more_text=more_text,
        bookmarks=_bookmarks(note, document, text_size.height()),
    )


def _bookmarks(note: Note, document: NoteDocument, height: float) -> list[Bookmark]:
    """Return bookmarks for the sections; `height` is that of a page's text in pixels."""
    from notegen_desktop.services.markup.html import line_words  # late: imports a large parser

    points = 72 / PX_PER_INCH
    foot = MARGIN_MM.bottom() / 25.4 * 72 + FOOT_PX * points
    layout = document.documentLayout()
    heads = [block for block in blocks(document.begin()) if block.userState() == HEADING]
    heads = heads[len(heads) - len(note.sections) :]
    marks = []
    for section, head in zip(note.sections, heads, strict=False):
        page, top = divmod(layout.blockBoundingRect(head).top(), height)
        words = line_words(section.heading).strip()
        marks.append(Bookmark(words, int(page), foot + (height - top) * points))
    return marks


def _without_parentheses(link: re.Match[str]) -> str:
    """Escape parentheses and backslashes in a URL.

    Qt writes URLs between parentheses without escaping, so a URL could end there and continue with
    PDF commands.
    """
    return link[0].translate({ord("("): "%28", ord(")"): "%29", ord("\\"): "%5C"})


def _font(note: Note) -> QFont:
    font = text_font(TEXT_PX, note.language, note_direction_text(note))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def _document(note: Note, level: Level, *, kind: str) -> NoteDocument:
    document = NoteDocument(
        NoteStyle(LIGHT, TEXT_PX),
        _font(note),
        right_to_left=runs_right_to_left(note_direction_text(note)),
    )
    document.setUseDesignMetrics(True)
    document.show_pictures(pictures_in(note), edge=LIGHT.border)
    from notegen_desktop.services.markup.html import one_page  # late: imports a large parser

    with one_page():
        parts = list(note_parts(note, level, kind=kind, alone=True))
    parts = [_LINK.sub(_without_parentheses, part) for part in parts]
    document.show_parts(parts)
    if boxes := _drawn_as_boxes(document):
        document.show_parts([f'<p class="note">{_font_words(boxes)}</p>', *parts])
    document.hide_markers()
    return document


def _drawn_as_boxes(document: NoteDocument) -> str:
    """Return the characters that no installed font has."""
    document.documentLayout().documentSize()  # lays out the whole document
    asked = (
        QTextLayout.GlyphRunRetrievalFlag.RetrieveGlyphIndexes
        | QTextLayout.GlyphRunRetrievalFlag.RetrieveStringIndexes
    )
    found: set[str] = set()
    for block in blocks(document.begin()):
        # Qt counts UTF-16 code units.
        text = [each for each in block.text() for __ in range(1 + (each > "\uffff"))]
        layout = block.layout()
        for number in range(layout.lineCount()):
            for run in layout.lineAt(number).glyphRuns(-1, -1, asked):
                # For a script without a font Qt uses one without tables, whose glyphs are all
                # boxes.
                none = run.rawFont().fontTable("cmap").isEmpty()
                places = zip(run.glyphIndexes(), run.stringIndexes(), strict=False)
                found |= {text[at] for glyph, at in places if none or not glyph}
    return "".join(sorted(each for each in found if each.isprintable()))


def _font_words(boxes: str) -> str:
    scripts = [name for name, letters in SCRIPTS.items() if re.search(f"[{letters}]", boxes)]
    letters = (
        _("the letters of {scripts}").format(scripts=listed(scripts))
        if scripts
        else _("some signs of this note")
    )
    return _(
        "No font on this computer has {letters}: they are boxes here. Install one that has them, "
        "then export again; Word and HTML files need none."
    ).format(letters=letters)


def _keep_headings(document: NoteDocument, size: QSizeF) -> None:
    """Move headings from the bottom of a page to the next one."""
    layout, height = document.documentLayout(), size.height()
    for __ in range(MAX_REPAIRS):
        # Qt lays out lazily and loses the rest when a format changes: lay out completely each time.
        document.setPageSize(size)
        layout.documentSize()
        block = document.begin()
        while block.isValid():
            words = block.next()
            if block.userState() == HEADING and words.isValid() and block.position() > 0:
                here = int(layout.blockBoundingRect(block).bottom() // height)
                first_lines = layout.blockBoundingRect(words).top() + TEXT_PX * 3
                if int(first_lines // height) > here and not (
                    block.blockFormat().pageBreakPolicy() & PAGE_BREAK
                ):
                    break
            block = words
        if not block.isValid():
            return
        format = QTextBlockFormat()
        format.setPageBreakPolicy(PAGE_BREAK)
        QTextCursor(block).mergeBlockFormat(format)


def _footer(note: Note) -> str:
    return one_line(" · ".join(part for part in (note.title, note.video.channel) if part))


def _draw(
    painter: QPainter,
    writer: QPdfWriter,
    document: NoteDocument,
    size: QSizeF,
    scale: float,
    footer: str,
) -> None:
    background = BackgroundPainter(document, LIGHT, document.defaultFont())
    pages = document.pageCount()
    entries = _tops_of_entries(document)
    for number in range(pages):
        if number:
            writer.newPage()
        top = number * size.height()
        painter.save()
        painter.scale(scale, scale)
        painter.save()
        painter.translate(0, -top)
        # List numbers are outside the column.
        painter.setClipRect(QRectF(-size.width(), top, 3 * size.width(), size.height()))
        context = QAbstractTextDocumentLayout.PaintContext()
        # Text without a colour takes the palette's: white in a dark window.
        context.palette.setColor(QPalette.ColorRole.Text, QColor(LIGHT.text))
        # Draw each list number just before its text: some programs read text in this order.
        bottom = top + size.height()
        start = top
        if begun := _begun(document, top):
            start = min(bottom, _end_of(begun, document))
            background.paint(painter, top + EDGE_PX, start - EDGE_PX)
            _draw_lines(painter, begun, top, bottom)
        edges = [start, *(e for e in entries if start + 1 < e < bottom - 1), bottom]
        for above, below in pairwise(edges):
            height = below - above - 2 * EDGE_PX
            if height > 0:
                background.paint(painter, above + EDGE_PX, below - EDGE_PX)
                context.clip = QRectF(0, above + EDGE_PX, size.width(), height)
                document.documentLayout().draw(painter, context)
        painter.restore()
        _draw_footer(painter, size, document.defaultFont(), footer, f"{number + 1} / {pages}")
        painter.restore()


def _begun(document: NoteDocument, top: float) -> QTextBlock | None:
    """Return the paragraph that continues at the top of a page, unless it is in a table or code
    block.

    Qt would draw one more line of it, which is clipped but still text in the file.
    """
    layout = document.documentLayout()
    at = layout.hitTest(QPointF(1, top + EDGE_PX), Qt.HitTestAccuracy.FuzzyHit)
    block = document.findBlock(max(0, at))
    rect = layout.blockBoundingRect(block)
    has_ground = block.userState() == CODE or QTextCursor(block).currentTable() is not None
    return block if rect.top() < top < rect.bottom() and not has_ground else None


def _end_of(block: QTextBlock, document: NoteDocument) -> float:
    """Return where the next block begins, because a block includes the space after it."""
    following = block.next()
    layout = document.documentLayout()
    if not following.isValid():
        return layout.documentSize().height()
    return layout.blockBoundingRect(following).top()


def _draw_lines(painter: QPainter, block: QTextBlock, top: float, bottom: float) -> None:
    painter.setPen(QColor(LIGHT.text))
    lines = block.layout()
    for number in range(lines.lineCount()):
        line = lines.lineAt(number)
        foot = lines.position().y() + line.y() + line.height()
        if top + EDGE_PX < foot <= bottom + EDGE_PX:
            line.draw(painter, lines.position())


def _tops_of_entries(document: NoteDocument) -> list[float]:
    """Return the tops of list items in pixels from the top of the document."""
    layout = document.documentLayout()
    entries = (block for block in blocks(document.begin()) if block.userState() == ITEM)
    return [layout.blockBoundingRect(entry).top() for entry in entries]


def _draw_footer(painter: QPainter, size: QSizeF, body: QFont, words: str, number: str) -> None:
    font = QFont(body)
    font.setPixelSize(11)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    painter.setPen(QColor(LIGHT.muted))
    line = QRectF(0, size.height() + 18, size.width(), 16)
    painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, number)
    room = size.width() - metrics.horizontalAdvance(number) - 24
    painter.drawText(
        line,
        Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
        metrics.elidedText(words, Qt.TextElideMode.ElideRight, room),
    )
