"""Words of a video: transcript and segments, and what can be told about any text.

Caption readers come in by `segments`; the others are asked for one fact each.
"""
