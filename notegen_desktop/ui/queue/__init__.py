"""Queue room: cards or a table of jobs, and actions for all of them.

Jobs enter from the board through `panel` and `model`; requests leave through `controller`.
"""
