"""One transcript per video: what a link turns out to be, read once for all its notes.

Links come in by `transcripts`; local films and recordings go through `local_media`.
"""
