"""What was said, shown and played, as several panes tell it."""
