"""Subtitle tracks and chapters inside films: MP4 and MOV, Matroska and WebM.

Enter by `film_of` and `captions_in`.
"""

from .film import Film, FilmTrack
from .mp4 import boxes
from .reader import captions_in, film_of

__all__ = ["Film", "FilmTrack", "boxes", "captions_in", "film_of"]
