"""What was made: tabs of notes, the page of a note, and the ways a note leaves the window.

Jobs and stored notes come in by `result_tabs`; `note_view` shows one of them.
"""
