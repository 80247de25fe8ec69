"""The desktop that the program runs on: its menu and links, its session bus, its browsers.

The settings and the command line come in here, and the window before it starts Qt.
"""
