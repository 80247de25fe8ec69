"""A job is one template for one video; the board is the only door to its state.

Services come in by `board.apply`; listeners are told of every change.
"""
