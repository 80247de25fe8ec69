"""The words of a video beside the note about it: read along, search, copy, other captions.

A transcript comes in by `panel`; times and wishes leave as signals.
"""
