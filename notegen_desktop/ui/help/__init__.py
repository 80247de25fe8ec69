"""Help: the palette of commands, the guide, the sheet of keys, and what is known of the program.

The window comes in through `access`; the dialogs are imported when they are first opened.
"""
