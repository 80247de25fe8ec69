"""The composer column: sources, templates, options, estimate and the Generate button."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QLabel,
    QSizePolicy,
    QWidget,
)

from notegen_desktop.domain.engines.connection import Connection
from notegen_desktop.domain.notes.note import Engine, Mode
from notegen_desktop.domain.prompts.material import MAX_WISH
from notegen_desktop.domain.text.languages import language_name
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, NP_, _, ngettext
from notegen_desktop.services.ports import Order, OrderEstimate
from notegen_desktop.ui.kit.build import (
    button,
    clear,
    grid,
    hbox,
    label,
    line_edit,
    named,
    plane,
    scrolled,
    vbox,
)
from notegen_desktop.ui.kit.elided import ElidedCombo
from notegen_desktop.ui.kit.remedy_bar import FlowLayout
from notegen_desktop.ui.kit.text import offered_languages
from notegen_desktop.ui.kit.theme import style

from .source_input import SourceInput
from .template_picker import TemplatePicker

Choices = Sequence[tuple[str, str, str]]
"""Value, label and tooltip of each entry of a combo box."""

ENGINES: Choices = (
    (
        Engine.AUTO,
        NP_("engine", "Auto"),
        N_("Gemini where there is a key, else the offline extract"),
    ),
    (Engine.GEMINI, "Gemini", N_("Google's model writes the notes; needs a key")),
    (Engine.GEMINI_LEGACY, N_("Legacy"), N_("Gemini through Google's older library; needs a key")),
    (
        Engine.OFFLINE,
        N_("Offline"),
        N_("Quotes the best sentences of the talk; no key, no network, free"),
    ),
)
MODES: Choices = (
    (
        Mode.AUTO,
        NP_("mode", "Auto"),
        N_("The transcript where there is one, else the video itself"),
    ),
    (Mode.TRANSCRIPT, N_("Transcript"), N_("Gemini reads what is said")),
    (Mode.VIDEO, N_("Video"), N_("Gemini watches the video itself")),
    (Mode.HYBRID, NP_("mode", "Both"), N_("Gemini reads what is said and watches the video")),
)

OFFLINE = ("noticeOfflineButton", N_("Use the offline engine"))
MODEL = ("noticeModelButton", N_("Another model"))
COMBINE = ("noticeCombineButton", N_("Combine notes"))
BUDGET = ("noticeBudgetButton", N_("Raise the limit…"))

NO_ESTIMATE = N_("Add a video to see what it will take.")

LOW_PX = 520
"""Height of the composer, in logical pixels, below which the drop hint is hidden to leave room."""


class Composer(QFrame):
    """The left column, in which the user composes an order.

    Signals: `order_changed()` when the order that Generate would submit changes,
    `option_chosen(str, str)` with a setting's key and its new value, `setting_wanted(str)` with the
    key of a setting to show in the settings, `models_wanted(str)` with the connection whose models
    are to be listed, and `model_chosen(str, str)` with a connection and one of its models. The
    window connects the buttons `generate` and `add_key`.
    """

    order_changed = Signal()
    option_chosen = Signal(str, str)
    setting_wanted = Signal(str)
    models_wanted = Signal(str)
    model_chosen = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self.setProperty("plane", "sidebar")

        self.source = SourceInput()
        self.source.changed.connect(self._changed)
        self.templates = TemplatePicker()
        self.templates.changed.connect(self._changed)

        self.engine = _combo("engineCombo", _("Engine"), ENGINES)
        self.mode = _combo("modeCombo", _("Mode"), MODES)
        self.language = _combo(
            "noteLanguageCombo",
            _("Language of the notes"),
            [("auto", _("As spoken"), _("The language of the video"))]
            + [(tag, name, tag) for tag, name in offered_languages()],
        )
        self._headings: dict[str, QLabel] = {}
        self._options = options = grid(spacing=(6, 4))
        for column, (words, combo, key) in enumerate(
            (
                (_("Engine"), self.engine, "general.engine"),
                (_("Mode"), self.mode, "general.mode"),
                (_("Language"), self.language, "general.language"),
            )
        ):
            heading = label(words, role="section", buddy=combo)
            options.addWidget(heading, 0, column)
            options.addWidget(combo, 1, column)
            self._headings[key] = heading
            combo.activated.connect(lambda _, c=combo, k=key: self._chosen(k, c))
            combo.currentIndexChanged.connect(self._changed)
        self.model = _combo("connectionModelChoice", _("Model"), ())
        self.model.setAccessibleDescription(_("Model"))  # no label is its buddy
        self.model.activated.connect(
            lambda _: self.model_chosen.emit(self._engine, str(self.model.currentData()))
        )
        options.addWidget(self.model, 1, 1)  # in the cell of the mode, which only Gemini has
        self.model.hide()
        self.review = named(QCheckBox(_("Second look")), "reviewCheck")
        self.review.setToolTip(
            _(
                "Once a note is written, Gemini judges each of its statements by the words said at "
                "its time. The price is in the estimate."
            )
        )
        self.review.clicked.connect(lambda on: self.option_chosen.emit("general.review", str(on)))
        self.review.toggled.connect(self._changed)
        self.overnight = named(QCheckBox(_("Over night, half price")), "overnightCheck")
        self.overnight.setToolTip(
            _(
                "Sent to Gemini in one batch and written within 24 hours, mostly sooner. You may "
                "close NoteGen meanwhile: it fetches the notes when it is started again. Needs a "
                "key with billing."
            )
        )
        self.overnight.toggled.connect(self._changed)
        manner = QWidget()
        flow = FlowLayout(manner, spacing=12, below=4)
        flow.addWidget(self.review)
        flow.addWidget(self.overnight)
        options.addWidget(manner, 2, 0, 1, 3)

        self.wish = line_edit(
            "wishEdit", _("Wish for this run"), _("A wish, such as “for beginners”")
        )
        self.wish.setToolTip(_("What matters this time; Gemini takes it into account"))
        self.wish.setAcceptDrops(False)  # the window handles drops
        self.wish.setMaxLength(MAX_WISH)
        self.wish.textChanged.connect(self._changed)

        self._key_note = plane("sunken")
        self._key_words = label("", "keyNoteWords", role="caption", wrap=True)
        self.add_key = button(_("Add a key"), "addKeyButton", kind="link")
        hbox((self._key_words, 1), self.add_key, margins=(10, 4, 4, 4), on=self._key_note)
        self._key_note.hide()
        self.key_known = True
        """True if a Gemini API key is set."""
        self._models_of = ""

        self.notice = Notice("estimateNotice")
        self.notice.pressed.connect(self._press)
        self._budget = ""
        self.estimate = label(
            _(NO_ESTIMATE),
            "estimateLabel",
            role="caption",
            wrap=True,
            align=Qt.AlignmentFlag.AlignCenter,
        )
        self.estimate.setAccessibleDescription(_("Estimate"))  # the accessible name is the text
        self.generate = button(
            _("Generate notes"),
            "generateButton",
            kind="primary",
            icon="sparkles",
            tip=_("Write all ticked notes (Ctrl+Return)"),
        )
        self.generate.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        form = _Form()
        whole = vbox((scrolled(form, "orderArea"), 1), spacing=0, on=self)
        vbox(
            self.source,
            (self.templates, 1),
            options,
            self._key_note,
            self.wish,
            margins=(16, 4, 16, 0),
            spacing=12,
            on=form,
        )
        foot = (self.notice, self.generate, self.estimate)
        whole.addLayout(vbox(*foot, margins=(16, 12, 16, 12)))  # last in the Tab order
        self._changed()

    # --- the order ---

    def order(self) -> Order:
        """Return the order that Generate would submit, without text still being typed in the
        field."""
        language = str(self.language.currentData())
        return Order(
            links=self.source.links(),
            templates=tuple(self.templates.ticked()),
            mode=Mode(str(self.mode.currentData())),
            engine=self._engine,
            model=str(self.model.currentData() or "") if self._engine.is_connection else "",
            language="" if language == "auto" else language,
            review=self._by_model and self.review.isChecked(),
            wish=self.wish.text().strip() if self._by_model else "",
            overnight=self._by_batch and self.overnight.isChecked(),
            written_by=self.templates.written_by,
        )

    # --- setters ---

    def show_options(self, *, engine: str, mode: str, language: str, review: bool = False) -> None:
        """Select these values; a language or an engine that is not listed is added to its combo
        box."""
        self.review.setChecked(review)
        if self.language.findData(language) < 0:
            self.language.addItem(_(language_name(language)) or language, language)
        if self.engine.findData(engine) < 0:
            self.engine.addItem(engine, engine)  # a connection that is not loaded yet
        for combo, value in ((self.engine, engine), (self.mode, mode), (self.language, language)):
            combo.setCurrentIndex(max(0, combo.findData(value)))

    def show_connections(self, connections: Sequence[Connection]) -> None:
        """List these connections after the built-in engines; the current selection is kept."""
        chosen = str(self.engine.currentData())
        self.templates.connections = [connection.name for connection in connections]
        self.engine.blockSignals(True)
        while self.engine.count() > len(ENGINES):
            self.engine.removeItem(self.engine.count() - 1)
        for place, connection in enumerate(connections, start=len(ENGINES)):
            self.engine.addItem(connection.name, connection.name)
            model = connection.model or _("No model chosen")
            words = f"{model}, {connection.preset.title}"
            self.engine.setItemData(place, words, Qt.ItemDataRole.ToolTipRole)
            self.engine.setItemData(place, words, Qt.ItemDataRole.AccessibleDescriptionRole)
        self.engine.setCurrentIndex(max(0, self.engine.findData(chosen)))
        self.engine.blockSignals(False)
        self._changed()

    def show_models(self, engine: str, models: Sequence[str], chosen: str) -> None:
        """List the models of a connection; do nothing unless it is the selected engine."""
        if engine != self._engine:
            return
        self.model.blockSignals(True)
        self.model.clear()
        for name in dict.fromkeys((*([chosen] if chosen else ()), *models)):
            self.model.addItem(name, name)
            self.model.setItemData(self.model.count() - 1, name, Qt.ItemDataRole.ToolTipRole)
        self.model.blockSignals(False)
        self.order_changed.emit()

    def show_estimate(self, words: str, *, tone: str = "") -> None:
        """Show the estimate of the order; an empty text shows a hint to add a video instead."""
        self.estimate.setText(words or _(NO_ESTIMATE))
        style(self.estimate, tone=tone)

    def show_obstacles(self, estimate: OrderEstimate) -> None:
        """Warn that the order exceeds a budget or a quota, with buttons to solve it; else hide the
        notice."""
        self._budget = estimate.over_budget.budget if estimate.over_budget else ""
        if estimate.over_budget:
            self.notice.say(estimate.budget_words, (BUDGET, OFFLINE))
        elif estimate.short_of_quota:
            saves = estimate.requests_combined < estimate.requests
            self.notice.say(estimate.short_of_quota, (COMBINE if saves else MODEL, OFFLINE))
        else:
            self.notice.say("")
        self.show_key(known=self.key_known)

    def show_key(self, *, known: bool) -> None:
        """Take whether a Gemini key is set; without one, say so unless the notice needs the
        space."""
        self.key_known = known
        self._offer()

    # --- inside ---

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.source.set_low(self.height() < LOW_PX)

    def _press(self, key: str) -> None:
        if key == OFFLINE[0]:
            self.engine.setCurrentIndex(self.engine.findData(Engine.OFFLINE))
            self._chosen("general.engine", self.engine)
        elif key == COMBINE[0]:
            self.option_chosen.emit("processing.combine", "when-short")
            self.order_changed.emit()
        else:
            self.setting_wanted.emit(
                "gemini.model" if key == MODEL[0] else f"budget.{self._budget}_usd"
            )

    def _chosen(self, key: str, combo: QComboBox) -> None:
        self.option_chosen.emit(key, str(combo.currentData()))

    @property
    def _engine(self) -> Engine:
        return Engine(str(self.engine.currentData()))

    @property
    def _by_model(self) -> bool:
        """True if a model writes the notes: only models write free text, follow a wish and
        review."""
        engine = self.engine.currentData()
        return engine != Engine.OFFLINE and (self.key_known or engine != Engine.AUTO)

    @property
    def _by_batch(self) -> bool:
        """True if notes can be ordered overnight as a batch, which only Gemini offers."""
        return self._by_model and self._engine in (Engine.AUTO, Engine.GEMINI)

    def _offer(self) -> None:
        by_model, engine = self._by_model, self.engine.currentData()
        self.review.setVisible(by_model)
        self.overnight.setVisible(self._by_batch)
        self.wish.setVisible(by_model)
        means = _("Auto is the offline engine") if engine == Engine.AUTO else _("Gemini needs one")
        self._key_words.setText(_("No Gemini key yet: {means}.").format(means=means))
        of_gemini = engine != Engine.OFFLINE and not Engine(engine).is_connection
        lacks_key = not self.key_known and of_gemini
        self._key_note.setVisible(lacks_key and not self.notice.text())
        self.templates.show_engine(offline=not by_model)
        notes = len(self.source.links()) * len(self.templates.ticked())
        overnight = self._by_batch and self.overnight.isChecked()
        if not notes:
            words = _("Send notes over night") if overnight else _("Generate notes")
        elif overnight:
            words = ngettext("Send {n} note over night", "Send {n} notes over night", notes)
        else:
            words = ngettext("Generate {n} note", "Generate {n} notes", notes)
        self.generate.setText(words.format(n=number(notes)))
        ticked = bool(self.templates.ticked())
        self.generate.setEnabled(bool(notes) or (ticked and self.source.has_typed()))

    def _changed(self) -> None:
        engine = self._engine
        self.mode.setEnabled(engine is not Engine.OFFLINE)
        self.mode.setVisible(not engine.is_connection)
        self.model.setVisible(engine.is_connection)
        # Names of connections and models are longer than those of engines and languages.
        for column, stretch in enumerate((10, 10, 10) if engine.is_connection else (8, 11, 11)):
            self._options.setColumnStretch(column, stretch)
        self._headings["general.mode"].setText(_("Model") if engine.is_connection else _("Mode"))
        if engine.is_connection and engine != self._models_of:
            self.model.clear()
            self.models_wanted.emit(engine)
        self._models_of = engine
        self._offer()
        self.order_changed.emit()


class _Form(QWidget):
    """The scrolled part of the composer; it shrinks to its minimum height before it scrolls."""

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return layout.totalMinimumHeightForWidth(width) if layout is not None else -1


def _combo(name: str, accessible: str, choices: Choices) -> QComboBox:
    combo = named(ElidedCombo(), name, accessible)
    combo.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    combo.setMinimumWidth(64)
    # The column sets the width, so a hundred names need not be measured at start-up.
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMaxVisibleItems(14)
    for place, (value, words, explanation) in enumerate(choices):
        combo.addItem(_(words), str(value))
        combo.setItemData(place, _(explanation), Qt.ItemDataRole.ToolTipRole)
        combo.setItemData(place, _(explanation), Qt.ItemDataRole.AccessibleDescriptionRole)
    return combo


# --- Obstacles of an order, and buttons to solve them ---


class Notice(QFrame):
    """A warning with buttons; hidden while its text is empty.

    Signals: `pressed(str)` with the key of a button.
    """

    pressed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("plane", "warning")
        self._words = label("", f"{name}Words", role="caption", tone="warning", wrap=True)
        row = QWidget()
        self._buttons = FlowLayout(row, spacing=4)
        vbox(self._words, row, margins=(10, 6, 6, 4), spacing=2, on=self)
        self._shown: tuple[str, tuple[tuple[str, str], ...]] = ("", ())
        self.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Set the label's minimum height so that the warning is never clipped, even in a low
        window."""
        width = self.width() - 16
        self._words.setMinimumHeight(max(0, self._words.heightForWidth(width)))

    def text(self) -> str:
        """Return the shown text, or "" while the notice is hidden."""
        return self._shown[0]

    def say(self, words: str, buttons: tuple[tuple[str, str], ...] = ()) -> None:
        """Show `words` with `buttons`, (key, label) pairs; each key is also the button's object
        name."""
        if (words, buttons) == self._shown:
            return
        self._shown = (words, buttons)
        clear(self._buttons)
        for key, name in buttons:
            press = button(
                _(name), key, kind="link", pressed=lambda _=False, key=key: self.pressed.emit(key)
            )
            press.setAccessibleIdentifier(key)
            self._buttons.addWidget(press)
        self._words.setText(words)
        self.setAccessibleName(words)
        self._fit()
        self.setVisible(bool(words))
