"""From the bytes of a caption or transcript file, of whatever kind, to a transcript.

Readers of sources come in through `read_caption_file` and `parse_captions`.
"""

from .reader import parse_captions, read_caption_file

__all__ = ["parse_captions", "read_caption_file"]
