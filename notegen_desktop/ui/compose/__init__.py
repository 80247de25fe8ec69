"""Composer room: the left column with sources, templates, options and the Generate button.

Text, drops and playlists enter through `source_input`; orders leave through `orders`.
"""
