"""The frame: the main window, what lies on it, and what ties the panes together.

Come in by `main_window`; only this room may know the others, which are strangers to each other.
"""
