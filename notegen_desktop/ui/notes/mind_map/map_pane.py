"""Mind map pane: zoomable, foldable map and its export formats."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QAccessible, QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QGraphicsView, QToolButton, QWidget

from notegen_desktop.domain.notes.mind_map import mind_map, to_markmap, to_opml, to_svg
from notegen_desktop.domain.notes.note import Cite, Level, Note
from notegen_desktop.domain.text.quantities import number, series
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.ui.kit.build import button, hbox, icon_button, named, vbox
from notegen_desktop.ui.kit.screen_reader import announce, give_menu, give_role
from notegen_desktop.ui.kit.theme import follow_reading, palette, text_font, theme

from .map_scene import MapScene, NodeItem, NodePath

ZOOM_STEP = 1.2
MIN_ZOOM, MAX_ZOOM = 0.15, 4.0
MIN_FIT = 0.75
"""Minimum scale when fitting: a large map scrolls rather than becoming unreadable."""
FILES = {
    "svg": N_("Drawing (SVG)"),
    "png": N_("Picture (PNG)"),
    "opml": N_("Outline (OPML)"),
    "md": N_("Markmap (Markdown)"),
}


class MapView(QGraphicsView):
    """Graphics view of a map. Arrow keys move between nodes, Space folds, Return activates the
    cite.

    Signals: `cite_activated(Cite)`.
    """

    cite_activated = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "mindMap", _("Mind map"))
        give_role(self, QAccessible.Role.Tree)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self._pressed_at = QPointF()
        self._fitted = False

    @property
    def map(self) -> MapScene | None:
        scene = self.scene()
        return scene if isinstance(scene, MapScene) else None

    def show_map(self, shown: MapScene) -> None:
        self.setScene(shown)
        self._fitted = False
        self._tell()
        if self.isVisible():
            self.fit()

    def fit(self, _: bool = False) -> None:
        """Fit the map into the view, at most at its natural size; centre on the root."""
        if self.map is None:
            return
        area, room = self.sceneRect(), self.viewport().rect()
        self.resetTransform()
        scale = min(1.0, room.width() / area.width(), room.height() / area.height())
        self.scale(max(scale, MIN_FIT), max(scale, MIN_FIT))
        if (root := self.map.item_of(())) is not None:
            self.centerOn(area.left() + room.width() / 2 / max(scale, MIN_FIT), root.placed.middle)
        self._fitted = True

    def zoom(self, factor: float) -> None:
        now = self.transform().m11()
        factor = min(MAX_ZOOM / now, max(MIN_ZOOM / now, factor))
        self.scale(factor, factor)

    def fold_all(self, *, folded: bool) -> None:
        """Fold or unfold all nodes below the root's branches."""
        if self.map is not None:
            below = [branch for branch in self.map.root.all() if branch.place and branch.branches]
            self.map.fold([branch.place for branch in below], folded=folded)
            self.map.current = self.map.current[:1]
            self.fit()

    def toggle(self, place: NodePath) -> None:
        """Fold or unfold the nodes below a node."""
        if self.map is not None:
            self.map.fold([place], folded=place not in self.map.folded)

    # --- events ---

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        if not self._fitted:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(ZOOM_STEP if event.angleDelta().y() > 0 else 1 / ZOOM_STEP)
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        moved = (event.position() - self._pressed_at).manhattanLength()
        if event.button() is Qt.MouseButton.LeftButton and moved < 4:
            self._click(event.position())

    def _click(self, at: QPointF) -> None:
        item = self.itemAt(at.toPoint())
        if not isinstance(item, NodeItem) or self.map is None:
            return
        inside = item.mapFromScene(self.mapToScene(at.toPoint()))
        self._go_to(item.placed.branch.place)
        if item.fold_circle.contains(inside) or item.placed.branch.cite is None:
            self.toggle(item.placed.branch.place)
        else:
            self.cite_activated.emit(item.placed.branch.cite)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shown, key = self.map, event.key()
        if shown is None:
            return
        seen = [each.branch.place for each in shown.placed]
        at = shown.current
        beside = [place for place in seen if len(place) == len(at)]
        number = beside.index(at) if at in beside else 0
        below = [place for place in seen if place[:-1] == at and place]
        if key == Qt.Key.Key_Down and number + 1 < len(beside):
            self._go_to(beside[number + 1])
        elif key == Qt.Key.Key_Up and number > 0:
            self._go_to(beside[number - 1])
        elif key == Qt.Key.Key_Right and below:
            self._go_to(below[0])
        elif key == Qt.Key.Key_Left and at:
            self._go_to(at[:-1])
        elif key == Qt.Key.Key_Space and at:
            self.toggle(at)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            entry = shown.item_of(at)
            if entry is not None and entry.placed.branch.cite is not None:
                self.cite_activated.emit(entry.placed.branch.cite)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(ZOOM_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / ZOOM_STEP)
        else:
            super().keyPressEvent(event)

    def _go_to(self, place: NodePath) -> None:
        if self.map is None:
            return
        self.map.current = place
        self.map.update()
        if (entry := self.map.item_of(place)) is not None:
            self.ensureVisible(entry, 40, 40)
        self._tell()

    def _tell(self) -> None:
        """Describe the current node to screen readers."""
        if self.map is None or (entry := self.map.item_of(self.map.current)) is None:
            return
        branch = entry.placed.branch
        n = len(branch.branches)
        below = ngettext("{n} below", "{n} below", n).format(n=number(n)) if n else ""
        words = series((branch.words, below))
        self.setAccessibleDescription(words)
        if self.hasFocus():
            announce(self, words)


