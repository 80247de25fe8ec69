"""Has one guide written over several videos of the library or of a playlist, by its price."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from notegen_desktop.domain.courses.course import COURSE_GUIDE, course_link
from notegen_desktop.domain.errors import Failure, InvalidLink
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.text.quantities import count, dollars
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Order, OrderEstimate, Services
from notegen_desktop.ui.kit.tasks import Controller

if TYPE_CHECKING:
    from notegen_desktop.ui.library.guide_dialog import GuideDialog


class Guides(Controller):
    """Asks for guides. Signals: `begun()` when one stands in the queue; it opens as a tab."""

    begun = Signal()

    def ask_for_stored(self, video_ids: Sequence[str]) -> None:
        """A guide over videos that the library knows."""
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
        from notegen_desktop.ui.kit.dialogs import answer
        from notegen_desktop.ui.library.guide_dialog import GuideDialog  # late: seldom wanted

        known = await services.store.courses()
        course = course_link([_link_of(video) for video in videos], known)
        before = known.get(course.key, ())
        by_key = {video.id: video for video in videos}
        ordered = [by_key[each.key] for each in course.members]
        fresh = len(course.members) - len(before) if before else 0
        dialog = GuideDialog(self._window, ordered, grows_by=fresh)
        dialog.wish_changed.connect(partial(self._price, dialog, services, course))
        if not await answer(dialog):
            return False
        services.runner.submit(_order(services, course, dialog))
        return True

    def _price(self, dialog: GuideDialog, services: Services, course: Link) -> None:
        order = _order(services, course, dialog)

        def show(estimate: OrderEstimate) -> None:
            if order != _order(services, course, dialog):
                return
            if estimate.over_budget:
                dialog.show_price(estimate.budget_words, tone="danger")
                return
            asked = [row for row in estimate.jobs if not row.stored]
            words = _("It is in the library already; nothing is paid")
            if asked:
                requests = count(sum(row.requests for row in asked), "request")
                words = _("About {price}, {requests}").format(
                    price=dollars(estimate.cost_usd), requests=requests
                )
            if asked and not sum(row.requests for row in asked):
                words = _("Free: quoted here, without a key")
            dialog.show_price(words, ready=True)

        def fail(failure: Failure) -> None:
            dialog.show_price(failure.words, tone="danger")

        work = services.preflight.of(order)
        self._tasks.start(work, done=show, failed=fail, receiver=dialog)


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
    """The link by which a video of the library is read. Raises InvalidLink."""
    if not video.is_online:
        return Link(LinkKind.FILE, "file", video.id, video.url)
    found = (link for link in find_links(video.url).links if link.key == video.id)
    if (link := next(found, None)) is None:
        raise InvalidLink(
            _("The address of “{video}” is not known any more.").format(video=video.name)
        )
    return link
