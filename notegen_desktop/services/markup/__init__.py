"""Renders Markdown written by models, safely, for every output of the program.

The entry is `html`; `formulas` keeps the backslashes of formulas.
"""
