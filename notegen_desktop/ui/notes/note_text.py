"""What leaves a note by the clipboard: plain text, HTML and Markdown, with links into the video.

The Markdown is written from the document, and the HTML from the Markdown: so what is pasted has
headings, lists and code, and neither colours nor fonts of the window it comes from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QCursor,
    QGuiApplication,
    QHelpEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextList,
    QTextListFormat,
    QTextTable,
)
from PySide6.QtWidgets import QMenu, QTextBrowser, QToolTip, QWidget

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Cite, Draft, Level, Note
from notegen_desktop.ui.kit.clipboard import mime_data
from notegen_desktop.ui.kit.spoken import Spoken, cite_tip
from notegen_desktop.ui.kit.text import plain_tip

from .note_documents import CITES, CODE, ITEM, QUOTE, NoteLevels, no_image
from .rendering import CITE_SCHEME, MORE_SCHEME, QUOTE_INDENT

Address = Callable[[str], str]
"""From `cite:SECTION/NUMBER` to the address of the video at that time, "" if there is none."""

_NUMBERED = QTextListFormat.Style.ListDecimal


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of a line in one style. `href` is where it leads, "" for nowhere."""

    text: str
    href: str
    code: bool
    bold: bool
    italic: bool
    strike: bool


def selection_markdown(cursor: QTextCursor, address: Address) -> str:
    """The selected text as Markdown, a paragraph a line."""
    from notegen_desktop.services.markup.safe_markdown import safe_markdown

    return safe_markdown(_Writer(cursor, address).markdown())


def selection_data(cursor: QTextCursor, markdown: str, *, language: str) -> QMimeData:
    """The selected text in the forms other programs take; `markdown` is one of them. `language` is
    a BCP 47 tag, or ""."""
    from notegen_desktop.services.markup.html import to_html

    data = mime_data()
    data.setText(cursor.selection().toPlainText().replace("\u00a0", " "))
    tag = f' lang="{escape(language)}"' if language else ""
    data.setHtml(f'<meta charset="utf-8"><div dir="auto"{tag}>{to_html(markdown)}</div>')
    data.setData("text/markdown", markdown.encode("utf-8", "replace"))
    return data


