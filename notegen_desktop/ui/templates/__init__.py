"""Kinds of notes: the list of templates, and the editor in which one is changed and tried."""
