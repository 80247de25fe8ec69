"""Panes beside the template editor: the prompt, and a trial on the sample talk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QWidget
from shiboken6 import isValid

from notegen_desktop.domain.links.link import Link
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Engine, Level, Note
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.quantities import dollars, number
from notegen_desktop.domain.text.tokens import count_tokens
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.services.ports import Order, SentPrompt, Services, TrialEstimate
from notegen_desktop.ui.kit.build import button, delayed, hbox, label, named, progress_bar, vbox
from notegen_desktop.ui.kit.elided import ElidedCombo
from notegen_desktop.ui.kit.pages import Pages
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.kit.text import engine_name, one_line
from notegen_desktop.ui.kit.widgets import Segmented, StateLabel

LATER_MS = 350
"""Milliseconds without typing before prompt and price are recomputed."""

SAMPLE, OPEN = "sample", "open"
LEVELS = (
    (Level.CONCISE.value, N_("Concise")),
    (Level.STANDARD.value, N_("Standard")),
    (Level.COMPREHENSIVE.value, N_("Comprehensive")),
)


class TrialView(Protocol):
    """Interface of the note view for a trial; rooms of the window do not import each other."""

    def show_note(self, note: Note, *, kind: str) -> None: ...
    def set_level(self, level: Level) -> None: ...


class PromptAndTrial(QWidget):
    """Switch between prompt and trial pane.

    `order` returns the composer's current order, `sample` is the link of the sample talk,
    `open_video` returns the video open in the window.
    """

    def __init__(
        self,
        services: Deferred[Services],
        tasks: Tasks,
        *,
        order: Callable[[], Order],
        sample: Link | None,
        open_video: Callable[[], Video | None],
        view: QWidget,
    ) -> None:
        super().__init__()
        self.setMinimumWidth(260)
        self._order, self._sample, self._open_video = order, sample, open_video
        self.template: NoteTemplate | None = None
        self.switch = Segmented((("prompt", _("Prompt")), ("trial", _("Trial"))))
        self.switch.setObjectName("templateBesideSwitch")
        self.prompt = PromptPane(services, tasks, self)
        self.trial = TrialPane(services, tasks, self, view)
        self.panes = Pages()
        self.panes.addWidget(self.prompt)
        self.panes.addWidget(self.trial)
        self.switch.chosen.connect(self._show_pane)
        vbox(
            hbox(self.switch, None), (self.panes, 1), margins=(16, 12, 16, 12), spacing=10, on=self
        )

    def show_template(self, template: NoteTemplate | None) -> None:
        """Take the template as typed; None while it is invalid."""
        before, self.template = self.template, template
        if template is not None and before is not None and template.id != before.id:
            self.trial.forget()
        self.renew()

    def renew(self) -> None:
        """Refresh both panes, after the video or the order has changed."""
        self.prompt.renew()
        self.trial.renew()

    def order(self, template: NoteTemplate) -> Order | None:
        """Return the order for a note of the sample talk; None without a sample."""
        if self._sample is None:
            return None
        return replace(
            self._order(), links=(self._sample,), templates=(template.id,), overnight=False
        )

    @property
    def open_video(self) -> Video | None:
        return self._open_video()

    def _show_pane(self, key: str) -> None:
        self.panes.setCurrentWidget(self.prompt if key == "prompt" else self.trial)
        (self.prompt if key == "prompt" else self.trial).renew()


class PromptPane(QWidget):
    """Shows the exact prompt sent to a model."""

    def __init__(self, services: Deferred[Services], tasks: Tasks, beside: PromptAndTrial) -> None:
        super().__init__()
        self._services, self._tasks, self._beside = services, tasks, beside
        self._running: asyncio.Task[None] | None = None
        self.of = named(ElidedCombo(), "promptVideoCombo", _("Of which video"))
        self.of.addItem(_("The sample talk"), SAMPLE)
        self.of.activated.connect(lambda _: self.renew())
        self.text = named(QPlainTextEdit(), "promptText", _("The prompt"))
        self.text.setReadOnly(True)
        self.about = label("", "promptAbout", role="caption", wrap=True)
        self._timer = delayed(self, LATER_MS, self._ask)
        vbox((self.of, 0), self.about, (self.text, 1), on=self)

    def renew(self) -> None:
        """Refresh the list of videos and the prompt after a change."""
        video = self._beside.open_video
        self.of.setVisible(video is not None)
        while self.of.count() > 1:
            self.of.removeItem(1)
        if video is not None:
            chosen = self.of.currentData()
            self.of.addItem(one_line(video.name), OPEN)
            self.of.setCurrentIndex(max(0, self.of.findData(chosen)))
        self._timer.start()

    def _ask(self) -> None:
        template = self._beside.template
        if not self.isVisible() or not self._tasks.can_start:
            return
        order = self._beside.order(template) if template is not None else None
        if template is None or order is None:
            self.about.setText(_("There is something to mend first."))
            self.text.setPlainText("")
            return
        video = self._beside.open_video if self.of.currentData() == OPEN else None
        if self._running is not None:
            self._running.cancel()
        self._running = self._tasks.start(
            self._services.ask(lambda it: it.trials.prompt(template, order, video=video)),
            done=self._show,
            failed=lambda failure: self.about.setText(failure.words),
            receiver=self,
        )

    def _show(self, sent: SentPrompt) -> None:
        prompt = sent.prompt
        form = json.dumps(prompt.schema, ensure_ascii=False)
        text = "\n\n".join(
            (
                _("──── Instructions, the same for every note ────"),
                prompt.system,
                _("──── Material: the video ────"),
                prompt.material,
                _("──── Task: this template ────"),
                prompt.task,
                _("──── Form of the answer ────"),
                form,
            )
        )
        tokens = count_tokens(prompt.text)
        words = ngettext(
            "About {n} token, as {model} is sent it.",
            "About {n} tokens, as {model} is sent them.",
            tokens,
        )
        if not sent.to_model:
            words = ngettext(
                "About {n} token for Gemini; the offline engine is sent nothing.",
                "About {n} tokens for Gemini; the offline engine is sent nothing.",
                tokens,
            )
        words = words.format(n=number(tokens), model=sent.model)
        if sent.parts:
            more = ngettext(
                "The video is sent in {n} part; this is the first.",
                "The video is sent in {n} parts; this is the first.",
                sent.parts,
            )
            words = f"{words} {more.format(n=number(sent.parts))}"
        self.about.setText(words)
        at = self.text.verticalScrollBar().value()
        self.text.setPlainText(text)
        self.text.verticalScrollBar().setValue(at)


class TrialPane(QWidget):
    """Writes a note of the sample talk, without storing it. Signals: `began()`, `ended()`."""

    began = Signal()
    ended = Signal()

    def __init__(
        self,
        services: Deferred[Services],
        tasks: Tasks,
        beside: PromptAndTrial,
        view: QWidget,
    ) -> None:
        super().__init__()
        self._services, self._tasks, self._beside = services, tasks, beside
        self._asking: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        self.engine = named(QComboBox(), "trialEngineCombo", _("Written by"))
        self.engine.addItem(_("As chosen on the left"), "")
        self.engine.addItem(_("Offline engine, free"), Engine.OFFLINE.value)
        self.engine.activated.connect(lambda _: self.renew())
        self.start = button(
            _("Try on the sample talk"), "tryTemplateButton", kind="primary", pressed=self._press
        )
        self.about = StateLabel("trialAbout")
        self.progress = progress_bar("trialProgress", _("Progress of the trial"))
        self.progress.hide()
        self.level = named(
            Segmented([(key, _(name)) for key, name in LEVELS]), "trialLevelSelector"
        )
        self.level.choose(Level.STANDARD.value)
        self.level.chosen.connect(self._show_level)
        self.level.hide()
        self.view = view
        self.view.hide()
        self._timer = delayed(self, LATER_MS, self._ask)
        vbox(
            hbox((self.engine, 1), self.start),
            self.about,
            self.progress,
            hbox(self.level, None),
            (self.view, 100),
            (QWidget(), 1),  # takes the space until there is a note
            on=self,
        )

    def renew(self) -> None:
        """Recompute the estimate after a change."""
        self._timer.start()

    def forget(self) -> None:
        """Cancel the trial and hide its note, because another template is shown."""
        if self._writing is not None:
            self._writing.cancel()
        self.level.hide()
        self.view.hide()

    def _trial(self) -> tuple[NoteTemplate, Order] | None:
        template = self._beside.template
        order = self._beside.order(template) if template is not None else None
        if template is None or order is None:
            return None
        if self.engine.currentData():
            order = replace(order, engine=Engine.OFFLINE, model="", written_by="")
        return template, order

    def _ask(self) -> None:
        """Request the estimated cost of the trial."""
        if not self.isVisible() or self._writing is not None or not self._tasks.can_start:
            return
        trial = self._trial()
        self.start.setEnabled(trial is not None)
        if trial is None:
            self.about.say(_("There is something to mend first."))
            return
        if self._asking is not None:
            self._asking.cancel()
        template, order = trial
        self._asking = self._tasks.start(
            self._services.ask(lambda it: it.trials.estimate(template, order)),
            done=lambda found: self._show_estimate(found, template),
            failed=self.about.fail,
            receiver=self,
        )

    def _show_estimate(self, found: TrialEstimate, template: NoteTemplate) -> None:
        if found.engine is Engine.OFFLINE:
            quotes = template.quotable
            self.start.setEnabled(quotes)
            self.about.say(
                _("The offline engine quotes the talk: free, nothing is sent.")
                if quotes
                else _("The offline engine only quotes, and this kind is written: needs a key.")
            )
            return
        cost = dollars(found.estimate.cost_usd)
        words = _("Written by {engine}, {model}: about {cost}.")
        engine = engine_name(found.engine)
        self.about.say(words.format(engine=engine, model=found.model, cost=cost))

    def _press(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            return
        trial = self._trial()
        if trial is None:
            return
        template, order = trial
        self.progress.setValue(0)
        self.progress.show()
        self.start.setText(_("Stop"))
        self._writing = self._tasks.start(
            self._services.ask(
                lambda it: it.trials.write(template, order, progress=self._show_progress)
            ),
            done=self._show_note,
            failed=self.about.fail,
            receiver=self,
        )
        if self._writing is not None:
            self._writing.add_done_callback(lambda _: self._over())
        self.began.emit()

    def _show_progress(self, share: float) -> None:
        self.progress.setValue(round(share * 100))

    def _over(self) -> None:
        self._writing = None
        if isValid(self):
            self.progress.hide()
            self.start.setText(_("Try on the sample talk"))
            self.ended.emit()

    def _show_note(self, note: Note) -> None:
        self.level.show()
        self.view.show()
        template = self._beside.template
        kind = template.name if template is not None else note.template
        self._shown().show_note(note, kind=kind)
        cost = dollars(note.usage.cost_usd) if note.usage.cost_usd else _("free of charge")
        words = _("Written by {engine}, {cost}. The note is not kept.")
        self.about.say(words.format(engine=engine_name(note.engine), cost=cost))

    def _show_level(self, level: str) -> None:
        self._shown().set_level(Level(level))

    def _shown(self) -> TrialView:
        shown: object = self.view
        return shown  # type: ignore[return-value]
