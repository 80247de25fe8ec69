"""yt-dlp: asked in threads, through one door for its requests, by the newest of it that works.

Sources come in through `YtDlp`; `newer.NewerYtDlp` gets a newer one than the program came with.
"""

from .pool import YtDlp
from .session import TROUBLE, WARNINGS, Answer, HttpStatus

__all__ = ["TROUBLE", "WARNINGS", "Answer", "HttpStatus", "YtDlp"]
