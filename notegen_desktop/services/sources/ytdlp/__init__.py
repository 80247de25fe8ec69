"""yt-dlp: run in threads, with one point for all its requests, in its newest working version.

Sources enter by `YtDlp`; `newer.YtDlpUpdate` installs a newer version than the built-in one.
"""

from .pool import YtDlp
from .session import TROUBLE, WARNINGS, Answer, HttpStatus

__all__ = ["TROUBLE", "WARNINGS", "Answer", "HttpStatus", "YtDlp"]
