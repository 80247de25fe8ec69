"""Exports a note as an e-book, EPUB 3.3: title page, table of contents, a chapter per section."""

from __future__ import annotations

import io
import json
import uuid
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.notes.remarks import sectioned
from notegen_desktop.domain.text.cleaning import clean_for_xml, visible
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.paths import resources
from notegen_desktop.services.markup import code
from notegen_desktop.services.markup.html import line_html, line_words

from .archives import created
from .page import (
    apart_html,
    facts_html,
    footer_html,
    lacks_html,
    own_cites_html,
    picture_html,
    remarks_html,
    text_html,
)
from .scripts import DocumentLanguage

_CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book/content.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>
"""
_PAGE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" \
lang="{language}" xml:lang="{language}" dir="{direction}">
<head><meta charset="utf-8"/><title>{title}</title>
<link rel="stylesheet" type="text/css" href="style.css"/></head>
<body>{body}</body></html>
"""
_PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" \
xml:lang="{language}">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{id}</dc:identifier>
<dc:title>{title}</dc:title>
<dc:language>{language}</dc:language>
{more}<meta property="dcterms:modified">{modified}</meta>
</metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="style" href="style.css" media-type="text/css"/>
{items}</manifest>
<spine page-progression-direction="{direction}">
<itemref idref="title"/><itemref idref="nav"/>
{spine}</spine>
</package>
"""
_VOID = frozenset({"br", "hr", "img", "input"})


def render(note: Note, level: Level) -> bytes:
    return _Book(note, level).content()


@dataclass(frozen=True, slots=True)
class _Chapter:
    heading: str
    body: str

    @property
    def properties(self) -> str:
        return ' properties="mathml"' if "<math" in self.body else ""


class _Book:
    def __init__(self, note: Note, level: Level) -> None:
        self._note = note
        language = DocumentLanguage.of(note.language)
        self._language = escape(language.tag or "und")
        self._direction = "rtl" if language.runs_right_to_left else "ltr"
        self._title = _text(note.title or note.video.name)
        self._chapters = [
            _Chapter(
                _text(line_words(section.heading)) or "…",
                f'<section dir="auto"><h2>{line_html(section.heading)}</h2>\n'
                f"{text_html(note.video, section, level)}"
                f"{own_cites_html(note.video, section, level)}"
                + "".join(
                    picture_html(note.video, each, f"pictures/{each.name}")
                    for each in section.pictures
                )
                + f"{remarks_html(remarks)}</section>",
            )
            for section, remarks in zip(note.sections, sectioned(note), strict=True)
        ]
        if apart := apart_html(note):
            title = _text(_("Remarks"))
            content = f'<section dir="auto"><h2>{title}</h2>\n{apart}</section>'
            self._chapters.append(_Chapter(title, content))

    def content(self) -> bytes:
        """Return the archive; its first file is the uncompressed media type, by EPUB 3.3, OCF ZIP
        container."""
        note = self._note
        style = (resources() / "styles" / "book.css").read_text("utf-8") + code.style(dark=False)
        title = (
            f'<section class="title" epub:type="titlepage"><h1 dir="auto">{self._title}</h1>\n'
            f'<p class="facts">{facts_html(note)}</p>\n{lacks_html(note)}'
            f'<footer dir="ltr">{footer_html(note)}</footer></section>'
        )
        files = {
            "META-INF/container.xml": _CONTAINER,
            "book/content.opf": self._package(),
            "book/nav.xhtml": self._page("Contents", self._contents()),
            "book/style.css": style,
            "book/title.xhtml": self._page(self._title, title),
        }
        for number, chapter in enumerate(self._chapters, 1):
            files[f"book/s{number}.xhtml"] = self._page(chapter.heading, chapter.body)
        made = io.BytesIO()
        with ZipFile(made, "w") as archive:
            archive.writestr(ZipInfo("mimetype"), "application/epub+zip", ZIP_STORED)
            for name, text in files.items():
                archive.writestr(ZipInfo(name), clean_for_xml(text), ZIP_DEFLATED)
            for name, data in self._pictures().items():
                archive.writestr(ZipInfo(f"book/pictures/{name}"), data, ZIP_STORED)
        return made.getvalue()

    def _pictures(self) -> dict[str, bytes]:
        sections = self._note.sections
        return {each.name: each.data for section in sections for each in section.pictures}

    def _page(self, title: str, body: str) -> str:
        return _PAGE.format(
            language=self._language, direction=self._direction, title=title, body=_xhtml(body)
        )

    def _contents(self) -> str:
        items = "".join(
            f'<li><a href="s{number}.xhtml" dir="auto">{chapter.heading}</a></li>\n'
            for number, chapter in enumerate(self._chapters, 1)
        )
        start = f'<li><a href="title.xhtml" dir="auto">{self._title}</a></li>\n'
        return f'<nav epub:type="toc"><h2>Contents</h2><ol>{start}{items}</ol></nav>'

    def _package(self) -> str:
        note = self._note
        names = ["title", *(f"s{number}" for number in range(1, len(self._chapters) + 1))]
        marks = ["", *(chapter.properties for chapter in self._chapters)]
        items = "".join(
            f'<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"{mark}/>\n'
            for name, mark in zip(names, marks, strict=True)
        )
        items += "".join(
            f'<item id="p{number}" href="pictures/{name}" media-type="image/jpeg"/>\n'
            for number, name in enumerate(self._pictures())
        )
        author, source = _text(note.video.channel), _text(note.video.public_url)
        more = f"<dc:creator>{author}</dc:creator>\n" if author else ""
        more += f"<dc:source>{source}</dc:source>\n" if source else ""
        return _PACKAGE.format(
            language=self._language,
            id=uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(note.to_json())),
            title=self._title,
            more=more,
            modified=f"{created(note):%Y-%m-%dT%H:%M:%SZ}",
            items=items,
            direction=self._direction,
            spine="".join(f'<itemref idref="{name}"/>\n' for name in names[1:]),
        )


def _text(words: str) -> str:
    return escape(clean_for_xml(visible(words)).strip())


def _xhtml(html: str) -> str:
    """Return well-formed HTML as XHTML."""
    writer = _XhtmlWriter()
    writer.feed(html)
    writer.close()
    return "".join(writer.parts)


class _XhtmlWriter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs)
        self.parts.append(f"<{tag}{facts}{'/' if tag in _VOID else ''}>")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(escape(data, quote=False))
