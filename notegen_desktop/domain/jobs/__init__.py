"""Jobs, one template for one video each, and the board that holds their state.

Services change jobs by `board.apply`; listeners are told of every change.
"""
