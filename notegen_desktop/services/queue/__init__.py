"""From an order to jobs, from a job to a stored note: runner, worker, journal, estimates.

Orders come in by `runner`; everything that happens to a job leaves by the board.
"""
