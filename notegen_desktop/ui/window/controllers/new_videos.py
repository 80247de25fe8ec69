"""Controller for new videos in followed lists: checks regularly and asks before writing notes.

Nothing is spent before the user presses Generate; a check takes one small request per list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QFileSystemWatcher

from notegen_desktop.domain.errors import NoteGenError
from notegen_desktop.domain.links.following import Followed, FollowedVideoState
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.quantities import number, quoted, series
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.machine.local_files import local_path
from notegen_desktop.services.ports import FollowCheck, Order, OrderEstimate
from notegen_desktop.ui.compose.orders import SAMPLE
from notegen_desktop.ui.kit.build import delayed, every
from notegen_desktop.ui.kit.messages import Message
from notegen_desktop.ui.kit.tasks import Controller, WindowContext
from notegen_desktop.ui.kit.text import one_line, shortened

START_MS = 6_000
"""Milliseconds before the first check, so that it does not slow the start."""
TICK_MS = 15 * 60_000
"""Milliseconds between checks whether a list is due."""
FOLDER_MS = 2_000
"""Milliseconds for which changes in a folder are collected, because they come in bursts."""
WRITTEN_MS = 20_000
"""Milliseconds before a folder with a file still being written is checked again."""

NAMED = 2
"""Maximum titles named in the message."""
TITLE_CHARS = 60


class NewVideos(Controller):
    """Checks the followed lists and asks about new videos.

    `order` returns the composer's order for given links, `submit` submits it, `words` formats an
    estimate.
    """

    def __init__(
        self,
        context: WindowContext,
        *,
        order: Callable[[], Order],
        submit: Callable[[Order], object],
        words: Callable[[Order, OrderEstimate], str],
    ) -> None:
        super().__init__(context)
        self._order = order
        self._submit = submit
        self._words = words
        self._asked: frozenset[str] = frozenset()
        self._question: Message | None = None
        self._submitted: Order | None = None
        self._watcher: QFileSystemWatcher | None = None
        self._start = delayed(self, START_MS, self._tick)
        self._every = every(self, TICK_MS, self._tick)
        self._changed = delayed(self, FOLDER_MS, self._tick)
        self._written = delayed(self, WRITTEN_MS, self._tick)
        self._services.then(lambda _: self._begin())

    def look(self) -> None:
        """Check all lists now; ask about postponed videos again."""
        self._asked = frozenset()
        self._tasks.start(self._services.ask(lambda it: it.following.check()), done=self._show_look)

    def take(self, looked: FollowCheck) -> None:
        """Handle the result of another check, or of a list added or removed."""
        self._watch(looked.followed)
        if looked.waiting:
            self._written.start()
        new = looked.new
        ids = frozenset(video.id for video in new)
        if not new:
            self._withdraw()
        elif ids - self._asked:
            self._asked = ids
            self._tasks.start(self._ask(looked.followed, new))

    def show_ordered(self, order: Order) -> None:
        """Mark new videos as taken when their order was submitted."""
        if self._submitted is not None and order.links == self._submitted.links:
            self._submitted = None
            self._decide([link.key for link in order.links], FollowedVideoState.TAKEN)

    def stop(self) -> None:
        """Stop checking."""
        for timer in (self._start, self._every, self._changed, self._written):
            timer.stop()
        if self._watcher is not None:
            self._watcher.deleteLater()
            self._watcher = None

    # --- looking ---

    def _begin(self) -> None:
        self._start.start()
        self._every.start()

    def _tick(self) -> None:
        self._tasks.start(
            self._services.ask(lambda it: it.following.check(due=True)),
            done=self.take,
            failed=lambda _: None,  # silent: library errors are shown elsewhere
        )

    def _show_look(self, looked: FollowCheck) -> None:
        """Show the result of a check requested by the user, even without new videos."""
        self.take(looked)
        if looked.away is not None:
            self._messages.show_failure(looked.away)
            return
        failed = [each for each in looked.followed if each.failures]
        if failed:
            words = _("“{short}” could not be looked at.")
            if more := len(failed) - 1:
                words = ngettext(
                    "“{short}” (and {n} more) could not be looked at.",
                    "“{short}” (and {n} more) could not be looked at.",
                    more,
                )
            words = words.format(short=_short(failed[0].name), n=number(more))
            self._messages.say(words, failed[0].failure, "warning")
        elif not looked.followed:
            self._messages.say(
                _("Nothing is followed yet."), _("Settings, Following, says what can be.")
            )
        elif not looked.new:
            self._messages.say(_("There is nothing new in what you follow."))

    def _watch(self, followed: Sequence[Followed]) -> None:
        """Watch the followed folders for changes."""
        folders: list[str] = []
        for each in followed:
            if each.link.provider == "folder" and not each.failures:
                folders.append(str(local_path(each.link.url)))
        if self._watcher is None and folders:
            self._watcher = QFileSystemWatcher(self)
            self._watcher.directoryChanged.connect(lambda _: self._changed.start())
        if self._watcher is not None:
            watched = self._watcher.directories()
            if gone := [path for path in watched if path not in folders]:
                self._watcher.removePaths(gone)
            if more := [path for path in folders if path not in watched]:
                self._watcher.addPaths(more)

    # --- asking ---

    async def _ask(self, followed: Sequence[Followed], new: Sequence[Video]) -> None:
        found = [link for video in new for link in find_links(video.url).links]
        order = replace(self._order(), links=tuple(found), wish="")
        price, can_start = await self._price(order)
        self._withdraw()
        self._question = Message(
            f"{_new_words(followed, new)}.",
            f"{_titles(new)} {price}".strip(),
            action=_("Generate notes") if can_start else "",
            on_action=lambda: self._generate(order),
            later=_("Not now"),
            behind=(
                (
                    _("Skip these"),
                    lambda: self._decide([video.id for video in new], FollowedVideoState.SKIPPED),
                ),
            ),
        )
        self._messages.show_message(self._question)

    async def _price(self, order: Order) -> tuple[str, bool]:
        """Return the estimate as text, and whether an order is possible."""
        if not order.templates:
            return _("Tick kinds of notes on the left to have them written."), False
        try:
            services = await self._services
            estimate = await services.preflight.of(order, sample=SAMPLE)
        except NoteGenError as error:
            return _("What they take cannot be told: {message}").format(message=error.message), True
        return f"{self._words(order, estimate)}.", True

    def _generate(self, order: Order) -> None:
        self._question = None
        self._submitted = order
        self._submit(order)

    def _decide(self, video_ids: list[str], verdict: FollowedVideoState) -> None:
        self._question = None
        self._tasks.start(
            self._services.ask(lambda it: it.following.decide(video_ids, verdict)),
            to_end=True,
        )

    def _withdraw(self) -> None:
        if self._question is not None:
            self._messages.withdraw(self._question)
            self._question = None


def _new_words(followed: Sequence[Followed], new: Sequence[Video]) -> str:
    """Return “3 new videos from Small Talks and 1 other list”."""
    sources = [each for each in followed if each.new]
    podcasts = all(each.kind == "podcast" for each in sources)
    folders = all(each.kind == "folder" for each in sources)
    several = len(new)
    if podcasts:
        words = ngettext("{n} new episode from {where}", "{n} new episodes from {where}", several)
    elif folders:
        words = ngettext("{n} new file in {where}", "{n} new files in {where}", several)
    else:
        words = ngettext("{n} new video from {where}", "{n} new videos from {where}", several)
    where = quoted(_short(sources[0].name))
    if others := len(sources) - 1:
        where = ngettext("{this} and {n} other list", "{this} and {n} other lists", others).format(
            this=where, n=number(others)
        )
    return words.format(n=number(several), where=where)


def _titles(new: Sequence[Video]) -> str:
    named = series(quoted(_short(video.name)) for video in new[:NAMED])
    left = len(new) - NAMED
    if left > 0:
        named = _("{these} and {left} more").format(these=named, left=left)
    return f"{named}."


def _short(name: str) -> str:
    return shortened(one_line(name), TITLE_CHARS)
