"""Content of a `NoteView` and its documents, one per level, written ahead in slices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject
from PySide6.QtGui import QFont, QTextDocument

from notegen_desktop.domain.asking.exchange import AnswerCite
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.doubts import DoubtfulStatement
from notegen_desktop.domain.notes.note import Cite, Draft, Level, Note, Picture
from notegen_desktop.ui.kit.text import runs_right_to_left

from .formula_objects import typesetter
from .note_document import NoteDocument, ReadingPosition
from .pictures import pictures_in
from .rendering import (
    CITE_SCHEME,
    NO_VIDEO,
    PICTURE_SCHEME,
    SHOWN_SCHEME,
    NoteStyle,
    draft_parts,
    head_html,
    note_direction_text,
    note_parts,
)

SLICE_S = 0.008
"""Seconds per slice of writing ahead: half a frame."""

AT_ONCE_CHARS = 20_000
"""Characters of HTML written before a note is shown: some pages, in 25 ms."""


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a view: a note, a draft of one, or nothing yet.

    `kind` is the template's name. A conversation is a note without a header, whose answers cite any
    of `videos`.
    """

    kind: str = "Note"
    video: Video = NO_VIDEO
    note: Note | None = None
    draft: Draft | None = None
    videos: tuple[Video, ...] | None = None

    def video_of(self, cite: Cite) -> Video:
        """Return the video that a cite refers to."""
        if cite.video is not None:
            return cite.video
        named = cite.video_id if isinstance(cite, AnswerCite) else ""
        return next((each for each in self.videos or () if each.id == named), self.video)

    @property
    def script(self) -> tuple[str, str]:
        """Language tag, "" for a draft, and a sample of the text to detect its script."""
        if self.note is not None:
            return self.note.language, note_direction_text(self.note)
        sections = self.draft.sections[:5] if self.draft is not None else ()
        return "", " ".join(f"{s.heading} {s.concise}" for s in sections)

    def picture_of(self, href: str) -> tuple[int, Picture] | None:
        """Return section and picture of a link to a picture or to its time, `…:SECTION/NUMBER`; or
        None."""
        found = re.fullmatch(rf"(?:{PICTURE_SCHEME}|{SHOWN_SCHEME}):(\d+)/(\d+)", href)
        if found is None or self.note is None:
            return None
        section, number = int(found[1]), int(found[2])
        sections = self.note.sections
        pictures = sections[section].pictures if section < len(sections) else ()
        return (section, pictures[number]) if number < len(pictures) else None

    def cite_of(self, href: str) -> Cite | None:
        """Return the cite of a link `cite:SECTION/NUMBER`; None for other links."""
        found = re.fullmatch(rf"{CITE_SCHEME}:(\d+)/(\d+)", href)
        if found is None or self.note is None:
            return None
        section, number = int(found[1]), int(found[2])
        sections = self.note.sections
        cites = sections[section].cites if section < len(sections) else ()
        return cites[number] if number < len(cites) else None

    def href_of(self, doubt: DoubtfulStatement) -> str:
        """Return the link of a doubtful statement; "" if the note does not have it."""
        sections = self.note.sections if self.note is not None else ()
        cites = sections[doubt.section].cites if doubt.section < len(sections) else ()
        if doubt.cite not in cites:
            return ""
        return f"{CITE_SCHEME}:{doubt.section}/{cites.index(doubt.cite)}"

    def place_in(self, note: Note, place: ReadingPosition) -> ReadingPosition | None:
        """Return the place in a newer state of the note, whose sections may differ; None for
        another note."""
        before = self.note
        if before is None or not note.id or note.id != before.id:
            return None
        if place.part == 0 or place.part > len(before.sections):
            return place
        heading = before.sections[place.part - 1].heading
        found = [n for n, each in enumerate(note.sections, start=1) if each.heading == heading]
        if not found:
            return ReadingPosition(min(place.part, len(note.sections)), 0.0)
        return replace(place, part=min(found, key=lambda n: abs(n - place.part)))

    def markdown(self, level: Level) -> str:
        """Return the note as Markdown, or a draft as far as written."""
        # Late, because the import is slow.
        from notegen_desktop.services.markup.note_markdown import (
            draft_markdown,
            joined,
            note_markdown,
            section_markdown,
        )

        if self.note is not None and self.videos is not None:
            sections = self.note.sections
            return joined(
                *(
                    section_markdown(each, level, cite=self._cite, picture=lambda _: "")
                    for each in sections
                )
            )
        if self.note is not None:
            return note_markdown(self.note, level)
        return "" if self.draft is None else draft_markdown(self.draft, level)

    def _cite(self, cite: Cite) -> str:
        """Return a cite as Markdown, with its video's name if there are several videos."""
        from notegen_desktop.services.markup.note_markdown import cite_markdown
        from notegen_desktop.services.markup.safe_markdown import literal

        video = self.video_of(cite)
        told = cite_markdown(cite, video=video)
        return f"{literal(video.name)}, {told}" if len(self.videos or ()) > 1 else told

    def parts(self, level: Level, unfolded: frozenset[int], *, covered: bool) -> Iterator[str]:
        """Yield the HTML of the header and the sections.

        Sections in `unfolded` show all their times; with `covered` only these show their text.
        """
        if self.note is not None:
            yield from note_parts(
                self.note,
                level,
                kind=self.kind,
                unfolded=unfolded,
                covered=covered,
                headless=self.videos is not None,
            )
        elif self.draft is not None:
            title = self.draft.title or self.video.name
            yield head_html(kind=self.kind, title=title, video=self.video)
            last = len(self.draft.sections) - 1
            for index, section in enumerate(self.draft.sections):
                is_open = index == last and not self.draft.whole
                yield from draft_parts(section, level, is_open=is_open)


