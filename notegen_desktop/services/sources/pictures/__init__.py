"""Pictures of what a video shows: frames of films on this computer, storyboards of online videos.

`Pictures` is the door. What decides which picture is taken, and what it becomes, is in `gallery`.
"""

from __future__ import annotations

from .pictures import Pictures

__all__ = ["Pictures"]
