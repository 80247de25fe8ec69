"""The documents of one note, one per level, made as they are needed and otherwise ahead.

A note's parts are written in slices of time, so that no note, however long, holds the window up; a
draft is written whole each time, which costs only its tail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QFont, QTextDocument

from notegen_desktop.domain.notes import Draft, Level, Note
from notegen_desktop.domain.video import Video

from .note_document import NoteDocument
from .rendering import (
    NoteStyle,
    draft_parts,
    head_html,
    note_direction_text,
    note_parts,
    runs_right_to_left,
)

SLICE_S = 0.008
"""Half a frame: what writing ahead takes at a time."""

AT_ONCE_CHARS = 20_000
"""So much HTML is written before a note is shown: some pages of it, in 25 ms."""


@dataclass(frozen=True, slots=True)
class Content:
    """What is shown: a note, or a draft of one about a video. `kind` names the template."""

    kind: str
    video: Video
    note: Note | None = None
    draft: Draft | None = None

    @property
    def sample(self) -> str:
        """Enough of the text to tell its script."""
        if self.note is not None:
            return note_direction_text(self.note)
        sections = self.draft.sections[:5] if self.draft is not None else ()
        return " ".join(f"{s.heading} {s.concise}" for s in sections)

    @property
    def script(self) -> tuple[str, str]:
        """The tag of the language, which a draft does not have yet, and some of the text."""
        return (self.note.language if self.note is not None else ""), self.sample


class NoteLevels(QObject):
    """Makes and keeps the documents of what is shown."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.content: Content | None = None
        self._documents: dict[Level, NoteDocument] = {}
        self._spare: dict[Level, NoteDocument] = {}
        self._rests: dict[Level, Iterator[str]] = {}
        self._unfolded: frozenset[int] = frozenset()

    def show(self, content: Content) -> None:
        """Take over what is shown from now on. The documents of a draft go on with a longer one."""
        before = self.content
        self.content = content
        grows = before is not None and before.draft is not None and content.draft is not None
        if not grows:
            self._unfolded = frozenset()
            self.drop()

    def unfold(self, section: int) -> None:
        self._unfolded |= {section}
        self.drop()

    def drop(self) -> None:
        """Write the documents anew when they are next wanted; what is shown stays until then.

        They are used again and not deleted: a document that Qt deletes later, when Python has
        forgotten it, ends the process in PySide 6.11.
        """
        self._spare |= self._documents
        self._documents = {}
        self._rests.clear()

    def has(self, level: Level) -> bool:
        return level in self._documents

    def is_whole(self, level: Level) -> bool:
        return level not in self._rests

    def document(self, level: Level, style: NoteStyle, font: QFont) -> NoteDocument:
        """The document of a level, of which the first pages at least are written."""
        document = self._documents.get(level)
        if document is None:
            document = self._spare.pop(level, None)
            if document is None:
                document = NoteDocument(style, font, self, right_to_left=self._right_to_left())
            else:
                document.begin_anew(style, font, right_to_left=self._right_to_left())
            title = QTextDocument.MetaInformation.DocumentTitle
            document.setMetaInformation(title, self.content.kind if self.content else "Note")
            self._documents[level] = document
            if self.content is not None and self.content.note is not None:
                self._rests[level] = self._parts_of(self.content.note, level)
                if document.append_from(self._rests[level], seconds=0, at_least=AT_ONCE_CHARS):
                    del self._rests[level]
        if self.content is not None and self.content.draft is not None:
            document.show_parts(self._draft_parts(self.content, self.content.draft, level))
        return document

    def write_on(self, level: Level, *, seconds: float = SLICE_S) -> bool:
        """Write for some seconds more at a document that is there; True when it is whole."""
        rest = self._rests.get(level)
        if rest is None:
            return True
        if self._documents[level].append_from(rest, seconds=seconds):
            del self._rests[level]
            return True
        return False

    def finish(self, level: Level) -> None:
        """Write all of a document that is there."""
        while not self.write_on(level):
            pass

    def _right_to_left(self) -> bool:
        return self.content is not None and runs_right_to_left(self.content.sample)

    def _parts_of(self, note: Note, level: Level) -> Iterator[str]:
        content = self.content
        return note_parts(
            note,
            level,
            kind=content.kind if content else "",
            unfolded=self._unfolded,
        )

    @staticmethod
    def _draft_parts(content: Content, draft: Draft, level: Level) -> list[str]:
        last = len(draft.sections) - 1
        return [
            head_html(
                kind=content.kind, title=draft.title or content.video.name, video=content.video
            ),
            *(
                part
                for index, section in enumerate(draft.sections)
                for part in draft_parts(section, level, is_open=index == last and not draft.whole)
            ),
        ]