class NoteLevels(QObject):
    """Creates and caches the documents of the content, one per level."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.content = Content()
        self._documents: dict[Level, NoteDocument] = {}
        self._spare: dict[Level, NoteDocument] = {}
        self._rests: dict[Level, Iterator[str]] = {}
        self._unfolded: frozenset[int] = frozenset()
        self.covered = False

    def show(self, content: Content) -> None:
        """Set the content. Documents of a draft are extended by a longer one."""
        grows = self.content.draft is not None and content.draft is not None
        self.content = content
        if not grows:
            self._unfolded = frozenset()
            self.drop()

    def hide_answers(self, covered: bool) -> None:
        """Show only the headings of cards, or all their text again."""
        self.covered = covered
        self._unfolded = frozenset()
        self.drop()

    def is_answer_hidden(self, section: int) -> bool:
        """Return True if only the heading of a section is shown."""
        return self.covered and section not in self._unfolded

    def show_answer(self, section: int) -> None:
        self._unfolded |= {section}
        self.drop()

    def drop(self) -> None:
        """Have the documents written again when next used; the shown one stays until then.

        They are reused and not deleted: in PySide 6.11, a document deleted by Qt after Python has
        released it crashes the process.
        """
        self._spare |= self._documents
        self._documents = {}
        self._rests.clear()

    def has(self, level: Level) -> bool:
        return level in self._documents

    def is_whole(self, level: Level) -> bool:
        return level not in self._rests

    def is_written(self, level: Level, place: ReadingPosition, *, below: float) -> bool:
        """Return True if the level's document includes a place and `below` pixels of text below it.

        The height of a part is used, because the height of the document would lay out all of it.
        """
        if self.is_whole(level):
            return True
        document = self._documents[level]
        last = document.part_count - 1
        return last > place.part and document.part_top(last) > document.height_of(place) + below

    def document(self, level: Level, style: NoteStyle, font: QFont) -> NoteDocument:
        """Return the document of a level, with at least its first pages written."""
        content = self.content
        document = self._documents.get(level)
        if document is None:
            leftwards = runs_right_to_left(content.script[1])
            document = self._spare.pop(level, None)
            if document is None:
                document = NoteDocument(style, font, self, right_to_left=leftwards)
            else:
                document.start_over(style, font, right_to_left=leftwards)
            title = QTextDocument.MetaInformation.DocumentTitle
            document.setMetaInformation(title, content.kind)
            document.show_pictures(pictures_in(content.note), edge=style.colours.border)
            self._documents[level] = document
            if content.note is not None:
                self._rests[level] = content.parts(level, self._unfolded, covered=self.covered)
                if document.append_from(self._rests[level], seconds=0, at_least=AT_ONCE_CHARS):
                    del self._rests[level]
        if content.draft is not None:
            document.show_parts(list(content.parts(level, self._unfolded, covered=self.covered)))
        return document

    def write_on(self, level: Level, *, seconds: float = SLICE_S) -> bool:
        """Write an existing document for `seconds`; return True when it is complete."""
        rest = self._rests.get(level)
        if rest is not None and self._documents[level].append_from(rest, seconds=seconds):
            del self._rests[level]
        return self.is_whole(level)

    def finish(self, level: Level) -> None:
        """Write an existing document completely."""
        while not self.write_on(level):
            typesetter.wait()
