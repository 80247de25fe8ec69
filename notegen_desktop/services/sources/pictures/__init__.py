"""Pictures of videos: frames of films on this computer, storyboards of online videos.

Enter by `Pictures`. `gallery` chooses the pictures and converts them.
"""

from __future__ import annotations

from .pictures import Pictures

__all__ = ["Pictures"]
