"""Parses caption and transcript files of any kind into transcripts.

Enter by `read_caption_file` and `parse_captions`.
"""

from .reader import parse_captions, read_caption_file

__all__ = ["parse_captions", "read_caption_file"]
