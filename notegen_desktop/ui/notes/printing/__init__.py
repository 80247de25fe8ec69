"""PDF export of notes: in the window, or in a separate process for callers without Qt."""
