"""Practice: the flashcards of a note, and their due times.

A card is derived from the text of a note; only its reviews are stored.
"""