class _Writer:
    """Writes the blocks that a selection touches."""

    def __init__(self, cursor: QTextCursor, address: Address) -> None:
        self._document = cursor.document()
        self._start, self._end = cursor.selectionStart(), cursor.selectionEnd()
        self._address = address
        # The indentation of a list is one and a half times the size of the text.
        self._quote_px = self._document.indentWidth() / 1.5 * QUOTE_INDENT
        self._lines: list[str] = []
        self._before = ""
        self._quoted = 0
        self._fences = 0

    def markdown(self) -> str:
        blocks = list(self._blocks())
        for key, group in groupby(blocks, key=self._kind):
            if isinstance(key, QTextTable):
                self._put("", self._table(key, list(group)), kind="table")
            elif isinstance(key, int):
                self._code(list(group), alone=len(blocks) == 1)
            else:
                for block in group:
                    self._block(block)
        return "\n".join(self._lines).strip("\n") + "\n"

    def _blocks(self) -> Iterator[QTextBlock]:
        block = self._document.findBlock(self._start)
        while block.isValid() and block.position() <= self._end:
            if block.position() < self._end or self._start == self._end:
                yield block
            block = block.next()

    def _kind(self, block: QTextBlock) -> object:
        """What is written together: the blocks of a table, or of one stretch of code."""
        table: QTextTable | None = QTextCursor(block).currentTable()
        if table is not None:
            return table
        if block.userState() != CODE:
            return "block"
        self._fences += block.blockFormat().topMargin() > 0
        return self._fences

    def _put(self, prefix: str, lines: list[str], *, kind: str) -> None:
        """Lines, after an empty one unless they go on with a list; a quotation goes on."""
        if self._lines and not (kind == self._before == "item"):
            quotes = min(prefix.count(">"), self._quoted)
            self._lines.append(("> " * quotes).rstrip())
        self._quoted = prefix.count(">")
        self._lines += [f"{prefix}{line}".rstrip() for line in lines]
        self._before = kind

    def _block(self, block: QTextBlock) -> None:
        runs = list(self._runs(block))
        if block.userState() == CITES:
            self._put("", [self._cites(runs)], kind="cites")
            return
        if block.blockFormat().hasProperty(QTextFormat.Property.BlockTrailingHorizontalRulerWidth):
            self._put("", ["---"], kind="rule")
            return
        level = block.blockFormat().headingLevel()
        if not level and not block.userState() and block.blockFormat().topMargin() > 0:
            level = 3  # only a heading within a section keeps off from what is above it
        text = self._inline(runs, bold=not level)
        if not text:
            return
        quotes = "> " * self._quotes(block)
        items: QTextList | None = block.textList()
        if level:
            self._put("", [f"{'#' * level} {text}"], kind="heading")
        elif items is not None:
            style = items.format()
            indent = "    " * max(0, style.indent() - 1)
            number = style.start() + items.itemNumber(block)
            marker = f"{number}. " if style.style() is _NUMBERED else "- "
            self._put(f"{quotes}{indent}", [marker + text], kind="item")
        elif block.blockFormat().indent():
            self._put(f"{quotes}{'    ' * block.blockFormat().indent()}", [text], kind="inside")
        else:
            self._put(quotes, text.split("\n"), kind="words")

    def _quotes(self, block: QTextBlock) -> int:
        if block.userState() not in (QUOTE, ITEM):
            return 0
        format = block.blockFormat()
        return round(min(format.leftMargin(), format.rightMargin()) / self._quote_px)

    def _code(self, blocks: list[QTextBlock], *, alone: bool) -> None:
        """Lines of code in a fence, or the words of one line between ticks."""
        lines = [self._selected(block) for block in blocks]
        if alone and lines[0] != blocks[0].text():
            self._put("", [_ticked(lines[0])], kind="words")
            return
        ticks = "`" * max(3, 1 + max(map(len, re.findall("`+", "\n".join(lines))), default=0))
        self._put("", [ticks, *lines, ticks], kind="code")

    def _selected(self, block: QTextBlock) -> str:
        return block.text()[max(0, self._start - block.position()) : self._end - block.position()]

    def _table(self, table: QTextTable, blocks: list[QTextBlock]) -> list[str]:
        """The rows of a table of which something is selected."""
        cells: dict[int, dict[int, str]] = {}
        for block in blocks:
            cell = table.cellAt(block.position())
            words = self._inline(list(self._runs(block)), bold=cell.row() > 0)
            row = cells.setdefault(cell.row(), {})
            parts = (row.get(cell.column(), ""), words.replace("|", "\\|").replace("\n", " "))
            row[cell.column()] = " ".join(filter(None, parts))
        rows = [
            f"| {' | '.join(row.get(n, '') for n in range(table.columns()))} |"
            for row in cells.values()
        ]
        return [rows[0], "|" + " --- |" * table.columns(), *rows[1:]]

    def _runs(self, block: QTextBlock) -> Iterator[_Run]:
        each = block.begin()
        while not each.atEnd():
            fragment = each.fragment()
            each += 1
            at = fragment.position()
            text = fragment.text()[max(0, self._start - at) : max(0, self._end - at)]
            text = text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2028", "\n")
            if text:
                yield _run(text, fragment.charFormat())

    def _cites(self, runs: list[_Run]) -> str:
        """Times with their addresses, without what unfolds more of them."""
        found = [run for run in runs if run.href.startswith(f"{CITE_SCHEME}:")]
        times = [(re.sub(r"\s+", "", run.text), self._address(run.href)) for run in found]
        return " · ".join(f"[{time}]({url})" if url else time for time, url in times)

    def _inline(self, runs: list[_Run], *, bold: bool) -> str:
        """A line's words with their marks; `bold` where weight says something of its own."""
        parts = []
        for href, group in groupby(runs, key=lambda run: run.href):
            text = _marked(group, bold=bold)
            own = href.startswith((f"{CITE_SCHEME}:", f"{MORE_SCHEME}:"))
            if target := self._address(href) if own else href:
                words = text.strip()
                before, _, after = text.partition(words)
                text = f"{before}[{words}]({_target(target)}){after}"
            parts.append(text)
        return "".join(parts).strip()


