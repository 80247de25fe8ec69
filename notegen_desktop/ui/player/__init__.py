"""Films and recordings of this computer, played beside the note about them.

Files come in by `pane`; Qt Multimedia is imported only when something is to be played.
"""
