"""Controller for a changed interface language, which takes effect at the next start."""

from __future__ import annotations

from collections.abc import Callable

from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.settings.table import INTERFACE_LANGUAGE
from notegen_desktop.domain.words import LANGUAGES, _
from notegen_desktop.services.ports import SettingsStore
from notegen_desktop.ui.kit.tasks import Controller, WindowContext


class LanguageRestart(Controller):
    """Offers to restart; `leave` closes the window without asking.

    The program reads `starts_again` at its end. Tabs and unfinished jobs are restored at each
    start.
    """

    def __init__(
        self, context: WindowContext, settings: SettingsStore, *, leave: Callable[[], None]
    ) -> None:
        super().__init__(context)
        self._leave = leave
        self._spoken = self._wanted = settings.current.text(INTERFACE_LANGUAGE)
        self.starts_again = False

    def take_settings(self, settings: Settings) -> None:
        before, self._wanted = self._wanted, settings.text(INTERFACE_LANGUAGE)
        if self._wanted in (before, self._spoken):
            return
        words = _("The window speaks the system's language from its next start on.")
        if self._wanted in LANGUAGES:
            words = _("The window speaks {language} from its next start on.").format(
                language=LANGUAGES[self._wanted]
            )
        self.offer(words)

    def offer(self, words: str) -> None:
        """Offer a restart; `words` tell its effect."""
        self._messages.say(
            words,
            _("Open tabs come back, and notes that are being written go on."),
            action=_("Start again now"),
            on_action=self._start_again,
            later=_("Later"),
        )

    def _start_again(self) -> None:
        self.starts_again = True
        self._leave()
