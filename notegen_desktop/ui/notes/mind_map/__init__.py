"""Mind map of a note."""