class MindMapPane(QWidget):
    """A map with its tools.

    Signals: `cite_activated(Video, float)`; `save_wanted(Note, str, bytes)` with the suffix and
    content of a file. `back` returns to the text.
    """

    cite_activated = Signal(object, float)
    save_wanted = Signal(object, str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._note: Note | None = None
        self._level = Level.STANDARD
        self.view = MapView(self)
        self.back = button(_("Back to the text"), kind="link")
        save = named(QToolButton(self), "mapSaveButton")
        save.setText(_("Save map"))
        menu = give_menu(save)
        for suffix, name in ((suffix, _(name)) for suffix, name in FILES.items()):
            menu.addAction(f"{name}…").triggered.connect(partial(self._save, suffix))
        tools = hbox(
            icon_button("minus", _("Smaller (-)"), pressed=lambda: self.view.zoom(1 / ZOOM_STEP)),
            icon_button("plus", _("Larger (+)"), pressed=lambda: self.view.zoom(ZOOM_STEP)),
            icon_button("maximize", _("Fit into the page"), pressed=self.view.fit),
            button(_("Fold all"), kind="link", pressed=lambda: self.view.fold_all(folded=True)),
            button(_("Unfold all"), kind="link", pressed=lambda: self.view.fold_all(folded=False)),
            None,
            save,
            self.back,
            margins=(16, 4, 16, 4),
            spacing=6,
        )
        vbox(tools, (self.view, 1), spacing=0, on=self)
        self.view.cite_activated.connect(self._follow)
        follow_reading(self, self._draw)

    def show_note(self, note: Note, level: Level) -> None:
        """Draw a note at a level."""
        if (note, level) != (self._note, self._level):
            self._note, self._level = note, level
            self._draw()

    def _draw(self) -> None:
        if (note := self._note) is not None:
            font = text_font(theme().reading_px, note.language, note.title)
            self.view.show_map(MapScene(mind_map(note, self._level), font, palette()))

    def _follow(self, cite: Cite) -> None:
        if self._note is not None:
            self.cite_activated.emit(cite.video or self._note.video, cite.start_s)

    def content(self, suffix: str) -> bytes:
        """Return the map as a file with this suffix."""
        shown, note = self.view.map, self._note
        assert shown is not None
        assert note is not None

        def link(cite: Cite) -> str:
            return (cite.video or note.video).link_at(cite.start_s)

        match suffix:
            case "png":
                return shown.png()
            case "opml":
                return to_opml(shown.root).encode()
            case "md":
                return to_markmap(shown.root, link).encode()
        families = ", ".join([*text_font(15, note.language).families()[:2], "sans-serif"])
        return to_svg(
            shown.placed, shown.colours, font=families, px=theme().reading_px, link=link
        ).encode()

    def _save(self, suffix: str, _: bool = False) -> None:
        if self._note is not None:
            self.save_wanted.emit(self._note, suffix, self.content(suffix))
