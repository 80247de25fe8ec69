"""Questions: from what is asked to a checked answer that is kept.

Comes in by `asker.Asker`, which the window and the command line know as `ports.Asking`.
"""
