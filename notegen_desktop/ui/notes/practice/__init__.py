"""Practice of flashcards: one card at a time, turned over and answered."""
