"""The window and its widgets: they show what the board says and emit wishes.

Enter by `main_window`. A module is named after what it shows or holds; `theme` has the colours,
`tasks` is the one place that starts coroutines from slots, `widgets` are the small parts.
"""
