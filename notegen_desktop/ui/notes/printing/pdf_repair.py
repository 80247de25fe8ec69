"""What Qt leaves out of a PDF, appended to it: the characters of its glyphs and its language.

Qt maps each glyph back to the first character of the font that has it. A shape that several share
is then read as the wrong one (`⽐` for `比`, `ɩ` for `ι`), and a joined Arabic letter as its
presentation form, which no search finds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from PySide6.QtGui import QRawFont, QTextDocument

from notegen_desktop.ui.notes.note_document import blocks

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)endobj", re.DOTALL)
_CMAP = re.compile(rb"(stream\n)(.*begincmap.*?)(\nendstream)", re.DOTALL)
_CHARACTERS = re.compile(rb"\[(.*?)\]", re.DOTALL)
_CHARACTER = re.compile(rb"<([0-9A-Fa-f]{4})>")
_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
_TRAILER = re.compile(rb"trailer\n<<\n(.*?)>>\nstartxref", re.DOTALL)


def repaired(pdf: bytes, document: QTextDocument, *, language: str, more_text: str = "") -> bytes:
    """`pdf` as Qt drew it from `document`, with its text as it was written.

    `more_text` is what was drawn beside the document; `language` a BCP 47 tag.
    """
    objects = {int(found[1]): found[2] for found in _OBJECT.finditer(pdf)}
    changed = {
        number: body.replace(b"/Catalog\n", b"/Catalog\n/Lang (%s)\n" % language.encode(), 1)
        for number, body in objects.items()
        if b"/Type /Catalog\n" in body and re.fullmatch(r"[A-Za-z0-9-]+", language)
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


def _meant(read: set[str], written: set[str], document: QTextDocument) -> dict[str, str]:
    """For each character that would be read but was never written, the one that was."""
    written = {char for char in written if char == " " or char.isprintable()}
    wrong = sorted(read - written)
    if not wrong:
        return {}
    meant = {each: _plain(each) for each in wrong}
    for font in _fonts(document):
        # Of several the first: a space rather than one that does not break.
        glyphs = {_glyph(font, char): char for char in sorted(written, reverse=True)}
        glyphs.pop(0, None)
        meant |= {each: glyphs[glyph] for each in wrong if (glyph := _glyph(font, each)) in glyphs}
    return meant


def _plain(char: str) -> str:
    """Without its form; a ligature that runs leftwards stays, as readers turn its letters round."""
    plain = unicodedata.normalize("NFKC", char)
    leftwards = unicodedata.bidirectional(char) in ("R", "AL")
    return char if leftwards and len(plain) > 1 else plain


def _fonts(document: QTextDocument) -> Iterator[QRawFont]:
    """Those that the document is set in, each once."""
    seen: list[QRawFont] = []
    for block in blocks(document.begin()):
        layout = block.layout()
        for line in range(layout.lineCount()):
            for run in layout.lineAt(line).glyphRuns():
                font = run.rawFont()
                if font not in seen:
                    seen.append(font)
                    # The boxes for a script without a font are a font without tables, of which to
                    # ask more is a crash.
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
    """The file with objects replaced, by the update that PDF knows: ISO 32000-1, 7.5.6."""
    start, trailer = _START.search(pdf), _TRAILER.search(pdf)
    if start is None or trailer is None:
        return pdf
    whole, table = bytearray(pdf), bytearray(b"xref\n")
    for number, body in sorted(objects.items()):
        table += b"%d 1\n%010d 00000 n \n" % (number, len(whole))
        whole += b"%d 0 obj\n%sendobj\n" % (number, body)
    end = b"trailer\n<<\n%s/Prev %s\n>>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(whole + table) + end % (trailer[1], start[1], len(whole))
