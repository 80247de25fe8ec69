"""Completes a PDF written by Qt: outline, language, and the characters of glyphs.

Qt maps each glyph to the first character of the font that has it. A shape shared by several
characters is then extracted as the wrong one (`⽐` for `比`, `ɩ` for `ι`), and a joined Arabic
letter as its presentation form, which no search finds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QRawFont, QTextDocument

from notegen_desktop.ui.notes.note_document import blocks

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)endobj", re.DOTALL)
_CMAP = re.compile(rb"(stream\n)(.*begincmap.*?)(\nendstream)", re.DOTALL)
_CHARACTERS = re.compile(rb"\[(.*?)\]", re.DOTALL)
_CHARACTER = re.compile(rb"<([0-9A-Fa-f]{4})>")
_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
_TRAILER = re.compile(rb"trailer\n<<\n(.*?)>>\nstartxref", re.DOTALL)
_PAGES = re.compile(rb"/Kids\s*\[(.*?)\]", re.DOTALL)
_LANGUAGE = re.compile(r"[A-Za-z0-9-]+")
_SIZE = re.compile(rb"/Size \d+")


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Entry of the outline: `page` counts from 0, `height` is in points from the page's bottom."""

    words: str
    page: int
    height: float


def repaired(
    pdf: bytes,
    document: QTextDocument,
    *,
    language: str,
    more_text: str = "",
    bookmarks: Sequence[Bookmark] = (),
) -> bytes:
    """Return `pdf`, drawn by Qt from `document`, with correct text extraction.

    `more_text` is text drawn beside the document; `language` is a BCP 47 tag.
    """
    objects = {int(found[1]): found[2] for found in _OBJECT.finditer(pdf)}
    outline = _outline(objects, bookmarks)
    said = b"/Lang (%s)\n" % language.encode() if _LANGUAGE.fullmatch(language) else b""
    if outline:
        said += b"/Outlines %d 0 R\n/PageMode /UseOutlines\n" % min(outline)
    changed = outline | {
        number: body.replace(b"/Catalog\n", b"/Catalog\n" + said, 1)
        for number, body in objects.items()
        if b"/Type /Catalog\n" in body and said
    }
    maps = {number: body for number, body in objects.items() if b"begincmap" in body}
    read = {
        chr(int(code, 16))
        for body in maps.values()
        for listed in _CHARACTERS.findall(body)
        for code in _CHARACTER.findall(listed)
    }
    meant = _meant(read - {"\0"}, set(document.toPlainText() + more_text), document)
    if meant:
        changed |= {number: _mapped(body, meant) for number, body in maps.items()}
    return _appended(pdf, changed)


def _outline(objects: dict[int, bytes], bookmarks: Sequence[Bookmark]) -> dict[int, bytes]:
    """Return new objects by number, of which the first is the outline: ISO 32000-1, 12.3.3."""
    kids = next((_PAGES.search(o) for o in objects.values() if b"/Type /Pages\n" in o), None)
    pages = [int(number) for number in re.findall(rb"(\d+) 0 R", kids[1])] if kids else []
    kept = [mark for mark in bookmarks if mark.page < len(pages)]
    if not kept:
        return {}
    root = max(objects) + 1
    first, last = root + 1, root + len(kept)
    made = {
        root: b"<<\n/Type /Outlines\n/First %d 0 R\n/Last %d 0 R\n/Count %d\n>>\n"
        % (first, last, len(kept))
    }
    for number, mark in enumerate(kept, first):
        beside = b"/Prev %d 0 R\n" % (number - 1) if number > first else b""
        beside += b"/Next %d 0 R\n" % (number + 1) if number < last else b""
        title = b"\xfe\xff" + mark.words.encode("utf-16-be", "replace")
        made[number] = b"<<\n/Title <%s>\n/Parent %d 0 R\n%s/Dest [%d 0 R /XYZ 0 %d null]\n>>\n" % (
            title.hex().encode(),
            root,
            beside,
            pages[mark.page],
            round(mark.height),
        )
    return made


def _meant(read: set[str], written: set[str], document: QTextDocument) -> dict[str, str]:
    """Return, for each extracted character that was not written, the written one."""
    written = {char for char in written if char == " " or char.isprintable()}
    wrong = sorted(read - written)
    if not wrong:
        return {}
    meant = {each: _plain(each) for each in wrong}
    for font in _fonts(document):
        # Of several characters the first: a space rather than a no-break space.
        glyphs = {_glyph(font, char): char for char in sorted(written, reverse=True)}
        glyphs.pop(0, None)
        meant |= {each: glyphs[glyph] for each in wrong if (glyph := _glyph(font, each)) in glyphs}
    return meant


def _plain(char: str) -> str:
    """Return a character without its presentation form; right-to-left ligatures stay, because
    readers reverse their letters."""
    plain = unicodedata.normalize("NFKC", char)
    leftwards = unicodedata.bidirectional(char) in ("R", "AL")
    return char if leftwards and len(plain) > 1 else plain


def _fonts(document: QTextDocument) -> Iterator[QRawFont]:
    """Yield the fonts used in the document, each once."""
    seen: list[QRawFont] = []
    for block in blocks(document.begin()):
        layout = block.layout()
        for line in range(layout.lineCount()):
            for run in layout.lineAt(line).glyphRuns():
                font = run.rawFont()
                if font not in seen:
                    seen.append(font)
                    # The font of placeholder boxes has no tables; querying it further crashes.
                    if not font.fontTable("cmap").isEmpty():
                        yield font


def _glyph(font: QRawFont, char: str) -> int:
    return int((font.glyphIndexesForString(char) or [0])[0])


def _mapped(body: bytes, meant: dict[str, str]) -> bytes:
    def put(found: re.Match[bytes]) -> bytes:
        char = chr(int(found[1], 16))
        return b"<%s>" % meant.get(char, char).encode("utf-16-be").hex().encode()

    found = _CMAP.search(body)
    if found is None:
        return body
    text = _CHARACTERS.sub(lambda listed: _CHARACTER.sub(put, listed[0]), found[2])
    return b"<<\n/Length %d\n>>\nstream\n%s\nendstream\n" % (len(text), text)


def _appended(pdf: bytes, objects: dict[int, bytes]) -> bytes:
    """Return the file with replaced objects as an incremental update: ISO 32000-1, 7.5.6."""
    start, trailer = _START.search(pdf), _TRAILER.search(pdf)
    if start is None or trailer is None:
        return pdf
    whole, table = bytearray(pdf), bytearray(b"xref\n")
    for number, body in sorted(objects.items()):
        table += b"%d 1\n%010d 00000 n \n" % (number, len(whole))
        whole += b"%d 0 obj\n%sendobj\n" % (number, body)
    end = b"trailer\n<<\n%s/Prev %s\n>>\nstartxref\n%d\n%%%%EOF\n"
    known = int(_SIZE.search(trailer[1])[0].split()[1])  # type: ignore[index]
    facts = _SIZE.sub(b"/Size %d" % max(known, 1 + max(objects, default=0)), trailer[1])
    return bytes(whole + table) + end % (facts, start[1], len(whole))
