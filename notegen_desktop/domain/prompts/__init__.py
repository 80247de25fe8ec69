"""Prompts: one per note, with the same prefix for all of a video.

Enter by `prompt`.
"""
