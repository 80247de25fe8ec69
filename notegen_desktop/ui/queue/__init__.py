"""What is under way: cards or a table of jobs, and what can be done about all of them.

Jobs come in from the board by `panel` and `model`; wishes leave by `controller`.
"""
