"""From an order to notes: the runner, the gate that all requests pass, who writes, checks, counts.

Enter by `runner`. Sources, writers and library are known here as ports alone.
"""
