"""Notes room: tabs, the page of a note with its view, editing, export and printing.

Jobs and stored notes enter through `result_tabs`; `note_view` shows one of them.
"""
