"""Resolves links and reads one transcript per video, for all its notes.

Enter by `transcripts`; local films and recordings go through `local_media`.
"""
