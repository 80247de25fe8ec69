"""The benchmark suite: what the program promises, measured. Figures are ratios where they can be.

Each room has functions that return figures by name; `python -m tests.bench` runs them all.
"""
