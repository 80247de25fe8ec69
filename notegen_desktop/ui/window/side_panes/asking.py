"""Questions about the current note's video or the whole library; conversations run
independently."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QBoxLayout, QWidget

from notegen_desktop.domain.asking.exchange import Exchange
from notegen_desktop.domain.cost.estimate import Estimate
from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Engine, Note
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.text.quantities import dollars, number
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.services.ports import NoteSummary, QuestionSubject, Services
from notegen_desktop.ui.kit.build import show_toggled, when_toggled
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.tasks import Controller, WindowContext
from notegen_desktop.ui.kit.widgets import identify

from .reading import Reading

if TYPE_CHECKING:
    from notegen_desktop.ui.notes.asking import AskPanel
    from notegen_desktop.ui.notes.note_page import NotePage

FREE = N_("Without a model: you get the passages, with the words found marked.")
FROM_VIDEO = N_("The answer comes from the words of this video, with their times.")
FROM_CHOSEN = N_("The answer comes from passages of the videos whose notes you chose.")
FROM_LIBRARY = N_("The answer comes from passages of all videos in your library.")
NOT_FINISHED = N_("You can ask as soon as the note is finished.")
NOT_KEPT = N_("This note is an example: it is not in your library. Ask about your own notes.")


MAX_HEADINGS = 3
MAX_CHARS = 60
"""Maximum characters of a heading used in a suggested question."""


@dataclass(slots=True, eq=False)
class Conversation:
    """One conversation; while `question` is set, it is being answered."""

    asked: QuestionSubject
    exchanges: list[Exchange] = field(default_factory=list)
    question: str = ""
    growing: str = ""
    task: asyncio.Task[None] | None = None
    is_read: bool = False
    cost: str = ""


class Conversations(Controller):
    """Sends the questions of a panel and shows one of several conversations in it."""

    def __init__(self, context: WindowContext, panel: AskPanel) -> None:
        super().__init__(context)
        self._panel = panel
        self._conversations: dict[str, Conversation] = {}
        self._shown: Conversation | None = None
        self._video = Video("", "", "")
        panel.asked.connect(self._ask)
        panel.stop.clicked.connect(self._stop)
        panel.forget.clicked.connect(self._forget)
        self._asks = ("", "")
        self._services.then(lambda come: come.settings.subscribe(self._take_settings))

    def _take_settings(self, settings: Settings) -> None:
        """Update the cost estimate when the engine or model has changed."""
        asks = (settings.text("general.engine"), settings.text("gemini.model"))
        before, self._asks = self._asks, asks
        if asks != before and self._shown is not None and self._panel.isVisible():
            self._estimate(self._shown)

    def show(self, asked: QuestionSubject | None, video: Video) -> None:
        """Show the conversation about a subject; None for none."""
        self._video = video
        conversation = (
            self._conversations.setdefault(asked.key, Conversation(asked))
            if asked is not None
            else None
        )
        if conversation is self._shown:
            return
        self._shown = conversation
        if conversation is None:
            return
        self._show(conversation)
        services = self._services.value
        if services is not None and not conversation.is_read and self._tasks.can_start:
            conversation.is_read = True
            self._tasks.start(
                services.asking.conversation(conversation.asked),
                done=lambda found: self._put(conversation, found),
                failed=self._panel.fail,
            )
        self._estimate(conversation)

    def _show(self, conversation: Conversation) -> None:
        self._panel.show_conversation(
            conversation.exchanges,
            self._video,
            question=conversation.question,
            growing=conversation.growing,
        )
        self._panel.show_cost(conversation.cost)

    def _put(self, conversation: Conversation, found: list[Exchange]) -> None:
        known = {each.id for each in conversation.exchanges}
        conversation.exchanges[:0] = [each for each in found if each.id not in known]
        if conversation is self._shown and found:
            self._show(conversation)

    # --- cost ---

    def _engine(self, services: Services) -> Engine:
        return Engine(services.settings.current.text("general.engine"))

    def _estimate(self, conversation: Conversation) -> None:
        services = self._services.value
        if services is None or not self._tasks.can_start:
            return
        self._tasks.start(
            services.asking.estimate(
                conversation.asked, earlier=conversation.exchanges, engine=self._engine(services)
            ),
            done=lambda found: self._tell(conversation, found),
            failed=lambda failure: self._tell_none(conversation, failure),
        )

    def _tell(self, conversation: Conversation, found: Estimate) -> None:
        if not found.input_tokens:
            conversation.cost = FREE
        else:
            conversation.cost = _("An answer takes about {words}.").format(words=found.words)
        if conversation.exchanges and (last := conversation.exchanges[-1]).usage.requests:
            took = _("The last took {cost_usd} ({model}).").format(
                cost_usd=dollars(last.usage.cost_usd), model=last.model
            )
            conversation.cost = f"{conversation.cost} {took}"
        if conversation is self._shown:
            self._panel.show_cost(conversation.cost)

    def _tell_none(self, conversation: Conversation, failure: Failure) -> None:
        conversation.cost = failure.message
        if conversation is self._shown:
            self._panel.show_cost(conversation.cost)

    # --- questions ---

    def _ask(self, question: str) -> None:
        conversation, services = self._shown, self._services.value
        if conversation is None or conversation.task is not None or services is None:
            return
        conversation.question, conversation.growing = question, ""
        self._panel.begin(question)
        conversation.task = self._tasks.start(
            services.asking.ask(
                conversation.asked,
                question,
                earlier=tuple(conversation.exchanges),
                engine=self._engine(services),
                grew=lambda text: self._grow(conversation, text),
                waiting=lambda words: self._wait(conversation, words),
            ),
            done=lambda exchange: self._finish(conversation, exchange),
            failed=lambda failure: self._fail(conversation, failure),
        )

    def _grow(self, conversation: Conversation, text: str) -> None:
        conversation.growing = text
        if conversation is self._shown:
            self._panel.grow(text)

    def _wait(self, conversation: Conversation, words: str) -> None:
        if conversation is self._shown:
            self._panel.show_cost(f"{words} …" if words else conversation.cost)

    def _end(self, conversation: Conversation) -> None:
        conversation.task, conversation.question, conversation.growing = None, "", ""

    def _finish(self, conversation: Conversation, exchange: Exchange) -> None:
        self._end(conversation)
        conversation.exchanges.append(exchange)
        if not exchange.id:
            self._messages.say_done(_("This answer could not be kept in the library."))
        if conversation is self._shown:
            self._panel.finish(exchange)
        self._estimate(conversation)

    def _fail(self, conversation: Conversation, failure: Failure) -> None:
        self._end(conversation)
        if conversation is self._shown:
            self._panel.show_cost(conversation.cost)
            self._panel.fail(failure)

    def _stop(self) -> None:
        conversation = self._shown
        if conversation is not None and conversation.task is not None:
            conversation.task.cancel()
            self._end(conversation)
            self._panel.show_cost(conversation.cost)
            self._panel.stopped()

    def _forget(self) -> None:
        conversation, services = self._shown, self._services.value
        if conversation is None or services is None or conversation.task is not None:
            return
        gone, conversation.exchanges = conversation.exchanges, []
        self._show(conversation)

        async def forget() -> None:
            for exchange in gone:
                await services.asking.forget(exchange.id)

        self._tasks.start(forget(), done=lambda __: self._messages.say_done(_("Deleted.")))


@dataclass(frozen=True, slots=True)
class LinkHandlers:
    """Callbacks for links in answers: `go_to` a second of a video, `open_link` for a URL."""

    go_to: Callable[[Video, float], object]
    open_link: Callable[[str, Video | None], object]


class _QuestionPanelController(Controller):
    """Base for panels of questions, created on first use because they import the note view."""

    def __init__(self, context: WindowContext, prefix: str, link_handlers: LinkHandlers) -> None:
        super().__init__(context)
        self.panel: AskPanel | None = None
        self._context = context
        self._prefix = prefix
        self._link_handlers = link_handlers

    def _make(self) -> tuple[AskPanel, Conversations]:
        from notegen_desktop.ui.notes.asking import AskPanel

        self.panel = panel = AskPanel(prefix=self._prefix)
        panel.copied.connect(self._messages.say_done)
        panel.view.links.cite_activated.connect(self._link_handlers.go_to)
        panel.view.links.link_activated.connect(
            lambda url: self._link_handlers.open_link(url, None)
        )
        return panel, Conversations(self._context, panel)


class AskBeside(_QuestionPanelController):
    """Questions beside the current note."""

    def __init__(
        self, context: WindowContext, reading: Reading, link_handlers: LinkHandlers
    ) -> None:
        super().__init__(context, "ask", link_handlers)
        self._reading = reading
        self._results = reading.results
        self._open = False
        self._conversations: Conversations | None = None
        self._results.page_added.connect(self._take_in)
        self._results.shown_changed.connect(lambda _: self._turn())
        command(reading, _("Ask about this video"), self.ask, "Ctrl+J", group="Note")
        self._services.then(lambda _: self._turn())

    def ask(self) -> None:
        """Open the panel and focus its field; close it if the field has the focus."""
        if self.panel is None or self._results.page_shown is None:
            return
        if self._open and self.panel.edit.hasFocus():
            self.set_open(False)
            return
        self.set_open(True)
        self.panel.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def set_open(self, is_open: bool) -> None:
        if is_open:
            self._reading.beside_wanted.emit()
        if is_open == self._open:
            return
        had_focus = self.panel is not None and self.panel.isAncestorOf(
            self._reading.focusWidget() or self._reading
        )
        self._open = is_open
        self._turn()
        page = self._results.page_shown
        if had_focus and not is_open and page is not None:
            page.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def restore(self, state: QSettings) -> None:
        """Restore the state saved by `remember`."""
        self.set_open(str(state.value("questions/open", "")) == "true")

    def remember(self, state: QSettings) -> None:
        state.setValue("questions/open", "true" if self._open else "false")

    def _take_in(self, page: NotePage) -> None:
        if self.panel is None:
            panel, self._conversations = self._make()
            panel.close_button.clicked.connect(lambda: self.set_open(False))
            panel.view.links.words_wanted.connect(self._want_words)
            self._reading.side_column.add_below(panel)
            identify(panel)
        show_toggled(page.ask_button, self._open)
        when_toggled(page.ask_button, self._choose)
        page.content_changed.connect(self._turn)

    def _choose(self, is_open: bool) -> None:
        self.set_open(is_open)
        if is_open and self.panel is not None:
            self.panel.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _turn(self) -> None:
        """Update the panel after a change of page or of its visibility."""
        if self.panel is None or self._conversations is None:
            return
        for each in self._results.pages():
            show_toggled(each.ask_button, self._open)
        from notegen_desktop.ui.notes.note_page import is_stored

        page = self._results.page_shown
        self._reading.show_beside(self.panel, shown=self._open and page is not None)
        if not self._open or page is None:
            return
        note, video = page.note, page.video
        if note is None or video is None or not is_stored(note):
            self._conversations.show(None, Video("", "", ""))
            self.panel.show_nothing(_(NOT_FINISHED if note is None else NOT_KEPT))
            return
        self.panel.show_suggestions(suggested(note, self._planned(note)), _(FROM_VIDEO))
        self._conversations.show(QuestionSubject(note_id=note.id), video)

    def _planned(self, note: Note) -> set[str]:
        """Return the headings that every note of the template has."""
        services = self._services.value
        known = services.templates.all() if services is not None else ()
        plans = (plan for each in known if each.id == note.template for plan in each.sections)
        return {plan.heading for plan in plans}

    def _want_words(self) -> None:
        page, panel = self._results.page_shown, self.panel
        if page is not None and page.video is not None and panel is not None:
            self._reading.read_words(page.video, panel.view.links.set_spoken)


def suggested(note: Note, planned: Collection[str]) -> list[str]:
    """Return suggested questions from a note's headings, without those in `planned`."""
    from notegen_desktop.services.markup.html import line_words

    headings = [
        line_words(section.heading).strip()
        for section in note.sections
        if section.heading not in planned
    ]
    asked = [heading for heading in headings if heading.endswith("?")]
    told = [h for h in headings if h and not h.endswith("?") and len(h) <= MAX_CHARS]
    questions = [heading for heading in asked if len(heading) <= 2 * MAX_CHARS]
    questions += [_("What is said about “{heading}”?").format(heading=heading) for heading in told]
    return [_("What are the main points?"), *questions[:MAX_HEADINGS]]


