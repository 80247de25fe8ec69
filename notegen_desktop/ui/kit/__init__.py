"""Toolkit shared by all rooms of the window; imports none of them.

Theme, tasks, messages, dialogs, the job board as signals, text formatting, small widgets.
"""
