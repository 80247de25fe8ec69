"""What every room of the window uses and that knows none of them.

Theme, tasks, messages, dialogs, the board as signals, words and formats, small widgets.
"""
