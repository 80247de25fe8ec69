"""Window room: the main window and the objects that connect the other rooms.

The program uses `main_window`; only this room imports the others, which do not import each other.
"""
