"""The desktop that the program runs on: its menu and links, its session bus, its browsers.

Used by the settings, the command line, and the window before it starts Qt.
"""