def _run(text: str, format: QTextCharFormat) -> _Run:
    families = format.fontFamilies() or []
    return _Run(
        text,
        href=format.anchorHref(),
        code="monospace" in families,
        bold=format.fontWeight() >= 600,
        italic=format.fontItalic(),
        strike=format.fontStrikeOut(),
    )


def _marked(runs: Iterable[_Run], *, bold: bool) -> str:
    """Runs with their marks, which stand at the words: spaces go outside."""
    parts = []
    for styled, group in groupby(runs, key=lambda run: (run.strike, run.italic, run.bold and bold)):
        text = "".join(_ticked(r.text) if r.code else _escaped(r.text) for r in group)
        words = text.strip(" ")
        if words and any(styled):
            marks = [mark for mark, wanted in zip(("~~", "*", "**"), styled, strict=True) if wanted]
            before, _, after = text.partition(words)
            text = f"{before}{''.join(marks)}{words}{''.join(reversed(marks))}{after}"
        parts.append(text)
    return "".join(parts)


def _ticked(text: str) -> str:
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if "`" in (text[:1], text[-1:]) else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def _escaped(text: str) -> str:
    """Formulas stay as they are written."""
    from notegen_desktop.services.markup.formulas import FORMULA
    from notegen_desktop.services.markup.safe_markdown import escaped

    parts, end = [], 0
    for formula in FORMULA.finditer(text):
        parts += [escaped(text[end : formula.start()]), formula[0]]
        end = formula.end()
    return "".join([*parts, escaped(text[end:])]).replace("\n", "\\\n")


def _target(href: str) -> str:
    return f"<{href}>" if re.search(r"[()\s]", href) else href


# --- The context menu of a note: of its text, its times and its links ---

OPENED_SCHEMES = ("http", "https", "mailto")
"""Links that may be opened at all."""


def note_menu(view: CopiedText, href: str) -> QMenu:
    """The menu over a link of the note in `view`, or over none (`href` is "")."""
    menu = QMenu(view)
    selected = view.textCursor().hasSelection()
    entries: list[tuple[str, Callable[[], object], bool]] = []
    cite = view.cite_of(href)
    if cite is not None:
        address = view.address_of(cite)
        entries.append((f"Open Video at {clock(cite.start_s)}", lambda: view.follow(href), True))
        entries.append(("Copy Link to This Time", lambda: _copy(address), bool(address)))
    elif href and QUrl(href).scheme() in OPENED_SCHEMES:
        entries.append(("Open Link…", lambda: view.follow(href), True))
        entries.append(("Copy Link", lambda: _copy(href), True))
    if entries:
        _add(menu, entries)
        menu.addSeparator()
    _add(
        menu,
        [
            ("Copy", view.copy, selected),
            (
                "Copy Selection as Markdown" if selected else "Copy Note as Markdown",
                view.copy_markdown,
                True,
            ),
            ("Select All", view.selectAll, True),
        ],
    )
    return menu


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _add(menu: QMenu, entries: Sequence[tuple[str, Callable[[], object], bool]]) -> None:
    for text, wish, enabled in entries:
        action = QAction(text, menu)
        action.setEnabled(enabled)
        action.triggered.connect(lambda _=False, wish=wish: wish())
        menu.addAction(action)


# --- A text whose links are times of a video ---


