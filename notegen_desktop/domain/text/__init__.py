"""Texts: transcript and segments, and properties of any text.

Caption readers enter by `segments`; the other modules have one purpose each.
"""
