"""Adds pictures of the video to stored notes: after they are written, or on request.

Pictures are added once the note is stored and complete, concurrently with other work; missing
pictures are never a failure of the note.
"""

from __future__ import annotations

import asyncio
import logging
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

from notegen_desktop.domain.errors import (
    NoteGenError,
    NothingThere,
    PicturesUnavailable,
    ResourcesMissing,
    failure_of,
)
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.notes.pictures import (
    PointingTable,
    PointingWords,
    moments,
    with_picture,
)
from notegen_desktop.domain.text.languages import primary
from notegen_desktop.domain.text.tables import read_table
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.paths import resources
from notegen_desktop.services.ports import NoteStore, PictureSource, PicturesTaken

from .revising import NoteReviser

log = logging.getLogger(__name__)

PLACES_PER_PICTURE = 4
"""Places examined for each picture wanted: many show the same image, and each takes a third of a
second of one processor."""

REACH_S, EXACT_S = 4.0, 0.5
"""Seconds after a sentence within which the best picture is taken, since a slide is drawn
meanwhile; and the same around a time chosen by the user."""


@dataclass(slots=True, eq=False)
class Illustrator:
    """Adds pictures to notes; one instance per program. `tell` is called with the result of each
    note."""

    source: PictureSource
    store: NoteStore
    reviser: NoteReviser
    tell: Callable[[PicturesTaken], object] = field(default_factory=lambda: lambda taken: None)
    _running: dict[str, asyncio.Task[Note]] = field(default_factory=dict)

    def begin(self, note: Note, limit: int, *, asked: bool) -> None:
        """Start adding at most `limit` pictures to a stored note, in a background task.

        If there are none, only a user who `asked` for pictures is told.
        """
        shows = note.video.is_media and not note.video.is_sound
        if note.id in self._running or not (limit and note.id and (asked or shows)):
            return
        task = asyncio.create_task(self._illustrated(note, limit, asked), name="pictures")
        self._running[note.id] = task
        task.add_done_callback(lambda _: self._running.pop(note.id, None))

    async def wait_for_pictures(self, note: Note) -> Note:
        """Return the note after its running picture task has ended, successfully or not."""
        task = self._running.get(note.id)
        if task is None:
            return note
        await asyncio.wait([task])
        return note if task.cancelled() else task.result()

    async def add(self, note_id: str, section: int, at_s: float) -> Note:
        """Put one picture into a section of a stored note; return the changed note.

        Raises NoteMissing, NothingThere, StoreError, or as `PictureSource.take` does.
        """
        note = await self.store.get(note_id)
        taken = await self.source.take(note.video, [at_s], limit=1, reach_s=EXACT_S)
        if not taken:
            raise NothingThere(
                _("The video shows nothing at this time: it is black, or over."),
                hint=_("Try a time before or after it."),
            )

        async def changed(stored: Note) -> Note:
            return with_picture(stored, _place(note, section, stored), taken[0])

        return self.reviser.show(await self.reviser.change(note_id, changed))

    async def wait(self) -> None:
        """Return when no picture task is running."""
        while self._running:
            await asyncio.wait([*self._running.values()])

    def cancel(self) -> None:
        """Cancel all picture tasks; the notes stay as they are."""
        for task in self._running.values():
            task.cancel()

    async def _illustrated(self, note: Note, limit: int, asked: bool) -> Note:
        """Return the note with pictures; on an error, report it and return the note unchanged."""
        try:
            changed = await self._with_pictures(note, limit)
        except Exception as error:
            if not isinstance(error, NoteGenError):
                log.exception("pictures of a note could not be taken")
            log.info("no pictures in %s: %s", note.template, error)
            if asked or type(error) is not PicturesUnavailable:
                self.tell(PicturesTaken(note, 0, failure_of(error)))
            return note
        added = sum(len(section.pictures) for section in changed.sections)
        if added:
            self.reviser.show(changed)
        if added or asked:
            self.tell(PicturesTaken(changed, added))
        return changed

    async def _with_pictures(self, note: Note, limit: int) -> Note:
        transcript = await self.store.get_transcript(note.video.id)
        languages = [transcript.language if transcript else note.video.language, note.language]
        found = await asyncio.to_thread(
            lambda: moments(note, transcript, pointing_words(*languages))
        )
        if not found:
            return note
        seconds = [moment.at_s for moment in found[: PLACES_PER_PICTURE * limit]]
        taken = await self.source.take(note.video, seconds, limit=limit, reach_s=REACH_S)
        section_of = {moment.at_s: moment.section for moment in found}

        async def changed(stored: Note) -> Note:
            for picture in taken:
                with suppress(NothingThere):  # its section was removed meanwhile
                    place = _place(note, section_of[picture.at_s], stored)
                    stored = with_picture(stored, place, picture)
            return stored

        return await self.reviser.change(note.id, changed) if taken else note


def _place(before: Note, section: int, note: Note) -> int:
    """Return the index of a section in the current note, whose sections may have changed. Raises
    NothingThere."""
    headings = [each.heading for each in note.sections]
    heading = before.sections[section].heading if section < len(before.sections) else ""
    if section < len(headings) and headings[section] == heading:
        return section
    with suppress(ValueError):
        return headings.index(heading)
    raise NothingThere(_("This section is not in the note any more."), hint=_("Try another one."))


def pointing_words(*languages: str) -> PointingWords:
    """Return the phrases of these languages that point at something shown; English if none is
    known."""
    tables = _tables()
    known = dict.fromkeys(primary(tag) for tag in languages if primary(tag) in tables)
    return PointingWords(*(tables[tag] for tag in known or ("en",)))


@cache
def _tables() -> dict[str, PointingTable]:
    """Return the phrase tables. Raises ResourcesMissing for a file that cannot be read."""
    path = resources() / "pointing.toml"

    def refuse(_key: str, words: str) -> ResourcesMissing:
        return ResourcesMissing(f"{path}: {words}")

    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise refuse("", str(error)) from error
    return {tag: read_table(table, PointingTable, refuse) for tag, table in data.items()}
