"""Links and videos, and how texts, drops and addresses become links.

Any text enters by `text_links`; a `Link` leaves and has no other name from then on.
"""
