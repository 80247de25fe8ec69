"""Practice in the window: a card at a time, turned and answered."""
