"""Panes beside a note: transcript, player and questions, synchronised with the note."""
