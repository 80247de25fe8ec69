"""The job queue: runner, worker, journal and estimates, from an order to a stored note.

Orders enter through `runner`; every change of a job is published by the job board.
"""
