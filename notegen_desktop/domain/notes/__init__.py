"""What a note is, what a kind of note consists of, and how notes on parts become one.

Writers come in by `note`, template files by `templates`.
"""
