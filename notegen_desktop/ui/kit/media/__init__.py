"""Transcript lookups and playback checks shared by several panes."""
