"""Markdown from a model, made harmless for every way out of the program.

Come in by `html`; formulas keep their backslashes by `formulas`.
"""
