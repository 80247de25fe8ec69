"""Player room: plays local video and audio files beside their note.

Files enter through `pane`; Qt Multimedia is imported only when something is to be played.
"""
