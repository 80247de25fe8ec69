"""A note in its reader's hands: its text as Markdown, what is different from what was written, what
is to be written again, and what the reader marked and said. Pages come in here; the window carries
out what is wished.
"""
