"""Controller of the templates dialog: commands, dropped files, change notifications."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.links.link import file_link
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.templates.own import OwnTemplates
from notegen_desktop.services.ports import Order
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.tasks import Controller, WindowContext
from notegen_desktop.ui.kit.widgets import fit_to_screen, identify

if TYPE_CHECKING:
    from .dialog import TemplatesDialog


class TemplatesAccess(Controller):
    """Opens the templates dialog; without a `folder`, templates are read-only and no dialog opens.

    `order` returns the composer's current order, `open_video` the video open in the window,
    `make_view` a note view for trials. Signals: `changed()` after a template was changed.
    """

    changed = Signal()

    def __init__(
        self,
        context: WindowContext,
        folder: Path | None,
        *,
        sample: Path | None,
        order: Callable[[], Order],
        open_video: Callable[[], Video | None],
        make_view: Callable[[], QWidget],
    ) -> None:
        super().__init__(context)
        self._folder = folder
        self._sample = sample
        self._order, self._open_video, self._make_view = order, open_video, make_view
        self._dialog: TemplatesDialog | None = None
        if folder is not None:
            for name, act, keys in (
                (_("Templates: kinds of notes"), self.open, ("Ctrl+Shift+K",)),
                (_("New template"), self.new, ()),
            ):
                command(self._window, name, act, *keys, group="New notes")

    def open(self, template: str = "") -> None:
        """Open the dialog, at the template with this id if given."""
        if (dialog := self._made()) is None:
            return
        fit_to_screen(dialog)
        dialog.show()
        dialog.activateWindow()
        if template:
            dialog.show_key(template)

    def new(self) -> None:
        """Create a template."""
        self.open()
        if self._dialog is not None:
            self._dialog.new()

    def offer(self, paths: list[Path]) -> None:
        """Offer to add template files that were dropped on the window."""
        if (dialog := self._made()) is not None:
            dialog.offer(paths, self._window)

    def flush(self) -> None:
        """Write drafts to disk and close the dialog, before the window closes."""
        if self._dialog is not None:
            self._dialog.drafts.flush()
            self._dialog.close()

    def _made(self) -> TemplatesDialog | None:
        if self._dialog is None and self._folder is not None:
            from .dialog import TemplatesDialog
            from .prompt_and_trial import PromptAndTrial  # late import: seldom needed

            beside = PromptAndTrial(
                self._services,
                self._tasks,
                order=self._order,
                sample=file_link(str(self._sample)) if self._sample else None,
                open_video=self._open_video,
                view=self._make_view(),
            )
            own = OwnTemplates(self._folder)
            self._dialog = TemplatesDialog(own, self._tasks, beside, self._window)
            self._dialog.changed.connect(self.changed)
            identify(self._dialog)
        return self._dialog
