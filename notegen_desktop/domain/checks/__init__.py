"""Checks of answers: is it a note, and does the transcript support it?

Enter by `validation` and `grounding`.
"""