class AskLibrary(_QuestionPanelController):
    """Questions about all videos of the library, or those of the selected notes, in the library
    page.

    `selected` returns the selected notes.
    """

    def __init__(
        self,
        context: WindowContext,
        page: QWidget,
        selected: Callable[[], Sequence[NoteSummary]],
        link_handlers: LinkHandlers,
    ) -> None:
        super().__init__(context, "libraryAsk", link_handlers)
        self._page = page
        self._selected = selected
        self._conversations: Conversations | None = None
        self._asked: QuestionSubject | None = None

    def toggle(self) -> None:
        """Open the panel about the selection and focus its field, or close it if already open."""
        if self.panel is None or self._conversations is None:
            self.panel, self._conversations = self._make()
            self.panel.close_button.clicked.connect(self._close)
            layout = self._page.layout()
            assert isinstance(layout, QBoxLayout)
            layout.addWidget(self.panel, 2)
            identify(self.panel)
        ids = tuple(dict.fromkeys(note.video_id for note in self._selected()))
        asked = QuestionSubject(video_ids=ids if len(ids) > 1 else ())
        if asked == self._asked:
            self._close()
            return
        self._asked = asked
        words = (
            ngettext("Questions about {n} video", "Questions about {n} videos", len(ids))
            if asked.video_ids
            else _("Questions about your library")
        )
        self.panel.title.setText(words.format(n=number(len(ids))))
        self.panel.show_suggestions((), _(FROM_CHOSEN if asked.video_ids else FROM_LIBRARY))
        self._conversations.show(asked, Video("", "", ""))
        self.panel.show()
        self.panel.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _close(self) -> None:
        self._asked = None
        if self.panel is not None:
            self.panel.hide()
