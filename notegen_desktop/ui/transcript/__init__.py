"""Transcript room: the transcript beside its note, with search, copy and choice of captions.

Transcripts enter through `panel`; times and requests leave as signals.
"""
