"""Editing of notes: Markdown editor, comparison of versions, rewriting, highlights and comments.

The window handles the signals of these panes.
"""
