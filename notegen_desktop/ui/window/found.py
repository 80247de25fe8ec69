"""Opens what a search of the library found, at its place and with the words marked."""

from __future__ import annotations

from collections.abc import Callable

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.services.ports import NoteFilter, PassageFound
from notegen_desktop.ui.kit.messages import Message
from notegen_desktop.ui.kit.tasks import Controller, WindowContext
from notegen_desktop.ui.library.page import LibraryPage
from notegen_desktop.ui.notes.result_tabs import ResultTabs

from .beside.playback import Playback
from .beside.reading import Reading


class FoundPlaces(Controller):
    """`open_note` shows a note in a tab."""

    def __init__(
        self,
        context: WindowContext,
        library: LibraryPage,
        reading: Reading,
        playback: Playback,
        open_note: Callable[[Note], object],
    ) -> None:
        super().__init__(context)
        self._results: ResultTabs = reading.results
        self._reading = reading
        self._playback = playback
        self._open_note = open_note
        library.found_opened.connect(self._open_found)
        library.passage_wanted.connect(self._open_passage)

    def _open_found(self, note: Note, words: str) -> None:
        self._open_note(note)
        page = self._results.page_shown
        if page is not None:
            page.mark_words(words)

    def _open_passage(self, found: PassageFound, words: str) -> None:
        """Beside the newest note of its video; without one the video opens there."""

        async def about() -> tuple[Note | None, Video | None]:
            store = (await self._services).store
            of_video = NoteFilter(videos=(found.video_id,))
            for row in await store.recent(limit=1, where=of_video):
                return await store.get(row.id), None
            return None, await store.get_video(found.video_id)

        def show(known: tuple[Note | None, Video | None]) -> None:
            note, video = known
            if note is not None:
                self._open_note(note)
                self._reading.show_passage(found.start_s, opens=True)
                self._reading.panel.mark_words(words)
            elif video is not None:
                self._playback.open_at(video, found.start_s)

        self._tasks.start(about(), done=show, failed=self._tell)

    def _tell(self, failure: Failure) -> None:
        self._messages.show_message(Message(failure.message, failure.hint, "danger"))
