"""Controller that orders one guide over several videos, after showing its price."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QWidget

from notegen_desktop.domain.courses.course import COURSE_GUIDE, course_link
from notegen_desktop.domain.errors import InvalidLink
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.text.quantities import count, dollars
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Order, OrderEstimate, Services
from notegen_desktop.ui.kit.build import label, line_edit, named
from notegen_desktop.ui.kit.dialogs import PricedDialog, answer
from notegen_desktop.ui.kit.elided import elided
from notegen_desktop.ui.kit.tasks import Controller
from notegen_desktop.ui.kit.text import one_line

NAME_PX = 390
"""Maximum width of a title in the list of videos, in pixels."""


class Guides(Controller):
    """Orders guides. Signals: `begun()` when a guide is queued; it opens as a tab."""

    begun = Signal()

    def ask_for_stored(self, video_ids: Sequence[str]) -> None:
        """Order a guide over videos stored in the library."""
        ids = tuple(dict.fromkeys(video_ids))

        async def found(services: Services) -> bool:
            videos = [await services.store.get_video(each) for each in ids]
            return await self._asked(services, [video for video in videos if video is not None])

        self._start(found)

    def ask(self, videos: Sequence[Video]) -> None:
        self._start(lambda services: self._asked(services, videos))

    def _start(self, work: Callable[[Services], Awaitable[bool]]) -> None:
        self._tasks.start(
            self._services.ask(work), done=lambda yes: self.begun.emit() if yes else None
        )

    async def _asked(self, services: Services, videos: Sequence[Video]) -> bool:
        known = await services.store.courses()
        course = course_link([_link_of(video) for video in videos], known)
        before = known.get(course.key, ())
        by_key = {video.id: video for video in videos}
        ordered = [by_key[each.key] for each in course.members]
        fresh = len(course.members) - len(before) if before else 0
        dialog = GuideDialog(self._window, ordered, grows_by=fresh)
        dialog.price_wanted.connect(partial(self._price, dialog, services, course))
        if not await answer(dialog):
            return False
        services.runner.submit(_order(services, course, dialog))
        return True

    def _price(self, dialog: GuideDialog, services: Services, course: Link) -> None:
        def words(estimate: OrderEstimate) -> str:
            asked = [row for row in estimate.jobs if not row.stored]
            if not asked:
                return _("It is in the library already; nothing is paid")
            if not (requests := sum(row.requests for row in asked)):
                return _("Free: quoted here, without a key")
            return _("About {price}, {requests}").format(
                price=dollars(estimate.cost_usd), requests=count(requests, "request")
            )

        work = services.preflight.of(_order(services, course, dialog))
        dialog.show_price(self._tasks, work, words)


class GuideDialog(PricedDialog):
    """Asks whether to write a guide over these videos."""

    def __init__(self, parent: QWidget, videos: Sequence[Video], *, grows_by: int = 0) -> None:
        """`grows_by`: number of videos that an existing guide lacks; 0 without one."""
        super().__init__(
            parent,
            name="guideDialog",
            title=_("Write a guide"),
            accept=_("Write the guide"),
            price="guidePrice",
            looking=_("Reading the videos for the price…"),
        )
        head = _("One guide over {videos}").format(videos=count(len(videos), "video"))
        told = _(
            "What they have in common is said once, what one adds to another is named, with an "
            "order of learning; each statement has its video and second."
        )
        if grows_by:
            told = _("The guide there is grows by {videos}; the rest of it stays.").format(
                videos=count(grows_by, "video")
            )
        self.list = named(QListWidget(self), "guideVideos", _("Videos of the guide"))
        names = (f"{n}. {one_line(v.name)}" for n, v in enumerate(videos, start=1))
        metrics = self.list.fontMetrics()
        self.list.addItems([elided(metrics, name, NAME_PX) for name in names])
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        row_px = self.list.sizeHintForRow(0) + 2
        self.list.setFixedHeight(row_px * min(8, len(videos)) + 10)
        self.wish = line_edit("guideWish", _("Wish"), _("A wish, such as “for beginners”"))
        self.wish.textChanged.connect(self.ask_price)
        words = label(told, role="caption", wrap=True)
        self.lay_out(label(head, role="strong"), words, self.list, self.wish)
        self.wish.setFocus()


def _order(services: Services, course: Link, dialog: GuideDialog) -> Order:
    settings = services.settings.current
    return Order(
        (course,),
        (COURSE_GUIDE,),
        engine=Engine(settings.text("general.engine")),
        language=settings.text("general.language"),
        wish=dialog.wish.text().strip(),
        pictures=0,
    )


def _link_of(video: Video) -> Link:
    """Return the link of a stored video. Raises InvalidLink."""
    if not video.is_online:
        return Link(LinkKind.FILE, "file", video.id, video.url)
    found = (link for link in find_links(video.url).links if link.key == video.id)
    if (link := next(found, None)) is None:
        raise InvalidLink(
            _("The address of “{video}” is not known any more.").format(video=video.name)
        )
    return link