class LinkedText(QTextBrowser):
    """What a `NoteView` is apart from its scrolling: it knows what is shown and follows its links.

    Signals: `cite_activated(Video, float)` a time was clicked (seconds); `link_activated(str)` a
    link to the web or to mail was clicked; `more_wanted(int)` all times of a section are;
    `words_wanted()` the mouse is on a time, and what is said there is not known yet.
    """

    cite_activated = Signal(object, float)
    link_activated = Signal(str)
    more_wanted = Signal(int)
    words_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.viewport().setMouseTracking(True)
        self._levels = NoteLevels(self)
        self._hovered = ""
        self._spoken: Spoken | None = None
        self._words_known = False
        self.anchorClicked.connect(self._follow)
        self.highlighted.connect(self._hover)

    @property
    def note(self) -> Note | None:
        content = self._levels.content
        return None if content is None else content.note

    @property
    def _draft(self) -> Draft | None:
        content = self._levels.content
        return None if content is None else content.draft

    @property
    def _video(self) -> Video | None:
        content = self._levels.content
        return None if content is None else content.video

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        return no_image()

    def cite_of(self, href: str) -> Cite | None:
        """The cite a link `cite:SECTION/NUMBER` stands for."""
        found = re.fullmatch(rf"{CITE_SCHEME}:(\d+)/(\d+)", href)
        note = self.note
        if found is None or note is None:
            return None
        section, number = int(found[1]), int(found[2])
        if section >= len(note.sections):
            return None
        cites = note.sections[section].cites
        return cites[number] if number < len(cites) else None

    def _follow(self, url: QUrl) -> None:
        href = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        cite = self.cite_of(href)
        if cite is not None and self._video is not None:
            self.cite_activated.emit(self._video, cite.start_s)
        elif url.scheme() == MORE_SCHEME and url.path().isdigit():
            self.more_wanted.emit(int(url.path()))
        elif url.scheme() in OPENED_SCHEMES:
            self.link_activated.emit(href)

    def set_spoken(self, spoken: Spoken | None) -> None:
        """What is said in the video; None where nobody knows. A tip that is open gets the words."""
        self._spoken, self._words_known = spoken, True
        if QToolTip.isVisible() and self.cite_of(self._hovered) is not None:
            self._show_tip(QCursor.pos(), self._hovered)

    def _hover(self, url: QUrl) -> None:
        self._hovered = url.toString()
        self.viewport().update()
        if not self._words_known and self.cite_of(self._hovered) is not None:
            self.words_wanted.emit()

    def tip_for(self, href: str) -> str:
        """What hovering over a link says."""
        cite = self.cite_of(href)
        if cite is None:
            return "" if href.startswith(f"{MORE_SCHEME}:") else href
        return cite_tip(cite, self._spoken, looked=self._words_known)

    def _show_tip(self, at: QPoint, href: str) -> None:
        tip = self.tip_for(href) if href else ""
        if tip:
            QToolTip.showText(at, plain_tip(tip), self.viewport())
        else:
            QToolTip.hideText()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._show_tip(event.globalPos(), self.anchorAt(event.pos()))
            return True
        return bool(super().viewportEvent(event))

    def _address(self, href: str) -> str:
        cite = self.cite_of(href)
        return "" if cite is None else self.address_of(cite)

    def address_of(self, cite: Cite) -> str:
        """Where the video opens at a time; "" where there is no such address."""
        return "" if self._video is None else self._video.link_at(cite.start_s)

    def follow(self, href: str) -> None:
        """Do what a click on a link does."""
        self._follow(QUrl(href))


# --- What of a note goes to the clipboard ---


class CopiedText(LinkedText):
    """A `LinkedText` at a level, which can be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._level = Level.STANDARD

    @property
    def level(self) -> Level:
        return self._level

    def markdown(self) -> str:
        """The whole note at the level shown, as Markdown; what there is so far of a draft."""
        # A heavy import, so a late one.
        from notegen_desktop.services.markup.note_markdown import draft_markdown, note_markdown

        if self.note is not None:
            return note_markdown(self.note, self._level)
        return "" if self._draft is None else draft_markdown(self._draft, self._level)

    def selection_markdown(self) -> str:
        """The selected text as Markdown, with links into the video."""
        if self._all_selected():
            return self.markdown()
        return selection_markdown(self.textCursor(), self._address)

    def _all_selected(self) -> bool:
        cursor = self.textCursor()
        whole = cursor.selectionEnd() >= self.document().characterCount() - 1
        return whole and cursor.selectionStart() == 0

    def createMimeDataFromSelection(self) -> QMimeData:
        if self._all_selected():
            self._levels.finish(self._level)  # the selection grows with the document
        language = self.note.language if self.note is not None else ""
        return selection_data(self.textCursor(), self.selection_markdown(), language=language)

    def copy_markdown(self) -> None:
        """Put the selection, or else the whole note, on the clipboard as Markdown."""
        if self.textCursor().hasSelection():
            QGuiApplication.clipboard().setText(self.selection_markdown())
        else:
            QGuiApplication.clipboard().setText(self.markdown())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.menu_at(self.anchorAt(event.pos()))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def menu_at(self, href: str) -> QMenu:
        """The context menu over a link, or over none (`href` is "")."""
        return note_menu(self, href)
