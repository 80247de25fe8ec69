"""What the program is to the system: one Qt application, and one window of it."""
