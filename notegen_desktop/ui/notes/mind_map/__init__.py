"""A note drawn as a mind map."""
