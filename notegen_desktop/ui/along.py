"""Goes along in the transcript with what is said in the player."""

from __future__ import annotations

from .transcript_panel import TranscriptPanel


class Along:
    """Brings out the passage that is being said, and scrolls there while the reader stays with it.

    Who has scrolled away is left alone; bringing the passage back into view is enough to be taken
    along again.
    """

    def __init__(self, panel: TranscriptPanel) -> None:
        self._panel = panel

    def show(self, seconds: float, *, follow: bool, fetch: bool = False) -> None:
        """What is said at a time. `fetch`: someone went there, so the reader is brought along."""
        spoken, model, rows = self._panel.spoken, self._panel.model, self._panel.list
        if spoken is None:
            return
        before, row = model.said, spoken.row_at(seconds)
        model.set_said(row)
        if not follow or row < 0 or (row == before and not fetch) or rows.is_seen(row):
            return
        if fetch or before < 0 or rows.is_seen(before):
            rows.glide_to(row)

    def clear(self) -> None:
        self._panel.model.set_said(-1)
