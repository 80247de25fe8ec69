"""Help room: command palette, guide, list of shortcuts and facts about the installation.

The window uses `access`; the dialogs are imported when first opened.
"""
