"""Past notes: search, open, export, delete with a way back.

What the store says comes in by `page`; opening and exporting leave as signals.
"""
