"""Graphics scene of a mind map: nodes, edges, and rendering to an image."""

from __future__ import annotations

from collections.abc import Collection
from math import ceil

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QImageWriter,
    QPainter,
    QPainterPath,
    QPen,
)
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsScene,
    QStyleOptionGraphicsItem,
    QWidget,
)

from notegen_desktop.domain.notes.editing import time_label
from notegen_desktop.domain.notes.mind_map import (
    MARGIN_PX,
    ROW_PX,
    Branch,
    MapColours,
    Placed,
    curve,
    laid_out,
)
from notegen_desktop.ui.kit.colours import Palette

PAD_PX, FOLD_PX, TIME_GAP_PX = 8.0, 16.0, 8.0
"""Pixels: padding of a node, diameter of its fold circle, gap before the time."""
PNG_SCALE, MAX_PNG_PX = 2.0, 8_000
"""Scale of an exported PNG, and the maximum length of its longer side in pixels."""

NodePath = tuple[int, ...]


def map_colours(palette: Palette) -> MapColours:
    lines = (palette.accent_ink, palette.success, palette.warning, palette.danger, palette.muted)
    return MapColours(palette.surface, palette.text, lines)


class NodeItem(QGraphicsItem):
    """Graphics item of one node, in the colours of its branch."""

    def __init__(self, placed: Placed, scene: MapScene) -> None:
        super().__init__()
        self.placed = placed
        self._map = scene
        self.setPos(placed.x, placed.y)

    def boundingRect(self) -> QRectF:
        return QRectF(-2, 0, self.placed.width + FOLD_PX / 2 + 2, ROW_PX)

    @property
    def fold_circle(self) -> QRectF:
        """The circle that folds the nodes below, in item coordinates; empty for a leaf."""
        if not self.placed.branch.branches or not self.placed.branch.place:
            return QRectF()
        middle = QPointF(self.placed.width, ROW_PX / 2)
        return QRectF(middle.x() - FOLD_PX / 2, middle.y() - FOLD_PX / 2, FOLD_PX, FOLD_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        branch, colours, tokens = self.placed.branch, self._map.colours, self._map.tokens
        line = QColor(colours.line_of(branch.place))
        box = QRectF(0, 2, self.placed.width, ROW_PX - 4)
        is_current = branch.place == self._map.current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.placed.depth < 2 or is_current:
            edge = QPen(QColor(tokens.focus), 2) if is_current else QPen(line, 1)
            painter.setPen(edge)
            ground = tokens.accent_soft if not branch.place else tokens.raised
            painter.setBrush(QColor(ground))
            painter.drawRoundedRect(box, 8, 8)
        painter.setFont(self._map.font_of(branch))
        painter.setPen(QColor(tokens.text))
        words = QRectF(PAD_PX, 0, self.placed.width, ROW_PX)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(words, middle, branch.words)
        if branch.cite is not None and branch.place:
            doubtful = branch.cite.is_doubtful
            painter.setPen(QColor(tokens.warning if doubtful else tokens.muted))
            painter.setFont(self._map.small_font)
            left = PAD_PX + self._map.words_width(branch) + TIME_GAP_PX
            time = time_label(branch.cite) + "?" * doubtful
            painter.drawText(QRectF(left, 0, self.placed.width, ROW_PX), middle, time)
        circle = self.fold_circle.adjusted(2, 2, -2, -2)
        if not circle.isEmpty():
            painter.setPen(QPen(line, 1.2))
            painter.setBrush(line if self.placed.is_folded else QColor(tokens.surface))
            painter.drawEllipse(circle)


class MapScene(QGraphicsScene):
    """Lays out a map and draws it; `current` is the node with the keyboard focus."""

    def __init__(self, root: Branch, font: QFont, tokens: Palette) -> None:
        super().__init__()
        self.root = root
        self.tokens = tokens
        self.colours = map_colours(tokens)
        self.folded: set[NodePath] = set()
        self.current: NodePath = ()
        self.placed: list[Placed] = []
        self._font, self._bold, self.small_font = QFont(font), QFont(font), QFont(font)
        self._bold.setWeight(QFont.Weight.DemiBold)
        self.small_font.setPixelSize(max(9, font.pixelSize() - 3))
        self.lay_out()

    def lay_out(self) -> None:
        """Rebuild the items, without folded ones."""
        self.clear()
        self.placed = laid_out(self.root, self._width, self.folded)
        by_place = {each.branch.place: each for each in self.placed}
        for each in self.placed:
            if each.parent is not None:
                self.addItem(self._line(by_place[each.parent], each))
        for each in self.placed:
            self.addItem(NodeItem(each, self))
        around = self.itemsBoundingRect().adjusted(-MARGIN_PX, -MARGIN_PX, MARGIN_PX, MARGIN_PX)
        self.setSceneRect(around)

    def _line(self, parent: Placed, each: Placed) -> QGraphicsPathItem:
        x1, y1, *rest = curve(parent, each)
        path = QPainterPath(QPointF(x1, y1))
        path.cubicTo(*rest)
        item = QGraphicsPathItem(path)
        item.setPen(QPen(QColor(self.colours.line_of(each.branch.place)), 1.5))
        return item

    def font_of(self, branch: Branch) -> QFont:
        return self._bold if len(branch.place) < 2 else self._font

    def words_width(self, branch: Branch) -> float:
        return QFontMetricsF(self.font_of(branch)).horizontalAdvance(branch.words)

    def _width(self, branch: Branch) -> float:
        width = self.words_width(branch) + 2 * PAD_PX
        if branch.cite is not None and branch.place:
            time = time_label(branch.cite) + "?" * branch.cite.is_doubtful
            width += TIME_GAP_PX + QFontMetricsF(self.small_font).horizontalAdvance(time)
        return ceil(width + (FOLD_PX / 2 if branch.branches and branch.place else 0))

    def item_of(self, place: NodePath) -> NodeItem | None:
        for item in self.items():
            if isinstance(item, NodeItem) and item.placed.branch.place == place:
                return item
        return None

    def fold(self, places: Collection[NodePath], *, folded: bool) -> None:
        """Fold or unfold the nodes below these nodes."""
        self.folded = self.folded | set(places) if folded else self.folded - set(places)
        self.lay_out()

    def png(self) -> bytes:
        """Return the visible map as a PNG at print resolution."""
        area = self.sceneRect()
        scale = min(PNG_SCALE, MAX_PNG_PX / max(area.width(), area.height(), 1.0))
        size = (area.size() * scale).toSize()
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(QColor(self.tokens.surface))
        painter = QPainter(image)
        self.render(painter, QRectF(image.rect()), area)
        painter.end()
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(b"png")).write(image)
        return bytes(buffer.data().data())
