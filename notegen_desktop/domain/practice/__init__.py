"""Practice: the cards of a note, and when each is due again.

A card comes out of the text of a note; what is kept of it are its reviews.
"""
