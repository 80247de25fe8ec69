"""Header of the queue: overall state, causes of failures, actions for all jobs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFrame, QWidget

from notegen_desktop.domain.jobs.job import NoteJob, Status, Tally
from notegen_desktop.domain.jobs.remedies import Remedy, RemedyKind
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext, pgettext
from notegen_desktop.ui.kit.build import (
    button,
    hbox,
    icon_button,
    keep_place,
    label,
    named,
    progress_bar,
    vbox,
)
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.remedy_bar import RemedyBar
from notegen_desktop.ui.kit.theme import set_icon, style
from notegen_desktop.ui.kit.widgets import Segmented

from .model import RowFilter

SETTING_FOR = {
    "key_missing": "",
    "key_ring_locked": "",
    "key_rejected": "",
    "api_disabled": "",
    "billing_needed": "",
    "model_not_found": "gemini.model",
    "no_free_tier": "gemini.model",
    "budget_exceeded": "budget.run_usd",
}
"""Key of the setting that fixes a failure, by failure code; "" is the API key."""

MAX_CAUSES = 3
"""Maximum causes shown above the jobs; further ones are shown in their rows."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause of failures and the ids of the failed jobs.

    Without `is_exact`, the messages of the jobs differ in what follows their first colon.
    """

    code: str
    message: str
    hint: str
    jobs: tuple[str, ...]
    is_exact: bool = True

    @property
    def words(self) -> str:
        return (
            ngettext(
                "{n} note failed: {message} {hint}",
                "{n} notes failed: {message} {hint}",
                len(self.jobs),
            )
            .format(n=number(len(self.jobs)), message=self.message, hint=self.hint)
            .strip()
        )


def causes_of(jobs: Iterable[NoteJob]) -> tuple[Cause, ...]:
    """Return the causes of all failures, the most frequent first.

    Where more differ than are shown, those that differ only in a detail are one.
    """
    hit: dict[tuple[str, str], list[NoteJob]] = {}
    for job in jobs:
        if job.status is Status.ERROR and job.failure is not None:
            hit.setdefault((job.failure.code, job.failure.message), []).append(job)
    found = []
    for (code, message), those in hit.items():
        failure = those[0].failure
        hint = failure.hint if failure is not None else ""
        found.append(Cause(code, message, hint, tuple(job.id for job in those)))
    if len(found) > MAX_CAUSES:
        found = _without_details(found)
    return tuple(sorted(found, key=lambda cause: -len(cause.jobs)))


_DETAIL = re.compile(r"\s*(?::\s|：)")


def _without_details(causes: Iterable[Cause]) -> list[Cause]:
    """Merge causes whose messages are the same up to their first colon."""
    alike: dict[tuple[str, str, str], list[Cause]] = {}
    for cause in causes:
        head = _DETAIL.split(cause.message, maxsplit=1)[0]
        alike.setdefault((cause.code, cause.hint, head), []).append(cause)
    return [
        those[0]
        if len(those) == 1
        else Cause(code, f"{head}.", hint, tuple(j for c in those for j in c.jobs), is_exact=False)
        for (code, hint, head), those in alike.items()
    ]


class JobWishes(QObject):
    """Signals for user requests about jobs, shared by all views of the queue.

    Signals: `cancel_wanted(str)`, `retry_wanted(str)`, `open_wanted(str)` with the id of a job;
    `settings_wanted(str)` with the key of a setting, "" for the API key; `remedy_wanted(str,
    Remedy)` with the id of a failed job and a remedy for it and all jobs with the same failure;
    `clear_wanted(list[str])` with the ids of jobs to remove from the list; `again_wanted(Video)`
    for other notes of a video; `file_dropped(str, Link)` with the id of a video that a file is to
    replace.
    """

    cancel_wanted = Signal(str)
    retry_wanted = Signal(str)
    open_wanted = Signal(str)
    settings_wanted = Signal(str)
    remedy_wanted = Signal(str, object)
    clear_wanted = Signal(list)
    again_wanted = Signal(object)
    file_dropped = Signal(str, object)


class QueueHead(QWidget):
    """Texts, progress and buttons; a filter for long queues.

    All lines keep their height, so that nothing below moves. The panel connects `switch` to the
    other view, `clear` and `filter`; the window connects `pause`, `cancel_all` and `retry_failed`.
    """

    def __init__(self, wishes: JobWishes) -> None:
        super().__init__()
        self._paused = False
        self._grid = False
        self.words = label("", "overallWords", role="strong", wrap=True)
        self.remaining = ElidedLabel(name="remainingLabel", role="caption")
        self.remaining.setAccessibleDescription(_("Time left and cost"))
        self.progress = progress_bar("overallProgress", _("Overall progress"))
        self.pause = icon_button(name="pauseButton")
        self.cancel_all = button(_("Cancel all"), "cancelAllButton", kind="ghost")
        self.clear = button(
            _("Clear finished"),
            "clearFinishedButton",
            kind="ghost",
            tip=_("Take what is finished off this list; the notes stay in the library"),
        )
        self.switch = icon_button(name="queueViewButton")
        self.filter = Segmented(
            (
                (RowFilter.ALL, _("All")),
                (RowFilter.RUNNING, _("Running")),
                (RowFilter.FAILED, pgettext("notes", "Failed")),
            )
        )
        named(self.filter, "queueFilter", _("Videos shown"))
        self.causes = CauseNotice(wishes)
        self.retry_failed = self.causes.retry
        keep_place(self.pause)  # keep the layout at the end of a run
        self._filters = QWidget()
        hbox(self.filter, None, on=self._filters)
        vbox(
            hbox((self.words, 1), self.switch, self.pause, spacing=4),
            self.progress,
            hbox((self.remaining, 1), self.cancel_all, self.clear),
            self._filters,
            self.causes,
            margins=(16, 4, 16, 8),
            spacing=4,
            on=self,
        )
        self.show_paused(paused=False)
        self.show_view(grid=False, may_switch=False)

    def show_state(self, words: str, remaining: str, tally: Tally) -> None:
        """Show overall state and remaining time, and the buttons that apply to `tally`."""
        active, failed = tally.active > 0, tally.of(Status.ERROR)
        self.words.setText(words)
        self.remaining.setText(remaining)
        over = "success" if tally.of(Status.COMPLETE) and not failed else "muted"
        style(self.progress, tone=over if not active else "muted" if self._paused else "")
        self.cancel_all.setVisible(active)
        self.pause.setVisible(active)
        self.clear.setVisible(not active)
        self.filter.button(RowFilter.FAILED).setText(
            _("Failed {failed}").format(failed=number(failed))
            if failed
            else pgettext("notes", "Failed")
        )

    def show_causes(
        self,
        causes: Sequence[Cause],
        remedies_of: Callable[[str], Sequence[Remedy]] = lambda _job: (),
    ) -> None:
        """Show causes of failures above the jobs.

        The table shows every cause here, the cards only causes shared by several jobs.
        `remedies_of` returns the remedies for the id of a job.
        """
        failed = sum(len(cause.jobs) for cause in causes)
        told = [cause for cause in causes if self._grid or len(cause.jobs) > 1][:MAX_CAUSES]
        ways = ((cause.jobs[0], remedies_of(cause.jobs[0])) for cause in told)
        # A file helps one video only and is offered in its card.
        shared = ((job, [way for way in of if way.kind is not RemedyKind.FILE]) for job, of in ways)
        job, offered = next((pair for pair in shared if pair[1]), ("", []))
        self.causes.offer(job, offered)
        self.causes.say(told, failed=failed)

    def show_paused(self, *, paused: bool) -> None:
        self._paused = paused
        self.pause.setText(_("Go on") if paused else _("Pause"))
        self.pause.setAccessibleName(self.pause.text())
        self.pause.setToolTip(
            _("Go on: send what waits")
            if paused
            else _(
                "Pause: send nothing more, not even the next part of a note; answers under way "
                "are kept"
            )
        )
        set_icon(self.pause, "play" if paused else "pause")

    def show_view(self, *, grid: bool, may_switch: bool) -> None:
        """Show controls for the table (`grid`) or the cards, and whether the user may switch."""
        self._grid = grid
        self._filters.setVisible(grid)
        self.words.setMinimumHeight(38 if grid else 28)  # long queues have longer texts
        self.switch.setVisible(may_switch)
        words = _("Show as cards") if grid else _("Show as a table")
        self.switch.setToolTip(words)
        self.switch.setAccessibleName(words)
        set_icon(self.switch, "layout-list" if grid else "layout-grid")


class CauseNotice(QFrame):
    """Notice with causes shared by several failed jobs, and remedies for them."""

    def __init__(self, wishes: JobWishes) -> None:
        super().__init__()
        self.setObjectName("failureCauses")
        self.setProperty("plane", "danger")
        self._told: tuple[object, ...] = ()
        self._setting = ""
        self._words = label("", "failureCausesWords", tone="danger", wrap=True, selectable=True)
        self.settings = button(
            _("Open settings"),
            "causeSettingsButton",
            kind="link",
            pressed=lambda: wishes.settings_wanted.emit(self._setting),
        )
        self.retry = button(_("Retry failed"), "retryFailedButton", kind="link", icon="rotate-ccw")
        buttons = hbox(self.settings, self.retry, None, spacing=4)
        self._job = ""
        self.remedies = RemedyBar("causeRemedies")
        self.remedies.chosen.connect(lambda it: wishes.remedy_wanted.emit(self._job, it))
        # A link has 6 px for its focus ring: this aligns its text with the text above.
        self._words.setContentsMargins(6, 0, 0, 0)
        vbox(self._words, self.remedies, buttons, margins=(6, 8, 8, 6), spacing=2, on=self)
        self.hide()

    def offer(self, job: str, offered: Sequence[Remedy]) -> None:
        """Offer remedies for a failed job, which apply to all jobs with the same failure."""
        self._job = job
        self.remedies.show_remedies(offered)

    def text(self) -> str:
        """Return the shown text, or "" while hidden."""
        return self._words.text() if not self.isHidden() else ""

    def say(self, causes: Sequence[Cause], *, failed: int) -> None:
        """Show causes and the total number of `failed` jobs; hidden for one failure without a
        cause."""
        if (*causes, failed) == self._told:
            return
        self._told = (*causes, failed)
        lines = [cause.words for cause in causes]
        rest = failed - sum(len(cause.jobs) for cause in causes)
        if rest and causes:
            lines.append(
                ngettext(
                    "{n} note failed for other reasons.",
                    "{n} notes failed for other reasons.",
                    rest,
                ).format(n=number(rest))
            )
        elif rest:
            lines.append(
                ngettext(
                    "{n} note failed; why stands with each.",
                    "{n} notes failed; why stands with each.",
                    rest,
                ).format(n=number(rest))
            )
        self._words.setText("\n".join(lines))
        setting = next((SETTING_FOR[c.code] for c in causes if c.code in SETTING_FOR), None)
        self._setting = setting or ""
        self.settings.setVisible(setting is not None)
        self.retry.setText(
            ngettext("Retry {n} note", "Retry {n} notes", failed).format(n=number(failed))
        )
        self.setVisible(failed > 1 or bool(causes))
