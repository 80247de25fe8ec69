"""Renders Markdown of models safely for every output of the program.

Enter by `html`; `formulas` keeps the backslashes of formulas.
"""
