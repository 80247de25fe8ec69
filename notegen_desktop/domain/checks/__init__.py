"""Whether an answer is a note, and whether the words of the video support it.

A finished draft comes in by `validation` and `grounding`.
"""
