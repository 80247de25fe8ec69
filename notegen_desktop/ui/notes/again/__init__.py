"""Notes that are written again: what is wished of them, and the choice between old and new.

Comes in by the window's `controllers/writing_again.py`; imported when it is first wanted.
"""
