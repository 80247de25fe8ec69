"""What is to be made: sources, templates, options, and the order that Generate gives.

Text, drops and playlists come in by `source_input`; orders leave by `orders`.
"""
