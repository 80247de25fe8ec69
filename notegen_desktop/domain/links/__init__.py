"""What a link and a video are, and how text, drops and addresses become links.

Any text comes in by `text_links`; a `Link` leaves and has no other name from then on.
"""
